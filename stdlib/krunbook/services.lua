-- What a Service says: what it selects, which ports it has, and which port of a pod each of them leads to. Pure functions on objects.
local containers = require("krunbook.containers")
local owners = require("krunbook.owners")
local pods = require("krunbook.pods")

---@class ServicePort
---@field name string|nil
---@field port integer
---@field protocol "TCP"|"UDP"|"SCTP"
---@field target integer|string  a number or a container port's name; the port itself where none is given
---@field scheme "http"|"https"  in which a path would be asked for

local M = {}

---The domain of the cluster's own names. A team whose clusters have another changes it here, or in its runbook.
M.CLUSTER_DOMAIN = "cluster.local"

---The selector, as krunbook.selectors takes one; nil where the Service has none: its endpoints are somebody else's to make.
---@param service Object
---@return table|nil
function M.selector(service)
  local labels = service.spec.selector
  if not labels or next(labels) == nil then
    return nil
  end
  return { matchLabels = labels }
end

---An alias in DNS for a name outside: neither pods nor endpoints belong to it.
---@param service Object
---@return boolean
function M.is_external_name(service)
  return service.spec.type == "ExternalName"
end

---What an ExternalName stands for: "address", which is no name at all; "service", one of this cluster ("db.shop.svc.cluster.local", also
---with the name of a pod of it in front); "outside", of which nothing is known here.
---@param service Object
---@return "address"|"service"|"outside" what, string|nil namespace, string|nil name
function M.external_target(service)
  local target = (service.spec.externalName or ""):gsub("%.$", "")
  if target:find("^%d+%.%d+%.%d+%.%d+$") then
    return "address"
  end
  local suffix = ".svc." .. M.CLUSTER_DOMAIN
  local inside = target:sub(-#suffix) == suffix and target:sub(1, -#suffix - 1) or target:match("^(.*)%.svc$")
  local name, namespace = (inside or ""):match("([^.]+)%.([^.]+)$")
  if name then
    return "service", namespace, name
  end
  return "outside"
end

---Without an address of its own: DNS gives the pods' addresses, and clients go there themselves, to whatever port.
---@param service Object
---@return boolean
function M.is_headless(service)
  return service.spec.clusterIP == "None"
end

-- "https" by its protocol, its name or its number, as people and controllers tell it.
local function scheme_of(port)
  local name = port.name or ""
  local secure = port.appProtocol == "https" or name == "https" or name:find("^https%-") or port.port == 443
  return secure and "https" or "http"
end

---@param service Object
---@return ServicePort[]
function M.ports(service)
  local list = {}
  for i, port in ipairs(service.spec.ports or {}) do
    local target = port.targetPort
    if target == nil or target == 0 or target == "" then
      target = port.port
    end
    list[i] = {
      name = port.name ~= "" and port.name or nil, port = port.port, protocol = port.protocol or "TCP", target = target,
      scheme = scheme_of(port),
    }
  end
  return list
end

---The ports of the Service that a number or a name means: one number may be there for TCP and for UDP.
---@param service Object
---@param wanted string
---@return ServicePort[]
function M.ports_called(service, wanted)
  local list = {}
  for _, port in ipairs(M.ports(service)) do
    if port.name == wanted or tostring(port.port) == wanted then
      list[#list + 1] = port
    end
  end
  return list
end

---"80 (http)", "53/UDP (dns)".
---@param port {port: integer, name?: string, protocol?: string}
---@return string
function M.port_text(port)
  local protocol = port.protocol or "TCP"
  return port.port .. (protocol ~= "TCP" and "/" .. protocol or "") .. (port.name and " (" .. port.name .. ")" or "")
end

---"80 (http), 443 (https)"; "none" of an empty list.
---@param ports {port: integer, name?: string, protocol?: string}[]
---@return string
function M.port_list(ports)
  local texts = {}
  for i, port in ipairs(ports) do
    texts[i] = M.port_text(port)
  end
  return #texts > 0 and table.concat(texts, ", ") or "none"
end

---What the containers (and sidecars) of a pod declare. It only documents: what is not declared may well listen.
---@param pod Object
---@return {port: integer, name?: string, protocol: string, container: string}[]
function M.declared(pod)
  local list = {}
  for _, container in ipairs(containers.of(pod)) do
    for _, port in ipairs(container.kind ~= "init" and container.spec.ports or {}) do
      list[#list + 1] = { port = port.containerPort, name = port.name, protocol = port.protocol or "TCP", container = container.name }
    end
  end
  return list
end

---What makes pods alike: who owns them, else what they declare. Pods that differ in it may be of different applications.
---@param pod Object
---@return string
function M.origin(pod)
  local owner = owners.controller(pod)
  return owner and owner.kind .. "/" .. owner.name or M.port_list(M.declared(pod))
end

---The pod's port that a port of the Service leads to; nil when no container has a port of that name and protocol.
---@param port ServicePort
---@param pod Object
---@return integer|nil
function M.target(port, pod)
  if math.type(port.target) == "integer" then
    return port.target
  end
  for _, declared in ipairs(M.declared(pod)) do
    if declared.name == port.target and declared.protocol == port.protocol then
      return declared.port
    end
  end
end

-- The port that a container's probe asks at the pod's own address; a name is one of the container's own.
local function probe_port(container, probe)
  local asks = probe and (probe.httpGet or probe.tcpSocket or probe.grpc)
  if not asks or asks.host then
    return nil
  elseif math.type(asks.port) == "integer" then
    return asks.port
  end
  for _, port in ipairs(container.spec.ports or {}) do
    if port.name == asks.port then
      return port.containerPort
    end
  end
end

---Where something may listen: the TCP ports that the containers declare, then those that the pod's own probes ask.
---@param pod Object
---@return {port: integer, name?: string}[]
function M.candidates(pod)
  local list, seen = {}, {}
  local function add(port, name)
    if port and not seen[port] then
      seen[port] = true
      list[#list + 1] = { port = port, name = name }
    end
  end
  for _, declared in ipairs(M.declared(pod)) do
    if declared.protocol == "TCP" then
      add(declared.port, declared.name)
    end
  end
  for _, container in ipairs(containers.of(pod)) do
    for _, kind in ipairs({ "readinessProbe", "livenessProbe", "startupProbe" }) do
      add(probe_port(container, container.spec[kind]))
    end
  end
  return list
end

---Whether the kubelet finds that port answering: a readiness probe asks it, and the container is ready.
---@param pod Object
---@param number integer
---@return boolean
function M.kubelet_finds(pod, number)
  local ready = pods.condition(pod, "Ready")
  if not ready or ready.status ~= "True" then
    return false
  end
  for _, container in ipairs(containers.of(pod)) do
    if container.kind ~= "init" and probe_port(container, container.spec.readinessProbe) == number then
      return true
    end
  end
  return false
end

---Whether a readiness, liveness or startup probe asks that port by HTTPS.
---@param pod Object
---@param number integer
---@return boolean
function M.probed_by_https(pod, number)
  for _, container in ipairs(containers.of(pod)) do
    for _, kind in ipairs({ "readinessProbe", "livenessProbe", "startupProbe" }) do
      local probe = container.spec[kind]
      if probe and probe.httpGet and probe.httpGet.scheme == "HTTPS" and probe_port(container, probe) == number then
        return true
      end
    end
  end
  return false
end

return M
