local images = require("krunbook.images")

local function parts(reference)
  local image = images.parse(reference)
  return table.concat({ image.registry, image.repository, image.tag or "-", image.digest or "-" }, " ")
end

return {
  ["a short name is Docker Hub's library, its tag latest"] = function(check)
    check.equal("docker.io library/nginx latest -", parts("nginx"))
    check.equal("docker.io library/nginx not-exist -", parts("nginx:not-exist"))
    check.equal("docker.io team/app 1 -", parts("team/app:1"))
  end,
  ["a host has a dot, a port, or is localhost"] = function(check)
    check.equal("127.0.0.1:5001 private/app 1 -", parts("127.0.0.1:5001/private/app:1"))
    check.equal("registry.example:5000 team/app latest -", parts("registry.example:5000/team/app"))
    check.equal("localhost app latest -", parts("localhost/app"))
  end,
  ["a digest stands in place of the tag, or beside it"] = function(check)
    check.equal("ghcr.io a/b - sha256:12", parts("ghcr.io/a/b@sha256:12"))
    check.equal("ghcr.io a/b 1.2 sha256:12", parts("ghcr.io/a/b:1.2@sha256:12"))
  end,
}
