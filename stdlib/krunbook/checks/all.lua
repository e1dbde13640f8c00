-- Every question about one pod, in the order in which an answer settles the next ones.
local Case = require("krunbook.case")
local crash = require("krunbook.checks.crash")
local image = require("krunbook.checks.image")
local init = require("krunbook.checks.init")
local mount = require("krunbook.checks.mount")
local pod_checks = require("krunbook.checks.pod")
local pods = require("krunbook.pods")
local ready = require("krunbook.checks.ready")
local schedule = require("krunbook.checks.schedule")
local start = require("krunbook.checks.start")

local M = {}

-- One container of the pod: the first answer is the reason.
local function container_finding(case, container)
  local finding, settled = image.check(case, container)
  if finding or settled then
    return finding, settled
  end
  local in_trouble = pods.is_failing(container) or (container.last and not container.running and not container.ready)
  if not in_trouble then
    return nil
  end
  finding = start.check(case, container) or crash.check(case, container)
  return finding
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

-- A pod that is not well for a reason that none of the questions finds must not pass for healthy.
local function undetermined(case)
  local pod = case.pod
  if case:is_young() then
    return
  end
  case.ctx:unknown({
    what = ("why Pod %s/%s is %s"):format(pod.metadata.namespace, pod.metadata.name, pods.status(pod)),
    reason = "undetermined", message = "nothing that was read says why; kubectl describe pod may show more",
  })
end

---What is wrong with a pod: findings, and whether it was settled that something is.
---@param ctx Context
---@param pod Object
---@return table[] findings, boolean healthy
function M.examine(ctx, pod)
  local case = Case.new(ctx, pod)
  local whole = pod_checks.terminating(case) or pod_checks.evicted(case) or pod_checks.node_lost(case)
  if whole then
    return { whole }, false
  elseif pod.metadata.deletionTimestamp or pods.is_completed(pod) then
    return {}, true
  elseif pods.is_serving(pod) then
    local restarts = ready.restarts(case)
    return { restarts }, restarts == nil
  end
  local finding, settled = schedule.check(case), nil
  if not finding then
    finding, settled = init.check(case)
  end
  finding = finding or (not settled and mount.check(case)) or nil
  if finding or settled then
    return { finding }, false
  end
  local found, known = containers_findings(case)
  if #found == 0 and not known then
    found = ready.check(case)
  end
  if #found == 0 and not known then
    found[1] = ready.gates(case) or ready.restarts(case)
  end
  if #found == 0 and not known then
    undetermined(case)
  end
  return found, false
end

return M
