-- Init containers: one that fails holds the pod back, and so does one that runs and runs.
local crash = require("krunbook.checks.crash")
local crashes = require("krunbook.crashes")
local hosts = require("krunbook.hosts")
local image = require("krunbook.checks.image")
local next_steps = require("krunbook.next_steps")
local start = require("krunbook.checks.start")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

-- Images and missing configuration are told as what they are; what the container itself does is told as the init container's.
local function failed(container, inner)
  inner.cause_code, inner.code = inner.code, "init-container-failed"
  inner.cause = ("The init container %s fails, so the pod's own containers are never started. %s"):format(container.name, inner.cause)
  return inner
end

local function waiting(case, container)
  local seconds = time.between(container.running.startedAt, case.now) or 0
  if seconds < thresholds.init_waiting then
    return case.ctx:starting(case.pod)
  end
  local log, unknown = kube.logs(case.pod, { container = container.name, tail = thresholds.log_lines, limit = thresholds.log_bytes })
  case.ctx:can_do_without(unknown)
  local lines, evidence = crashes.last_words(log and log.text or ""), {}
  for i, line in ipairs(lines) do
    evidence[i] = { kind = "log", text = line }
  end
  if #evidence == 0 then
    evidence[1] = { kind = "state", at = container.running.startedAt, text = ("init container %s runs"):format(container.name) }
  end
  local about_host, of_host, look = hosts.explain(case.ctx, log and log.text or "", case.pod.metadata.namespace)
  evidence[#evidence + 1] = of_host
  return case:finding({
    code = "init-container-waiting", container = container.name,
    cause = ("The init container %s has been running for %s and holds the pod back.%s%s"):format(container.name, time.age(seconds),
      #lines > 0 and (' It says: "%s".'):format(lines[#lines]) or "", about_host or ""),
    evidence = evidence, since = container.running.startedAt, next_steps = { next_steps.logs(case.pod, container.name), look },
  })
end

-- It waits for its turn, or has been at work anew for a while: how it once ended does not hold the pod back.
local function has_moved_on(case, container)
  local reason = container.waiting and container.waiting.reason
  local runs_for = container.running and time.between(container.running.startedAt, case.now) or 0
  return reason == "PodInitializing" or reason == "ContainerCreating" or runs_for >= thresholds.soon
end

-- The answer about one init container that is not over: a finding, and whether that settles the pod.
local function examine(case, container)
  local finding, settled = image.check(case, container)
  if finding or settled then
    return finding, true
  end
  if not has_moved_on(case, container) then
    finding = start.check(case, container)
    if finding and finding.code ~= "start-command-invalid" then -- what is missing, and the node's own faults
      return finding, true
    end
    if not finding then
      finding, settled = crash.check(case, container)
    end
  end
  if finding then
    return failed(container, finding), true
  elseif container.running then
    return waiting(case, container), true
  end
  return nil, settled
end

---@param case Case
---@return table|nil finding, boolean|nil settled  settled: it holds the pod back, whatever is known of why
function M.check(case)
  for _, container in ipairs(case.containers) do
    if container.kind == "init" and not (container.terminated and container.terminated.exitCode == 0) then
      return examine(case, container)
    end
  end
end

return M
