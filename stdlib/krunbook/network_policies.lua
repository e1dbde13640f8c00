-- NetworkPolicies: which of them select a pod, and whom they let in at a port of it. They add up: what one of them lets in is let in,
-- and a pod that none selects is open to everybody. They bind only where the cluster's network plugin enforces them, which no object tells.
local lookup = require("krunbook.lookup")
local objects = require("krunbook.objects")
local selectors = require("krunbook.selectors")
local services = require("krunbook.services")

---@class NetworkPolicy
---@field namespace string
---@field name string
---@field selector table       of the pods that it is about, all within its namespace
---@field ingress table[]|nil  its rules for what comes in; nil where it does not speak of that
---@field egress table[]|nil   the same for what goes out

---@class NetworkPolicies
---@field by_namespace table<string, NetworkPolicy[]>
---@field unknown Unknown|nil  they could not be read
---@field missed boolean       somebody had a question that they would have answered
---@field known_others table<string, OtherPolicies>
local NetworkPolicies = {}
NetworkPolicies.__index = NetworkPolicies

local M = {}

---Kinds that network plugins add. What NetworkPolicies do not let in, these may. A team adds those of its own plugin here.
---@type {kind: string, namespaced: boolean}[]
M.own_kinds = {
  { kind = "ciliumnetworkpolicies.cilium.io", namespaced = true },
  { kind = "ciliumclusterwidenetworkpolicies.cilium.io", namespaced = false },
  { kind = "networkpolicies.crd.projectcalico.org", namespaced = true },
  { kind = "globalnetworkpolicies.crd.projectcalico.org", namespaced = false },
  { kind = "adminnetworkpolicies.policy.networking.k8s.io", namespaced = false },
  { kind = "clusternetworkpolicies.policy.networking.k8s.io", namespaced = false },
}

-- Without policyTypes a policy speaks of what comes in, whether or not it has rules for that; of what goes out where it has rules.
local function speaks_of(spec, direction)
  local types = spec.policyTypes or {}
  for _, one in ipairs(types) do
    if one == direction then
      return true
    end
  end
  return #types == 0 and (direction == "Ingress" or #(spec.egress or {}) > 0)
end

---@param object Object  of kind NetworkPolicy
---@return NetworkPolicy
function M.of(object)
  local metadata, spec = object.metadata, object.spec
  return { namespace = metadata.namespace, name = metadata.name, selector = spec.podSelector or {},
    ingress = speaks_of(spec, "Ingress") and (spec.ingress or {}) or nil,
    egress = speaks_of(spec, "Egress") and (spec.egress or {}) or nil }
end

---Reads those that speak of what comes in, of the run's namespace or of all in one list.
---@param ctx Context
---@return NetworkPolicies
function M.read(ctx)
  local by_namespace = {}
  local list = kube.list("networkpolicies.networking.k8s.io", { all_namespaces = ctx.all_namespaces })
  for object in list do
    local policy = M.of(objects.whole(object))
    if policy.ingress then
      by_namespace[policy.namespace] = by_namespace[policy.namespace] or {}
      table.insert(by_namespace[policy.namespace], policy)
    end
  end
  local unknown = not lookup.can_do_without_kind(ctx, list.unknown) and list.unknown or nil
  return setmetatable({ by_namespace = by_namespace, unknown = unknown, missed = false, known_others = {} }, NetworkPolicies)
end

---Those of a namespace; nil where they could not be read, which then counts.
---@param namespace string
---@return NetworkPolicy[]|nil
function NetworkPolicies:of(namespace)
  if self.unknown then
    self.missed = true
    return nil
  end
  return self.by_namespace[namespace] or {}
end

---Says, after the last question, that they were not needed where none was asked.
---@param ctx Context
function NetworkPolicies:settle(ctx)
  if not self.missed then
    ctx:can_do_without(self.unknown)
  end
end

-- "2 ciliumnetworkpolicies.cilium.io"; nil where there are none, as on a server that has no such kind, of which kube.list makes an error.
local function some_of(ctx, own, namespace)
  local has_kind, count, unknown = pcall(function()
    local list, count = kube.list(own.kind, own.namespaced and { namespace = namespace } or nil), 0
    for _ in list do
      count = count + 1
    end
    return count, list.unknown
  end)
  if not has_kind or (count == 0 and not unknown) then
    return nil, false
  elseif lookup.can_do_without_kind(ctx, unknown) then
    return count > 0 and count .. " " .. own.kind or nil, unknown ~= nil
  end
  return own.kind .. ", which could not be listed", false
