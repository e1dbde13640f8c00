-- Is this rollout through, and if not, what holds it up? Looks at one Deployment or at all of the namespace, from the outside inwards: what
-- its status says, what its newest ReplicaSet may not create, what quota is left, and at last why its pods do not run.
local codes = require("krunbook.codes")
local findings = require("krunbook.findings")
local needs = require("krunbook.needs")
local next_steps = require("krunbook.next_steps")
local owners = require("krunbook.owners")
local pods = require("krunbook.pods")
local quantities = require("krunbook.quantities")

-- "2 of 3 replicas updated, 1 available": whether all are, and in words.
local function progress(deployment)
  local wanted, status = deployment.spec.replicas or 1, deployment.status or {}
  local updated, available = status.updatedReplicas or 0, status.availableReplicas or 0
  local seen = (status.observedGeneration or 0) >= (deployment.metadata.generation or 0)
  local old = (status.replicas or 0) - updated
  local text = ("%d of %d replicas updated, %d available, %d of an older revision"):format(updated, wanted, available, old)
  return seen and updated >= wanted and available >= wanted and old <= 0, text
end

-- The condition of a ReplicaSet that may not create its pods: in the words of whoever refuses them.
local function refusal(deployment)
  local sets = owners.replica_sets(deployment, deployment)
  local newest = sets[#sets]
  local condition = newest and pods.condition(newest, "ReplicaFailure")
  return condition and condition.status == "True" and condition or nil, newest
end

-- Quotas of which nearly nothing is left: { "pods: 1 of 1" }, with the quota that says so.
local function used_up(ctx, quotas, share)
  for _, quota in ipairs(quotas) do
    for resource, hard in pairs((quota.status or {}).hard or {}) do
      local limit, used = quantities.parse(hard), quantities.parse(((quota.status or {}).used or {})[resource])
      if limit and used and limit > 0 and used >= limit * share then
        ctx:finding {
          code = "quota-nearly-used", severity = "info", object = quota, key = resource,
          cause = ("ResourceQuota %s has little left of %s: %s of %s are used."):format(quota.metadata.name, resource,
            tostring(quota.status.used[resource]), tostring(hard)),
          evidence = { { kind = "object", text = ("status.used.%s: %s, status.hard.%s: %s"):format(resource,
            tostring(quota.status.used[resource]), resource, tostring(hard)) } },
          next_steps = { next_steps.describe(quota) },
        }
      end
    end
  end
end

local function look_at(ctx, deployment)
  local done, text = progress(deployment)
  ctx:step("Deployment " .. deployment.metadata.name, text)
  if done then
    return ctx:healthy(deployment)
  end
  local condition, set = refusal(deployment)
  if condition then
    return ctx:finding {
      code = "rollout-refused", severity = "critical", object = deployment, chain = { deployment, set }, since = condition.lastTransitionTime,
      cause = ("The rollout has %s: its ReplicaSet may not create more pods."):format(text),
      evidence = { { kind = "condition", at = condition.lastTransitionTime, text = ("%s: %s"):format(condition.reason, condition.message) } },
      next_steps = { next_steps.about(deployment, "describe", "resourcequota") },
    }
  end
  -- Why its pods do not run is pod-status' business; what it finds belongs to this Deployment.
  local inner = ctx:run("pod-status", { deployment = deployment.metadata.name }, { namespace = deployment.metadata.namespace })
  for _, finding in ipairs(inner.findings) do
    ctx:finding(findings.handed_on(finding, deployment))
  end
  if #inner.findings == 0 then
    ctx:finding {
      code = "rollout-under-way", severity = "warning", object = deployment,
      cause = ("The rollout is under way: %s, and nothing is wrong with its pods so far."):format(text),
      next_steps = { next_steps.about(deployment, "rollout", "status", "deployment/" .. deployment.metadata.name) },
    }
  end
end

return {
  name = "check-rollout",
  summary = "Is this rollout through, and what holds it up?",
  args = {
    deployment = { type = "string", help = "this Deployment; all of the namespace when left out" },
    used = { type = "number", default = 0.9, help = "tell of a quota when this share of it is used" },
  },
  needs = needs.of("pod", "list resourcequotas"),
  findings = codes.names("pod", "rollout-refused", "rollout-under-way", "quota-nearly-used"),
  examples = { "krunbook run ./check-rollout.lua --deployment shop -n prod" },

  run = function(ctx, args)
    for _, deployment in ctx:targets("deployments", args.deployment) do
      look_at(ctx, deployment)
    end
    local quotas = kube.list("resourcequotas", { all_namespaces = ctx.all_namespaces })
    used_up(ctx, (quotas:all()), args.used)
  end,
}
