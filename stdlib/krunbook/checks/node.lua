-- The node of a pod: whether what runs there can still be trusted to run.
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
function M.lost(case)
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

return M
