-- What makes pods: whether it could, whether a rollout gets on, whether a Job failed.
local controllers = require("krunbook.controllers")
local events = require("krunbook.events")
local findings = require("krunbook.findings")
local next_steps = require("krunbook.next_steps")
local owners = require("krunbook.owners")
local pods = require("krunbook.pods")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

---The kinds that make pods, as the API names them.
M.kinds = { "deployments", "replicasets", "statefulsets", "daemonsets", "jobs" }

local function wants_more(owner)
  local spec, status = owner.spec or {}, owner.status or {}
  if owner.kind == "DaemonSet" then
    return (status.currentNumberScheduled or 0) < (status.desiredNumberScheduled or 0)
  elseif owner.kind == "Job" then
    return status.completionTime == nil and (status.active or 0) == 0 and not spec.suspend
  end
  return (status.replicas or 0) < (spec.replicas or 1)
end

-- Its controller has not looked at it yet, or has only just: what it has not made may still be on its way.
local function is_fresh(owner)
  local generation, observed = owner.metadata.generation, owner.status and owner.status.observedGeneration
  local age = time.between(owner.metadata.creationTimestamp, kube.now())
  return (generation ~= nil and observed ~= nil and observed < generation) or (age ~= nil and age < thresholds.pending)
end

-- The newest refusal: the event has the whole story, the condition outlives it.
local function refused(ctx, owner)
  local condition = pods.condition(owner, "ReplicaFailure")
  local said, unknown = kube.events(owner)
  if condition and condition.status == "True" then
    ctx:can_do_without(unknown)
  end
  local event = events.newest(said, "FailedCreate")
  if event then
    return event.message, event, event.first, unknown
  elseif condition and condition.status == "True" then
    return condition.message or "", { kind = "condition", at = condition.lastTransitionTime,
      text = ("ReplicaFailure: %s: %s"):format(condition.reason or "", condition.message or "") }, condition.lastTransitionTime, unknown
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

---Whether the owner was kept from creating its pods.
---@param ctx Context
---@param owner Object
---@return table|nil finding, boolean|nil unexplained  it has fewer pods than it wants, and nothing that was read says why
function M.creation(ctx, owner)
  if owner.kind == "Deployment" or not wants_more(owner) then
    return nil
  end
  local message, evidence, since, unknown = refused(ctx, owner)
  local refusal = message and controllers.refusal(message)
  if not refusal then
    return nil, not unknown and not is_fresh(owner)
  end
  local namespace = owner.metadata.namespace
  local parent = owners.controller(owner)
  local top = parent and { kind = parent.kind, namespace = namespace, name = parent.name } or nil
  local steps = { next_steps.describe(owner) }
  local cause
  if refusal.kind == "quota" then
    local name, details = controllers.quota(message)
    cause = ("ResourceQuota %s in namespace %s refuses its pods: %s.%s"):format(name or "?", namespace, details, live_quota(ctx, namespace, name))
    steps = { next_steps.kubectl(namespace, "describe", "resourcequota", name or ""),
      "raise the quota, or lower the replicas or requests: " .. next_steps.edit(top or owner, "replicas or requests") }
  else
    cause = ("%s: %s."):format(refusal.cause:gsub("^%l", string.upper), controllers.words(message))
  end
  return {
    code = refusal.code, object = owner, owner = top or owner, cause = ("%s %s cannot create its pods. %s"):format(owner.kind,
      owner.metadata.name, cause), evidence = { evidence }, since = since, next_steps = steps, key = refusal.kind,
  }
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
    reason = "undetermined", message = "neither its events nor its conditions say why",
  })
end

-- What its pods' own containers ended with, in a few words.
local function last_pod(ctx, job)
  local list = kube.list("pods", { namespace = job.metadata.namespace, labels = "job-name=" .. job.metadata.name })
  for pod in list do
    local failing = pods.first_failing(pod)
    if failing and failing.last then
      local log, unknown = kube.logs(pod, { container = failing.name, tail = 3, limit = 4096 })
      ctx:can_do_without(unknown)
      return pod, failing, log
    end
  end
  ctx:can_do_without(list.unknown)
end

---@param ctx Context
---@param job Object
---@return table|nil
function M.job(ctx, job)
  local condition = job.kind == "Job" and pods.condition(job, "Failed")
  if not condition or condition.status ~= "True" then
    return nil
  end
  local containers = require("krunbook.containers")
  local pod, container, log = last_pod(ctx, job)
  local evidence = { { kind = "condition", at = condition.lastTransitionTime,
    text = ("Failed: %s: %s"):format(condition.reason or "", condition.message or "") } }
  local detail = ""
  if pod then
    evidence[2] = containers.evidence(container)
    detail = (" Its pod %s ended with %s"):format(pod.metadata.name, containers.ending(container.last))
    local line = log and log.text:match("([^\n]*)\n*$")
    if line and line ~= "" then
      evidence[3] = { kind = "log", at = container.last.finishedAt, text = line }
      detail = detail .. (': "%s"'):format(line)
    end
    detail = detail .. "."
  end
  local parent = owners.controller(job)
  return {
    code = "job-failed", object = job, owner = parent and { kind = parent.kind, namespace = job.metadata.namespace, name = parent.name } or job,
    cause = ("Job %s has failed: %s (%s).%s"):format(job.metadata.name, condition.message or "", condition.reason or "?", detail),
    evidence = evidence, since = condition.lastTransitionTime,
    next_steps = { pod and next_steps.logs(pod, container.name) or next_steps.describe(job), next_steps.describe(job) },
  }
end

---A rollout that does not get on, while older replicas still serve. found: what was found about its pods.
---@param ctx Context
---@param deployment Object
---@param found Findings
---@return table|nil
function M.rollout(ctx, deployment, found)
  local condition = deployment.kind == "Deployment" and pods.condition(deployment, "Progressing")
  if not condition or condition.status ~= "False" then
    return nil
  end
  local sets, unknown = owners.replica_sets(deployment)
  local running = 0
  for _, set in ipairs(sets) do
    running = running + ((set.status and set.status.replicas or 0) > 0 and 1 or 0)
  end
  if unknown or running < 2 then
    return nil
  end
  ctx:step("rollout of Deployment " .. deployment.metadata.name, condition.message)
  local inner = found:about(deployment)
  local change = owners.image_change(sets)
  return {
    code = "rollout-stuck", object = deployment, owner = deployment, cause_code = inner and inner.code,
    cause = ("The rollout of Deployment %s does not get on, older replicas still serve.%s%s"):format(deployment.metadata.name,
      inner and (" %s holds it up: %s"):format(findings.identity(inner.subject or inner.object), inner.cause) or "",
      change and " It changes " .. change .. "." or ""),
    evidence = { { kind = "condition", at = condition.lastTransitionTime, text = ("Progressing: %s: %s"):format(condition.reason or "",
      condition.message or "") } },
    since = condition.lastTransitionTime,
    next_steps = { next_steps.about(deployment, "rollout", "status", "deployment/" .. deployment.metadata.name),
      next_steps.about(deployment, "rollout", "undo", "deployment/" .. deployment.metadata.name) .. "  # back to the last revision" },
  }
end

return M
