-- What an Ingress says, whichever version of the API wrote it: its class, its routes and their backends, its TLS. Pure functions.
local M = {}

---The annotation by which an Ingress named its class before there were IngressClasses; controllers still take it.
M.CLASS_ANNOTATION = "kubernetes.io/ingress.class"

---@class Route
---@field host string|nil      nil: any host
---@field path string          "/" where none is given
---@field type string          Exact, Prefix or ImplementationSpecific
---@field default boolean      the default backend: what no rule takes
---@field service string|nil
---@field port integer|string|nil  the Service's, a number or a name
---@field backend Backend|nil set by krunbook.checks.ingress_backend
---@field resource string|nil  a backend that is no Service: "StorageBucket assets"

---@class IngressRecord  What is kept of an Ingress: there may be thousands.
---@field object Object        kind and metadata: for findings and events
---@field class string|nil     the class that it names ...
---@field class_from string|nil  ... and where
---@field routes Route[]
---@field pathless string[]  hosts of rules that have no path; "" is any host
---@field host_annotations boolean  annotations name hosts of its TLS, or say that it takes more than its rules do
---@field part boolean|nil    only those of its routes are here that take a request which is asked about
---@field tls {secret: string|nil, hosts: string[]}[]
---@field addresses string[]   what its controller wrote into the status
---@field canary boolean       a second Ingress for the same host and path, on purpose
---@field doubt boolean|nil    set by the checks: something was found, or not found out

-- The AWS Load Balancer Controller's word for a backend that is no Service: an annotation says what is done, a redirect for example.
local BY_ANNOTATION = "use-annotation"

local function backend(route, given)
  given = given or {}
  local service = given.service or { name = given.serviceName, port = { number = given.servicePort } }
  local resource = given.resource
  if service.port and (service.port.name == BY_ANNOTATION or service.port.number == BY_ANNOTATION) then
    route.resource = "action " .. (service.name or "?")
  elseif service.name then
    route.service = service.name
    route.port = service.port and (service.port.name or service.port.number)
  elseif resource then
    route.resource = ("%s %s"):format(resource.kind or "?", resource.name or "?")
  end
  return route
end

