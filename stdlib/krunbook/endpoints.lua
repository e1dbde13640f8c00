-- The endpoints of Services, as kube-proxy sees them: EndpointSlices where the server has them and one may read them, else Endpoints.
local M = {}

---@class Endpoint
---@field address string
---@field ready boolean
---@field pod_uid string|nil   of the pod that it is, where it is one
---@field pod_name string|nil

---@class ServiceEndpoints
---@field list Endpoint[]
---@field truncated boolean  an Endpoints object holds 1000 at most

local function add(found, namespace, service, endpoint)
  local key = namespace .. "/" .. service
  found[key] = found[key] or { list = {}, truncated = false }
  if endpoint then
    table.insert(found[key].list, endpoint)
  end
  return found[key]
end

local function make(address, ready, target)
  local is_pod = target and target.kind == "Pod"
  return { address = address, ready = ready, pod_uid = is_pod and target.uid or nil, pod_name = is_pod and target.name or nil }
end

local function add_slice(found, slice)
  local service = slice.metadata.labels and slice.metadata.labels["kubernetes.io/service-name"]
  if not service then
    return
  end
  add(found, slice.metadata.namespace, service)
  for _, endpoint in ipairs(slice.endpoints or {}) do
    -- Unknown counts as ready, says the API.
    local ready = not endpoint.conditions or endpoint.conditions.ready ~= false
    for _, address in ipairs(endpoint.addresses or {}) do
      add(found, slice.metadata.namespace, service, make(address, ready, endpoint.targetRef))
    end
  end
end

local function add_endpoints(found, object)
  local annotations = object.metadata.annotations or {}
  local kept = add(found, object.metadata.namespace, object.metadata.name)
  kept.truncated = annotations["endpoints.kubernetes.io/over-capacity"] ~= nil
  for _, subset in ipairs(object.subsets or {}) do
    for _, address in ipairs(subset.addresses or {}) do
      add(found, object.metadata.namespace, object.metadata.name, make(address.ip, true, address.targetRef))
    end
    for _, address in ipairs(subset.notReadyAddresses or {}) do
      add(found, object.metadata.namespace, object.metadata.name, make(address.ip, false, address.targetRef))
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

---Reads them, of one namespace or of all.
---@param ctx Context
---@param opts {namespace?: string, all_namespaces?: boolean}
---@return table<string, ServiceEndpoints> found  by "NAMESPACE/SERVICE"
---@return "EndpointSlices"|"Endpoints"|nil source, Unknown|nil unknown
function M.read(ctx, opts)
  local found, unknown = read("endpointslices.discovery.k8s.io", opts, add_slice)
  if not unknown then
    return found, "EndpointSlices"
  end
  local instead, refused = read("endpoints", opts, add_endpoints)
  if not refused then
    ctx:can_do_without(unknown)
    return instead, "Endpoints"
  end
  ctx:can_do_without(refused)
  return found, nil, unknown
end

return M
