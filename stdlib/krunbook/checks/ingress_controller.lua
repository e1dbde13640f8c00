-- Whether the controller of each class runs: its pods, wherever they are, and where none is ready, why.
local controller_pods = require("krunbook.controller_pods")
local controllers = require("krunbook.ingress_controllers")
local findings = require("krunbook.findings")
local ingresses = require("krunbook.ingresses")
local next_steps = require("krunbook.next_steps")
local owners = require("krunbook.owners")
local pods = require("krunbook.pods")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

---@class ControllerGroup  Ingresses of one class.
---@field class IngressClassOf
---@field records IngressRecord[]
---@field rows IngressController[]
---@field pods Object[]        that serve the class
---@field others Object[]      of the same program, that serve other classes
---@field apart boolean        other pods than these may be what the requests pass through
---@field unknowns Unknown[]   not all of the cluster's pods could be seen

local function groups_of(records)
  local groups, by_key = {}, {}
  for _, record in ipairs(records) do
    local class = record.class_of
    if class and not class.served then
      local key = class.name or ""
      if not by_key[key] then
        local row = controllers.by_controller(class.controller)
        by_key[key] = { class = class, records = {}, pods = {}, others = {}, apart = false, unknowns = {}, rows = class.rows or { row } }
        groups[#groups + 1] = by_key[key]
      end
      table.insert(by_key[key].records, record)
    end
  end
  return groups
end

-- "IngressClass nginx (k8s.io/ingress-nginx)", "class nginx", "Ingresses without a class".
local function class_text(class)
  if class.object then
    return ("IngressClass %s (%s)"):format(class.name, class.controller or "no spec.controller")
  end
  return class.name and "class " .. class.name or "Ingresses without a class"
end

-- Whether a pod of a known controller serves the group's class, or, where that is none, what has none.
local function serves(group, row, pod)
  if not group.class.name then
    return controllers.takes_classless(row, pod)
  end
  return controllers.serves(row, pod, group.class.name, group.class.controller)
end

local function find_pods(ctx, group)
  for _, row in ipairs(group.rows) do
    local found, unknown = controller_pods.of(ctx, row)
    table.insert(group.unknowns, unknown)
    for _, pod in ipairs(found) do
      local is_of_class = serves(group, row, pod)
      table.insert(is_of_class and group.pods or group.others, pod)
      group.apart = group.apart or (is_of_class and not row.forwards)
    end
  end
  if #group.pods == 0 and group.class.controller then
    local found, unknown = controller_pods.mentioning(ctx, group.class.controller)
    table.insert(group.unknowns, unknown)
    group.pods, group.apart = found, true
  end
end

local function pod_names(list)
  local names = {}
  for i, pod in ipairs(list) do
    names[i] = ("%s/%s %s, READY %s"):format(pod.metadata.namespace, pod.metadata.name, pods.status(pod), pods.ready(pod))
  end
  return table.concat(names, "; ")
end

local function serves_text(group)
  return ("It serves %d Ingress%s: %s."):format(#group.records, #group.records == 1 and "" or "es", ingresses.names(group.records))
end

-- From the first of the Ingresses to what is broken.
local function chain_to(group, ...)
  local chain = { ingresses.first_link(group.records[1]) }
  if group.class.object then
    chain[2] = ingresses.link("IngressClass", nil, group.class.name)
  end
  for _, link in ipairs({ ... }) do
    chain[#chain + 1] = link
  end
  return chain
end

-- What manages these pods, each once; a pod of its own stands for itself.
local function owners_of(ctx, list)
  local found, seen = {}, {}
  for _, pod in ipairs(list) do
    local chain, unknown = owners.chain(pod)
    ctx:can_do_without(unknown)
    local owner = chain[#chain] or { kind = "Pod", namespace = pod.metadata.namespace, name = pod.metadata.name }
    local key = findings.identity(owner)
    if not seen[key] then
      seen[key] = true
      found[#found + 1] = { kind = owner.kind, namespace = owner.namespace, name = owner.name }
    end
  end
  return found
end

-- What pod-status says of an owner: the gravest first.
local function ask_pod_status(ctx, owner)
  local result = ctx:run("pod-status", { owner = owner.kind:lower() .. "/" .. owner.name }, { namespace = owner.namespace })
  return result.findings[1], #result.unknown > 0
end

local function are_young(list)
  for _, pod in ipairs(list) do
    local age = time.between(pod.metadata.creationTimestamp, kube.now())
    if not age or age >= thresholds.pending then
      return false
    end
  end
  return true
end

local function object_of(inner, owner)
  return inner and { kind = inner.object.kind, namespace = inner.object.namespace, name = inner.object.name } or owner
end

-- The finding that the controller does not serve, with what was found about its owner within.
local function down(group, owner, inner, state)
  local broken = object_of(inner, owner)
  local last = ingresses.link(broken.kind, broken.namespace, broken.name, true)
  local middle = findings.identity(broken) ~= findings.identity(owner) and ingresses.link(owner.kind, owner.namespace, owner.name) or nil
  local evidence = { { kind = "state", text = state } }
  for i, line in ipairs(inner and inner.evidence or {}) do
    table.insert(evidence, i, line)
  end
  return {
    code = "ingress-controller-down", object = owner, owner = owner, cause_code = inner and inner.code, since = inner and inner.since,
    key = group.class.name, chain = middle and chain_to(group, middle, last) or chain_to(group, last),
    cause = ("The controller of %s, %s %s/%s, has no pod that is ready%s %s"):format(class_text(group.class), owner.kind, owner.namespace,
      owner.name, inner and ": " .. inner.cause or ".", serves_text(group)),
    evidence = evidence, next_steps = inner and inner.next_steps or { next_steps.describe(owner) },
  }
end

local function undetermined(ctx, group, message)
  ctx:unknown({ what = "whether a controller serves " .. class_text(group.class), reason = "undetermined", message = message })
  ingresses.doubt(group.records)
end

local function explain_down(ctx, group, gathered)
  ingresses.doubt(group.records)
  ctx:step("controller of " .. class_text(group.class), ("none of %d pods ready: %s"):format(#group.pods, pod_names(group.pods)))
  if are_young(group.pods) then
    undetermined(ctx, group, "its pods have only just been made: " .. pod_names(group.pods))
    return
  end
  for _, owner in ipairs(owners_of(ctx, group.pods)) do
    gathered:add(down(group, owner, ask_pod_status(ctx, owner), pod_names(group.pods)))
  end
end

-- A workload with the controller's labels in its template: its pods could not be made, or it wants none.
local function workload_of(ctx, group)
  for _, kind in ipairs({ "deployments.apps", "daemonsets.apps", "statefulsets.apps" }) do
    for _, row in ipairs(group.rows) do
      local list = kube.list(kind, { all_namespaces = true, labels = row.labels and row.labels[1] })
      for workload in list do
        local template = { kind = "Pod", metadata = workload.spec.template.metadata or {}, spec = workload.spec.template.spec }
        if #controllers.pods(row, { template }) > 0 and serves(group, row, template) then
          return workload
        end
      end
      ctx:can_do_without(list.unknown)
    end
  end
end

local function missing(group)
  local names, object = {}, group.class.object
  for i, row in ipairs(group.rows) do
    names[i] = row.name
  end
  local others = #group.others > 0 and (" Pods of it run, but for other classes: %s."):format(pod_names(group.others)) or ""
  return {
    code = "ingress-controller-missing", object = object or group.records[1].object, objects = ingresses.objects(group.records),
    key = group.class.name, since = object and object.metadata.creationTimestamp,
    cause = ("No controller serves %s: no pod of %s is there, in any namespace.%s It should serve %s."):format(class_text(group.class),
      table.concat(names, " or "), others, ingresses.names(group.records)),
    chain = object and { ingresses.first_link(group.records[1]), ingresses.link("IngressClass", nil, group.class.name, true) }
      or { ingresses.first_link(group.records[1], true) },
    evidence = { { kind = "spec", text = object and ("IngressClass %s: spec.controller is %s"):format(group.class.name, group.class.controller)
      or ("class %s, and no IngressClass of that name"):format(group.class.name) } },
    next_steps = { "kubectl get pods -A -l " .. next_steps.quote("app.kubernetes.io/name"),
      ("install the controller, or give the Ingresses the class of one that runs (kubectl get ingressclass)") },
  }
end

local function explain_absence(ctx, group, gathered)
  ingresses.doubt(group.records)
  ctx:step("controller of " .. class_text(group.class), #group.unknowns > 0 and "no pod of it where one may look" or "no pod of it is there")
  if #group.unknowns > 0 then
    return -- which stands in the report: it may be where nobody could look
  end
  local workload = workload_of(ctx, group)
  if not workload then
    gathered:add(missing(group))
    return
  end
  local owner = { kind = workload.kind, namespace = workload.metadata.namespace, name = workload.metadata.name }
  local inner, open = ask_pod_status(ctx, owner)
  local wanted = workload.spec.replicas or (workload.status or {}).desiredNumberScheduled or 0
  if not inner and open then
    return
  end
  gathered:add(down(group, owner, inner, ("%s %s/%s wants %s, and there is none"):format(owner.kind, owner.namespace,
    owner.name, wanted == 1 and "1 pod" or wanted .. " pods")))
end

-- It runs where nobody can look: an address shows that it has served the Ingress.
local function look_outside(ctx, group, where)
  for _, record in ipairs(group.records) do
    if #record.addresses > 0 then
      ctx:step("controller of Ingress " .. ingresses.name(record), ("runs in %s; the Ingress has the address %s"):format(where, record.addresses[1]))
    else
      record.doubt = true
      ctx:unknown({ what = "whether Ingress " .. ingresses.name(record) .. " is served", reason = "undetermined",
        message = ("its controller runs in %s, and it has no address yet"):format(where) })
    end
  end
end

local function look_unlisted(ctx, group)
  local served = true
  for _, record in ipairs(group.records) do
    served = served and #record.addresses > 0
  end
  if served then
    look_outside(ctx, group, "a place that krunbook.ingress_controllers does not know")
    return
  end
  undetermined(ctx, group, ("%s is none of the controllers in krunbook.ingress_controllers, and no pod is started with it"):format(
    group.class.controller or "no spec.controller"))
end

local function examine(ctx, group, gathered)
  local row = group.rows[1]
  if row and row.outside then
    look_outside(ctx, group, row.outside)
    return
  end
  find_pods(ctx, group)
  local ready = {}
  for _, pod in ipairs(group.pods) do
    ready[#ready + 1] = pods.is_serving(pod) and pod or nil
  end
  if #ready > 0 then
    for _, unknown in ipairs(group.unknowns) do
      ctx:can_do_without(unknown)
    end
    ctx:step("controller of " .. class_text(group.class), ("%d of %d pods ready: %s"):format(#ready, #group.pods, pod_names(group.pods)))
    for _, record in ipairs(group.records) do
      record.controller_pods, record.proxies = ready, not group.apart and ready or nil
    end
  elseif #group.pods > 0 then
    explain_down(ctx, group, gathered)
  elseif row then
    explain_absence(ctx, group, gathered)
  elseif #group.unknowns > 0 then
    ingresses.doubt(group.records)
  else
    look_unlisted(ctx, group)
  end
end

---Sets `controller_pods` of every Ingress whose controller has pods that are ready, and `proxies` where requests pass through these.
---@param ctx Context
---@param records IngressRecord[]  with class_of, where it is known
---@param gathered Findings
function M.check(ctx, records, gathered)
  kube.parallel(groups_of(records), function(group)
    examine(ctx, group, gathered)
  end)
end

return M
