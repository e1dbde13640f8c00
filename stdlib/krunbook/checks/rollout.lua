-- Rollouts that do not get on: which pod of the new revision holds them up, and its own cause.
local findings = require("krunbook.findings")
local next_steps = require("krunbook.next_steps")
local owners = require("krunbook.owners")
local pods = require("krunbook.pods")

local M = {}

-- How many pods of a StatefulSet are to be of the new revision: those below the partition stay as they are.
local function to_update(set)
  return (set.spec.replicas or 1) - (((set.spec.updateStrategy or {}).rollingUpdate or {}).partition or 0)
end

-- A Deployment that was paused before a change of it came to its end, or before it made any pod.
local function is_paused(deployment)
  local spec, status = deployment.spec or {}, deployment.status or {}
  local seen = status.observedGeneration == nil or status.observedGeneration >= (deployment.metadata.generation or 0)
  return spec.paused == true and seen and (status.updatedReplicas or 0) < (spec.replicas or 1)
end

-- What its own status says of a rollout that has not come to its end: of most owners nothing more is asked.
local under_way = {
  Deployment = function(deployment)
    local condition = pods.condition(deployment, "Progressing")
    return (condition ~= nil and condition.status == "False") or is_paused(deployment)
  end,
  StatefulSet = function(set)
    local strategy, status = set.spec.updateStrategy or {}, set.status or {}
    return strategy.type ~= "OnDelete" and status.updateRevision ~= status.currentRevision
      and (status.updatedReplicas or 0) < to_update(set)
  end,
  DaemonSet = function(set)
    local status = set.status or {}
    return (status.updatedNumberScheduled or 0) < (status.desiredNumberScheduled or 0) and (status.numberUnavailable or 0) > 0
      and (set.spec.updateStrategy or {}).type ~= "OnDelete"
  end,
}

---Whether M.check may have something to say of an owner.
---@param owner Object
---@return boolean
function M.may_tell(owner)
  return under_way[owner.kind] ~= nil and under_way[owner.kind](owner)
end

-- The Deployment says so itself, and pods of an older revision are still there.
local function stuck_deployment(deployment, found)
  local condition = pods.condition(deployment, "Progressing")
  local sets, unknown = owners.replica_sets(deployment, deployment)
  local running = 0
  for _, set in ipairs(sets) do
    running = running + ((set.status and set.status.replicas or 0) > 0 and 1 or 0)
  end
  if unknown or running < 2 then
    return nil
  end
  local newest = sets[#sets].metadata.uid
  local inner = found:about(deployment, function(finding)
    local maker = finding.subject and owners.controller(finding.subject)
    return maker ~= nil and maker.uid == newest
  end)
  return inner, { kind = "condition", at = condition.lastTransitionTime, text = ("Progressing: %s: %s"):format(condition.reason or "",
    condition.message or "") }, owners.image_change(sets)
end

-- The pods of a StatefulSet's new revision are the youngest: each was made anew for it.
local function new_pods(set, count)
  local list, is_new = {}, {}
  for pod in owners.pods_of({ set }) do
    local metadata = pod.metadata
    list[#list + 1] = { kind = pod.kind, metadata = { namespace = metadata.namespace, name = metadata.name,
      creationTimestamp = metadata.creationTimestamp } }
  end
  table.sort(list, function(a, b) return (a.metadata.creationTimestamp or "") > (b.metadata.creationTimestamp or "") end)
  for i = 1, math.min(count, #list) do
    is_new[findings.identity(list[i])] = true
  end
  return is_new
end

-- A StatefulSet goes on only when the pod that it replaced is ready: one of the new revision that fails holds all others up.
local function stuck_stateful_set(set, found)
  local status = set.status or {}
  local updated = status.updatedReplicas or 0
  if not found:about(set) then
    return nil
  end
  local is_new = new_pods(set, updated)
  local function holds_up(finding)
    return finding.subject ~= nil and is_new[findings.identity(finding.subject)] == true
  end
  local inner = found:about(set, holds_up)
  if inner and holds_up(inner) then
    return inner, { kind = "object", text = ("StatefulSet %s: updatedReplicas %d of %d, currentRevision %s, updateRevision %s"):format(
      set.metadata.name, updated, to_update(set), status.currentRevision or "?", status.updateRevision or "?") }
  end
end

-- So does a DaemonSet, which lets only so many of its pods be away at once.
local function stuck_daemon_set(set, found)
  local status = set.status or {}
  local updated, wanted = status.updatedNumberScheduled or 0, status.desiredNumberScheduled or 0
  local inner = found:about(set)
  if inner and inner.code ~= "node-lost" then
    return inner, { kind = "object", text = ("DaemonSet %s: updatedNumberScheduled %d of %d, numberUnavailable %d"):format(
      set.metadata.name, updated, wanted, status.numberUnavailable) }
  end
end

-- Nothing goes wrong: it waits for whoever paused it.
local function paused(deployment)
  local condition, status = pods.condition(deployment, "Progressing") or {}, deployment.status or {}
  local reference = "deployment/" .. deployment.metadata.name
  local have, wanted = status.replicas or 0, deployment.spec.replicas or 1
  local waits = have == 0 and "it makes no pods." or ("a change of it waits: %d of %d replicas are of the newest revision."):format(
    status.updatedReplicas or 0, wanted)
  return {
    code = "rollout-stuck", object = deployment, owner = deployment, key = "paused",
    cause = ("Deployment %s is paused, and %s"):format(deployment.metadata.name, waits),
    evidence = { { kind = "spec", text = "paused: true" }, condition.type and { kind = "condition", at = condition.lastTransitionTime,
      text = ("Progressing: %s: %s"):format(condition.reason or "", condition.message or "") } or nil },
    since = condition.lastTransitionTime,
    next_steps = { next_steps.about(deployment, "rollout", "resume", reference) .. "  # once its change may go on",
      next_steps.about(deployment, "rollout", "undo", reference) .. "  # back to the last revision (resume first)" },
  }
end

local stuck = { Deployment = stuck_deployment, StatefulSet = stuck_stateful_set, DaemonSet = stuck_daemon_set }

local function rollout_steps(owner)
  local reference = owner.kind:lower() .. "/" .. owner.metadata.name
  local steps = { next_steps.about(owner, "rollout", "status", reference),
    next_steps.about(owner, "rollout", "undo", reference) .. "  # back to the last revision" }
  if owner.kind == "StatefulSet" then
    steps[3] = "then delete the pod that fails: a StatefulSet does not replace it by itself"
  end
  return steps
end

---A rollout that does not get on, while older replicas still serve. found: what was found about its pods.
---@param ctx Context
---@param owner Object
---@param found Findings
---@return table|nil
function M.check(ctx, owner, found)
  local inner, evidence, change
  if owner.kind == "Deployment" and is_paused(owner) then
    return paused(owner)
  elseif M.may_tell(owner) then
    inner, evidence, change = stuck[owner.kind](owner, found)
  end
  if not evidence then
    return nil
  end
  ctx:step(("rollout of %s %s"):format(owner.kind, owner.metadata.name), evidence.text)
  local why = inner and (" %s holds it up: %s"):format(findings.identity(inner.subject or inner.object), inner.cause)
    or (change and " It changes " .. change .. "." or "")
  return {
    code = "rollout-stuck", object = owner, owner = owner, cause_code = inner and inner.code,
    cause = ("The rollout of %s %s does not get on, older replicas still serve.%s"):format(owner.kind, owner.metadata.name, why),
    evidence = { evidence, inner and inner.evidence[1] or nil }, since = evidence.at or (inner and inner.since),
    next_steps = rollout_steps(owner),
  }
end

return M
