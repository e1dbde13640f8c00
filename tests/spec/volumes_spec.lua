local volumes = require("krunbook.volumes")

local function missing(message)
  local found = volumes.missing(message)
  return found and ("%s %s %s"):format(found.kind, found.name, found.key or "-")
end

return {
  ["the missing object is named by every wording"] = function(check)
    check.equal("Secret app-tls -", missing('MountVolume.SetUp failed for volume "s" : secret "app-tls" not found'))
    check.equal("ConfigMap app-config -", missing('configmap "app-config" not found'))
    check.equal("Secret db password", missing("couldn't find key password in Secret shop/db"))
    check.equal("ConfigMap conf a.yaml", missing("couldn't find key a.yaml in ConfigMap shop/conf"))
    check.equal(nil, missing("container has runAsNonRoot and image will run as root"))
  end,
  ["claims are those that are named and those that are made for the pod"] = function(check)
    check.equal({ "data", "web-scratch" }, volumes.claims({ metadata = { name = "web" }, spec = { volumes = {
      { name = "d", persistentVolumeClaim = { claimName = "data" } }, { name = "scratch", ephemeral = {} },
      { name = "s", secret = { secretName = "x" } } } } }))
  end,
}
