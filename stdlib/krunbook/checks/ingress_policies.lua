-- Whether the NetworkPolicies of a backend's pods let the Ingress's controller in. Only of controllers whose pods send the requests on
-- themselves, by an address of the pods' network: nobody knows which policy takes a node's address.
local ingresses = require("krunbook.ingresses")
local lookup = require("krunbook.lookup")
local network_policies = require("krunbook.network_policies")
local next_steps = require("krunbook.next_steps")
local pods = require("krunbook.pods")
local policy_text = require("krunbook.policy_text")
local selectors = require("krunbook.selectors")
local services = require("krunbook.services")

local M = {}

local QUOTED_POLICIES = 4

---@class Approach  A backend, and the Ingresses that lead there through the same controller.
---@field backend Backend
---@field proxies Object[]  the controller's pods
---@field records IngressRecord[]

-- By namespace, those that there are policies for; what was seen to come through needs no more.
local function approaches_of(records, policies)
  local by_namespace, seen = {}, {}
  for _, record in ipairs(records) do
    for _, route in ipairs(record.proxies and record.routes or {}) do
      local backend = route.backend
      if backend and backend.sound and not backend.reached and #policies:of(backend.namespace) > 0 then
        seen[backend] = seen[backend] or {}
        local approach = seen[backend][record.proxies]
        if not approach then
          approach = { backend = backend, proxies = record.proxies, records = {} }
          seen[backend][record.proxies] = approach
          by_namespace[backend.namespace] = by_namespace[backend.namespace] or {}
          table.insert(by_namespace[backend.namespace], approach)
        end
        if approach.records[#approach.records] ~= record then
          table.insert(approach.records, record)
        end
      end
    end
  end
  return by_namespace
end

-- The ready pods of each approach's Service, out of one list.
local function read_pods(namespace, approaches)
  local list = kube.list("pods", { namespace = namespace })
  for _, approach in ipairs(approaches) do
    approach.pods, approach.selector = {}, services.selector(approach.backend.object)
  end
  for pod in list do
    for _, approach in ipairs(pods.is_serving(pod) and approaches or {}) do
      if approach.selector and selectors.matches(pod.metadata.labels, approach.selector) then
        table.insert(approach.pods, pod)
      end
    end
  end
  return list.unknown == nil
end

---@class Namespaces  Their labels, read when first asked for.
---@field ctx Context
---@field known table<string, {labels: table|nil, refused: boolean}>
---@field refused boolean  somebody asked for labels that may not be read

local function labels_of(namespaces, name)
  local found = namespaces.known[name]
  if not found then
    local namespace, unknown = kube.get("namespaces", name)
    found = { labels = namespace and (namespace.metadata.labels or {}),
      refused = not lookup.can_do_without_kind(namespaces.ctx, unknown) }
    namespaces.known[name] = found
  end
  namespaces.refused = namespaces.refused or found.refused
  return found.labels
end

-- Whether a pod of the controller is one of those; also where that cannot be told.
local function may_be_meant(each, proxy, namespaces)
  local labels
  if each.peer.namespaceSelector then
    labels = labels_of(namespaces, proxy.metadata.namespace)
    if not labels then
      return true
    end
  end
  return network_policies.means(each.peer, each.policy, proxy, labels)
end

local function may_come_in(admission, proxy, namespaces)
  if admission.open or proxy.spec.hostNetwork then
    return true
  end
  for _, each in ipairs(admission.peers) do
    if may_be_meant(each, proxy, namespaces) then
      return true
    end
  end
  return false
end

-- How the first of the pods is shut, where all are to all of the controller's pods.
local function shut(approach, policies, namespaces)
  local first, port = nil, approach.backend.service_port
  for _, pod in ipairs(approach.pods) do
    local number = services.target(port, pod)
    local admission = number and network_policies.admission(policies, pod, number, port.protocol)
    for _, proxy in ipairs(number and approach.proxies or {}) do
      if may_come_in(admission, proxy, namespaces) then
        return nil
      end
    end
    first = first or (number and { pod = pod, number = number, admission = admission })
  end
  return first
end

-- "app=web", "no label".
local function labels_text(labels)
  local text = selectors.text({ matchLabels = labels })
  return text ~= "" and text or "no label"
end

local function evidence_of(approach, found, labels)
  local lines, proxy = {}, approach.proxies[1].metadata
  for i = 1, math.min(#found.admission.policies, QUOTED_POLICIES) do
    lines[i] = policy_text.evidence(found.admission.policies[i])
  end
  lines[#lines + 1] = { kind = "object", text = ("Pod %s/%s of the controller has %s"):format(proxy.namespace, proxy.name,
    labels_text(proxy.labels)) }
  if labels then
    lines[#lines + 1] = { kind = "object", text = ("Namespace %s has %s"):format(proxy.namespace, labels_text(labels)) }
  end
  return lines
end

local function finding_of(approach, found, labels, others)
  local backend, record, proxy = approach.backend, approach.records[1], approach.proxies[1].metadata
  local policies = found.admission.policies
  local policy = policies[1]
  return {
    code = "ingress-blocked-by-policy", severity = others.severity, object = record.object, objects = ingresses.objects(approach.records),
    key = backend.service .. ":" .. tostring(backend.port),
    chain = { ingresses.first_link(record), ingresses.link("Service", backend.namespace, backend.service),
      ingresses.link("NetworkPolicy", policy.namespace, policy.name, true) },
    cause = ("The controller of Ingress %s is not let in to the pods of Service %s at port %d: %s %s, and what %s in is not Pod %s/%s. Where "
      .. "the network plugin enforces NetworkPolicies, no request comes through%s."):format(ingresses.name(record), backend.service,
      found.number, policy_text.names(policies), #policies == 1 and "selects them" or "select them", #policies == 1 and "it lets"
      or "they let", proxy.namespace, proxy.name, others.unless),
    evidence = evidence_of(approach, found, labels),
    next_steps = { next_steps.kubectl(backend.namespace, "describe", "networkpolicy", policy.name),
      ("%s  # let in Pod %s of namespace %s at port %d"):format(next_steps.kubectl(backend.namespace, "edit", "networkpolicy", policy.name),
        proxy.name, proxy.namespace, found.number) },
  }
end

local function look_at(ctx, approach, policies, namespaces, gathered)
  local backend = approach.backend
  namespaces.refused = false
  local found = shut(approach, policies:of(backend.namespace), namespaces)
  ctx:step(("NetworkPolicies of Service %s/%s"):format(backend.namespace, backend.service), found and "they do not let the controller in"
    or namespaces.refused and "whether they let the controller in hangs on labels of its namespace" or "they may let the controller in")
  if found or namespaces.refused then
    ingresses.doubt(approach.records)
  end
  if found then
    local seen = namespaces.known[approach.proxies[1].metadata.namespace]
    gathered:add(finding_of(approach, found, seen and seen.labels, policies:others(ctx, backend.namespace)))
  end
end

---@param ctx Context
---@param records IngressRecord[]  with proxies and the routes' backends
---@param policies NetworkPolicies
---@param gathered Findings
function M.check(ctx, records, policies, gathered)
  if policies.unknown then
    return -- which stands in the report
  end
  local namespaces = { ctx = ctx, known = {}, refused = false }
  for namespace, approaches in pairs(approaches_of(records, policies)) do
    local known = read_pods(namespace, approaches)
    for _, approach in ipairs(approaches) do
      if known then
        look_at(ctx, approach, policies, namespaces, gathered)
      else
        ingresses.doubt(approach.records)
      end
    end
  end
end

return M
