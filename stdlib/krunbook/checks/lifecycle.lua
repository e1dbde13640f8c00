-- What befalls a pod as a whole: its node is lost, it is turned away, it does not go, it is held back.
local next_steps = require("krunbook.next_steps")
local pods = require("krunbook.pods")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")
local events = require("krunbook.events")

local M = {}

-- The node controller says of a pod on a node that does not report: not Ready, though its containers are.
local function looks_lost(case)
  local pod, ready = case.pod, case:condition("Ready")
  if pod.status.reason == "NodeLost" or pod.status.phase == "Unknown" then
    return true
  elseif ready and ready.status ~= "True" and pod.status.phase == "Running" then
    for _, container in ipairs(case.containers) do
      if container.kind ~= "init" and not (container.running and container.ready) then
        return false
      end
    end
    local inner = case:condition("ContainersReady")
    return #(pod.spec.readinessGates or {}) == 0 or (inner ~= nil and inner.status ~= "True")
  end
  return pod.metadata.deletionTimestamp ~= nil
end

---@param case Case
---@return table|nil
function M.node_lost(case)
  local name = case.pod.spec.nodeName
  if not name or not looks_lost(case) then
    return nil
  end
  local node, unknown = kube.get("nodes", name)
  if case.pod.metadata.deletionTimestamp then
    case.ctx:can_do_without(unknown)
  end
  if unknown then
    return nil
  end
  local ready = node and pods.condition(node, "Ready")
  if node and (not ready or ready.status == "True") then
    return nil
  end
  local said = node and ("Ready %s: %s"):format(ready.status, ready.message or ready.reason or "") or ("no node %s"):format(name)
  return case:finding({
    code = "node-lost", object = node or { kind = "Node", name = name }, owner = false, shared = "node " .. name,
    cause = ("Node %s %s: what runs there is not known, and its pods count as not ready."):format(name,
      not node and "is gone" or ready.status == "Unknown" and "has stopped reporting" or "is not ready"),
    evidence = { { kind = "condition", at = ready and ready.lastTransitionTime, text = ("Node %s: %s"):format(name, said) } },
    since = ready and ready.lastTransitionTime,
    next_steps = { next_steps.kubectl(nil, "describe", "node", name), "on the node: systemctl status kubelet; journalctl -u kubelet --since -15min" },
  })
end

---A pod that was to be deleted and is still there, well past its grace period.
---@param case Case
---@return table|nil
function M.terminating(case)
  local metadata = case.pod.metadata
  local over = time.between(metadata.deletionTimestamp, case.now) -- deletionTimestamp is when the grace period ends
  if not over or over < thresholds.terminating then
    return nil
  end
  local finalizers = metadata.finalizers or {}
  local why = "the kubelet has not reported its containers as gone"
  local steps = { next_steps.kubectl(nil, "describe", "node", case.pod.spec.nodeName or "?"), next_steps.describe(case.pod) }
  if #finalizers > 0 then
    why = ("it is held by its finalizers: %s"):format(table.concat(finalizers, ", "))
    steps = { "look at the controller that is to remove the finalizer " .. finalizers[1], next_steps.describe(case.pod) }
  end
  return case:finding({
    code = "terminating-stuck",
    cause = ("It was to be gone %s ago, and %s."):format(time.duration(over), why),
    evidence = { { kind = "object", at = metadata.deletionTimestamp, text = ("deletionTimestamp %s%s"):format(metadata.deletionTimestamp,
      #finalizers > 0 and ", finalizers " .. table.concat(finalizers, ", ") or "") } },
    since = metadata.deletionTimestamp, next_steps = steps,
  })
end

local turned_away = {
  Evicted = true, Preempting = true, Terminated = true, Shutdown = true, NodeShutdown = true, NodeAffinity = true, NodeName = true,
  NodePorts = true, TaintToleration = true, UnexpectedAdmissionError = true, TopologyAffinityError = true, AppArmor = true,
  SysctlForbidden = true, PodOSNotSupported = true, VolumeAttachmentLimitExceeded = true, DeadlineExceeded = true,
}

---A failed pod that its node evicted or would not take.
---@param case Case
---@return table|nil
function M.evicted(case)
  local status = case.pod.status
  local reason = status.reason or ""
  if status.phase ~= "Failed" or not (turned_away[reason] or reason:find("^OutOf")) then
    return nil
  end
  local said = (status.message or reason):gsub("%s+$", "")
  local disrupted = case:condition("DisruptionTarget")
  local event = events.newest(case:events_if_allowed(), { "Evicted", "Preempted", "Preempting" })
  return case:finding({
    code = "evicted",
    cause = ("Node %s turned the pod away (%s): %s"):format(case.pod.spec.nodeName or "?", reason, said),
    evidence = { { kind = "state", at = event and event.last, text = ("%s: %s"):format(reason, said) } },
    since = event and event.first or disrupted and disrupted.lastTransitionTime or status.startTime,
    next_steps = { next_steps.kubectl(nil, "describe", "node", case.pod.spec.nodeName or "?"),
      next_steps.about(case.pod, "delete", "pod", case.pod.metadata.name) .. "  # once another one runs: this one never will" },
  })
end

---@param case Case
---@return table|nil
function M.gated(case)
  local scheduled = case:condition("PodScheduled")
  if not scheduled or scheduled.reason ~= "SchedulingGated" or case:age() < thresholds.scheduling_gate then
    return nil
  end
  local names = {}
  for _, gate in ipairs(case.pod.spec.schedulingGates or {}) do
    names[#names + 1] = gate.name
  end
  return case:finding({
    code = "scheduling-gated", key = names[1],
    cause = ("It is not scheduled before its scheduling gates are removed: %s."):format(table.concat(names, ", ")),
    evidence = { { kind = "condition", at = scheduled.lastTransitionTime, text = "PodScheduled: " .. (scheduled.message or scheduled.reason) } },
    since = scheduled.lastTransitionTime or case.pod.metadata.creationTimestamp,
    next_steps = { "look at the controller that is to remove the gate " .. (names[1] or "?"), next_steps.describe(case.pod) },
  })
end

return M
