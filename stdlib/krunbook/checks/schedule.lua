-- A pod that no node has taken: what the scheduler waits for. Its condition outlives the event, so both are asked.
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local quantities = require("krunbook.quantities")
local scheduling = require("krunbook.scheduling")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")
local volumes = require("krunbook.volumes")

local M = {}

-- Which resources the message says are short: "Insufficient cpu", "Too many pods".
local function short_of(text)
  local names = {}
  for name in text:gmatch("Insufficient ([%w%-%./]+)") do
    names[#names + 1] = name
  end
  if text:find("Too many pods", 1, true) then
    names[#names + 1] = "pods"
  end
  return names
end

local function against_nodes(case, text)
  local nodes, unknown = kube.list("nodes"):all()
  case.ctx:can_do_without(unknown)
  if unknown then
    return " The nodes could not be read (" .. unknown.reason .. ")."
  end
  local all, hidden = kube.list("pods", { all_namespaces = true }):all()
  case.ctx:can_do_without(hidden)
  local asked, parts = scheduling.requests(case.pod), {}
  asked.pods = 1
  for _, name in ipairs(short_of(text)) do
    local node, most = scheduling.largest(nodes, name)
    local part = ("%s: it asks for %s, the largest node (%s) has %s"):format(name, quantities.text(name, asked[name] or 0),
      node and node.metadata.name or "none", quantities.text(name, most))
    if not hidden and node then
      part = part .. (", of which %s are free"):format(quantities.text(name, math.max(most - scheduling.taken(all, node, name), 0)))
    end
    parts[#parts + 1] = part
  end
  return #parts > 0 and " " .. table.concat(parts, "; ") .. "." or ""
end

local function taints(case)
  local nodes, unknown = kube.list("nodes"):all()
  case.ctx:can_do_without(unknown)
  local found = {}
  for _, node in ipairs(nodes) do
    for _, taint in ipairs(node.spec.taints or {}) do
      found[#found + 1] = ("%s has %s%s:%s"):format(node.metadata.name, taint.key, taint.value and "=" .. taint.value or "", taint.effect)
    end
  end
  return #found > 0 and " Taints: " .. table.concat(found, ", ") .. "." or ""
end

-- The claim's own story: absent, or pending and why.
local function claim(case, name)
  local namespace = case.pod.metadata.namespace
  local object, unknown = kube.get("persistentvolumeclaims", name, { namespace = namespace })
  if unknown then
    case.ctx:can_do_without(unknown)
    return ("Claim %s could not be read (%s)."):format(name, unknown.reason)
  elseif not object then
    return ("There is no claim %s in namespace %s."):format(name, namespace)
  elseif object.status and object.status.phase == "Bound" then
    return nil
  end
  local class = object.spec.storageClassName
  local said, hidden = kube.events(object)
  case.ctx:can_do_without(hidden)
  local event = events.newest(said, { "ProvisioningFailed", "FailedBinding", "VolumeMismatch", "WaitForFirstConsumer", "ExternalProvisioning" })
  local text = ("Claim %s is %s (StorageClass %s)."):format(name, object.status and object.status.phase or "?", class or "not given")
  if event then
    return text .. " " .. event.message .. ".", event
  end
  local found, refused = kube.get("storageclasses", class or "")
  case.ctx:can_do_without(refused)
  if class and not found and not refused then
    text = text .. (" There is no StorageClass %s."):format(class)
  end
  return text
end

local function claims(case)
  local texts, evidence = {}, {}
  for _, name in ipairs(volumes.claims(case.pod)) do
    local text, event = claim(case, name)
    texts[#texts + 1] = text
    evidence[#evidence + 1] = event
  end
  return #texts > 0 and " " .. table.concat(texts, " ") or "", evidence
end

local explain = {
  ["unschedulable-resources"] = function(case, reason) return against_nodes(case, reason.text) end,
  ["unschedulable-taint"] = function(case) return taints(case) end,
  ["unschedulable-node-selector"] = function(case) return (" It wants %s."):format(scheduling.wanted_nodes(case.pod)) end,
  ["unschedulable-volume"] = function(case) return claims(case) end,
}

local function unschedulable(case, message, evidence)
  local reasons = scheduling.reasons(message)
  local main = reasons[1] or { code = "unschedulable-scheduler", change = "what the scheduler says", text = message }
  local more, others, extra = "", {}, {}
  if explain[main.code] then
    more, extra = explain[main.code](case, main)
  end
  for i = 2, #reasons do
    others[#others + 1] = reasons[i].text
  end
  local list = { evidence, table.unpack(extra or {}) }
  local condition = case:condition("PodScheduled") or {}
  return case:finding({
    code = main.code,
    cause = ("No node takes the pod: %s.%s%s"):format(main.text:gsub("%.$", ""), more, #others > 0 and " Also: " .. table.concat(others, ", ")
      .. "." or ""),
    evidence = list, since = condition.lastTransitionTime or case.pod.metadata.creationTimestamp,
    next_steps = { next_steps.edit(case:owner(), main.change), next_steps.describe(case.pod) },
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

-- Nobody has looked at it: the scheduler that it names does not run.
local function no_scheduler(case)
  local name = case.pod.spec.schedulerName or "default-scheduler"
  return case:finding({
    code = "unschedulable-scheduler",
    cause = ("No scheduler has looked at the pod for %s: it asks for the scheduler %s."):format(time.age(case:age()), name),
    evidence = { { kind = "spec", text = "schedulerName: " .. name } }, since = case.pod.metadata.creationTimestamp,
    next_steps = { next_steps.edit(case:owner(), "schedulerName, or start the scheduler " .. name) },
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
  return not condition and not unknown and no_scheduler(case) or nil
end

return M
