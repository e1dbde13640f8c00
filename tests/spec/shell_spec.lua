local shell = require("krunbook.shell")

local function parsed(text, with_port)
  local target, problem = shell.target(text, with_port)
  return target and { target.kind, target.name, target.port or "-", target.path or "-" }, problem
end

return {
  ["a target is written as kubectl's are, with a port and perhaps a path"] = function(check)
    local cases = {
      ["running:80"] = { "pod", "running", "80", "-" },
      ["pod/running:http"] = { "pod", "running", "http", "-" },
      ["svc/shop:80/healthz?full=1:2"] = { "svc", "shop", "80", "/healthz?full=1:2" },
      ["deployments.apps/web:8443/"] = { "deployments.apps", "web", "8443", "/" },
    }
    for text, wanted in pairs(cases) do
      check.equal(wanted, (parsed(text, true)), text)
    end
    check.equal({ "pod", "error", "-", "-" }, (parsed("error", false)))
    check.equal({ "node", "worker-1", "-", "-" }, (parsed("node/worker-1", false)))
  end,
  ["what is no target says how one is written"] = function(check)
    local cases = {
      [""] = "is no target", ["/x"] = "is no target", ["a/b/c:80"] = "is no target", ["pod/:80"] = "is no target",
      ["running"] = 'write running:80', ["pod/running:"] = "write pod/running:80",
    }
    for text, words in pairs(cases) do
      local target, problem = parsed(text, true)
      check.equal(nil, target, text)
      check.is(problem:find(words, 1, true), text .. ": " .. problem)
    end
    local target, problem = parsed("pod/x:80", false)
    check.equal(nil, target)
    check.is(problem:find("none is wanted", 1, true))
  end,
}
