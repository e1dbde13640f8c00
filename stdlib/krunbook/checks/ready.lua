-- A pod that runs: whether it is ready, and why not.
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local pods = require("krunbook.pods")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

---A probe in words: "HTTP GET / on port 8080".
---@param probe table|nil
---@return string
function M.describe_probe(probe)
  if not probe then
    return "none"
  elseif probe.httpGet then
    local get = probe.httpGet
    return ("%s GET %s on port %s"):format(get.scheme or "HTTP", get.path or "/", tostring(get.port))
  elseif probe.tcpSocket then
    return "TCP connect to port " .. tostring(probe.tcpSocket.port)
  elseif probe.grpc then
    return "gRPC health on port " .. tostring(probe.grpc.port)
  elseif probe.exec then
    return "command " .. table.concat(probe.exec.command or {}, " ")
  end
  return "a probe"
end

local function declared_ports(spec)
  local list = {}
  for _, port in ipairs(spec.ports or {}) do
    list[#list + 1] = tostring(port.containerPort) .. (port.name and " (" .. port.name .. ")" or "")
  end
  return list
end

-- The container declares ports, and the probe asks another one.
local function other_port(spec, probe)
  local port = (probe.httpGet or probe.tcpSocket or probe.grpc or {}).port
  local declared = declared_ports(spec)
  if not port or #declared == 0 then
    return ""
  end
  for _, one in ipairs(spec.ports) do
    if one.containerPort == port or one.name == port then
      return ""
    end
  end
  return (" The container declares port %s, not %s."):format(table.concat(declared, ", "), tostring(port))
end

local function unready(case, container, kind)
  local probe = container.spec[kind .. "Probe"]
  local label = kind == "readiness" and "Readiness" or "Startup"
  local got = events.newest(case:events(), "Unhealthy", label)
  local _, unknown = case:events()
  if not got and not unknown then
    return nil
  end
  local condition = case:condition("Ready") or {}
  local evidence = { { kind = "condition", at = condition.lastTransitionTime,
    text = ("Ready is %s: %s"):format(condition.status or "?", condition.message or "") } }
  if got then
    table.insert(evidence, 1, got)
  end
  local answer = got and got.message:gsub("^%a+ probe failed: ", "") or "what it got could not be read"
  return case:finding({
    code = "not-ready", container = container.name,
    cause = ("Container %s runs, but its %s probe (%s) fails: %s.%s"):format(container.name, kind, M.describe_probe(probe), answer,
      other_port(container.spec, probe)),
    evidence = evidence,
    since = condition.lastTransitionTime or container.running.startedAt,
    next_steps = { next_steps.logs(case.pod, container.name), next_steps.edit(case:owner(), ("the %s probe of container %s, or what it asks")
      :format(kind, container.name)) },
  })
end

---Containers that run and are not ready, each with its probe.
---@param case Case
---@return table[]
function M.check(case)
  local found = {}
  for _, container in ipairs(case.containers) do
    local age = container.running and time.between(container.running.startedAt, case.now) or 0
    if container.kind ~= "init" and container.running and not container.ready and age >= thresholds.pending then
      local kind = container.status.started == false and container.spec.startupProbe and "startup" or "readiness"
      if container.spec[kind .. "Probe"] then
        found[#found + 1] = unready(case, container, kind)
      end
    end
  end
  return found
end

---A readiness gate that nobody has set to True.
---@param case Case
---@return table|nil
function M.gates(case)
  local ready = case:condition("ContainersReady")
  if not ready or ready.status ~= "True" then
    return nil
  end
  for _, gate in ipairs(case.pod.spec.readinessGates or {}) do
    local condition = case:condition(gate.conditionType)
    local age = time.between(ready.lastTransitionTime, case.now) or 0
    if (not condition or condition.status ~= "True") and age >= thresholds.readiness_gate then
      return case:finding({
        code = "readiness-gate-pending", key = gate.conditionType,
        cause = ("All containers are ready, but the readiness gate %s is %s: what should set it has not."):format(gate.conditionType,
          condition and condition.status or "not set"),
        evidence = { { kind = "condition", at = condition and condition.lastTransitionTime,
          text = ("%s: %s %s"):format(gate.conditionType, condition and condition.status or "absent", condition and condition.message or "") } },
        since = ready.lastTransitionTime, next_steps = { next_steps.describe(case.pod) },
      })
    end
  end
end

---It runs, after several restarts within the last hour. The status counts lifetimes; the kubelet's events count within their own.
---@param case Case
---@return table|nil
function M.restarts(case)
  local container = pods.restarted_recently(case.pod, case.now, thresholds.restart_window)
  if not container or container.restarts < thresholds.restarts_recent then
    return nil
  end
  local recent, evidence = 0, nil
  if case:age() <= thresholds.restart_window then
    recent = container.restarts
  else
    for _, event in ipairs(events.matching(case:events(), "Started")) do
      local first = time.between(event.first, case.now) or math.maxinteger
      if events.of_container(event, container.name) and first <= thresholds.restart_window then
        recent, evidence = recent + event.count, event
      end
    end
  end
  if recent < thresholds.restarts_recent then
    return nil
  end
  local containers = require("krunbook.containers")
  return case:finding({
    code = "restarts-recent", container = container.name,
    cause = ("Container %s runs now, after %d restarts within the last hour; the last run ended with %s."):format(container.name, recent,
      containers.ending(container.last)),
    evidence = { containers.evidence(container), evidence }, since = container.last.startedAt,
    next_steps = { next_steps.logs(case.pod, container.name, true) },
  })
end

return M
