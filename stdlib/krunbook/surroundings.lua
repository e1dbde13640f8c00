-- What lies around Services: pods, endpoints, and owners of pods. Each list is read once in a run, of a namespace or of all of them, and
-- matched here: no request for a Service of its own. Of a pod only what a question about a Service needs is kept, for there may be
-- thousands.
local endpoints = require("krunbook.endpoints")
local nearest = require("krunbook.nearest")
local owners = require("krunbook.owners")
local pods = require("krunbook.pods")
local policy_peers = require("krunbook.policy_peers")
local selectors = require("krunbook.selectors")

local FEW_NAMESPACES = 3 -- up to so many are read one by one, though all might be

---@class Surroundings
---@field ctx Context
---@field scopes table[]  options of kube.list
---@field services table<string, boolean>  by "NAMESPACE/NAME": those that are looked at
---@field by_namespace table<string, Object[]>
---@field pods_unknown Unknown|nil       the pods are not all here
---@field endpoints_unknown Unknown|nil
---@field endpoints_source "EndpointSlices"|"Endpoints"|nil
---@field policies NetworkPolicies|nil   nil: they are not to be looked at
---@field peers PolicyPeers
local Surroundings = {}
Surroundings.__index = Surroundings

local M = {}

-- Of the containers those of which something is known that a Service could ask for.
local function slim_containers(list)
  local kept = {}
  for _, container in ipairs(list or {}) do
    if container.ports or container.readinessProbe or container.livenessProbe or container.startupProbe then
      kept[#kept + 1] = {
        name = container.name, restartPolicy = container.restartPolicy, ports = container.ports,
        readinessProbe = container.readinessProbe, livenessProbe = container.livenessProbe, startupProbe = container.startupProbe,
      }
    end
  end
  return kept
end

local kept_conditions = { Ready = true, ContainersReady = true }

local function slim_conditions(list)
  local kept = {}
  for _, condition in ipairs(list or {}) do
    if kept_conditions[condition.type] then
      kept[#kept + 1] = { type = condition.type, status = condition.status, reason = condition.reason, message = condition.message,
        lastTransitionTime = condition.lastTransitionTime }
    end
  end
  return kept
end

