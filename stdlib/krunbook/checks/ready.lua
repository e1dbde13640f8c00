-- A pod that runs: whether it is ready, and why not.
local containers = require("krunbook.containers")
local crash = require("krunbook.checks.crash")
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local pods = require("krunbook.pods")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

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
  local answer = got and containers.probe_answer(got.message, probe) or "what it got could not be read"
  return case:finding({
    code = "not-ready", container = container.name,
    cause = ("Container %s runs, but its %s probe (%s) fails: %s.%s"):format(container.name, kind, containers.probe_text(probe), answer,
      other_port(container.spec, probe)),
    evidence = evidence,
    since = condition.lastTransitionTime or container.running.startedAt,
    next_steps = { next_steps.logs(case.pod, container.name), case:correct(("the %s probe of container %s, or what it asks")
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

-- How many of an event's occurrences fall into the window. The kubelet counts on in one event: of one that began before it, its share.
local function within(event, now, window)
  local began, ended = time.between(event.first, now), time.between(event.last, now)
  if not began or not ended or ended > window then
    return 0
  elseif began <= window then
    return event.count
  end
  return event.count * (window - ended) // math.max(began - ended, 1)
end

-- Restarts within the window: the status counts a lifetime's; the kubelet's events tell when.
local function recent_restarts(case, container)
  if case:age() <= thresholds.restart_window then
    return container.restarts
  end
  local count, evidence = 0, nil
  for _, event in ipairs(events.matching(case:events(), "Started")) do
    if events.of_container(event, container.name) then
      local some = within(event, case.now, thresholds.restart_window)
      count, evidence = count + some, some > 0 and event or evidence
    end
  end
  return count, evidence
end

-- The container whose last restart is recent, of several at least.
local function often_restarted(pod, now)
  local container = pods.restarted_recently(pod, now, thresholds.restart_window)
  return container and container.restarts >= thresholds.restarts_recent and container or nil
end

---Whether M.restarts may find something.
---@param pod Object
---@param now integer
---@return boolean
function M.may_be_restarting(pod, now)
  return often_restarted(pod, now) ~= nil
end

---It runs, after several restarts within the last hour.
---@param case Case
---@return table|nil
function M.restarts(case)
  local container = often_restarted(case.pod, case.now)
  if not container then
    return nil
  end
  local recent, evidence = recent_restarts(case, container)
  if recent < thresholds.restarts_recent then
    return nil
  end
  case.needs_logs = false -- the restarts are counted, whatever the log says
  local inner = crash.check(case, container)
  local gathered = inner and inner.evidence or { containers.evidence(container) }
  gathered[#gathered + 1] = evidence
  return case:finding({
    code = "restarts-recent", container = container.name, cause_code = inner and inner.code,
    cause = ("Container %s runs now, after %d restarts within the last hour. %s"):format(container.name,
      math.min(recent, container.restarts), inner and inner.cause or "The last run ended with " .. containers.ending(container.last) .. "."),
    evidence = gathered,
    counter = { what = "restarts", value = container.restarts, step = thresholds.restarts_recent },
    since = inner and inner.since or container.last.startedAt,
    next_steps = inner and inner.next_steps or { next_steps.logs(case.pod, container.name, true) },
  })
end

return M
