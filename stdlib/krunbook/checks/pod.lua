-- What befalls a pod as a whole: its node is lost, it was evicted, it does not go away.
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local pods = require("krunbook.pods")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

-- A node's Ready condition that is not True; nil when it is well, or nobody may look.
local function lost(case)
  local name = case.pod.spec.nodeName
  if not name then
    return nil
  end
  local ready = case:condition("Ready")
  if case.pod.status.reason ~= "NodeLost" and (not ready or ready.status == "True") then
    return nil
  end
  local node, unknown = kube.get("nodes", name)
  case.ctx:can_do_without(unknown)
  local condition = node and pods.condition(node, "Ready")
  if condition and condition.status ~= "True" then
    return condition, node
  end
end

---@param case Case
---@return table|nil
function M.node_lost(case)
  local condition, node = lost(case)
  if not condition then
    return nil
  end
  local name = case.pod.spec.nodeName
  return case:finding({
    code = "node-lost", object = node, owner = node, shared = "node " .. name,
    cause = ("Node %s is not ready: %s (%s). What runs on it cannot be trusted to run."):format(name, condition.message or "?",
      condition.reason or condition.status),
    evidence = { { kind = "condition", at = condition.lastTransitionTime, text = ("Node %s Ready is %s: %s: %s"):format(name,
      condition.status, condition.reason or "", condition.message or "") } },
    since = condition.lastTransitionTime,
    next_steps = { "kubectl describe node " .. name, "on the node: systemctl status kubelet containerd" },
  })
end

---Reasons of a pod's own status that say that its node turned it away.
M.turned_away = { Evicted = true, Preempting = true, Preempted = true, Terminated = true, Shutdown = true, NodeShutdown = true,
  NodeAffinity = true, NodeName = true, NodePorts = true, TaintToleration = true, UnexpectedAdmissionError = true,
  TopologyAffinityError = true, AppArmor = true, SysctlForbidden = true, PodOSNotSupported = true, VolumeAttachmentLimitExceeded = true }

---@param case Case
---@return table|nil
function M.evicted(case)
  local status = case.pod.status
  local reason = status.reason or ""
  if status.phase ~= "Failed" or not (M.turned_away[reason] or reason:find("^OutOf")) then
    return nil
  end
  local event = events.newest((case:events()), { "Evicted", "Preempted", reason })
  return case:finding({
    code = "evicted", cause_code = nil, key = reason,
    cause = ("Node %s turned the pod away (%s): %s"):format(case.pod.spec.nodeName or "?", reason, status.message or "no message"),
    evidence = { { kind = "state", text = ("status %s: %s"):format(reason, status.message or "") }, event },
    since = event and event.last or status.startTime,
    next_steps = { "kubectl describe node " .. (case.pod.spec.nodeName or ""),
      next_steps.about(case.pod, "delete", "pod", case.pod.metadata.name) .. "  # once understood: it only keeps the record" },
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
  local why = finalizers ~= "" and "its finalizers are still there: " .. finalizers
    or "its containers have not ended, or the kubelet has not said so"
  return case:finding({
    code = "terminating-stuck",
    cause = ("The pod should have been gone %s ago; %s."):format(time.age(since), why),
    evidence = { { kind = "object", at = metadata.deletionTimestamp, text = ("deletionTimestamp %s, finalizers [%s]"):format(
      metadata.deletionTimestamp, finalizers) } },
    since = metadata.deletionTimestamp,
    next_steps = { next_steps.describe(case.pod), finalizers ~= "" and "find what should remove the finalizer " .. finalizers
      or "kubectl describe node " .. (case.pod.spec.nodeName or "") },
  })
end

return M
