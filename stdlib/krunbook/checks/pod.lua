-- How a pod as a whole came to its end, or does not: it was evicted, it ran for too long, it does not go away.
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

---Reasons of a pod's own status that say that its node turned it away.
M.turned_away = { Evicted = true, Preempting = true, Preempted = true, Terminated = true, Shutdown = true, NodeShutdown = true,
  NodeAffinity = true, NodeName = true, NodePorts = true, TaintToleration = true, UnexpectedAdmissionError = true,
  TopologyAffinityError = true, AppArmor = true, SysctlForbidden = true, PodOSNotSupported = true, VolumeAttachmentLimitExceeded = true }

-- The words with which the kubelet rejects a pod, whatever the reason: new ones, and those of 1.20.
local rejections = { "^Pod was rejected", "^Pod Node didn't have enough resource", "^Pod Predicate " }

local function was_turned_away(reason, message)
  if M.turned_away[reason] or reason:find("^OutOf") then
    return true
  end
  for _, pattern in ipairs(rejections) do
    if reason ~= "" and message:find(pattern) then
      return true
    end
  end
  return false
end

-- When it ended: what turned it away says so, or else the last of its conditions and containers.
local function ended_at(case)
  local disrupted, ready = case:condition("DisruptionTarget"), case:condition("Ready")
  local at = disrupted and disrupted.lastTransitionTime or (ready and ready.lastTransitionTime)
  for _, container in ipairs(case.containers) do
    local finished = container.terminated and time.between(container.terminated.finishedAt, case.now) and container.terminated.finishedAt
    at = finished and (not at or finished > at) and finished or at
  end
  return at or case.pod.status.startTime or case.pod.metadata.creationTimestamp
end

-- Why it was ended, in its own status; where that is silent, in the condition that outlives it: its node was preempted, drained, removed.
local function ended_by(case)
  local status, disrupted = case.pod.status, case:condition("DisruptionTarget")
  local reason, message = status.reason or "", status.message or ""
  if reason == "" and disrupted and disrupted.status == "True" then
    return disrupted.reason or "DisruptionTarget", disrupted.message or "", true, "condition"
  end
  return reason, message, was_turned_away(reason, message), "state"
end

-- What to do about it: most often the node is to be looked at, but some words ask for a change in the pod.
local remedies = {
  { "EmptyDir volume", "the sizeLimit of the emptyDir volume, or what is written there" },
  { "ephemeral storage limit", "resources.limits.ephemeral-storage, or what the containers write" },
  { "ephemeral local storage", "resources.limits.ephemeral-storage, or what the containers write" },
  { "sysctl", "securityContext.sysctls, or let the kubelet allow it (allowedUnsafeSysctls)" },
  { "AppArmor", "the AppArmor profile, or load it on the node" },
  { "node affinity", "nodeSelector, nodeAffinity or nodeName" },
  { "node selector", "nodeSelector, nodeAffinity or nodeName" },
}

local function remedy(case, reason, message)
  for _, row in ipairs(remedies) do
    if message:find(row[1], 1, true) or reason:find(row[1], 1, true) then
      return case:correct(row[2])
    end
  end
end

---Its node turned it away: it evicted, rejected or preempted it, or was shut down.
---@param case Case
---@return table|nil
function M.evicted(case)
  if case.pod.status.phase ~= "Failed" then
    return nil
  end
  local reason, message, turned_away, told_in = ended_by(case)
  if not turned_away then
    return nil
  end
  local event = events.newest((case:events()), { "Evicted", "Preempted", reason })
  return case:finding({
    code = "evicted", key = reason,
    cause = ("Node %s turned the pod away (%s): %s"):format(case.pod.spec.nodeName or "?", reason,
      (message ~= "" and message or "no message"):gsub("%s+$", "")),
    evidence = { { kind = told_in, text = ("%s %s: %s"):format(told_in == "state" and "status" or "DisruptionTarget", reason, message) },
      event },
    since = event and event.last or ended_at(case),
    next_steps = { remedy(case, reason, message) or next_steps.describe_node(case.pod.spec.nodeName),
      next_steps.about(case.pod, "delete", "pod", case.pod.metadata.name) .. "  # once understood: it only keeps the record" },
  })
end

---It ran for longer than it may.
---@param case Case
---@return table|nil
function M.deadline(case)
  local status, spec = case.pod.status, case.pod.spec
  if status.phase ~= "Failed" or status.reason ~= "DeadlineExceeded" then
    return nil
  end
  local seconds = spec.activeDeadlineSeconds
  return case:finding({
    code = "deadline-exceeded",
    cause = ("The pod was ended because it ran for longer than its activeDeadlineSeconds%s."):format(seconds and " (" .. seconds .. ")" or ""),
    evidence = { { kind = "state", text = ("status %s: %s"):format(status.reason, status.message or "") } },
    since = ended_at(case),
    next_steps = { case:correct("activeDeadlineSeconds"), next_steps.describe(case.pod) },
  })
end

---@param case Case
---@return table|nil
function M.terminating(case)
  local metadata = case.pod.metadata
  local since = time.between(metadata.deletionTimestamp, case.now)
  if not since or since < thresholds.terminating then
    return nil
  end
  local finalizers = table.concat(metadata.finalizers or {}, ", ")
  local hook = events.newest((case:events()), "FailedPreStopHook")
  local why = finalizers ~= "" and "its finalizers are still there: " .. finalizers
    or hook and "its preStop hook fails: " .. hook.message:gsub("[%s.]+$", "")
    or "its containers have not ended, or the kubelet has not said so"
  return case:finding({
    code = "terminating-stuck",
    cause = ("The pod should have been gone %s ago; %s."):format(time.age(since), why),
    evidence = { { kind = "object", at = metadata.deletionTimestamp, text = ("deletionTimestamp %s, finalizers [%s]"):format(
      metadata.deletionTimestamp, finalizers) }, hook },
    since = metadata.deletionTimestamp,
    next_steps = { next_steps.describe(case.pod), finalizers ~= "" and "find out what should remove the finalizer " .. finalizers
      or next_steps.describe_node(case.pod.spec.nodeName) },
  })
end

return M
