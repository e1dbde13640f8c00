-- Why is this pod not running? Looks at one pod, at all pods of an owner, or at every pod of the namespace(s) that is not well and at
-- every owner that could not create its pods. What is known of failures is in krunbook.checks.*; this file only decides what is looked at.
local checks = require("krunbook.checks.all")
local codes = require("krunbook.codes")
local findings = require("krunbook.findings")
local lookup = require("krunbook.lookup")
local needs = require("krunbook.needs")
local objects = require("krunbook.objects")
local owners = require("krunbook.owners")
local pods = require("krunbook.pods")

local TOGETHER = 32 -- pods that are looked at closely at the same time, and so many are kept

-- What is known of owners is only loaded where one is looked at.
local function owner_checks()
  return require("krunbook.checks.owners")
end

local function rollout()
  return require("krunbook.checks.rollout")
end

local function cron_job()
  return require("krunbook.checks.cron_job")
end

-- What was given on the command line and cannot be looked at.
local function refuse(ctx, what, why)
  ctx:unknown({ what = what, reason = "bad-request", message = why })
end

-- A pod that has failed tells nothing that its Job's own finding does not, and nothing at all once the Job has got over it.
local function settled_job(pod)
  local owner = owners.controller(pod)
  if not owner or owner.kind ~= "Job" or pod.status.phase ~= "Failed" then
    return nil
  end
  local job = kube.get("jobs", owner.name, { namespace = pod.metadata.namespace })
  local failed, complete = job and pods.condition(job, "Failed"), job and pods.condition(job, "Complete")
  return ((failed and failed.status == "True") or (complete and complete.status == "True")) and job or nil
end

-- One object that is not as those of its kind are must not end the look at the others.
local function guarded(ctx, object, look, ...)
  local ok, result = pcall(look, ctx, objects.whole(object), ...)
  if not ok then
    local metadata = object.metadata
    ctx:unknown({ what = ("%s %s/%s"):format(object.kind, metadata.namespace or "?", metadata.name or "?"), reason = "undetermined",
      message = "it cannot be judged: " .. tostring(result) })
  end
  return ok and result
end

-- What kubectl's columns say of it.
local function tell_columns(ctx, pod)
  if not ctx.explain then
    return
  end
  ctx:step(("pod %s/%s"):format(pod.metadata.namespace, pod.metadata.name), ("STATUS %s, READY %s, RESTARTS %s"):format(pods.status(pod),
    pods.ready(pod), pods.restarts(pod, kube.now())))
end

-- Whether nothing is wrong with it.
local function look_at_pod(ctx, pod, gathered, by_name, on_found)
  tell_columns(ctx, pod)
  local job = settled_job(pod)
  if job then
    ctx:step("Job " .. job.metadata.name, "is over, which says all there is to say of this pod")
    gathered:add_if(by_name and owner_checks().job(ctx, job) or nil)
    return true
  end
  local found, healthy = checks.examine(ctx, pod)
  for _, finding in ipairs(found) do
    gathered:add(finding)
    if on_found then
      on_found(finding)
    end
  end
  if healthy then
    ctx:healthy(pod)
  end
  return healthy
end

local function is_plainly_well(_, pod)
  return checks.is_plainly_well(pod)
end

