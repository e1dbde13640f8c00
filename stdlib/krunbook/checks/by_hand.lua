-- Endpoints that somebody keeps by hand, or with a controller of his own: for a Service without a selector they are all that there is. They
-- are a Service's by its name, and a port's by that port's name. That nobody has given it any is no fault: a mesh may need none.
local endpoints = require("krunbook.endpoints")
local nearest = require("krunbook.nearest")
local next_steps = require("krunbook.next_steps")
local services = require("krunbook.services")

local M = {}

local function look(case)
  local metadata = case.service.metadata
  return case.around.endpoints_source == "Endpoints" and next_steps.kubectl(metadata.namespace, "get", "endpoints", metadata.name, "-o", "yaml")
    or next_steps.kubectl(metadata.namespace, "get", "endpointslices", "-l", "kubernetes.io/service-name=" .. metadata.name, "-o", "yaml")
end

local function none_ready(case, found)
  return case:finding({
    code = "service-no-ready-endpoints",
    cause = ("Service %s sends to nobody: none of its %d endpoints, which are kept by hand or by a controller, is ready."):format(
      case.service.metadata.name, #found.list),
    evidence = { { kind = "object", text = ("%s of Service %s: %s is not ready"):format(case.around.endpoints_source, case.name,
      found.list[1].address) } },
    next_steps = { look(case) },
  })
end

-- "pg/TCP", "one without a name/TCP"
local function port_words(key)
  return key:find("^/") and "one without a name" .. key or key
end

local function other_port(case, port, found)
  local names = {}
  for key in pairs(found.ports) do
    names[#names + 1] = port_words(key)
  end
  table.sort(names)
  local has = #names > 0 and table.concat(names, ", ") or "none"
  return case:finding({
    code = "service-no-ready-endpoints", key = port.port .. "/" .. port.protocol,
    cause = ("Service %s sends port %s to nobody: its endpoints are kept by hand, and a port is found there by its name, %s; they have %s."):format(
      case.service.metadata.name, services.port_text(port), port_words(endpoints.port_key(port)), has),
    evidence = { { kind = "spec", text = ("port %s of Service %s"):format(services.port_text(port), case.name) },
      { kind = "object", text = ("%s of Service %s: ports %s"):format(case.around.endpoints_source, case.name, has) } },
    next_steps = { look(case), "give the port the same name there as in the Service" },
  })
end

---Of endpoints that are kept by hand and ready: whether each port of the Service is among theirs. DNS gives those of a headless one whatever
---their ports are.
---@param case ServiceCase
---@return Verdict
function M.ports(case)
  local found, findings = case.around:endpoints_of(case.service), {}
  for _, port in ipairs(services.is_headless(case.service) and {} or case.ports) do
    if not found.ports[endpoints.port_key(port)] then
      findings[#findings + 1] = other_port(case, port, found)
    end
  end
  return { findings = findings, healthy = #findings == 0 }
end

---@class Stray  An object with endpoints that are no Service's of which the run knows.
---@field kind "Endpoints"|"EndpointSlice"
---@field name string
---@field of string|nil  the Service that it names
---@field addresses integer
---@field ports table[]

local function strays_of_slices(around, namespace, list)
  local slices = kube.list("endpointslices.discovery.k8s.io", { namespace = namespace })
  for slice in slices do
    local of = (slice.metadata.labels or {})["kubernetes.io/service-name"]
    if not (of and around.services[namespace .. "/" .. of]) then
      list[#list + 1] = { kind = "EndpointSlice", name = slice.metadata.name, of = of, addresses = #(slice.endpoints or {}), ports = slice.ports }
    end
  end
  return slices.unknown
end

local function strays_of_endpoints(around, namespace, list)
  local objects = kube.list("endpoints", { namespace = namespace })
  for object in objects do
    local is_known = around.services[namespace .. "/" .. object.metadata.name]
    for _, subset in ipairs(not is_known and object.subsets or {}) do
      list[#list + 1] = { kind = "Endpoints", name = object.metadata.name, of = object.metadata.name, addresses = #(subset.addresses or {}),
        ports = subset.ports }
    end
  end
  return objects.unknown
end

-- Whether what such an object holds may be meant for the Service: it has addresses, for a port that the Service sends to.
local function may_be_for(case, stray)
  for _, port in ipairs(stray.addresses > 0 and services.ports(case.service) or {}) do
    for _, has in ipairs(stray.ports or {}) do
      if (has.protocol or "TCP") == port.protocol and (has.port == port.target or has.port == port.port) then
        return true
      end
    end
  end
  return false
end

-- What holds endpoints in the namespace that may be meant for the Service, and are no other's as far as the run knows.
local function candidates(case)
  local namespace, around, list, fitting = case.service.metadata.namespace, case.around, {}, {}
  local unknown = strays_of_endpoints(around, namespace, list)
  if around.endpoints_source == "EndpointSlices" then
    unknown = strays_of_slices(around, namespace, list) or unknown
  end
  for _, stray in ipairs(list) do
    fitting[#fitting + 1] = may_be_for(case, stray) and stray or nil
  end
  return fitting, unknown
end

-- Those of them that are in truth no Service's.
local function nobodys(case, list)
  local known, left = {}, {}
  local all = kube.list("services", { namespace = case.service.metadata.namespace })
  for service in all do
    known[service.metadata.name] = true
  end
  for _, stray in ipairs(list) do
    left[#left + 1] = not (stray.of and known[stray.of]) and stray or nil
  end
  return left, all.unknown
end

-- Endpoints under another name, the nearest one of several; nothing is concluded where that cannot be told for certain.
local function find_misnamed(case)
  local names, list, unknown = {}, candidates(case)
  if #list > 0 and not unknown then
    list, unknown = nobodys(case, list)
  end
  for _, stray in ipairs(unknown and {} or list) do
    names[#names + 1] = stray.of
  end
  local near, found = nearest.name(case.service.metadata.name, names), nil
  for _, stray in ipairs(unknown and {} or list) do
    found = (not found or (near and stray.of == near)) and stray or found
  end
  return found, unknown
end

local function misnamed(case, stray)
  local namespace, name = case.service.metadata.namespace, case.service.metadata.name
  local is_slice = stray.kind == "EndpointSlice"
  local why = not is_slice and ("is called otherwise, and there is no Service %s"):format(stray.of)
    or stray.of and ("is labelled for Service %s, which is not there"):format(stray.of) or "has no label kubernetes.io/service-name"
  return case:finding({
    code = "service-no-ready-endpoints",
    cause = ("Service %s sends to nobody: it has no selector, and no endpoints are there for it. %s %s, which has %d for a port of it, %s."):format(
      name, stray.kind, stray.name, stray.addresses, why),
    evidence = { { kind = "object", text = ("%s of Service %s: there are none"):format(case.around.endpoints_source, case.name) },
      { kind = "object", text = ("%s %s/%s: %d addresses"):format(stray.kind, namespace, stray.name, stray.addresses) } },
    next_steps = { is_slice and next_steps.kubectl(namespace, "label", "--overwrite", "endpointslice", stray.name,
        "kubernetes.io/service-name=" .. name)
      or ("make the Endpoints anew under the name %s"):format(name), look(case) },
  })
end

---What is wrong with a Service that has no selector.
---@param case ServiceCase
---@return Verdict
function M.check(case)
  local around = case.around
  if around.endpoints_unknown then
    return { findings = {} }
  end
  local found, ready, kept = around:endpoints_of(case.service), 0, 0
  for _, endpoint in ipairs(found and found.list or {}) do
    ready, kept = ready + (endpoint.ready and 1 or 0), kept + (endpoint.by_hand and 1 or 0)
  end
  case:step("selector", ("none: its endpoints are kept by hand or by a controller; there are %d, %d of them ready"):format(
    found and #found.list or 0, ready))
  if ready > 0 then
    return M.ports(case)
  elseif kept > 0 then
    return { findings = { none_ready(case, found) } }
  end
  local stray, unknown = find_misnamed(case)
  if stray then
    return { findings = { misnamed(case, stray) } }
  end
  return { findings = {}, healthy = not unknown }
end

return M
