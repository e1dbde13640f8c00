-- A pod whose containers run, and which does not serve.
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local pods = require("krunbook.pods")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

---A probe in words: "HTTP GET :8080/healthz", "TCP :5432", "exec [pg_isready]".
---@param probe table|nil
---@return string
function M.describe_probe(probe)
  if not probe then
    return "a probe that is no longer there"
  elseif probe.httpGet then
    local http = probe.httpGet
    return ("HTTP%s GET :%s%s"):format(http.scheme == "HTTPS" and "S" or "", http.port, http.path or "/")
  elseif probe.tcpSocket then
    return ("TCP :%s"):format(probe.tcpSocket.port)
  elseif probe.grpc then
    return ("gRPC :%s"):format(probe.grpc.port)
  elseif probe.exec then
    return ("exec [%s]"):format(table.concat(probe.exec.command or {}, " "))
  end
  return "a probe"
end

local function probe_port(probe)
  local action = probe and (probe.httpGet or probe.tcpSocket or probe.grpc)
  return action and action.port
end

-- A probe that asks a port which the container does not declare is the likeliest slip.
local function other_ports(container, probe)
  local port, declared = probe_port(probe), {}
  for _, entry in ipairs(container.spec.ports or {}) do
    if entry.containerPort == port or entry.name == port then
      return ""
    end
    declared[#declared + 1] = tostring(entry.containerPort)
  end
  if not port or #declared == 0 then
    return ""
  end
  return (" The container declares port %s, not %s."):format(table.concat(declared, ", "), port)
end

local function unready(case)
  for _, container in ipairs(case.containers) do
    if container.running and not container.ready and container.kind ~= "init" then
      return container
    end
  end
end

local function not_ready(case, container)
  local startup = container.spec.startupProbe ~= nil and container.status.started == false
  local probe = startup and container.spec.startupProbe or container.spec.readinessProbe
  if not probe then
    return nil
  end
  local word = startup and "Startup probe" or "Readiness probe"
  local got = events.newest(case:events(), "Unhealthy", word)
  local ready = case:condition("Ready")
  local owner = case:owner()
  if not got then
    return nil
  end
  return {
    code = "not-ready", container = container.name,
    cause = ("Container %s runs, and its %s (%s) fails: %s.%s"):format(container.name, word:lower(), M.describe_probe(probe),
      got.message:gsub("^%a+ probe failed: ", ""):gsub("%s+$", ""), other_ports(container, probe)),
    evidence = { got, ready and { kind = "condition", at = ready.lastTransitionTime,
      text = ("Ready %s: %s"):format(ready.status, ready.message or ready.reason or "") } },
    since = ready and ready.lastTransitionTime,
    next_steps = { next_steps.logs(case.pod, container.name), next_steps.edit(owner, "the probe's port or path, or what the program serves") },
  }
end

-- Every container is ready: then a gate of spec.readinessGates is what is missing.
local function gate(case)
  local containers_ready, ready = case:condition("ContainersReady"), case:condition("Ready")
  if not containers_ready or containers_ready.status ~= "True" then
    return nil
  end
  for _, entry in ipairs(case.pod.spec.readinessGates or {}) do
    local condition = case:condition(entry.conditionType)
    if not condition or condition.status ~= "True" then
      local age = time.between(containers_ready.lastTransitionTime, case.now)
      if age and age < thresholds.readiness_gate then
        return nil
      end
      return {
        code = "readiness-gate-pending", key = entry.conditionType,
        cause = ("Its containers are ready, and its readiness gate %s is %s: whoever sets it has not yet."):format(entry.conditionType,
          condition and condition.status or "not set"),
        evidence = { { kind = "condition", at = ready and ready.lastTransitionTime, text = ("Ready %s: %s"):format(ready and ready.status or "?",
          ready and (ready.message or ready.reason) or "") } },
        since = containers_ready.lastTransitionTime,
        next_steps = { next_steps.describe(case.pod), "look at the controller that sets the condition " .. entry.conditionType },
      }
    end
  end
end

---Why a running pod is not ready; nil when nothing tells.
---@param case Case
---@return table|nil
function M.check(case)
  if case.pod.status.phase ~= "Running" then
    return nil
  end
  local container = unready(case)
  local finding = container and not_ready(case, container) or gate(case)
  return finding and case:finding(finding)
end

-- How often its containers ended within the window: the kubelet's own events count it, where they are there.
local function restarts_within(case, container)
  local count = 0
  for _, event in ipairs(events.matching(case:events_if_allowed(), { "Started", "Created" })) do
    local age = time.between(event.last, case.now)
    if event.reason == "Started" and events.of_container(event, container.name) and age and age <= thresholds.restart_window then
      local spread = time.between(event.first, event.last) or 0
      -- Of a count that began before the window, only the share that fits into it: restarts come more seldom as time passes.
      local share = spread + age > thresholds.restart_window and (thresholds.restart_window - age) / math.max(spread, 1) or 1
      count = count + math.floor(event.count * math.min(share, 1))
    end
  end
  local started = time.between(case.pod.status.startTime, case.now)
  local first_start = started and started <= thresholds.restart_window and 1 or 0
  local young = started and started <= thresholds.restart_window and container.restarts or 0
  return math.max(count - first_start, young)
end

---A pod that serves now, after restarts in the last hour; nil when there were few, or they are long past.
---@param case Case
---@return table|nil
function M.restarts(case)
  local container = pods.restarted_recently(case.pod, case.now, thresholds.restart_window)
  if not container or container.restarts < thresholds.restarts_recent then
    return nil
  end
  local count = restarts_within(case, container)
  if count < thresholds.restarts_recent then
    return nil
  end
  local last = container.status.lastState.terminated
  return case:finding({
    code = "restarts-recent", container = container.name,
    cause = ("Container %s runs, after %d restarts within the last hour; the last run ended %s ago with %s%s."):format(container.name, count,
      time.duration(time.between(last.finishedAt, case.now)), require("krunbook.containers").ending(last),
      last.reason and " (" .. last.reason .. ")" or ""),
    evidence = { require("krunbook.containers").evidence(container) }, since = last.startedAt,
    next_steps = { next_steps.logs(case.pod, container.name, true) },
  })
end

return M
