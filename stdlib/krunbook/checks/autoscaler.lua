-- HorizontalPodAutoscalers that do not scale: their target is not there, their metrics cannot be had, or they are at their limit. What their
-- controller says of it stands in their conditions.
local codes = require("krunbook.codes")
local lookup = require("krunbook.lookup")
local nearest = require("krunbook.nearest")
local next_steps = require("krunbook.next_steps")
local phrases = require("krunbook.phrases")
local pods = require("krunbook.pods")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

-- What can be scaled, as the API calls it, and which pod-status knows.
local scaled = { Deployment = "deployments.apps", ReplicaSet = "replicasets.apps", StatefulSet = "statefulsets.apps",
  ReplicationController = "replicationcontrollers" }

---@class MetricsFailure: table  Told by the words of the condition, in lower case.
---@field why string
---@field step fun(edit: string): string  from the command that edits what is scaled

---A team adds the words of its own metrics here.
---@type MetricsFailure[]
M.metrics_failures = {
  { patterns = { "missing request for %w+" }, why = "its pods do not say how much they request, of which the target is a share",
    step = function(edit) return edit .. "  # resources.requests of each container" end },
  { any = { "could not find the requested resource", "no matches for kind", "is currently unable to handle the request" },
    also = { "metrics.k8s.io" }, why = "nobody serves these metrics, as metrics-server or an adapter should",
    step = function() return next_steps.kubectl(nil, "get", "apiservices") .. "  # metrics.k8s.io, custom. and external.metrics.k8s.io" end },
  { any = { "unable to fetch metrics from" }, why = "the server of the metrics does not give them",
    step = function() return next_steps.kubectl(nil, "get", "apiservices") .. "  # metrics.k8s.io, custom. and external.metrics.k8s.io" end },
  { any = { "no metrics returned", "did not receive metrics for" }, why = "there are no metrics of its pods: they may not be ready, or be new",
    step = function() return next_steps.kubectl("kube-system", "get", "pods", "-l", "k8s-app=metrics-server") end },
}

local function evidence_of(condition)
  return { kind = "condition", at = condition.lastTransitionTime, text = ("%s is %s, %s: %s"):format(condition.type, condition.status,
    condition.reason or "?", condition.message or "") }
end

local function finding(scaler, condition, more)
  more.object, more.owner = scaler, scaler
  more.severity = more.severity or codes.severity(more.code)
  more.evidence = more.evidence or {}
  if condition then
    more.since = condition.lastTransitionTime
    table.insert(more.evidence, 1, evidence_of(condition))
  end
  return more
end

local function reference_of(scaler)
  return (scaler.spec or {}).scaleTargetRef or {}
end

local function target_text(scaler)
  local reference = reference_of(scaler)
  return ("%s %s"):format(reference.kind or "?", reference.name or "?")
end

-- The command that edits the target.
local function edit_target(scaler)
  local reference = reference_of(scaler)
  return next_steps.about(scaler, "edit", (reference.kind or "?"):lower(), reference.name or "?")
end

local function edit(scaler, what)
  return ("%s  # %s"):format(next_steps.about(scaler, "edit", "hpa", scaler.metadata.name), what)
end

-- Of a kind that is none of the usual ones the condition tells.
local function target_missing(ctx, scaler)
  local reference, namespace = reference_of(scaler), scaler.metadata.namespace
  local kind = scaled[reference.kind]
  local object, unknown
  if kind then
    object, unknown = kube.get(kind, reference.name, { namespace = namespace })
  end
  local condition = pods.condition(scaler, "AbleToScale")
  local told = condition and condition.status == "False" and condition.reason == "FailedGetScale"
  if object or unknown or (not kind and not (told and (condition.message or ""):find("not found", 1, true))) then
    return nil
  end
  local near = kind and nearest.name(reference.name, lookup.names(ctx, kind, namespace))
  return finding(scaler, told and condition or nil, {
    code = "autoscaler-target-missing",
    cause = ("HorizontalPodAutoscaler %s scales %s, and there is none in namespace %s.%s"):format(scaler.metadata.name, target_text(scaler),
      namespace, near and (" The nearest is %s."):format(near) or ""),
    evidence = { { kind = "spec", text = "scaleTargetRef: " .. target_text(scaler) } },
    next_steps = { edit(scaler, near and ("scaleTargetRef.name %s instead of %s"):format(near, reference.name) or "scaleTargetRef"),
      kind and next_steps.kubectl(namespace, "get", kind) or next_steps.describe(scaler) },
  })