local function routes_of(spec)
  local routes = {}
  local default = spec.defaultBackend or spec.backend
  if default then
    routes[1] = backend({ path = "/", type = "Prefix", default = true }, default)
  end
  for _, rule in ipairs(spec.rules or {}) do
    for _, path in ipairs(rule.http and rule.http.paths or {}) do
      local host = rule.host ~= "" and rule.host or nil
      local route = { host = host, path = path.path or "/", type = path.pathType or "ImplementationSpecific", default = false }
      routes[#routes + 1] = backend(route, path.backend)
    end
  end
  return routes
end

local function pathless_hosts(spec)
  local hosts = {}
  for _, rule in ipairs(spec.rules or {}) do
    if #(rule.http and rule.http.paths or {}) == 0 then
      hosts[#hosts + 1] = rule.host or ""
    end
  end
  return hosts
end

-- How controllers are told of hosts beside those of the rules: aliases, redirects from "www.", several Ingresses that are merged into one.
local host_keys = { "alias", "www", "mergeable" }

local function has_host_annotations(annotations, spec)
  for key, value in pairs(annotations) do
    for _, word in ipairs(host_keys) do
      if key:find(word, 1, true) then
        return true
      end
    end
    for _, tls in ipairs(key:find("last-applied", 1, true) and {} or spec.tls or {}) do
      for _, host in ipairs(tls.hosts or {}) do
        if value:find(host, 1, true) then
          return true
        end
      end
    end
  end
  return false
end

local function addresses_of(status)
  local list = {}
  for _, entry in ipairs(status and status.loadBalancer and status.loadBalancer.ingress or {}) do
    list[#list + 1] = entry.hostname or entry.ip
  end
  return list
end

local function is_canary(annotations)
  for key in pairs(annotations) do
    if key:find("canary", 1, true) then
      return true
    end
  end
  return false
end

---@param ingress Object
---@return IngressRecord
function M.read(ingress)
  local spec, metadata = ingress.spec or {}, ingress.metadata
  local annotations = metadata.annotations or {}
  local annotated = annotations[M.CLASS_ANNOTATION]
  local record = {
    object = { kind = "Ingress", metadata = { namespace = metadata.namespace, name = metadata.name, uid = metadata.uid,
      creationTimestamp = metadata.creationTimestamp } },
    routes = routes_of(spec), pathless = pathless_hosts(spec), host_annotations = has_host_annotations(annotations, spec), tls = {},
    addresses = addresses_of(ingress.status), canary = is_canary(annotations),
  }
  if spec.ingressClassName then
    record.class, record.class_from = spec.ingressClassName, "spec.ingressClassName"
  elseif annotated and annotated ~= "" then
    record.class, record.class_from = annotated, "the annotation " .. M.CLASS_ANNOTATION
  end
  for i, tls in ipairs(spec.tls or {}) do
    record.tls[i] = { secret = tls.secretName ~= "" and tls.secretName or nil, hosts = tls.hosts or {} }
  end
  return record
end

---"shop/web".
---@param record IngressRecord
---@return string
function M.name(record)
  return record.object.metadata.namespace .. "/" .. record.object.metadata.name
end

---"shop/web, shop/api and 3 more".
---@param records IngressRecord[]
---@param most? integer  5 when left out
---@return string
function M.names(records, most)
  local list = {}
  most = most or 5
  for i = 1, math.min(#records, most) do
    list[i] = M.name(records[i])
  end
  return table.concat(list, ", ") .. (#records > most and (" and %d more"):format(#records - most) or "")
end

---The objects of records, for a finding's objects.
---@param records IngressRecord[]
---@return Object[]
function M.objects(records)
  local list = {}
  for i, record in ipairs(records) do
    list[i] = record.object
  end
  return list
end

---An entry of a finding's chain.
---@param kind string
---@param namespace string|nil
---@param name string
---@param broken? boolean
---@return table
function M.link(kind, namespace, name, broken)
  return { kind = kind, namespace = namespace, name = name, broken = broken }
end

---The chain's first entry.
---@param record IngressRecord
---@param broken? boolean
---@return table
function M.first_link(record, broken)
  return M.link("Ingress", record.object.metadata.namespace, record.object.metadata.name, broken)
end

---Notes for every record that it is not known to be well.
---@param records IngressRecord[]
function M.doubt(records)
  for _, record in ipairs(records) do
    record.doubt = true
  end
end

---"host shop.example.com, path /cart".
---@param route Route
---@return string
function M.route_text(route)
  if route.default then
    return "what no rule takes"
  end
  return ("%s, path %s"):format(route.host and "host " .. route.host or "any host", route.path)
end

---Whether the rule's host takes a request's: "*.example.com" takes one label more, and only one.
---@param wanted string|nil  the rule's; nil takes all
---@param host string
---@return boolean
function M.takes_host(wanted, host)
  if not wanted then
    return true
  end
  wanted, host = wanted:lower(), host:lower()
  local suffix = wanted:match("^%*(%..+)$")
  if suffix then
    local label = host:match("^[^.]+")
    return label ~= nil and host == label .. suffix
  end
  return wanted == host
end

---Whether the rule's path takes a request's. A Prefix ends at a "/"; what an implementation makes of its own kind is not known, and is
---taken for a plain prefix.
---@param route Route
---@param path string
---@return boolean
function M.takes_path(route, path)
  if route.type == "Exact" then
    return path == route.path
  elseif route.type == "Prefix" then
    local prefix = route.path:gsub("/+$", "")
    return path == prefix or path:sub(1, #prefix + 1) == prefix .. "/"
  end
  return path:sub(1, #route.path) == route.path
end

-- How exactly a rule names the host: by name, with "*", for any; the default backend comes last.
local function host_rank(route)
  return route.default and 0 or not route.host and 1 or route.host:find("^%*") and 2 or 3
end

local function path_rank(route)
  return #route.path * 2 + (route.type == "Exact" and 1 or 0)
end

-- Keeps the candidates of which rank is greatest.
local function foremost(candidates, rank)
  local kept, greatest = {}, -1
  for _, candidate in ipairs(candidates) do
    local value = rank(candidate.route)
    if value > greatest then
      kept, greatest = {}, value
    end
    if value == greatest then
      kept[#kept + 1] = candidate
    end
  end
  return kept
end

local function made_at(record)
  return record.object.metadata.creationTimestamp or ""
end

-- Of each host the most exact path, and of two that are alike the older Ingress's.
local function foremost_paths(candidates)
  local hosts, by_host = {}, {}
  for _, candidate in ipairs(candidates) do
    local host = candidate.route.host or ""
    if not by_host[host] then
      hosts[#hosts + 1], by_host[host] = host, {}
    end
    table.insert(by_host[host], candidate)
  end
  local kept = {}
  for _, host in ipairs(hosts) do
    local alike = foremost(by_host[host], path_rank)
    table.sort(alike, function(a, b) return made_at(a.record) < made_at(b.record) end)
    kept[#kept + 1] = alike[1]
  end
  return kept
end

---Whether a certificate is for a host: it names it, or names none.
---@param tls {hosts: string[]}
---@param host string
---@return boolean
function M.covers_host(tls, host)
  for _, one in ipairs(tls.hosts) do
    if M.takes_host(one, host) then
      return true
    end
  end
  return #tls.hosts == 0
end

-- The record with only some of its routes, and the TLS of that host.
local function part_of(record, host)
  local part = {}
  for key, value in pairs(record) do
    part[key] = value
  end
  part.routes, part.tls, part.part = {}, {}, true
  for _, tls in ipairs(record.tls) do
    if not host or M.covers_host(tls, host) then
      part.tls[#part.tls + 1] = tls
    end
  end
  return part
end

---The Ingresses that take requests for a host, a path, or both, each with only the routes that do: as controllers choose, the most exact
---host first, then the most exact path.
---@param records IngressRecord[]
---@param host string|nil
---@param path string|nil
---@return IngressRecord[]
function M.taking(records, host, path)
  local candidates = {}
  for _, record in ipairs(records) do
    for _, route in ipairs(record.routes) do
      if (not host or M.takes_host(route.host, host)) and (not path or M.takes_path(route, path)) then
        candidates[#candidates + 1] = { record = record, route = route }
      end
    end
  end
  candidates = host and foremost(candidates, host_rank) or candidates
  candidates = path and foremost_paths(candidates) or candidates
  local parts, by_record = {}, {}
  for _, candidate in ipairs(candidates) do
    local part = by_record[candidate.record]
    if not part then
      part = part_of(candidate.record, host)
      by_record[candidate.record], parts[#parts + 1] = part, part
    end
    table.insert(part.routes, candidate.route)
  end
  return parts
end

return M
