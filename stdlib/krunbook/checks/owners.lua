-- What makes pods: whether it could, and whether a Job failed.
local containers = require("krunbook.containers")
local controllers = require("krunbook.controllers")
local crashes = require("krunbook.crashes")
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local owners = require("krunbook.owners")
local pods = require("krunbook.pods")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

---The kinds that make pods, as the API names them.
M.kinds = { "deployments", "replicasets", "statefulsets", "daemonsets", "jobs" }

-- Those whose status is known to tell how many pods they have; an operator's may mean something else by it.
local counted = { Deployment = true, ReplicaSet = true, StatefulSet = true, DaemonSet = true, Job = true,
  ReplicationController = true }

-- Whether it has fewer pods than it is meant to have by now. One that makes them in order waits for the last one to get ready.
local function wants_more(owner)
  local spec, status = owner.spec or {}, owner.status or {}
  if owner.kind == "DaemonSet" then
    return (status.currentNumberScheduled or 0) < (status.desiredNumberScheduled or 0)
  elseif owner.kind == "Job" then
    return status.completionTime == nil and (status.active or 0) == 0 and not spec.suspend and spec.parallelism ~= 0
  elseif owner.kind == "StatefulSet" and spec.podManagementPolicy ~= "Parallel" and (status.readyReplicas or 0) < (status.replicas or 0) then
    return false
  end
  return (status.replicas or 0) < (spec.replicas or 1)
end

---Whether M.creation or M.job may have something to say of it. Of most owners they have not.
---@param owner Object
---@return boolean
function M.may_tell(owner)
  local failed = owner.kind == "Job" and pods.condition(owner, "Failed")
  return (counted[owner.kind] and wants_more(owner)) or (failed and failed.status == "True") or false
end

-- Its controller has not looked at it yet, or has only just: what it has not made may still be on its way.
local function is_fresh(owner)
  local generation, observed = owner.metadata.generation, owner.status and owner.status.observedGeneration
  local age = time.between(owner.metadata.creationTimestamp, kube.now())
  return (generation ~= nil and observed ~= nil and observed < generation) or (age ~= nil and age < thresholds.pending)
end

-- What says that the owner was refused. A Deployment repeats its ReplicaSet's ReplicaFailure: of it only counts that it has no ReplicaSet.
local function refusing_condition(owner)
  local condition = pods.condition(owner, owner.kind == "Deployment" and "Progressing" or "ReplicaFailure")
  if owner.kind == "Deployment" then
    return condition and condition.status == "False" and condition.reason == "ReplicaSetCreateError" and condition or nil
  end
  return condition and condition.status == "True" and condition or nil
end

-- The newest refusal: the event has the whole story, the condition outlives it.
local function refused(ctx, owner)
  local condition = refusing_condition(owner)
  local said, unknown = kube.events(owner)
  if condition then
    ctx:can_do_without(unknown)
  end
  local event = events.newest(said, { "FailedCreate", "ReplicaSetCreateError" })
  if event then
    return event.message, event, event.first, unknown
  elseif condition then
    return condition.message or "", { kind = "condition", at = condition.lastTransitionTime,
      text = ("%s: %s: %s"):format(condition.type, condition.reason or "", condition.message or "") }, condition.lastTransitionTime, unknown
  end
  return nil, nil, nil, unknown
end

