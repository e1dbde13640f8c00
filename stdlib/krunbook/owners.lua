-- What manages a pod: the owner that a person knows (Deployment rather than ReplicaSet), and what changed about it.
local selectors = require("krunbook.selectors")

local M = {}

-- The kinds that make pods themselves, and those that make them; a kind of an operator ends the chain.
local managed = { ReplicaSet = "replicasets.apps", Job = "jobs.batch" }

---@param object Object
---@return table|nil
function M.controller(object)
  for _, reference in ipairs(object.metadata.ownerReferences or {}) do
    if reference.controller and reference.kind and reference.name then
      return reference
    end
  end
end

local function named(reference, namespace)
  return { kind = reference.kind, namespace = namespace, name = reference.name, uid = reference.uid }
end

---Sends for what M.chain will read first.
---@param reference table  as M.controller gives it
---@param namespace string
function M.ask_ahead(reference, namespace)
  if managed[reference.kind] then
    kube.get(managed[reference.kind], reference.name, { namespace = namespace, ahead = true })
  end
end

---Who owns an object, nearest first: {ReplicaSet, Deployment}, {Job, CronJob}, {StatefulSet}. What could not be read ends the chain at
---what is known, and the Unknown is given too.
---@param object Object
---@return table[] chain, Unknown|nil unknown
function M.chain(object)
  local chain, namespace = {}, object.metadata.namespace
  local reference = M.controller(object)
  while reference and #chain < 4 do
    local owner = named(reference, namespace)
    chain[#chain + 1] = owner
    if not managed[reference.kind] then
      break
    end
    local read, unknown = kube.get(managed[reference.kind], reference.name, { namespace = namespace })
    if not read then
      return chain, unknown
    end
    owner.read = read
    reference = M.controller(read)
  end
  return chain
end

---The revision of a Deployment that a ReplicaSet is.
---@param replica_set Object
---@return integer
function M.revision(replica_set)
  local annotations = replica_set.metadata.annotations or {}
  return math.tointeger(tonumber(annotations["deployment.kubernetes.io/revision"])) or 0
end

-- What a Deployment selects its ReplicaSets by: theirs without the label that tells them apart. Only what no selector's text could say
-- is left out: then more are read.
local function sibling_labels(selector)
  local labels = {}
  for key, value in pairs(selector and selector.matchLabels or {}) do
    labels[key] = key ~= "pod-template-hash" and value or nil
  end
  return next(labels) and labels or nil
end

---The ReplicaSets of a Deployment, oldest revision first.
---@param deployment table  needs uid (or metadata.uid), namespace and name
---@param like Object       the Deployment, or one of its ReplicaSets
---@param cached? boolean    as the server remembers them: for what no verdict hangs on, and far cheaper for it
---@return Object[] sets, Unknown|nil unknown
function M.replica_sets(deployment, like, cached)
  local metadata, sets = deployment.metadata or deployment, {}
  local list = kube.list("replicasets.apps", { namespace = metadata.namespace, labels = sibling_labels(like.spec.selector),
    cached = cached })
  for set in list do
    local owner = M.controller(set)
    if owner and owner.uid == metadata.uid then
      sets[#sets + 1] = set
    end
  end
  table.sort(sets, function(a, b) return M.revision(a) < M.revision(b) end)
  return sets, list.unknown
end

-- Kinds whose pods are their own, and those that have others make them.
local own = { ReplicaSet = true, StatefulSet = true, DaemonSet = true, Job = true, ReplicationController = true }
local through = { CronJob = "jobs.batch", Deployment = "replicasets.apps" }

---Whether the pods of an object of this kind can be found: an operator's kind is taken to have ReplicaSets.
---@param owner Object
---@return boolean
function M.makes_pods(owner)
  return own[owner.kind] ~= nil or through[owner.kind] ~= nil
end

---The owner, and what it has make its pods: a Deployment's ReplicaSets, oldest revision first; a CronJob's Jobs.
---@param owner Object
---@return Object[]
function M.makers(owner)
  local makers = { owner }
  if not own[owner.kind] then
    for object in kube.list(through[owner.kind] or "replicasets.apps", { namespace = owner.metadata.namespace }) do
      local controller = M.controller(object)
      makers[#makers + 1] = controller and controller.uid == owner.metadata.uid and object or nil
    end
    table.sort(makers, function(a, b) return a ~= b and (a == owner or (b ~= owner and M.revision(a) < M.revision(b))) end)
  end
  return makers
end

-- One that is nobody's is taken in by what selects it.
local function belongs(pod, makers, by_uid)
  local controller = M.controller(pod)
  if controller then
    return by_uid[controller.uid] == true
  end
  local selector = (makers[1].spec or {}).selector
  return selector ~= nil and (selector.matchLabels or selector.matchExpressions) ~= nil and selectors.matches(pod.metadata.labels, selector)
end

---The pods of what M.makers gave, one after another.
---@param makers Object[]
---@return fun(): Object|nil
function M.pods_of(makers)
  local by_uid, uids = {}, {}
  for i, maker in ipairs(makers) do
    uids[i] = maker.metadata.uid or ""
    by_uid[uids[i]] = true
  end
  local list = kube.list("pods", { namespace = makers[1].metadata.namespace, controlled_by = uids })
  return function()
    for pod in list do
      if belongs(pod, makers, by_uid) then
        return pod
      end
    end
  end
end

local function images(set)
  local found = {}
  local template = (set.spec or {}).template or {}
  for _, container in ipairs((template.spec or {}).containers or {}) do
    found[container.name or "?"] = container.image
  end
  return found
end

---What the newest revision changed in the images: "app: registry/app:1 -> registry/app:2"; nil when nothing, or no earlier one is there.
---@param sets Object[]  as M.replica_sets gives them
---@return string|nil change, string|nil at
function M.image_change(sets)
  local new, old = sets[#sets], sets[#sets - 1]
  if not old then
    return nil
  end
  local before, changes = images(old), {}
  for name, image in pairs(images(new)) do
    if before[name] ~= image then
      changes[#changes + 1] = ("%s: %s -> %s"):format(name, before[name] or "(none)", image)
    end
  end
  table.sort(changes)
  return #changes > 0 and table.concat(changes, ", ") or nil, new.metadata.creationTimestamp
end

return M
