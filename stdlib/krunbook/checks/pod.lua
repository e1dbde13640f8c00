-- What befalls a pod as a whole: its node is lost, it was evicted, it does not go away.
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local pods = require("krunbook.pods")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

-- Only a pod that is not well, or will not go, makes one ask for its node.
local function is_suspect(case)
  local ready = case:condition("Ready")
  local overdue = time.between(case.pod.metadata.deletionTimestamp, case.now)
  return case.pod.status.reason == "NodeLost" or (ready ~= nil and ready.status ~= "True")
    or (overdue ~= nil and overdue >= thresholds.terminating) or (not ready and not case:is_young())
end

local function over(case)
  return case.pod.status.phase == "Succeeded" or case.pod.status.phase == "Failed"
end

local function lost_finding(case, node, condition)
  local name = case.pod.spec.nodeName
  local why = condition and ("is not ready: %s (%s)"):format((condition.message or "?"):gsub("[%s.]+$", ""), condition.reason or condition.status)
    or "does not exist any more"
  local identity = node or { kind = "Node", name = name }
  return case:finding({
    code = "node-lost", object = identity, owner = identity, shared = "node " .. name,
    cause = ("Node %s %s. What runs on it cannot be trusted to run."):format(name, why),
    evidence = { condition and { kind = "condition", at = condition.lastTransitionTime, text = ("Node %s Ready is %s: %s: %s"):format(name,
      condition.status, condition.reason or "", condition.message or "") }
      or { kind = "spec", text = ("Pod %s: nodeName: %s; the cluster has no such node"):format(case.pod.metadata.name, name) } },
    since = condition and condition.lastTransitionTime or (case:condition("Ready") or {}).lastTransitionTime,
    next_steps = condition and { next_steps.describe_node(name), "on the node: systemctl status kubelet containerd" }
      or { next_steps.kubectl(nil, "get", "nodes"), next_steps.about(case.pod, "delete", "pod", case.pod.metadata.name, "--force")
        .. "  # where the node will not come back" },
  })
end

---The node of a pod in trouble does not report, or is gone.
---@param case Case
---@return table|nil
function M.node_lost(case)
  local name = case.pod.spec.nodeName
  if not name or name == "" or over(case) or not is_suspect(case) then
    return nil
  end
  local node, unknown = kube.get("nodes", name)
  case.ctx:can_do_without(unknown)
  local condition = node and pods.condition(node, "Ready")
  if (condition and condition.status ~= "True") or (not node and not unknown) then
    return lost_finding(case, node, condition)
  end
end

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