local function is_same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b
  end
  for key, value in pairs(a) do
    if not is_same(value, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return true
end

-- Siblings say most things alike: what the one before has said in the same words is kept once.
local function share(parts, before)
  for key, value in pairs(parts) do
    parts[key] = before and is_same(value, before[key]) and before[key] or value
  end
end

-- Makes a slim pod share what it can with the one of the same controller that came before it.
local function share_with_sibling(pod, siblings)
  local owner = pod.metadata.ownerReferences and pod.metadata.ownerReferences[1]
  local uid = owner and owner.uid
  if not uid then
    return pod
  end
  local before = siblings[uid] or {}
  for _, part in ipairs({ "metadata", "spec", "status" }) do
    share(pod[part], before[part])
  end
  siblings[uid] = pod
  return pod
end

-- The pod as an object of the API still, without what is long.
local function slim(pod)
  local metadata, spec, status = pod.metadata, pod.spec or {}, pod.status or {}
  return {
    kind = "Pod",
    metadata = {
      name = metadata.name, namespace = metadata.namespace, uid = metadata.uid, labels = metadata.labels,
      creationTimestamp = metadata.creationTimestamp, deletionTimestamp = metadata.deletionTimestamp,
      ownerReferences = metadata.ownerReferences and { owners.controller(pod) },
    },
    spec = {
      hostNetwork = spec.hostNetwork, readinessGates = spec.readinessGates, containers = slim_containers(spec.containers),
      initContainers = spec.initContainers and slim_containers(spec.initContainers),
    },
    status = { phase = status.phase, podIP = status.podIP, podIPs = status.podIPs, conditions = slim_conditions(status.conditions) },
  }
end

local function read_pods(around)
  kube.parallel(around.scopes, function(scope)
    local list, siblings = kube.list("pods", scope), {}
    for pod in list do
      local namespace = pod.metadata.namespace
      around.by_namespace[namespace] = around.by_namespace[namespace] or {}
      table.insert(around.by_namespace[namespace], share_with_sibling(slim(pod), siblings))
    end
    around.pods_unknown = around.pods_unknown or list.unknown
  end)
end

local function read_endpoints(around)
  for _, scope in ipairs(around.scopes) do
    local found, source, unknown = endpoints.read(around.ctx, scope)
    for key, of_service in pairs(found) do
      around.endpoints[key] = of_service
    end
    around.endpoints_source = around.endpoints_source or source
    around.endpoints_unknown = around.endpoints_unknown or unknown
  end
end

local function scopes_of(ctx, services)
  local scopes, seen = {}, {}
  for _, service in ipairs(services) do
    local namespace = service.metadata.namespace
    if not seen[namespace] then
      seen[namespace] = true
      scopes[#scopes + 1] = { namespace = namespace }
    end
  end
  if ctx.all_namespaces and not ctx.sharded and #scopes > FEW_NAMESPACES then
    return { { all_namespaces = true } }
  end
  return scopes
end

---Reads the pods and endpoints of these Services' namespaces.
---@param ctx Context
---@param services Object[]
---@param policies? NetworkPolicies
---@return Surroundings
function M.read(ctx, services, policies)
  local around = setmetatable({ ctx = ctx, scopes = scopes_of(ctx, services), services = {}, by_namespace = {}, alike = {}, endpoints = {},
    policies = policies }, Surroundings)
  for _, service in ipairs(services) do
    around.services[service.metadata.namespace .. "/" .. service.metadata.name] = true
  end
  kube.parallel({ function() read_pods(around) end, function() read_endpoints(around) end })
  around.peers = policy_peers.new(ctx, function(namespace) return around:pods(namespace) end)
  return around
end

---All pods of a namespace, those that are over too.
---@param namespace string
---@return Object[]
function Surroundings:pods(namespace)
  return self.by_namespace[namespace] or {}
end

---Those that are not over, with equal labels together.
---@param namespace string
---@return Alike[]
function Surroundings:pods_alike(namespace)
  if not self.alike[namespace] then
    local living = {}
    for _, pod in ipairs(self:pods(namespace)) do
      living[#living + 1] = not pods.is_over(pod) and pod or nil
    end
    self.alike[namespace] = nearest.alike(living)
  end
  return self.alike[namespace]
end

---The pods that a selector matches.
---@param namespace string
---@param selector table
---@return Object[]
function Surroundings:matching(namespace, selector)
  local list = {}
  for _, pod in ipairs(self:pods(namespace)) do
    if selectors.matches(pod.metadata.labels, selector) then
      list[#list + 1] = pod
    end
  end
  return list
end

---What kube-proxy knows of a Service; nil where nothing is there for it (or endpoints_unknown says why not).
---@param service Object
---@return ServiceEndpoints|nil
function Surroundings:endpoints_of(service)
  return self.endpoints[service.metadata.namespace .. "/" .. service.metadata.name]
end

-- How many pods it is meant to have: of a DaemonSet as many as there are nodes for it.
local function wanted(owner)
  if owner.kind == "DaemonSet" then
    return owner.status and owner.status.desiredNumberScheduled or 0
  end
  return owner.spec.replicas or 1
end

local function slim_owner(owner)
  local metadata, template = owner.metadata, owner.spec.template or {}
  return {
    kind = owner.kind, wanted = wanted(owner), labels = template.metadata and template.metadata.labels,
    metadata = { name = metadata.name, namespace = metadata.namespace, uid = metadata.uid, creationTimestamp = metadata.creationTimestamp },
  }
end

local kinds = { "deployments.apps", "statefulsets.apps", "daemonsets.apps", "replicasets.apps" }

---Reads the owners of pods, for those that have none yet: once, before the first question that needs them.
function Surroundings:read_owners()
  self.owners = {}
  for _, scope in ipairs(self.scopes) do
    local lists = kube.parallel(kinds, function(kind)
      local kept = {}
      for owner in kube.list(kind, scope) do
        if not owners.controller(owner) then
          kept[#kept + 1] = slim_owner(owner)
        end
      end
      return kept
    end)
    for _, list in ipairs(lists) do
      table.move(list, 1, #list, #self.owners + 1, self.owners)
    end
  end
end

---The owners whose pods would match the selector. read_owners comes first.
---@param namespace string
---@param selector table
---@return {kind: string, metadata: table, wanted: integer}[]
function Surroundings:owners_matching(namespace, selector)
  local list = {}
  for _, owner in ipairs(self.owners) do
    if owner.metadata.namespace == namespace and selectors.matches(owner.labels, selector) then
      list[#list + 1] = owner
    end
  end
  return list
end

return M
