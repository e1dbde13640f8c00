-- The endpoints of Services, as kube-proxy sees them: EndpointSlices where the server has them and one may read them, else Endpoints.
local M = {}

---@class Endpoint
---@field address string
---@field ready boolean
---@field by_hand boolean     not written by Kubernetes' own controllers from the Service's selector
---@field pod_uid string|nil  of the pod that it is, where it is one

---@class ServiceEndpoints
---@field list Endpoint[]
---@field ports table<string, boolean>  those that a ready one of them has, as port_key gives them
---@field truncated boolean  an Endpoints object holds 1000 at most

---By what a port of a Service finds its endpoints: its name and protocol, and not its number.
---@param port {name?: string, protocol?: string}
---@return string
function M.port_key(port)
  return (port.name or "") .. "/" .. (port.protocol or "TCP")
end

local function add(found, namespace, service, endpoint, ports)
  local key = namespace .. "/" .. service
  found[key] = found[key] or { list = {}, ports = {}, truncated = false }
  if endpoint then
    table.insert(found[key].list, endpoint)
  end
  for _, port in ipairs(endpoint and endpoint.ready and ports or {}) do
    found[key].ports[M.port_key(port)] = true
  end
  return found[key]
end

local function make(address, ready, by_hand, target)
  return { address = address, ready = ready, by_hand = by_hand, pod_uid = target and target.kind == "Pod" and target.uid or nil }
end

local function add_slice(found, slice)
  local labels = slice.metadata.labels or {}
  local service = labels["kubernetes.io/service-name"]
  if not service then
    return
  end
  local by_hand = labels["endpointslice.kubernetes.io/managed-by"] ~= "endpointslice-controller.k8s.io"
  add(found, slice.metadata.namespace, service)
  for _, endpoint in ipairs(slice.endpoints or {}) do
    -- Unknown counts as ready, says the API.
    local ready = not endpoint.conditions or endpoint.conditions.ready ~= false
    for _, address in ipairs(endpoint.addresses or {}) do
      add(found, slice.metadata.namespace, service, make(address, ready, by_hand, endpoint.targetRef), slice.ports)
    end
  end
end

local function add_endpoints(found, object)
  local annotations = object.metadata.annotations or {}
  local kept = add(found, object.metadata.namespace, object.metadata.name)
  kept.truncated = annotations["endpoints.kubernetes.io/over-capacity"] ~= nil
  for _, subset in ipairs(object.subsets or {}) do
    for _, address in ipairs(subset.addresses or {}) do
      add(found, object.metadata.namespace, object.metadata.name, make(address.ip, true, not address.targetRef, address.targetRef),
        subset.ports)
    end
    for _, address in ipairs(subset.notReadyAddresses or {}) do
      add(found, object.metadata.namespace, object.metadata.name, make(address.ip, false, not address.targetRef, address.targetRef))
    end
  end
end

local function read(kind, opts, add_object)
  local found = {}
  local list = kube.list(kind, opts)
  for object in list do
    add_object(found, object)
  end
  return found, list.unknown
end

---Reads them, of one namespace or of all. A server may know EndpointSlices and write none: before 1.19 kube-proxy went by Endpoints.
---@param ctx Context
---@param opts {namespace?: string, all_namespaces?: boolean}
---@return table<string, ServiceEndpoints> found  by "NAMESPACE/SERVICE"
---@return "EndpointSlices"|"Endpoints"|nil source, Unknown|nil unknown
function M.read(ctx, opts)
  local found, unknown = read("endpointslices.discovery.k8s.io", opts, add_slice)
  if not unknown and next(found) then
    return found, "EndpointSlices"
  end
  local instead, refused = read("endpoints", opts, add_endpoints)
  ctx:can_do_without(refused)
  if not refused and (unknown or next(instead)) then
    ctx:can_do_without(unknown)
    return instead, "Endpoints"
  end
  return found, not unknown and "EndpointSlices" or nil, unknown
end

return M
