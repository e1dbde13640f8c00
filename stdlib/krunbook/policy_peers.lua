-- Whether anybody is there whom a NetworkPolicy's peer means. What may not be read, and what may come (a workload that is scaled to 0, a
-- CronJob between two runs), counts as there: that nobody is meant is only said of what was seen.
local selectors = require("krunbook.selectors")

local FEW_NAMESPACES = 3 -- up to so many are looked into one by one

---@class PolicyPeers
---@field ctx Context
---@field own_pods fun(namespace: string): Object[]  the pods of the policies' own namespaces, which were read already
---@field known table<table, boolean>
---@field namespaces {name: string, labels: table}[]|false|nil  false: they could not be read
local PolicyPeers = {}
PolicyPeers.__index = PolicyPeers

local M = {}

---@param ctx Context
---@param own_pods fun(namespace: string): Object[]
---@return PolicyPeers
function M.new(ctx, own_pods)
  return setmetatable({ ctx = ctx, own_pods = own_pods, known = {} }, PolicyPeers)
end

local function any_matches(list, labels_of, selector)
  for _, one in ipairs(list) do
    if selectors.matches(labels_of(one), selector) then
      return true
    end
  end
  return false
end

local function labels_of_object(object) return object.metadata.labels end

-- Whether one of a list fits, and whether that could be told.
local function any_in(peers, kind, scope, fits)
  local list, found = kube.list(kind, scope), false
  for object in list do
    found = found or fits(object)
  end
  peers.ctx:can_do_without(list.unknown)
  return found or list.unknown ~= nil
end

local function template_labels(workload)
  local spec = workload.spec or {}
  local template = spec.jobTemplate and (spec.jobTemplate.spec or {}).template or spec.template or {}
  return (template.metadata or {}).labels
end

local workloads = { "deployments.apps", "statefulsets.apps", "daemonsets.apps", "cronjobs.batch" }

-- Whether a workload there would make such pods.
local function may_come(peers, scope, is_meant, selector)
  for _, kind in ipairs(workloads) do
    local found = any_in(peers, kind, scope, function(workload)
      return is_meant(workload.metadata.namespace) and selectors.matches(template_labels(workload), selector)
    end)
    if found then
      return true
    end
  end
  return false
end

local function read_namespaces(peers)
  if peers.namespaces == nil then
    local found, list = {}, kube.list("namespaces")
    for namespace in list do
      found[#found + 1] = { name = namespace.metadata.name, labels = namespace.metadata.labels }
    end
    peers.ctx:can_do_without(list.unknown)
    peers.namespaces = not list.unknown and found
  end
  return peers.namespaces
end

-- One list of each of few namespaces, or of all.
local function scopes_of(names)
  if #names > FEW_NAMESPACES then
    return { { all_namespaces = true } }
  end
  local scopes = {}
  for i, name in ipairs(names) do
    scopes[i] = { namespace = name }
  end
  return scopes
end

-- Whether such a pod is, or may come, in one of these namespaces.
local function in_namespaces(peers, names, selector)
  local meant = {}
  for _, name in ipairs(names) do
    meant[name] = true
  end
  local function is_meant(namespace) return meant[namespace] end
  for _, scope in ipairs(scopes_of(names)) do
    local found = any_in(peers, "pods", { namespace = scope.namespace, all_namespaces = scope.all_namespaces,
      labels = selectors.text(selector) }, function(pod) return is_meant(pod.metadata.namespace) or false end)
    if found or may_come(peers, scope, is_meant, selector) then
      return true
    end
  end
  return false
end

local function elsewhere(peers, peer)
  local all = read_namespaces(peers)
  if not all then
    return true
  end
  local names = {}
  for _, namespace in ipairs(all) do
    names[#names + 1] = selectors.matches(namespace.labels, peer.namespaceSelector) and namespace.name or nil
  end
  local any_pod = selectors.text(peer.podSelector) == ""
  return #names > 0 and (any_pod or in_namespaces(peers, names, peer.podSelector))
end

local function within(peers, namespace, selector)
  return any_matches(peers.own_pods(namespace), labels_of_object, selector)
    or may_come(peers, { namespace = namespace }, function() return true end, selector)
end

---@param policy NetworkPolicy
---@param peer table  with podSelector or namespaceSelector
---@return boolean
function PolicyPeers:is_there(policy, peer)
  if self.known[peer] == nil then
    self.known[peer] = peer.namespaceSelector and elsewhere(self, peer) or not peer.namespaceSelector
      and within(self, policy.namespace, peer.podSelector)
  end
  return self.known[peer]
end

return M