end

---@class OtherPolicies  What is known of policies of other kinds in a namespace.
---@field severity "info"|nil  of a finding that they may contradict
---@field unless string        what it has to say of them

---Whether policies of a plugin's own kinds may let in what NetworkPolicies do not. Only asked for before that is told.
---@param ctx Context
---@param namespace string
---@return OtherPolicies
function NetworkPolicies:others(ctx, namespace)
  if not self.known_others[namespace] then
    local found, nobody_looked = {}, false
    for _, own in ipairs(M.own_kinds) do
      local text, unseen = some_of(ctx, own, namespace)
      found[#found + 1], nobody_looked = text, nobody_looked or unseen
    end
    self.known_others[namespace] = { severity = #found > 0 and "info" or nil,
      unless = #found > 0 and (", unless a policy of another kind lets it in (%s)"):format(table.concat(found, ", "))
        or nobody_looked and ", unless a policy of a kind of its own lets it in" or "" }
  end
  return self.known_others[namespace]
end

---Those that select a pod. A pod in its node's network is subject to none.
---@param policies NetworkPolicy[]  of its namespace
---@param pod Object
---@return NetworkPolicy[]
function M.selecting(policies, pod)
  local list = {}
  for _, policy in ipairs(not pod.spec.hostNetwork and policies or {}) do
    list[#list + 1] = selectors.matches(pod.metadata.labels, policy.selector) and policy or nil
  end
  return list
end

---Those that speak of what goes out of a pod.
---@param pod Object
---@return NetworkPolicy[], Unknown|nil
function M.out_of(pod)
  local policies, list = {}, kube.list("networkpolicies.networking.k8s.io", { namespace = pod.metadata.namespace })
  for object in list do
    local policy = M.of(objects.whole(object))
    policies[#policies + 1] = policy.egress and policy or nil
  end
  return M.selecting(policies, pod), list.unknown
end

-- Whether one entry of a rule's ports takes a pod's port. A name is that of a port which the pod's containers declare.
local function is_port(entry, pod, number, protocol)
  if (entry.protocol or "TCP") ~= protocol then
    return false
  elseif math.type(entry.port) == "integer" then
    return number >= entry.port and number <= (entry.endPort or entry.port)
  elseif entry.port == nil then
    return true
  end
  for _, declared in ipairs(services.declared(pod)) do
    if declared.name == entry.port and declared.protocol == protocol and declared.port == number then
      return true
    end
  end
  return false
end

local function takes_port(rule, pod, number, protocol)
  for _, entry in ipairs(rule.ports or {}) do
    if is_port(entry, pod, number, protocol) then
      return true
    end
  end
  return #(rule.ports or {}) == 0
end

-- Whom no selector names: addresses, and what is not known.
local function is_open(peer)
  return peer.ipBlock ~= nil or not (peer.podSelector or peer.namespaceSelector)
end

---@class Admission  Whom the policies that select a pod let in at a port of it.
---@field policies NetworkPolicy[]  that select it
---@field open boolean    everybody, or addresses of which nobody knows who has them
---@field rules integer   how many rules there are, for whatever port
---@field peers {policy: NetworkPolicy, peer: table}[]  where it is not open: those whom the rules for this port name

---@param policies NetworkPolicy[]  of the pod's namespace
---@param pod Object
---@param number integer
---@param protocol string
---@return Admission
function M.admission(policies, pod, number, protocol)
  local found = { policies = M.selecting(policies, pod), rules = 0, peers = {} }
  found.open = #found.policies == 0
  for _, policy in ipairs(found.policies) do
    for _, rule in ipairs(policy.ingress) do
      found.rules = found.rules + 1
      local from = takes_port(rule, pod, number, protocol) and (rule.from or {})
      found.open = found.open or (from and #from == 0) or false
      for _, peer in ipairs(from or {}) do
        found.open = found.open or is_open(peer)
        table.insert(found.peers, { policy = policy, peer = peer })
      end
    end
  end
  return found
end

---Whether a pod is one of those whom a rule's peer means.
---@param peer table
---@param policy NetworkPolicy
---@param pod Object
---@param namespace_labels table<string, string>  of the pod's namespace
---@return boolean
function M.means(peer, policy, pod, namespace_labels)
  if peer.namespaceSelector then
    if not selectors.matches(namespace_labels, peer.namespaceSelector) then
      return false
    end
  elseif pod.metadata.namespace ~= policy.namespace then
    return false
  end
  return selectors.matches(pod.metadata.labels, peer.podSelector)
end

return M