local function live_quota(ctx, namespace, name)
  local quota, unknown = kube.get("resourcequotas", name or "", { namespace = namespace })
  ctx:can_do_without(unknown)
  local parts = {}
  for resource, hard in pairs(quota and quota.status and quota.status.hard or {}) do
    parts[#parts + 1] = ("%s %s of %s"):format(resource, tostring((quota.status.used or {})[resource] or "0"), tostring(hard))
  end
  table.sort(parts)
  return #parts > 0 and " Now used: " .. table.concat(parts, ", ") .. "." or ""
end

local function quota_cause(ctx, namespace, message)
  local name, details = controllers.quota(message)
  local steps = { next_steps.kubectl(namespace, "describe", "resourcequota", name or "") }
  return ("ResourceQuota %s in namespace %s refuses: %s.%s"):format(name or "?", namespace, details, live_quota(ctx, namespace, name)), steps
end

-- What it makes itself: a Deployment its ReplicaSets and a CronJob its Jobs, which make the pods.
local makes = { Deployment = "ReplicaSet", CronJob = "Jobs" }

local function made_by(owner)
  return makes[owner.kind] or "pods"
end

---What an owner cannot create, and who refuses it.
---@param ctx Context
---@param owner Object
---@param message string    the API server's words
---@param evidence Evidence
---@param since string|nil
---@return table
function M.refused(ctx, owner, message, evidence, since)
  local refusal = controllers.refusal(message)
  local namespace = owner.metadata.namespace
  local parent = owners.controller(owner)
  local top = parent and { kind = parent.kind, namespace = namespace, name = parent.name } or owner
  local cause, steps
  if refusal.kind == "quota" then
    cause, steps = quota_cause(ctx, namespace, message)
    steps[2] = "raise the quota, or lower what is asked: " .. next_steps.edit(top, owner.kind == "CronJob"
      and "how many finished Jobs are kept" or "replicas or resources.requests")
  else
    cause = ("%s: %s."):format(refusal.cause:gsub("^%l", string.upper), controllers.words(message):gsub("[%s.]+$", ""))
    steps = { next_steps.describe(owner), controllers.look(refusal, message, namespace), next_steps.edit(top, "what is refused") }
  end
  return {
    code = refusal.code, object = owner, owner = top, cause = ("%s %s cannot create its %s. %s"):format(owner.kind, owner.metadata.name,
      made_by(owner), cause), evidence = { evidence }, since = since, next_steps = steps, key = refusal.kind,
  }
end

---Whether the owner was kept from creating its pods.
---@param ctx Context
---@param owner Object
---@return table|nil finding, boolean|nil unexplained  it has fewer pods than it wants, and nothing that was read says why
function M.creation(ctx, owner)
  if not counted[owner.kind] or not wants_more(owner) then
    return nil
  elseif owner.kind == "Deployment" and not refusing_condition(owner) then
    return nil, not is_fresh(owner) -- its ReplicaSets tell, where it has any
  end
  local message, evidence, since, unknown = refused(ctx, owner)
  if not message then
    return nil, not unknown and not is_fresh(owner)
  end
  return M.refused(ctx, owner, message, evidence, since)
end

---Notes that an owner lacks pods and nothing says why, unless something was found about it: silence is no good health.
---@param ctx Context
---@param owner Object
---@param found Findings
function M.unexplained(ctx, owner, found)
  local parent = owners.controller(owner)
  local top = parent and { kind = parent.kind, namespace = owner.metadata.namespace, name = parent.name }
  if found:about(owner) or (top and found:about(top)) then
    return
  end
  ctx:unknown({
    what = ("why %s %s/%s has fewer pods than it wants"):format(owner.kind, owner.metadata.namespace, owner.metadata.name),
    reason = "undetermined", message = owner.status and owner.status.observedGeneration and "neither its events nor its conditions say why"
      or "no controller has looked at it: does kube-controller-manager run?",
  })
end

-- What its pods' own containers ended with, in a few words.
local function last_pod(ctx, job)
  local list = kube.list("pods", { namespace = job.metadata.namespace, labels = "job-name=" .. job.metadata.name })
  for pod in list do
    local failing = pods.first_failing(pod)
    if failing and failing.last then
      local log, unknown = kube.logs(pod, { container = failing.name, tail = thresholds.log_lines, limit = thresholds.log_bytes })
      ctx:can_do_without(unknown)
      return pod, failing, log
    end
  end
  ctx:can_do_without(list.unknown)
end

local function cron_job(job)
  local parent = job.kind == "Job" and owners.controller(job)
  return parent and parent.kind == "CronJob" and parent or nil
end

---Notes when the newest Job of a CronJob that did well was made.
---@param done table<string, string>  by the CronJob's uid
---@param owner Object
function M.note_done(done, owner)
  local parent, complete = cron_job(owner), pods.condition(owner, "Complete")
  local made = owner.metadata.creationTimestamp
  if parent and parent.uid and complete and complete.status == "True" and made and made > (done[parent.uid] or "") then
    done[parent.uid] = made
  end
end

-- A CronJob whose later Job did well has got over this one.
local function is_past(job, done)
  local parent = cron_job(job)
  local newest = parent and done and done[parent.uid or ""]
  return newest ~= nil and newest and (time.between(job.metadata.creationTimestamp, newest) or 0) > 0 or false
end

-- What its pod ended with: evidence, and a sentence.
local function of_pod(ctx, job)
  local pod, container, log = last_pod(ctx, job)
  if not pod then
    return {}, ""
  end
  local evidence = { containers.evidence(container) }
  local words, telling = crashes.last_words(log and log.text or "")
  for _, line in ipairs(words) do
    evidence[#evidence + 1] = { kind = "log", at = container.last.finishedAt, text = line }
  end
  local told = telling and (': "%s"'):format(telling) or ""
  return evidence, (" Its pod %s %s%s."):format(pod.metadata.name, containers.ends(container.last), told),
    next_steps.logs(pod, container.name)
end

---A Job that has failed; of a CronJob whose later Job did well, it is told for information.
---@param ctx Context
---@param job Object
---@param done? table<string, string>  as M.note_done makes it of all Jobs that are looked at
---@return table|nil
function M.job(ctx, job, done)
  local condition = job.kind == "Job" and pods.condition(job, "Failed")
  if not condition or condition.status ~= "True" then
    return nil
  end
  local past = is_past(job, done)
  local evidence, detail, logs = of_pod(ctx, job)
  table.insert(evidence, 1, { kind = "condition", at = condition.lastTransitionTime,
    text = ("Failed: %s: %s"):format(condition.reason or "", condition.message or "") })
  local parent = owners.controller(job)
  return {
    code = "job-failed", object = job, owner = parent and { kind = parent.kind, namespace = job.metadata.namespace, name = parent.name } or job,
    severity = past and "info" or nil,
    cause = ("Job %s has failed: %s (%s).%s%s"):format(job.metadata.name, (condition.message or "no message"):gsub("[%s.]+$", ""),
      condition.reason or "?", detail, past and (" A later Job of CronJob %s did well."):format(parent.name) or ""),
    evidence = evidence, since = condition.lastTransitionTime,
    next_steps = logs and { logs, next_steps.describe(job) } or { next_steps.describe(job) },
  }
end

return M
