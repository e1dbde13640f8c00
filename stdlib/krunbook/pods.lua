-- What kubectl's columns say of a pod, and whether it is well.
local containers = require("krunbook.containers")
local time = require("krunbook.time")

local M = {}

---@param object Object
---@param kind string
---@return table|nil
function M.condition(object, kind)
  for _, condition in ipairs(object.status and object.status.conditions or {}) do
    if condition.type == kind then
      return condition
    end
  end
end

local function is_true(condition)
  return condition ~= nil and condition.status == "True"
end

local function ended_word(terminated)
  if terminated.reason and terminated.reason ~= "" then
    return terminated.reason
  elseif terminated.signal and terminated.signal ~= 0 then
    return "Signal:" .. terminated.signal
  end
  return "ExitCode:" .. (terminated.exitCode or 0)
end

-- Step 2 of the printer: the first init container that holds the pod back, as "Init:WORD".
local function init_word(pod, all)
  for _, container in ipairs(all) do
    local terminated, waiting = container.terminated, container.waiting
    local over = terminated and terminated.exitCode == 0
    local serving = container.kind == "sidecar" and container.status.started == true
    if container.kind ~= "container" and container.status.name and not over and not serving then
      if terminated then
        return "Init:" .. ended_word(terminated)
      elseif waiting and waiting.reason and waiting.reason ~= "" and waiting.reason ~= "PodInitializing" then
        return "Init:" .. waiting.reason
      end
      return ("Init:%d/%d"):format(container.index - 1, #pod.spec.initContainers)
    end
  end
end

-- Step 3: the first listed container that waits or has ended wins, so they are read from the last to the first.
local function container_word(word, all)
  local error_word, has_running
  for i = #all, 1, -1 do
    local container = all[i]
    if container.kind == "container" then
      if container.waiting and (container.waiting.reason or "") ~= "" then
        word = container.waiting.reason
      elseif container.terminated then
        word = ended_word(container.terminated)
        if container.terminated.exitCode ~= 0 then
          error_word = word
        end
      elseif container.ready and container.running then
        has_running = true
      end
    end
  end
  return word, error_word, has_running
end

---The STATUS column of `kubectl get pods`.
---@param pod Object
---@return string
function M.status(pod)
  local status = pod.status or {}
  local word = status.reason and status.reason ~= "" and status.reason or status.phase or "Unknown"
  local scheduled = M.condition(pod, "PodScheduled")
  if scheduled and scheduled.reason == "SchedulingGated" then
    word = "SchedulingGated"
  end
  local all = containers.of(pod)
  local held = init_word(pod, all)
  word = held or word
  if not held or is_true(M.condition(pod, "Initialized")) then
    local error_word, has_running
    word, error_word, has_running = container_word(word, all)
    if word == "Completed" then
      if has_running and is_true(M.condition(pod, "Ready")) then
        word = "Running"
      else
        word = error_word or (has_running and "NotReady") or word
      end
    end
  end
  if pod.metadata.deletionTimestamp then
    if status.reason == "NodeLost" then
      word = "Unknown"
    elseif status.phase ~= "Succeeded" and status.phase ~= "Failed" then
      word = "Terminating"
    end
  end
  return word
end

---The READY column: "1/2".
---@param pod Object
---@return string
function M.ready(pod)
  local ready, total = 0, 0
  for _, container in ipairs(containers.of(pod)) do
    if container.kind ~= "init" then
      total = total + 1
      local counts = container.kind == "container" and container.running or container.status.started
      ready = ready + ((container.ready and counts) and 1 or 0)
    end
  end
  return ready .. "/" .. total
end

---The RESTARTS column: "6", or "6 (3m ago)" given the time.
---@param pod Object
---@param now? integer
---@return string
function M.restarts(pod, now)
  local all = containers.of(pod)
  local initialising = init_word(pod, all) ~= nil and not is_true(M.condition(pod, "Initialized"))
  local count, newest = 0, nil
  for _, container in ipairs(all) do
    if (container.kind == "init") == initialising or container.kind == "sidecar" then
      count = count + container.restarts
      local last = (container.status.lastState or {}).terminated
      local finished = last and last.finishedAt
      newest = finished and (not newest or finished > newest) and finished or newest
    end
  end
  local age = now and newest and time.between(newest, now)
  return count > 0 and age and ("%d (%s ago)"):format(count, time.age(age)) or tostring(count)
end

local failing_reasons = { [""] = true, ContainerCreating = true, PodInitializing = true }

---Whether a container is in trouble of its own, as opposed to waiting for its turn.
---@param container Container
---@return boolean
function M.is_failing(container)
  if container.waiting then
    return not failing_reasons[container.waiting.reason or ""]
  end
  local terminated = container.terminated
  return terminated ~= nil and (terminated.exitCode or 0) ~= 0
end

---The first container that is in trouble, init containers first.
---@param pod Object
---@return Container|nil
function M.first_failing(pod)
  for _, container in ipairs(containers.of(pod)) do
    if M.is_failing(container) then
      return container
    end
  end
end

---Whether a container is started again however it ends: by its own restartPolicy, where it has one, else by the pod's.
---@param pod Object
---@param container Container
---@return boolean
function M.restarts_always(pod, container)
  return (container.spec.restartPolicy or pod.spec.restartPolicy or "Always") == "Always"
end

---Whether it is over and did what it should.
---@param pod Object
---@return boolean
function M.is_completed(pod)
  return pod.status ~= nil and pod.status.phase == "Succeeded"
end

---Whether it has ended, one way or the other: no endpoint is made of it any more.
---@param pod Object
---@return boolean
function M.is_over(pod)
  local phase = pod.status and pod.status.phase
  return phase == "Succeeded" or phase == "Failed"
end

---Whether it serves: Ready, all its containers ready, and not on its way out.
---@param pod Object
---@return boolean
function M.is_serving(pod)
  if not is_true(M.condition(pod, "Ready")) or pod.metadata.deletionTimestamp or pod.status.phase ~= "Running" then
    return false
  end
  return M.first_failing(pod) == nil
end

---The restarts that ended within the window before now, as far as the status tells: the last one of each container, and with
---kubelet's events how many more. Of an init container that is through with its work they are no matter any more.
---@param pod Object
---@param now integer
---@param window integer
---@return Container|nil  the container whose last restart is that recent, the one with most restarts
function M.restarted_recently(pod, now, window)
  local found
  for _, container in ipairs(containers.of(pod)) do
    local last = (container.status.lastState or {}).terminated
    local age = last and time.between(last.finishedAt, now)
    if container.kind ~= "init" and age and age <= window and container.restarts > 0 and (not found or container.restarts > found.restarts) then
      found = container
    end
  end
  return found
end

return M
