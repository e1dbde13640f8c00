-- Every question about one pod, in the order in which an answer settles the next ones. Those that few pods raise are in modules that
-- are loaded when the first one does.
local Case = require("krunbook.case")
local changes = require("krunbook.changes")
local crash = require("krunbook.checks.crash")
local crashes = require("krunbook.crashes")
local events = require("krunbook.events")
local node = require("krunbook.checks.node")
local pods = require("krunbook.pods")
local start = require("krunbook.checks.start")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

-- Whether its image is there. One that is held off because it crashes has had it.
local function image(case, container)
  local reason = container.waiting and container.waiting.reason
  if reason and reason ~= "CrashLoopBackOff" then
    return require("krunbook.checks.image").check(case, container)
  end
end

-- One container of the pod: the first answer is the reason.
local function container_finding(case, container)
  local about = "container " .. container.name .. ": "
  local finding, settled = image(case, container)
  case:answered(about .. "is its image there?", finding, settled and "no, and nobody knows why" or "yes")
  -- One that runs, and has yet to pass its startup probe, is on the way on which the last one ended.
  local again = container.last and container.running and container.status.started == false and not crashes.was_lost(container.last)
  if finding or settled then
    return finding, settled
  elseif not (pods.is_failing(container) or container.terminated or again) then
    case:answered(about .. "did it end?", nil, container.running and "no, it runs" or "no, it waits for its turn")
    return nil
  end
  finding = start.check(case, container)
  case:answered(about .. "could it be started?", finding, "yes")
  if finding then
    return finding
  end
  finding, settled = crash.check(case, container)
  case:answered(about .. "why did it end?", finding, settled and "nobody knows" or "as it should")
  return finding, settled
end

