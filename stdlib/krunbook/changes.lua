-- What changed about when something began: a revision that came, a condition of the node that turned.
local objects = require("krunbook.objects")
local owners = require("krunbook.owners")
local time = require("krunbook.time")

local M = {}

local before, after = 900, 60 -- seconds from a change to what follows from it; and how far clocks may differ

-- Causes that neither a new revision nor a node's condition explains better than they do themselves.
local of_their_own = { ["node-lost"] = true, ["evicted"] = true, ["terminating-stuck"] = true, ["scheduling-gated"] = true,
  ["readiness-gate-pending"] = true, ["deadline-exceeded"] = true }

local function follows(at, since)
  local apart = time.between(at, since)
  return apart ~= nil and apart >= -after and apart <= before
end

-- The revision of the pod's Deployment that came about then, with its images.
local function revision(case, since)
  local set = case:owner_of_kind("ReplicaSet")
  local deployment = set and owners.controller(set)
  if not deployment or deployment.kind ~= "Deployment" then
    return nil
  end
  local named = { uid = deployment.uid, namespace = set.metadata.namespace, name = deployment.name }
  local sets, unknown = owners.replica_sets(named, set, true)
  case.ctx:can_do_without(unknown)
  local change, at = owners.image_change(sets)
  if change and follows(at, since) then
    return ("Revision %d of Deployment %s came at %s (%s)."):format(owners.revision(sets[#sets]), deployment.name, at, change)
  end
end

-- A condition of the node that is as it should not be, and turned about then.
local function node_condition(case, since)
  local name = case.pod.spec.nodeName
  local node, unknown
  if name and name ~= "" then
    node, unknown = kube.get("nodes", name)
  end
  case.ctx:can_do_without(unknown)
  for _, condition in ipairs(node and objects.whole(node).status.conditions or {}) do
    local wanted = condition.type == "Ready" and "True" or "False"
    if condition.status ~= wanted and follows(condition.lastTransitionTime, since) then
      return ("Node %s: %s became %s at %s (%s)."):format(name, condition.type, condition.status, condition.lastTransitionTime,
        condition.message or condition.reason or "no message")
    end
  end
end

---Adds to a finding's cause what changed about when it began.
---@param case Case
---@param finding table
function M.note(case, finding)
  if not finding.since or of_their_own[finding.code] then
    return
  end
  local changed = revision(case, finding.since) or node_condition(case, finding.since)
  if changed then
    finding.cause = finding.cause .. " " .. changed
  end
end

return M
