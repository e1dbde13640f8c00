-- Why is this pod not running? Looks at one pod, at all pods of an owner, or at every pod of the namespace(s) that is not well and at
-- every owner that could not create its pods. What is known of failures is in krunbook.checks.*; this file only decides what is looked at.
local checks = require("krunbook.checks.all")
local codes = require("krunbook.codes")
local findings = require("krunbook.findings")
local owner_checks = require("krunbook.checks.owners")
local owners = require("krunbook.owners")
local pods = require("krunbook.pods")
local selectors = require("krunbook.selectors")

-- "statefulset/db" as kind and name.
local function parse_owner(text)
  local kind, name = text:match("^([^/]+)/([^/]+)$")
  if not kind then
    error(("--owner takes KIND/NAME, such as statefulset/db, not %q"):format(text), 0)
  end
  return kind, name
end

-- A pod that a failed Job made tells nothing that the Job's own finding does not.
local function belongs_to_failed_job(pod)
  local owner = owners.controller(pod)
  if not owner or owner.kind ~= "Job" or pod.status.phase ~= "Failed" then
    return false
  end
  local job = kube.get("jobs", owner.name, { namespace = pod.metadata.namespace })
  local condition = job and pods.condition(job, "Failed")
  return condition ~= nil and condition.status == "True", job
end

local function look_at_pod(ctx, pod, gathered, by_name)
  local name = pod.metadata.namespace .. "/" .. pod.metadata.name
  ctx:step("pod " .. name, ("STATUS %s, READY %s, RESTARTS %s"):format(pods.status(pod), pods.ready(pod), pods.restarts(pod, kube.now())))
  local failed, job = belongs_to_failed_job(pod)
  if failed then
    if by_name then
      gathered:add(owner_checks.job(ctx, job))
    end
    return
  end
  local found, healthy = checks.examine(ctx, pod)
  for _, finding in ipairs(found) do
    gathered:add(finding)
  end
  if healthy then
    ctx:healthy(pod)
  end
end

-- Pods one after another as the list gives them; those that need a closer look, together.
local function look_at_pods(ctx, list, gathered, by_name)
  local closer = {}
  for _, pod in ipairs(list) do
    if pods.is_completed(pod) and not pod.metadata.deletionTimestamp then
      ctx:healthy(pod)
    else
      closer[#closer + 1] = pod
    end
  end
  kube.parallel(closer, function(pod)
    look_at_pod(ctx, pod, gathered, by_name)
  end)
end

local function look_at_owner(ctx, owner, gathered)
  local refused, unexplained = owner_checks.creation(ctx, owner)
  gathered:add_if(refused)
  gathered:add_if(owner_checks.job(ctx, owner))
  return unexplained
end

-- Owners in the order of what they say: who could not create pods first, rollouts when their pods are known.
local function look_at_owners(ctx, list, gathered)
  local unexplained = kube.parallel(list, function(owner)
    return look_at_owner(ctx, owner, gathered)
  end)
  for i, owner in ipairs(list) do
    gathered:add_if(owner_checks.rollout(ctx, owner, gathered))
    if unexplained[i] then
      owner_checks.unexplained(ctx, owner, gathered)
    end
  end
end

local function all_owners(ctx)
  local found = {}
  local lists = kube.parallel(owner_checks.kinds, function(kind)
    return (kube.list(kind, { all_namespaces = ctx.all_namespaces, labels = ctx.labels }):all())
  end)
  for _, list in ipairs(lists) do
    table.move(list, 1, #list, #found + 1, found)
  end
  return found
end

-- The owner, what it made, and the pods of that.
local function look_at_one_owner(ctx, kind, name, gathered)
  for _, owner in ctx:targets(kind, name) do
    local namespace, known = owner.metadata.namespace, #gathered.list
    local chain = { owner }
    if owner.kind == "Deployment" then
      local sets = owners.replica_sets(owner)
      table.move(sets, 1, #sets, 2, chain)
    end
    local selector = owner.spec.selector
    local list = {}
    for pod in kube.list("pods", { namespace = namespace }) do
      if selector and selectors.matches(pod.metadata.labels, selector) then
        list[#list + 1] = pod
      end
    end
    look_at_pods(ctx, list, gathered)
    look_at_owners(ctx, chain, gathered)
    if #gathered.list == known then
      ctx:healthy(owner)
    end
  end
end

local pod_kinds = { pod = true, pods = true, po = true }

-- "deployment/web,deployment/api": several together, for what hits them alike is one finding. A pod stands for itself.
local function look_at_owners_named(ctx, text, gathered)
  for each in text:gmatch("[^,]+") do
    local kind, name = parse_owner(each)
    if not pod_kinds[kind] then
      look_at_one_owner(ctx, kind, name, gathered)
    else
      for _, pod in ctx:targets("pods", name) do
        look_at_pod(ctx, pod, gathered, true)
      end
    end
  end
end

-- Pods change their names, their owners do not: `--pod shop` means the pods of Deployment shop where no pod is called so.
local function owner_called(ctx, name)
  local pod, unknown = kube.get("pods", name)
  if ctx.all_namespaces or pod or unknown then
    return nil
  end
  for _, kind in ipairs({ "deployments", "statefulsets", "daemonsets", "replicasets", "jobs" }) do
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
  needs = {
    "get,list pods", "get pods/log", "list events", "get,list replicasets.apps", "get,list deployments.apps",
    "get,list statefulsets.apps", "get,list daemonsets.apps", "get,list jobs.batch", "get,list nodes", "get namespaces",
    "get persistentvolumeclaims", "get storageclasses.storage.k8s.io", "get resourcequotas", "get serviceaccounts", "get secrets",
  },
  findings = codes.names("pod"),
  examples = {
    "krunbook run pod-status --pod error",
    "krunbook run pod-status --deployment shop -n prod",
    "krunbook run pod-status -A",
  },
  run = function(ctx, args)
    local gathered = findings.new(ctx)
    local kind = args.pod and owner_called(ctx, args.pod)
    if kind then
      look_at_one_owner(ctx, kind, args.pod, gathered)
    elseif args.pod then
      for _, pod in ctx:targets("pods", args.pod) do
        look_at_pod(ctx, pod, gathered, true)
      end
    elseif args.deployment then
      look_at_one_owner(ctx, "deployments", args.deployment, gathered)
    elseif args.owner then
      look_at_owners_named(ctx, args.owner, gathered)
    else
      local list = {}
      for i, pod in ctx:targets("pods") do
        list[i] = pod
      end
      look_at_pods(ctx, list, gathered)
      look_at_owners(ctx, all_owners(ctx), gathered)
    end
    gathered:report()
  end,
}