local function containers_findings(case)
  local found, settled = {}, false
  for _, container in ipairs(case.containers) do
    if container.kind ~= "init" then
      local finding, known = container_finding(case, container)
      found[#found + 1] = finding
      settled = settled or known or false
    end
  end
  return found, settled
end

-- The newest that happened to a pod which nothing explains: more than nothing.
local function newest_event(case)
  local all = case:events()
  local event = all[#all]
  return event and ("the newest event is %s, %s ago: %s"):format(event.reason, time.age(math.max(case.now - events.time(event), 0)),
    event.message) or "nothing that was read says why"
end

-- An image of some size takes its time: while it is being pulled, the pod is on its way.
local function is_pulling(case)
  local event = events.newest((case:events()), { "Pulling", "Pulled", "Failed" })
  return event ~= nil and event.reason == "Pulling" and case.now - events.time(event) < thresholds.pulling
end

-- A pod that is not well for a reason that none of the questions finds must not pass for healthy.
local function undetermined(case)
  local pod = case.pod
  if case:is_settling() or is_pulling(case) then
    return case.ctx:starting(pod)
  end
  case.ctx:unknown({
    what = ("why Pod %s/%s is %s"):format(pod.metadata.namespace, pod.metadata.name, pods.status(pod)),
    reason = "undetermined", message = newest_event(case),
  })
end

-- What befalls the pod as a whole settles everything else.
local function whole(case)
  local finding = node.lost(case)
  if finding or not (case.pod.metadata.deletionTimestamp or case.pod.status.phase == "Failed") then
    return finding
  end
  local ends = require("krunbook.checks.pod")
  return ends.terminating(case) or ends.evicted(case) or ends.deadline(case)
end

-- A pod with containers that may end: those that have, did well, and the others go on.
local function is_working(case)
  if case.pod.status.phase ~= "Running" then
    return false
  end
  local any_done = (case.pod.spec.restartPolicy or "Always") ~= "Always"
  for _, container in ipairs(case.containers) do
    local done = container.terminated and container.terminated.exitCode == 0 and not pods.restarts_always(case.pod, container)
    any_done = any_done or (done and container.kind == "container") or false
    local works = container.running and (container.ready or not container.spec.readinessProbe)
    if container.kind == "container" and not done and not works then
      return false
    end
  end
  return any_done
end

-- Why no node has taken a pod.
local function unscheduled(case)
  return not case.pod.spec.nodeName and require("krunbook.checks.schedule").check(case) or nil
end

local function init(case)
  for _, container in ipairs(case.containers) do
    if container.kind == "init" then
      return require("krunbook.checks.init").check(case)
    end
  end
end

-- Whether the kubelet has yet to make one of its containers.
local function is_unmade(case)
  for _, container in ipairs(case.containers) do
    local reason = container.waiting and container.waiting.reason
    if reason == "ContainerCreating" or reason == "PodInitializing" or not container.status.name then
      return true
    end
  end
  return false
end

local function hook(case)
  if is_unmade(case) then
    return require("krunbook.checks.hook").check(case)
  end
end

local function mount(case)
  if is_unmade(case) then
    return require("krunbook.checks.mount").check(case)
  end
end

-- What holds a pod back before its own containers run: a finding, and whether that settles it.
local function held_back(case)
  local finding = unscheduled(case)
  case:answered("has a node taken it?", finding, case.pod.spec.nodeName and "yes, " .. case.pod.spec.nodeName or "not yet")
  if finding then
    return finding, true
  end
  local settled
  finding, settled = init(case)
  case:answered("do init containers hold it back?", finding, settled and "yes" or "no")
  if finding or settled then
    return finding, true
  end
  finding, settled = hook(case)
  case:answered("does its postStart hook hold it back?", finding, settled and "it runs" or "no")
  if finding or settled then
    return finding, true
  end
  finding = mount(case)
  case:answered("do its volumes or its sandbox hold it back?", finding, "no")
  return finding, finding ~= nil
end

local function readiness()
  return require("krunbook.checks.ready")
end

-- A pod that does not serve: held back, or with a container that has no image, does not start, ends, or is not ready.
local function in_trouble(case)
  local finding, settled = held_back(case)
  if settled then
    return { finding }, true
  end
  local found, known = containers_findings(case)
  if #found > 0 or known then
    return found, true
  end
  found = readiness().check(case)
  case:answered("is a container not ready?", found[1], "no")
  if #found == 0 then
    found[1] = readiness().gates(case) or readiness().restarts(case)
    case:answered("does a readiness gate hold it back, or was it restarted often?", found[1], "no")
  end
  return found, #found > 0
end

---Whether the pod itself says that it is well, so that M.examine would read nothing more and find nothing.
---@param pod Object
---@return boolean
function M.is_plainly_well(pod)
  if pod.metadata.deletionTimestamp or pod.status == nil then
    return false
  elseif pods.is_completed(pod) then
    return true
  end
  return pods.is_serving(pod) and pod.status.reason ~= "NodeLost" and not readiness().may_be_restarting(pod, kube.now())
end

---Reads what the examinations of many pods would else each read by itself.
---@param ctx Context
---@param list Object[]
function M.read_ahead(ctx, list)
  local unscheduled_ones = {}
  for _, pod in ipairs(list) do
    unscheduled_ones[#unscheduled_ones + 1] = type(pod.spec) == "table" and not pod.spec.nodeName and pod or nil
  end
  if #unscheduled_ones > 1 then
    require("krunbook.checks.schedule_reasons").read_ahead(ctx, unscheduled_ones)
  end
end

---What is wrong with a pod: findings, and whether it was settled that nothing is.
---@param ctx Context
---@param pod Object
---@return table[] findings, boolean healthy
function M.examine(ctx, pod)
  local case = Case.new(ctx, pod)
  if not M.is_plainly_well(pod) then
    case:ask_ahead()
  end
  local finding = whole(case)
  case:answered("is its node lost, was it evicted, does it not go away?", finding, "no")
  if finding then
    return { finding }, false
  elseif pod.metadata.deletionTimestamp or pods.is_completed(pod) or is_working(case) then
    return {}, true
  elseif pods.is_serving(pod) then
    finding = readiness().restarts(case)
    case:answered("it serves; was it restarted often?", finding, "no")
    return { finding }, finding == nil
  end
  local found, settled = in_trouble(case)
  if not settled then
    undetermined(case)
  end
  for _, one in ipairs(found) do
    changes.note(case, one)
  end
  return found, false
end

return M
