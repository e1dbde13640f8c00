-- Where each Ingress sends requests: the Service, its port, and through the runbook `service` whatever stands behind it. One backend is
-- looked at once, however many Ingresses lead there.
local behind = require("krunbook.checks.behind")
local endpoints = require("krunbook.endpoints")
local findings = require("krunbook.findings")
local ingresses = require("krunbook.ingresses")
local lookup = require("krunbook.lookup")
local nearest = require("krunbook.nearest")
local network_policies = require("krunbook.network_policies")
local next_steps = require("krunbook.next_steps")
local services = require("krunbook.services")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local TOGETHER = 2 -- namespaces at a time: of each the runbook `service` holds the pods, and starts another

local M = {}

local USES_QUOTED = 5

---@class Backend
---@field namespace string
---@field service string
---@field port integer|string|nil
---@field uses {record: IngressRecord, route: Route}[]
---@field records IngressRecord[]  each once
---@field object Object|nil   the Service
---@field service_port ServicePort|nil
---@field sound boolean|nil   nothing is wrong with it, as far as could be seen
---@field reached boolean|nil set by krunbook.checks.ingress_probe: its controller was seen to reach it

local function backends_of(ctx, records)
  local backends, by_key = {}, {}
  for _, record in ipairs(records) do
    local namespace = record.object.metadata.namespace
    for _, route in ipairs(record.routes) do
      local where = ("%s of Ingress %s"):format(ingresses.route_text(route), ingresses.name(record))
      if route.service then
        local key = ("%s/%s:%s"):format(namespace, route.service, tostring(route.port))
        local backend = by_key[key]
        if not backend then
          backend = { namespace = namespace, service = route.service, port = route.port, uses = {}, records = {} }
          by_key[key], backends[#backends + 1] = backend, backend
        end
        table.insert(backend.uses, { record = record, route = route })
        route.backend = backend
        if backend.records[#backend.records] ~= record then
          table.insert(backend.records, record)
        end
        ctx:step(where, ("goes to Service %s, port %s"):format(route.service, tostring(route.port)))
      elseif route.resource then
        ctx:step(where, ("goes to %s, which is no Service: its controller alone knows more"):format(route.resource))
      end
    end
  end
  return backends
end

-- How requests get there, a line each.
local function uses_as_evidence(backend)
  local lines = {}
  for i = 1, math.min(#backend.uses, USES_QUOTED) do
    local use = backend.uses[i]
    lines[i] = { kind = "spec", text = ("Ingress %s: %s goes to Service %s, port %s"):format(ingresses.name(use.record),
      ingresses.route_text(use.route), backend.service, tostring(backend.port)) }
  end
  return lines
end

-- "Ingress shop/web sends host shop.example.com, path / (and 2 more) to WHAT"
local function sends_to(backend, what)
  local use = backend.uses[1]
  local more = #backend.uses > 1 and (" (and %d more)"):format(#backend.uses - 1) or ""
  return ("Ingress %s sends %s%s to %s"):format(ingresses.name(use.record), ingresses.route_text(use.route), more, what)
end

local function edit(backend, what)
  local metadata = backend.records[1].object.metadata
  return ("%s  # %s"):format(next_steps.kubectl(metadata.namespace, "edit", "ingress", metadata.name), what)
end

-- A finding about the Ingresses that lead to a Service that is not there, or not as they want it.
local function at_service(backend, finding)
  local evidence = uses_as_evidence(backend)
  for _, line in ipairs(finding.evidence or {}) do
    evidence[#evidence + 1] = line
  end
  finding.object, finding.objects = backend.records[1].object, ingresses.objects(backend.records)
  finding.evidence = evidence
  finding.chain = { ingresses.first_link(backend.records[1]), ingresses.link("Service", backend.namespace, backend.service, true) }
  finding.key = backend.service .. ":" .. tostring(backend.port)
  return finding
end

local function service_missing(ctx, backend)
  local names = lookup.names(ctx, "services", backend.namespace)
  local near = nearest.name(backend.service, names)
  return at_service(backend, {
    code = "ingress-backend-service-missing",
    cause = sends_to(backend, ("Service %s, and there is none in namespace %s.%s"):format(backend.service, backend.namespace,
      near and (" The nearest is %s."):format(near) or "")),
    evidence = { { kind = "object", text = ("Service %s/%s not found"):format(backend.namespace, backend.service) } },
    next_steps = { near and edit(backend, ("Service %s instead of %s"):format(near, backend.service)) or edit(backend, "the Service's name"),
      next_steps.kubectl(backend.namespace, "get", "services") },
  })
end

local function port_missing(backend)
  local there = services.port_list(services.ports(backend.object))
  local asked = backend.port == nil and "no port" or "port " .. tostring(backend.port)
  return at_service(backend, {
    code = "ingress-backend-port-missing",
    cause = sends_to(backend, ("%s of Service %s/%s, which has no such port; it has %s."):format(asked, backend.namespace, backend.service,
      there)),
    evidence = { { kind = "spec", text = ("Service %s/%s: ports %s"):format(backend.namespace, backend.service, there) } },
    next_steps = { edit(backend, ("a port that Service %s has: %s"):format(backend.service, there)),
      next_steps.kubectl(backend.namespace, "get", "service", backend.service) },
  })
end

-- The port by its number or by its name, as the Ingress says it; an ExternalName's need not be declared. What comes through an Ingress is
-- TCP.
local function port_of(backend)
  for _, port in ipairs(services.ports(backend.object)) do
    if port.protocol == "TCP" and (port.name == backend.port or port.port == backend.port) then
      return port
    end
  end
end

-- Its number, as far as it is known: nil where an ExternalName's is called by a name that it does not declare.
local function number_of(backend)
  return backend.service_port and backend.service_port.port or math.tointeger(backend.port)
end

-- Whether a pod that may become its endpoint has only just been made.
local function may_be_coming(ctx, backend)
  local selector = services.selector(backend.object)
  local newest = backend.object.metadata.creationTimestamp
  if selector then
    local list = kube.list("pods", { namespace = backend.namespace, labels = selector.matchLabels })
    for pod in list do
      local made = pod.metadata.creationTimestamp
      newest = made > newest and made or newest
    end
    ctx:can_do_without(list.unknown)
  end
  local age = time.between(newest, kube.now())
  return age ~= nil and age < thresholds.pending
end

-- Nothing was found deeper: does the Service lead anywhere at all?
local function no_endpoints(ctx, backend, read)
  local of_namespace = read()
  if of_namespace.unknown then
    return nil, true
  end
  local found, ready = of_namespace.found[lookup.key(backend.namespace, backend.service)], 0
  for _, endpoint in ipairs(found and found.list or {}) do
    ready = ready + (endpoint.ready and 1 or 0)
  end
  if ready > 0 then
    return nil, false
  elseif may_be_coming(ctx, backend) then
    return nil, true
  end
  local why = not services.selector(backend.object) and " It has no selector: somebody is to give it endpoints, and has not." or ""
  return at_service(backend, {
    code = "ingress-backend-no-endpoints",
    cause = sends_to(backend, ("Service %s/%s, which has no endpoint that is ready.%s"):format(backend.namespace, backend.service, why)),
    evidence = { { kind = "object", text = ("Service %s/%s: %d endpoints, none of them ready"):format(backend.namespace, backend.service,
      found and #found.list or 0) } },
    next_steps = { next_steps.kubectl(backend.namespace, "describe", "service", backend.service) },
  })
end

-- The finding as this backend's Ingresses come to it, through its Service.
local function as_reached(finding, backend, record)
  local service = ingresses.link("Service", backend.namespace, backend.service)
  local copy = findings.handed_on(finding)
  service.broken = #copy.chain == 1 or nil
  copy.chain = { ingresses.first_link(record), service, table.unpack(copy.chain, 2) }
  copy.evidence = table.move(finding.evidence or {}, 1, #(finding.evidence or {}), 1, {})
  for _, line in ipairs(uses_as_evidence(backend)) do
    table.insert(copy.evidence, line)
  end
  return copy
end

-- What `service` found, with the Ingress in front of the chain. An info is told, and breaks nothing.
local function hand_on(result, backend, gathered)
  local broken = false
  for _, finding in ipairs(result.findings) do
    if behind.is_about(finding, backend.namespace, backend.service, number_of(backend)) then
      for _, record in ipairs(backend.records) do
        gathered:add(as_reached(finding, backend, record))
      end
      broken = broken or finding.severity ~= "info"
    end
  end
  return broken
end

local function is_healthy(result, backend)
  for _, object in ipairs(result.healthy) do
    if object.name == backend.service then
      return true
    end
  end
  return false
end

-- What follows for one backend from what `service` said of all. A Service without a selector has its endpoints, or has none, whatever else
-- could not be found out about it; an ExternalName has none of its own.
local function conclude(ctx, result, backend, policies, gathered, read)
  local broken, healthy = hand_on(result, backend, gathered), is_healthy(result, backend)
  if broken or not healthy then
    ingresses.doubt(backend.records)
  end
  if broken or services.is_external_name(backend.object) or (not healthy and services.selector(backend.object)) then
    return
  end
  local finding, open = no_endpoints(ctx, backend, read)
  gathered:add_if(finding)
  backend.sound = healthy and not (finding or open) and policies:of(backend.namespace) ~= nil
  if not backend.sound then
    ingresses.doubt(backend.records)
  end
end

-- A namespace's endpoints, read when the first backend asks.
local function endpoints_reader(ctx, namespace)
  local read
  return function()
    if not read then
      read = {}
      read.found, read.source, read.unknown = endpoints.read(ctx, { namespace = namespace })
    end
    return read
  end
end

-- Whether `service` is to look at policies: where there are some, or may be, behind an alias for a Service elsewhere.
local function may_have_policies(namespace, backends, policies)
  local any = not policies.unknown and #policies:of(namespace) > 0
  for _, backend in ipairs(backends) do
    any = any or (not policies.unknown and services.is_external_name(backend.object))
  end
  return any
end

-- The Services of a namespace in one run of `service`: it reads pods and endpoints once.
local function follow(ctx, namespace, backends, probe, policies, gathered)
  local names = {}
  for i, backend in ipairs(backends) do
    local number = number_of(backend)
    names[i] = backend.service .. (number and ":" .. number or "")
  end
  local result = ctx:run("service", { service = table.concat(names, ","), probe = probe,
    policies = may_have_policies(namespace, backends, policies) }, { namespace = namespace })
  local read = endpoints_reader(ctx, namespace)
  for _, backend in ipairs(backends) do
    conclude(ctx, result, backend, policies, gathered, read)
  end
end

-- Whether there is a Service with that port to follow; what is wrong with it is a finding.
local function is_to_follow(ctx, backend, unknown, gathered)
  local service = backend.object
  if not service then
    ingresses.doubt(backend.records)
    gathered:add_if(not unknown and service_missing(ctx, backend) or nil)
    return false
  end
  backend.service_port = port_of(backend)
  if backend.service_port or services.is_external_name(service) then
    return true
  end
  ingresses.doubt(backend.records)
  gathered:add(port_missing(backend))
  return false
end

-- Of a Service what the questions about its backends need: there may be thousands.
local function slim(service)
  local metadata = service.metadata
  return { kind = service.kind, spec = service.spec,
    metadata = { namespace = metadata.namespace, name = metadata.name, creationTimestamp = metadata.creationTimestamp } }
end

-- The Services of a namespace, each read once, put into the backends. What could not be read is given back.
local function read_services(ctx, backends)
  local wanted = {}
  for i, backend in ipairs(backends) do
    wanted[i] = { namespace = backend.namespace, name = backend.service }
  end
  local found, unknown = lookup.objects(ctx, "services", wanted)
  for _, backend in ipairs(backends) do
    local service = found[lookup.key(backend.namespace, backend.service)]
    backend.object = service and slim(service)
  end
  return unknown
end

-- The same port of a Service may be named by its number and by its name: one backend then.
local function unite(into, backend)
  for _, use in ipairs(backend.uses) do
    table.insert(into.uses, use)
    use.route.backend = into
    if into.records[#into.records] ~= use.record then
      table.insert(into.records, use.record)
    end
  end
end

-- Those of a namespace's backends that are to be followed.
local function to_follow(ctx, backends, unknown, gathered)
  local list, by_port = {}, {}
  for _, backend in ipairs(backends) do
    local key = lookup.key(backend.namespace, backend.service)
    local follows = is_to_follow(ctx, backend, unknown[key], gathered)
    local port = follows and key .. ":" .. (number_of(backend) or "")
    if follows and by_port[port] then
      unite(by_port[port], backend)
    elseif follows then
      by_port[port], list[#list + 1] = backend, backend
    end
  end
  return list
end

local function by_namespace(backends)
  local namespaces, found = {}, {}
  for _, backend in ipairs(backends) do
    local namespace = backend.namespace
    if not found[namespace] then
      namespaces[#namespaces + 1], found[namespace] = namespace, {}
    end
    table.insert(found[namespace], backend)
  end
  return namespaces, found
end

---@param ctx Context
---@param records IngressRecord[]
---@param probe boolean  whether the backends' ports are asked
---@param gathered Findings
---@return NetworkPolicies  of the backends' namespaces
function M.check(ctx, records, probe, gathered)
  local policies = network_policies.read(ctx)
  local namespaces, backends = by_namespace(backends_of(ctx, records))
  for first = 1, #namespaces, TOGETHER do
    kube.parallel(table.move(namespaces, first, math.min(first + TOGETHER - 1, #namespaces), 1, {}), function(namespace)
      local unknown = read_services(ctx, backends[namespace]) -- the list that `service` is going to ask for
      local list = to_follow(ctx, backends[namespace], unknown, gathered)
      if #list > 0 then
        follow(ctx, namespace, list, probe, policies, gathered)
      end
    end)
  end
  policies:settle(ctx)
  return policies
end

return M
