local recording = require("krunbook.recording")

local function service(fields)
  return { selector = { matchLabels = fields.labels or { app = "web" } }, ports = fields.ports, asked = { [true] = 0, [false] = 0 },
    origins = {}, different = 0 }
end

local function port(number, target, protocol)
  return { port = number, target = target, protocol = protocol or "TCP" }
end

local function pod(fields)
  fields = fields or {}
  return {
    metadata = { name = "p", labels = fields.labels or { app = "web" } },
    spec = { containers = { {
      name = "web", ports = { { name = "http", containerPort = 8080 }, { name = "dns", containerPort = 53, protocol = "UDP" } },
      readinessProbe = { httpGet = { port = "http" } }, livenessProbe = { tcpSocket = { port = 9000 } },
    } } },
    status = { conditions = { { type = "Ready", status = fields.ready == false and "False" or "True" } } },
  }
end

return {
  ["asked are the ports that Services lead to, that containers declare and that probes ask"] = function(check)
    check.equal({ 8080, 8443, 9000 }, recording.ports(pod(), { service({ ports = { port(80, "http"), port(443, 8443) } }) }))
  end,
  ["a port that no container has, or that is no TCP, is not"] = function(check)
    check.equal({ 8080, 9000 }, recording.ports(pod(), { service({ ports = { port(80, "htpp"), port(53, 5353, "UDP") } }) }))
  end,
  ["of a pod that no Service selects nothing is asked"] = function(check)
    check.equal({}, recording.ports(pod({ labels = { app = "other" } }), { service({ ports = { port(80, 80) } }) }))
  end,
  ["of many pods behind a Service ten are asked, and ten that are not ready"] = function(check)
    local all, asked = { service({ ports = { port(80, 80) } }) }, { [true] = 0, [false] = 0 }
    for _ = 1, 30 do
      for _, ready in ipairs({ true, false }) do
        asked[ready] = asked[ready] + (#recording.ports(pod({ ready = ready }), all) > 0 and 1 or 0)
      end
    end
    check.equal({ [true] = 10, [false] = 10 }, asked)
  end,
  ["one that is ready of another owner is asked, however many came before"] = function(check)
    local all, asked = { service({ ports = { port(80, 80) } }) }, 0
    for i = 1, 60 do
      local one = pod()
      one.metadata.ownerReferences = i > 20 and { { kind = "ReplicaSet", name = "web-" .. i % 20, controller = true } } or nil
      asked = asked + (#recording.ports(one, all) > 0 and 1 or 0)
    end
    check.equal(10 + 9, asked)
  end,
}