end

local function is_false(condition)
  return condition ~= nil and condition.status == "False"
end

local function said(condition)
  return ((condition.message or condition.reason or "?"):gsub("[%s.]+$", ""))
end

local function cannot_scale(scaler)
  local condition = pods.condition(scaler, "AbleToScale")
  return is_false(condition) and finding(scaler, condition, {
    code = "autoscaler-not-scaling",
    cause = ("HorizontalPodAutoscaler %s cannot scale %s: %s."):format(scaler.metadata.name, target_text(scaler), said(condition)),
    next_steps = { next_steps.describe(scaler) },
  }) or nil
end

local function no_metrics(scaler)
  local condition = pods.condition(scaler, "ScalingActive")
  if not is_false(condition) then
    return nil
  elseif condition.reason == "ScalingDisabled" then
    return finding(scaler, condition, {
      code = "autoscaler-not-scaling", severity = "info",
      cause = ("HorizontalPodAutoscaler %s does nothing: %s has 0 replicas, and that switches it off."):format(scaler.metadata.name,
        target_text(scaler)),
      next_steps = { next_steps.about(scaler, "scale", reference_of(scaler).kind:lower() .. "/" .. reference_of(scaler).name, "--replicas=1")
        .. "  # if it is meant to run" },
    })
  end
  local known, steps = phrases.first(M.metrics_failures, (condition.message or ""):lower()), { next_steps.describe(scaler) }
  if known then
    table.insert(steps, 1, known.step(edit_target(scaler)))
  end
  return finding(scaler, condition, {
    code = "autoscaler-not-scaling", key = condition.reason,
    cause = ("HorizontalPodAutoscaler %s leaves %s as it is%s: %s."):format(scaler.metadata.name, target_text(scaler),
      known and ", for " .. known.why or "", said(condition)),
    next_steps = steps,
  })
end

local function at_maximum(scaler)
  local condition = pods.condition(scaler, "ScalingLimited")
  if not condition or condition.status ~= "True" or condition.reason ~= "TooManyReplicas" then
    return nil
  end
  return finding(scaler, condition, {
    code = "autoscaler-at-maximum",
    cause = ("HorizontalPodAutoscaler %s would give %s more than maxReplicas (%s)."):format(scaler.metadata.name, target_text(scaler),
      tostring((scaler.spec or {}).maxReplicas)),
    next_steps = { edit(scaler, "maxReplicas, if the nodes have room"), next_steps.describe(scaler) },
  })
end

-- Its controller looks every 15 s, and metrics of new pods take a minute.
local function is_young(scaler)
  local age = time.between(scaler.metadata.creationTimestamp, kube.now())
  return age ~= nil and age < thresholds.metrics
end

---The owner that it scales, as pod-status takes it: "deployment/web"; nil where that is of another kind.
---@param scaler Object
---@return string|nil
function M.target(scaler)
  local reference = reference_of(scaler)
  return scaled[reference.kind] and reference.kind:lower() .. "/" .. (reference.name or "?") or nil
end

---What is wrong with it: a finding, or nil, and whether its conditions tell that all is well.
---@param ctx Context
---@param scaler Object
---@return table|nil finding, boolean healthy
function M.check(ctx, scaler)
  local found = target_missing(ctx, scaler)
  if found then
    return found, false
  elseif is_young(scaler) then
    ctx:starting(scaler)
    return nil, false
  elseif not pods.condition(scaler, "AbleToScale") then
    ctx:unknown({ what = "whether HorizontalPodAutoscaler " .. scaler.metadata.name .. " scales", reason = "undetermined",
      message = "its controller has written no conditions; the API's version autoscaling/v1 does not show them" })
    return nil, false
  end
  found = cannot_scale(scaler) or no_metrics(scaler) or at_maximum(scaler)
  return found, found == nil
end

return M
