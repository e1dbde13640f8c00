-- Why does this not work? Starts at any object, and hands over to the runbook that knows its kind; the answer is that one's, with the
-- object in front of the chain.
local autoscaler = require("krunbook.checks.autoscaler")
local codes = require("krunbook.codes")
local cron_checks = require("krunbook.checks.cron_job")
local findings = require("krunbook.findings")
local needs = require("krunbook.needs")
local pods = require("krunbook.pods")

-- Who knows a kind, and how the object is named to it; some ask ports. A team adds its own: starts.Rollout = { "our-rollout", "rollout" }.
local starts = {
  Ingress = { "ingress", "ingress", probes = true },
  Service = { "service", "service", probes = true },
  Pod = { "pod-status", "pod" },
  Deployment = { "pod-status", "owner" },
  ReplicaSet = { "pod-status", "owner" },
  StatefulSet = { "pod-status", "owner" },
  DaemonSet = { "pod-status", "owner" },
  ReplicationController = { "pod-status", "owner" },
  Job = { "pod-status", "owner" },
}

-- A finding about the object itself, or with a chain that begins there, is handed on as it is.
local function hand_on(ctx, target, finding)
  local first = finding.chain and finding.chain[1]
  if findings.identity(first or finding.object) == findings.identity(target) then
    ctx:finding(finding)
    return
  end
  ctx:finding(findings.handed_on(finding, { kind = target.kind, namespace = target.metadata.namespace, name = target.metadata.name }))
end

local function ask(ctx, target, runbook, given)
  local result = ctx:run(runbook, given, { namespace = target.metadata.namespace })
  ctx:step(("%s %s"):format(target.kind, target.metadata.name), ("runbook %s: %s"):format(runbook, result.status))
  for _, finding in ipairs(result.findings) do
    hand_on(ctx, target, finding)
  end
  for _, object in ipairs(result.healthy) do
    ctx:healthy(object)
  end
  return #result.findings
end

-- A CronJob is as well as the last Job that it made, as long as it makes them.
local function newest_job(cron_job)
  local newest
  local list = kube.list("jobs.batch", { namespace = cron_job.metadata.namespace })
  for job in list do
    for _, owner in ipairs(job.metadata.ownerReferences or {}) do
      if owner.uid == cron_job.metadata.uid and (not newest or job.metadata.creationTimestamp > newest.metadata.creationTimestamp) then
        newest = job
      end
    end
  end
  return newest, list.unknown
end

local function look_at_cron_job(ctx, cron_job)
  local job, unknown = newest_job(cron_job)
  local silent, found = cron_checks.check(ctx, cron_job, true), 0
  if job then
    found = ask(ctx, cron_job, "pod-status", { owner = "job/" .. job.metadata.name })
  elseif not unknown and not silent then
    ctx:step("CronJob " .. cron_job.metadata.name, "none of its Jobs is there: it has not run yet, or they have been cleaned up")
    ctx:healthy(cron_job)
  end
  if silent and not (cron_checks.is_held_up(silent) and found > 0) then
    ctx:finding(silent)
  end
end

-- A claim that does not come shows in the pods that wait for it.
local function look_at_claim(ctx, claim)
  local list, any = kube.list("pods", { namespace = claim.metadata.namespace }), false
  for pod in list do
    for _, volume in ipairs(pods.is_completed(pod) and {} or pod.spec.volumes or {}) do
      if volume.persistentVolumeClaim and volume.persistentVolumeClaim.claimName == claim.metadata.name then
        any = true
        ask(ctx, claim, "pod-status", { pod = pod.metadata.name })
      end
    end
  end
  local phase = claim.status and claim.status.phase or "?"
  if not any and not list.unknown then
    ctx:step("PersistentVolumeClaim " .. claim.metadata.name, phase .. ", and no pod uses it")
    if phase == "Bound" then
      ctx:healthy(claim)
    else
      ctx:unknown({ what = "why PersistentVolumeClaim " .. claim.metadata.name .. " is " .. phase, reason = "undetermined",
        message = "no pod uses it; kubectl describe pvc may show more" })
    end
  end
end

-- An autoscaler, and what it scales: it has nothing to measure of pods that do not run.
local function look_at_autoscaler(ctx, scaler)
  local found, healthy = autoscaler.check(ctx, scaler)
  local target = autoscaler.target(scaler)
  if found then
    ctx:finding(found)
  elseif healthy then
    ctx:step("HorizontalPodAutoscaler " .. scaler.metadata.name, "its conditions say that it scales")
    ctx:healthy(scaler)
  end
  if target and not (found and found.code == "autoscaler-target-missing") then
    ask(ctx, scaler, "pod-status", { owner = target })
  end
end

local special = { CronJob = look_at_cron_job, PersistentVolumeClaim = look_at_claim, HorizontalPodAutoscaler = look_at_autoscaler }

local function nobody_knows(ctx, object)
  local kinds = {}
  for kind in pairs(starts) do
    kinds[#kinds + 1] = kind
  end
  for kind in pairs(special) do
    kinds[#kinds + 1] = kind
  end
  table.sort(kinds)
  ctx:unknown({ what = ("why %s %s does not work"):format(object.kind, object.metadata.name), reason = "undetermined",
    message = "no runbook starts there; start at one of: " .. table.concat(kinds, ", ") })
end

-- Whatever else has pods of its own (a controller of the team's) finds them by a selector, as Deployments do.
local function has_pods(object)
  local selector = object.spec and object.spec.selector
  return type(selector) == "table" and (selector.matchLabels or selector.matchExpressions) ~= nil
end

local function look_at(ctx, object, kind, probe)
  local start = starts[object.kind] or (has_pods(object) and { "pod-status", "owner" })
  if special[object.kind] then
    special[object.kind](ctx, object)
  elseif not start then
    nobody_knows(ctx, object)
  else
    local name = object.metadata.name
    local given = { [start[2]] = start[2] == "owner" and kind .. "/" .. name or name }
    if start.probes then
      given.probe = probe
    end
    ask(ctx, object, start[1], given)
  end
end

return {
  name = "why",
  summary = "Why does this not work? Starts anywhere, ends at the cause.",
  description = "Takes any object of the cluster, by any name of its kind that kubectl takes, and follows what it stands on to the first "
    .. "thing that is broken.",
  args = {
    target = { type = "object", required = true, help = "ingress/shop, service/api, deploy/api, pod/api-0, job/migrate, cronjob/nightly, "
      .. "pvc/data, hpa/web" },
    probe = { type = "boolean", help = "of an Ingress or a Service: as krunbook run ingress and service take it (--no-probe: no port is asked)" },
  },
  needs = needs.of("ingress", "service", "pod", "get horizontalpodautoscalers.autoscaling"),
  findings = codes.names("ingress", "service", "pod", "autoscaler"),
  examples = {
    "krunbook run why --target ingress/shop",
    "krunbook run why --target deploy/api -n prod",
  },
  run = function(ctx, args)
    local kind, name = args.target:match("^(.-)/(.*)$")
    for _, object in ctx:targets(kind, name) do
      look_at(ctx, object, kind, args.probe)
    end
  end,
}
