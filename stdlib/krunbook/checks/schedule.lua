-- A pod that no node has taken: what the scheduler waits for. Its condition outlives the event, so both are asked.
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local reasons_of = require("krunbook.checks.schedule_reasons")
local scheduling = require("krunbook.scheduling")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

-- Since 1.34 the message does not name taints: the nodes tell whether they are only those of the control plane, or a node's trouble.
local function look_at_taints(case, reason)
  local only_control_plane, trouble = true, false
  local found = reasons_of.taints(case)
  for _, one in ipairs(found) do
    only_control_plane = only_control_plane and one.taint.key:find("^node%-role%.kubernetes%.io/") ~= nil
    trouble = trouble or one.told ~= nil
  end
  reason.last, reason.apart = #found > 0 and only_control_plane, not trouble
end

local function refine(case, reasons)
  for _, reason in ipairs(#reasons > 1 and reasons or {}) do
    if reason.code == "unschedulable-taint" then
      if not reason.text:find("{", 1, true) then
        look_at_taints(case, reason)
      end
      reason.apart = reason.apart and not reasons_of.taints_what_it_wants(case)
    end
  end
  scheduling.sort(reasons)
  return reasons
end

-- The cluster's autoscaler tells whether nodes are to come.
local function autoscaler(case)
  return events.newest((case:events()), { "NotTriggerScaleUp", "TriggeredScaleUp", "FailedScaleUp" })
end

local function unschedulable(case, message, evidence)
  local reasons = refine(case, scheduling.reasons(message))
  local main = reasons[1] or { code = "unschedulable-scheduler", correct = "what the scheduler names", text = message }
  local others, more, steps, extra = {}, "", nil, {}
  if reasons_of.explain[main.code] then
    more, steps, extra = reasons_of.explain[main.code](case, main)
  end
  for i = 2, #reasons do
    others[#others + 1] = reasons[i].text
  end
  local list = { evidence, table.unpack(extra or {}) }
  list[#list + 1] = autoscaler(case)
  local condition = case:condition("PodScheduled") or {}
  return case:finding({
    code = main.code,
    cause = ("No node takes the pod: %s.%s%s"):format(main.text:gsub("%.$", ""), more, #others > 0 and " Also: " .. table.concat(others, ", ")
      .. "." or ""),
    evidence = list, since = condition.lastTransitionTime or case.pod.metadata.creationTimestamp,
    next_steps = steps or { case:correct(main.correct), next_steps.describe(case.pod) },
  })
end

local function gated(case, condition)
  local names = {}
  for i, gate in ipairs(case.pod.spec.schedulingGates or {}) do
    names[i] = gate.name
  end
  return case:finding({
    code = "scheduling-gated",
    cause = ("The pod is held back by the scheduling gate %s: what should remove it has not."):format(table.concat(names, ", ")),
    evidence = { { kind = "condition", at = condition.lastTransitionTime, text = ("PodScheduled: %s: %s"):format(condition.reason,
      condition.message or "") } },
    since = case.pod.metadata.creationTimestamp, next_steps = { next_steps.describe(case.pod) },
  })
end

-- The scheduler leaves a pod alone until the ResourceClaims that it names are there.
local function waits_for_claims(case)
  local names, made = {}, {}
  for _, status in ipairs(case.pod.status.resourceClaimStatuses or {}) do
    made[status.name or ""] = status.resourceClaimName
  end
  for _, claim in ipairs(case.pod.spec.resourceClaims or {}) do
    if not made[claim.name] then
      names[#names + 1] = claim.resourceClaimTemplateName and ("%s, to be made from ResourceClaimTemplate %s"):format(claim.name,
        claim.resourceClaimTemplateName) or ("%s, which is ResourceClaim %s"):format(claim.name, claim.resourceClaimName or "?")
    end
  end
  if #names == 0 then
    return nil
  end
  local event = events.newest((case:events()), "FailedResourceClaimCreation")
  local wanted = table.concat(names, "; ")
  return case:finding({
    code = "unschedulable-resources", key = "resource claims",
    cause = ("The scheduler does not look at the pod until its resource claims are there: %s.%s"):format(wanted,
      event and " " .. event.message:gsub("[%s.]+$", "") .. "." or ""),
    evidence = { event or { kind = "spec", text = "resourceClaims: " .. wanted } }, since = case.pod.metadata.creationTimestamp,
    next_steps = { next_steps.kubectl(case.pod.metadata.namespace, "get", "resourceclaims,resourceclaimtemplates"),
      case:correct("resourceClaims") },
  })
end

-- Nobody has looked at it: the scheduler that it names does not run.
local function no_scheduler(case)
  local name = case.pod.spec.schedulerName or "default-scheduler"
  return case:finding({
    code = "unschedulable-scheduler",
    cause = ("No scheduler has looked at the pod for %s: it asks for the scheduler %s."):format(time.age(case:age()), name),
    evidence = { { kind = "spec", text = "schedulerName: " .. name } }, since = case.pod.metadata.creationTimestamp,
    next_steps = { "start the scheduler " .. name .. ", or look why it does not run", case:correct("schedulerName") },
  })
end

---Why the pod has no node; nil when it has one.
---@param case Case
---@return table|nil
function M.check(case)
  if case.pod.spec.nodeName or case:age() < thresholds.pending then
    return nil
  end
  local condition = case:condition("PodScheduled")
  if condition and condition.reason == "SchedulingGated" then
    return gated(case, condition)
  elseif condition and condition.status == "False" and condition.message then
    local event = events.newest((case:events()), "FailedScheduling")
    return unschedulable(case, condition.message, event or { kind = "condition", at = condition.lastTransitionTime,
      text = "PodScheduled: " .. condition.message })
  end
  local seen, unknown = case:events()
  local event = events.newest(seen, "FailedScheduling")
  if event then
    return unschedulable(case, event.message, event)
  end
  return waits_for_claims(case) or (not condition and not unknown and no_scheduler(case)) or nil
end

return M