-- Pods one after another as next_pod gives them. Of those that say themselves that they are well nothing is kept, for there may be tens
-- of thousands; those that need a closer look, so many together. on_found: is called with each finding. How many there were, and whether
-- all of them are well.
local function look_at_pods(ctx, next_pod, gathered, together, on_found)
  local closer, count, all_well = {}, 0, true
  local function look_closer()
    pcall(checks.read_ahead, ctx, closer) -- one that is not as pods are is told of below
    kube.parallel(closer, function(pod)
      local well = guarded(ctx, pod, look_at_pod, gathered, false, on_found)
      all_well = all_well and well
    end)
    closer = {}
  end
  for pod in next_pod do
    count = count + 1
    if not ctx.explain and guarded(ctx, pod, is_plainly_well) then
      ctx:healthy(pod)
    else
      closer[#closer + 1] = pod
    end
    if #closer == (together or TOGETHER) then
      look_closer()
    end
  end
  look_closer()
  return count, all_well
end

-- Whether it lacks pods, and nothing says why. done: see krunbook.checks.owners.
local function look_at_owner(ctx, owner, done, gathered)
  local refused, lacks = owner_checks().creation(ctx, owner)
  gathered:add_if(refused)
  gathered:add_if(owner_checks().job(ctx, owner, done))
  return lacks
end

local function look_at_rollout(ctx, owner, gathered)
  gathered:add_if(rollout().check(ctx, owner, gathered))
end

-- Owners in the order of what they say: who could not create pods first, rollouts when their pods are known. Whether each has its pods.
local function look_at_owners(ctx, list, done, gathered)
  local unexplained = kube.parallel(list, function(owner)
    return guarded(ctx, owner, look_at_owner, done, gathered)
  end)
  local all_well = true
  for i, owner in ipairs(list) do
    guarded(ctx, owner, look_at_rollout, gathered)
    if unexplained[i] then
      owner_checks().unexplained(ctx, owner, gathered)
      all_well = false
    end
  end
  return all_well
end

local function may_tell(_, owner)
  return owner_checks().may_tell(owner) or rollout().may_tell(owner)
end

-- The owners of a kind that may have something to tell, out of those that next_owner gives. What their pods look like is not kept.
local function telling_owners(ctx, next_owner, done)
  local kept = {}
  for owner in next_owner do
    owner_checks().note_done(done, owner)
    if guarded(ctx, owner, may_tell) then
      owner.spec.template = nil
      kept[#kept + 1] = owner
    end
  end
  return kept
end

-- Whether it makes its Jobs. One that waits for a Job of which something was found is held up by that.
local function look_at_cron_job(ctx, object, gathered, by_name)
  local found = cron_job().check(ctx, object, by_name)
  if found and not (cron_job().is_held_up(found) and gathered:about(object)) then
    gathered:add(found)
  end
end

-- Those of a kind without which all else is known, where it is not there. A refusal leaves the question open, as of every other kind.
local function each_further(ctx, kind, look)
  local list = kube.list(kind, { all_namespaces = ctx.all_namespaces, labels = ctx.labels })
  for object in list do
    if ctx:in_shard(object.metadata.namespace) then
      look(object)
    end
  end
  lookup.can_do_without_kind(ctx, list.unknown)
end

-- Every owner that may have something to tell.
local function look_at_all_owners(ctx, gathered, shown)
  local found, done = {}, {}
  local lists = kube.parallel(owner_checks().kinds, function(kind)
    return telling_owners(ctx, shown and shown:owners(kind, gathered:owners(kind)) or objects.all(ctx, kind), done)
  end)
  for _, list in ipairs(lists) do
    table.move(list, 1, #list, #found + 1, found)
  end
  each_further(ctx, "replicationcontrollers", function(owner)
    found[#found + 1] = guarded(ctx, owner, may_tell) and owner or nil
  end)
  look_at_owners(ctx, found, done, gathered)
  each_further(ctx, "cronjobs.batch", function(object)
    guarded(ctx, object, look_at_cron_job, gathered)
  end)
end

-- The owner, what it made, and the pods of that.
local function look_at_one_owner(ctx, kind, name, gathered)
  local exists, targets = pcall(ctx.targets, ctx, kind, name)
  if not exists then -- a kind that the server has not: mistyped, and the message names the nearest
    return refuse(ctx, ("--owner %s/%s"):format(kind, name), (tostring(targets):gsub("^[^\n]-:%d+: ", ""):gsub("\n.*", "")))
  end
  for _, owner in targets do
    local known, makers, done = #gathered.list, owners.makers(owner), {}
    local count, pods_well = look_at_pods(ctx, owners.pods_of(makers), gathered)
    if count == 0 and not owners.makes_pods(owner) then
      refuse(ctx, ("%s %s"):format(owner.kind, name), "no pod is its own: --owner takes what makes pods, such as deployment/web")
    else
      for _, maker in ipairs(makers) do
        owner_checks().note_done(done, maker)
      end
      local owners_well = look_at_owners(ctx, makers, done, gathered)
      if owner.kind == "CronJob" then
        guarded(ctx, owner, look_at_cron_job, gathered, true)
      end
      if #gathered.list == known and pods_well and owners_well then
        ctx:healthy(owner)
      end
    end
  end
end

-- Every pod of the namespace, or of all.
local function look_at_all_pods(ctx, gathered)
  look_at_pods(ctx, objects.each(ctx, "pods"), gathered)
end

-- Every pod and owner. Of all namespaces the server's tables tell which are worth a look, where they may be read and each is not to be
-- explained.
local function look_at_all(ctx, gathered)
  local shown = ctx.all_namespaces and not ctx.explain and require("krunbook.overview").new(ctx)
  if not shown then
    look_at_all_pods(ctx, gathered)
    return look_at_all_owners(ctx, gathered)
  end
  local function note_well(namespace, name)
    ctx:healthy({ kind = "Pod", metadata = { namespace = namespace, name = name } })
  end
  kube.parallel({
    function()
      shown:each_namespace(function(next_pod, together)
        look_at_pods(ctx, next_pod, gathered, together, function(finding) shown:send_for_owner(finding) end)
      end, note_well)
    end,
    function() shown:read_owners() end,
  })
  look_at_all_owners(ctx, gathered, shown)
end

local function look_at_one_pod(ctx, name, gathered)
  for _, pod in ctx:targets("pods", name) do
    guarded(ctx, pod, look_at_pod, gathered, true)
  end
end

local pod_kinds = { pod = true, pods = true, po = true }

-- "deployment/web,deployment/api": several together, for what hits them alike is one finding. A pod stands for itself.
local function look_at_owners_named(ctx, text, gathered)
  for each in text:gmatch("[^,]+") do
    local kind, name = each:match("^([^/]+)/([^/]+)$")
    if not kind then
      refuse(ctx, "--owner " .. each, "--owner takes KIND/NAME, such as statefulset/db")
    elseif pod_kinds[kind] then
      look_at_one_pod(ctx, name, gathered)
    else
      look_at_one_owner(ctx, kind, name, gathered)
    end
  end
end

-- Pods change their names, their owners do not: `--pod shop` means the pods of Deployment shop where no pod is called so.
local function owner_called(ctx, name)
  local pod, unknown = kube.get("pods", name)
  if ctx.all_namespaces or pod or unknown then
    return nil
  end
  for _, kind in ipairs({ "deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs" }) do
    local owner, refused = kube.get(kind, name)
    ctx:can_do_without(refused)
    if owner then
      ctx:step("pod " .. name, ("there is none, but a %s of that name: its pods are looked at"):format(owner.kind))
      return kind
    end
  end
end

return {
  name = "pod-status",
  summary = "Why is this pod not running?",
  description = "Finds the cause of pods that do not start, crash, wait or are not ready, and of owners that could not create theirs.",
  args = {
    pod = { type = "string", help = "this pod, or the pods of an owner of this name" },
    deployment = { type = "string", help = "the pods of this Deployment" },
    owner = { type = "string", help = "the pods of this owner: statefulset/db, job/migrate; of several: deployment/web,pod/shell" },
  },
  needs = needs.of("pod"),
  findings = codes.names("pod"),
  examples = {
    "krunbook run pod-status --pod error",
    "krunbook run pod-status --deployment shop -n prod",
    "krunbook run pod-status -A",
  },
  run = function(ctx, args)
    local gathered = findings.new(ctx)
    if (args.pod and (args.deployment or args.owner)) or (args.deployment and args.owner) then
      return refuse(ctx, "--pod, --deployment and --owner", "give one of them")
    end
    local kind = args.pod and owner_called(ctx, args.pod)
    if kind then
      look_at_one_owner(ctx, kind, args.pod, gathered)
    elseif args.pod then
      look_at_one_pod(ctx, args.pod, gathered)
    elseif args.deployment then
      look_at_one_owner(ctx, "deployments", args.deployment, gathered)
    elseif args.owner then
      look_at_owners_named(ctx, args.owner, gathered)
    else
      look_at_all(ctx, gathered)
    end
    gathered:report()
  end,
}
