local pods = require("krunbook.pods")

local function pod(fields)
  local made = { metadata = { name = "p", namespace = "n", deletionTimestamp = fields.deleted },
    spec = { containers = {}, initContainers = fields.inits and {} or nil },
    status = { phase = fields.phase or "Running", reason = fields.reason, conditions = fields.conditions,
      containerStatuses = {}, initContainerStatuses = fields.inits and {} or nil } }
  for i, state in ipairs(fields.containers or {}) do
    made.spec.containers[i] = { name = "c" .. i }
    made.status.containerStatuses[i] = { name = "c" .. i, ready = state.ready or false, restartCount = state.restarts or 0,
      state = state.state, lastState = state.last }
  end
  for i, state in ipairs(fields.inits or {}) do
    made.spec.initContainers[i] = { name = "i" .. i, restartPolicy = state.policy }
    made.status.initContainerStatuses[i] = { name = "i" .. i, ready = state.ready or false, restartCount = state.restarts or 0,
      state = state.state, started = state.started }
  end
  return made
end

local running = { ready = true, state = { running = { startedAt = "2026-01-31T08:00:00Z" } } }

local function ended(code, reason)
  return { state = { terminated = { exitCode = code, reason = reason } } }
end

local function waits(reason)
  return { state = { waiting = { reason = reason } } }
end

return {
  ["STATUS is the phase when nothing says more"] = function(check)
    check.equal("Pending", pods.status(pod({ phase = "Pending" })))
    check.equal("Running", pods.status(pod({ containers = { running } })))
  end,
  ["STATUS is the first container's trouble"] = function(check)
    check.equal("CrashLoopBackOff", pods.status(pod({ containers = { waits("CrashLoopBackOff"), running } })))
    check.equal("ErrImagePull", pods.status(pod({ containers = { waits("ErrImagePull"), waits("CrashLoopBackOff") } })))
    check.equal("ExitCode:7", pods.status(pod({ containers = { ended(7) } })))
    check.equal("OOMKilled", pods.status(pod({ containers = { ended(137, "OOMKilled") } })))
  end,
  ["STATUS of init containers says which, or how many"] = function(check)
    check.equal("Init:0/2", pods.status(pod({ phase = "Pending", inits = { { state = { running = {} } }, waits("PodInitializing") } })))
    check.equal("Init:1/2", pods.status(pod({ phase = "Pending", inits = { ended(0), { state = { running = {} } } } })))
    check.equal("Init:CrashLoopBackOff", pods.status(pod({ phase = "Pending", inits = { waits("CrashLoopBackOff") } })))
    check.equal("Init:ExitCode:3", pods.status(pod({ phase = "Pending", inits = { ended(3) } })))
    check.equal("Init:Error", pods.status(pod({ phase = "Pending", inits = { ended(3, "Error") } })))
  end,
  ["STATUS of a started sidecar is not that of an init container"] = function(check)
    check.equal("Running", pods.status(pod({ inits = { { policy = "Always", started = true, state = { running = {} } } },
      containers = { running } })))
  end,
  ["STATUS with a completed container depends on what still runs"] = function(check)
    local done = ended(0, "Completed")
    check.equal("Completed", pods.status(pod({ phase = "Succeeded", containers = { done } })))
    check.equal("NotReady", pods.status(pod({ containers = { done, running } })))
    check.equal("Running", pods.status(pod({ containers = { done, running }, conditions = { { type = "Ready", status = "True" } } })))
    check.equal("Error", pods.status(pod({ containers = { done, ended(1, "Error") } })))
  end,
  ["STATUS of a pod that is being deleted"] = function(check)
    check.equal("Terminating", pods.status(pod({ containers = { running }, deleted = "2026-01-31T08:00:00Z" })))
    check.equal("Unknown", pods.status(pod({ reason = "NodeLost", deleted = "2026-01-31T08:00:00Z" })))
    check.equal("Completed", pods.status(pod({ phase = "Succeeded", containers = { ended(0, "Completed") }, deleted = "x" })))
  end,
  ["STATUS is a pod's own reason, and its scheduling gate"] = function(check)
    check.equal("Evicted", pods.status(pod({ phase = "Failed", reason = "Evicted" })))
    check.equal("SchedulingGated", pods.status(pod({ phase = "Pending", conditions = {
      { type = "PodScheduled", status = "False", reason = "SchedulingGated" } } })))
  end,
  ["READY counts containers and sidecars"] = function(check)
    check.equal("1/2", pods.ready(pod({ containers = { running, waits("CrashLoopBackOff") } })))
    check.equal("2/2", pods.ready(pod({ containers = { running }, inits = { { policy = "Always", ready = true, started = true,
      state = { running = {} } } } })))
  end,
}
