-- A Service whose selector matches no pod: because it is another's label, or because the pods that it means are not there.
local nearest = require("krunbook.nearest")
local next_steps = require("krunbook.next_steps")
local selectors = require("krunbook.selectors")
local thresholds = require("krunbook.thresholds")

local M = {}

local NAMED_PODS, NAMED_DIFFERENCES = 3, 3
local AS_NEAR = 0.1 -- pods that are farther than the nearest by more than this are not named beside it

-- "pod a", "pods a, b, c and 4 more".
local function names(pods)
  local list = {}
  for i = 1, math.min(#pods, NAMED_PODS) do
    list[i] = pods[i].metadata.name
  end
  local more = #pods > NAMED_PODS and (" and %d more"):format(#pods - NAMED_PODS) or ""
  return (#pods == 1 and "pod " or "pods ") .. table.concat(list, ", ") .. more
end

-- "has app=nginx where the selector asks for app: ngnix"
local function difference(one, has)
  if one.has_key then
    return ("%s %s=%s where the selector asks for %s: %s"):format(has, one.has_key, one.has, one.key, one.wanted)
  end
  return ("%s no label %s where the selector asks for %s: %s"):format(has, one.key, one.key, one.wanted)
end

local function differences(near)
  local parts, has = {}, #near.pods == 1 and "has" or "have"
  for i, one in ipairs(near.differs) do
    parts[i] = difference(one, has)
  end
  return names(near.pods) .. " " .. table.concat(parts, " and ")
end

local function labels_of(pod)
  local text = selectors.text({ matchLabels = pod.metadata.labels })
  return { kind = "object", text = ("Pod %s/%s has the labels %s"):format(pod.metadata.namespace, pod.metadata.name,
    text ~= "" and text or "(none)") }
end

local function nothing_near(case)
  local namespace = case.service.metadata.namespace
  local all = case.around:pods(namespace)
  if #all == 0 then
    return (" There is no pod in namespace %s at all, and nothing that would make one."):format(namespace)
  end
  return (" None of the %d pods in namespace %s has a label like these."):format(#all, namespace)
end

local function mismatch(case)
  local namespace, asked = case.service.metadata.namespace, selectors.text(case.selector)
  local near = nearest.pods(case.selector.matchLabels, case.around:pods_alike(namespace))
  local parts, evidence = {}, { { kind = "spec", text = "selector: " .. asked } }
  for i = 1, math.min(#near, NAMED_DIFFERENCES) do
    if near[i].cost <= near[1].cost + AS_NEAR then
      parts[i] = differences(near[i])
      evidence[#evidence + 1] = labels_of(near[i].pods[1])
    end
  end
  local steps = { case:edit("correct spec.selector, or the labels of what it should select"),
    next_steps.kubectl(namespace, "get", "pods", "--show-labels") }
  if #parts == 0 then
    steps[#steps + 1] = next_steps.kubectl(nil, "get", "pods", "-A", "-l", asked) .. "  # a Service selects only in its own namespace"
  end
  return case:finding({
    code = "service-selector-mismatch",
    cause = ("No pod matches the selector of Service %s (%s).%s"):format(case.service.metadata.name, asked,
      #parts > 0 and " Nearest: " .. table.concat(parts, "; ") .. "." or nothing_near(case)),
    evidence = evidence, next_steps = steps,
  })
end

local function owner_name(owner)
  return owner.kind .. " " .. owner.metadata.name
end

local function scaled_to_zero(case, owner)
  local is_daemon_set = owner.kind == "DaemonSet"
  local why = is_daemon_set and "has no node to run on" or "is scaled to 0 replicas"
  local reference = owner.kind:lower() .. "/" .. owner.metadata.name
  return case:finding({
    code = "service-no-ready-endpoints", key = reference,
    cause = ("Service %s has no pods: %s, whose pods it selects, %s."):format(case.service.metadata.name, owner_name(owner), why),
    evidence = { { kind = "spec", text = ("%s: %s"):format(owner_name(owner), is_daemon_set and "desiredNumberScheduled: 0" or "replicas: 0") },
      { kind = "spec", text = "selector: " .. selectors.text(case.selector) } },
    next_steps = { is_daemon_set and next_steps.describe(owner) or
      next_steps.about(owner, "scale", reference, "--replicas=1") .. "  # if it is meant to serve" },
  })
end

-- The owners want pods and have none: what pod-status says of them is the cause, and this where it says nothing.
local function no_pods_made(case, owner, result)
  if case:age(owner) < thresholds.pending then
    case.ctx:unknown({ what = ("whether Service %s gets pods"):format(case.name), reason = "undetermined",
      message = ("%s is %d s old: its pods may be on their way"):format(owner_name(owner), case:age(owner)) })
    return nil
  end
  return case:finding({
    code = "service-no-ready-endpoints", key = owner.kind:lower() .. "/" .. owner.metadata.name,
    cause = ("Service %s has no pods: %s, whose pods it selects, wants %d and has none%s."):format(case.service.metadata.name,
      owner_name(owner), owner.wanted, result.status == "unknown" and "; why could not be determined" or ""),
    evidence = { { kind = "spec", text = ("%s: replicas: %d"):format(owner_name(owner), owner.wanted) } },
    next_steps = { next_steps.describe(owner) },
  })
end

---Why nothing matches.
---@param case ServiceCase
---@return Verdict
function M.check(case)
  local namespace = case.service.metadata.namespace
  local idle, follow, first
  for _, owner in ipairs(case.around:owners_matching(namespace, case.selector)) do
    case:step("who would make pods", ("%s, which wants %d"):format(owner_name(owner), owner.wanted))
    if owner.wanted == 0 then
      idle = idle or owner
    else
      first, follow = first or owner, follow or {}
      follow[#follow + 1] = owner.kind:lower() .. "/" .. owner.metadata.name
    end
  end
  if follow then
    return { findings = {}, follow = follow, instead = function(result) return no_pods_made(case, first, result) end }
  elseif idle then
    return { findings = { scaled_to_zero(case, idle) } }
  end
  return { findings = { mismatch(case) } }
end

return M
