-- Which pod and which of its ports stand behind a Service, or an owner of pods: kubectl port-forward's own rules. Nothing is asked
-- here; what is decided comes from the objects that are given.
local selectors = require("krunbook.selectors")

local M = {}

---The selector by which an object finds its pods, as -l takes it; nil and why not.
---@param object Object
---@return string|nil selector, string|nil why
function M.selector(object)
  local kind, name, spec = object.kind or "object", object.metadata.name, object.spec or {}
  local selector = spec.selector
  if kind == "Service" and spec.type == "ExternalName" then
    return nil, ("Service %s is of type ExternalName: it names %s, and has no pods"):format(name, spec.externalName or "another host")
  end
  if type(selector) == "table" and not selector.matchLabels and not selector.matchExpressions then
    selector = { matchLabels = selector } -- of a Service or a ReplicationController
  end
  local text = type(selector) == "table" and selectors.text(selector) or ""
  if text == "" then
    return nil, ("%s %s has no selector: nothing says which pods are behind it"):format(kind, name)
  end
  return text
end

--- Whether a condition of the pod is true, and since when.
local function ready_since(pod)
  for _, condition in ipairs(pod.status and pod.status.conditions or {}) do
    if condition.type == "Ready" and condition.status == "True" then
      return true, condition.lastTransitionTime
    end
  end
  return false
end

local function restarts(pod)
  local most = 0
  for _, status in ipairs(pod.status and pod.status.containerStatuses or {}) do
    most = math.max(most, status.restartCount or 0)
  end
  return most
end

local phases = { Running = 2, Unknown = 1 }
local never = "9999" -- after any RFC 3339 time

--- What a pod is chosen by, the weightiest first; the smaller wins.
local function rank(pod)
  local ready, since = ready_since(pod)
  return {
    (pod.spec and (pod.spec.nodeName or "") ~= "") and 0 or 1,
    -(phases[pod.status and pod.status.phase] or 0),
    ready and 0 or 1,
    pod.metadata.deletionTimestamp and 1 or 0,
    since or never,
    restarts(pod),
    pod.metadata.creationTimestamp or never,
    pod.metadata.name,
  }
end

local function before(a, b)
  for i, value in ipairs(a.rank) do
    if value ~= b.rank[i] then
      return value < b.rank[i]
    end
  end
  return false
end

---The pods to ask. The one that kubectl would take: scheduled, running, ready, not being deleted, ready the longest. Or each that is
---ready and not being deleted.
---@param pods Object[]
---@param each boolean|nil
---@return Object[]|nil chosen, nil, string|nil why
function M.choose(pods, each)
  if #pods == 0 then
    return nil, nil, "the selector matches no pod"
  end
  local ranked = {}
  for _, pod in ipairs(pods) do
    if not each or (ready_since(pod) and not pod.metadata.deletionTimestamp) then
      ranked[#ranked + 1] = { pod = pod, rank = rank(pod) }
    end
  end
  if #ranked == 0 then
    return nil, nil, ("none of the pods that the selector matches is ready (%d)"):format(#pods)
  end
  table.sort(ranked, before)
  local chosen = {}
  for i = 1, each and #ranked or 1 do
    chosen[i] = ranked[i].pod
  end
  return chosen
end

-- A port-forward carries TCP only.
local function speaks_tcp(port)
  return (port.protocol or "TCP") == "TCP"
end

---The number of a container port by its name: the containers' first, then the init containers'.
---@param pod Object
---@param name string
---@return integer|nil port, string|nil why
function M.named_port(pod, name)
  local names = {}
  for _, list in ipairs({ "containers", "initContainers" }) do
    for _, container in ipairs(pod.spec and pod.spec[list] or {}) do
      for _, port in ipairs(container.ports or {}) do
        if port.name == name and speaks_tcp(port) then
          return port.containerPort
        elseif port.name then
          names[#names + 1] = port.name
        end
      end
    end
  end
  local there = #names > 0 and "it has " .. table.concat(names, ", ") or "it names none"
  return nil, ("Pod %s has no TCP port named %q: %s"):format(pod.metadata.name, name, there)
end

local function shown(port)
  return port.name and ("%d (%s)"):format(port.port, port.name) or tostring(port.port)
end

---The entry of a Service's spec.ports that a number or name means.
---@param service Object
---@param wanted integer|string
---@return table|nil port, string|nil why
function M.service_port(service, wanted)
  local ports, there, other_protocol = service.spec and service.spec.ports or {}, {}, nil
  for _, port in ipairs(ports) do
    if port.port == wanted or port.name == wanted then
      if speaks_tcp(port) then
        return port
      end
      other_protocol = port.protocol
    end
    there[#there + 1] = shown(port)
  end
  local name = service.metadata.name
  if other_protocol then
    return nil, ("port %s of Service %s is %s: a port-forward carries TCP only"):format(wanted, name, other_protocol)
  end
  return nil, ("Service %s has no port %s; it has %s"):format(name, wanted, #there > 0 and table.concat(there, ", ") or "none")
end

--- Where a Service sends what comes to one of its ports: its targetPort, or the port itself where there is none.
---@param service Object
---@param port table  an entry of spec.ports
---@param pod Object
---@return integer|nil port, string|nil why
function M.target_port(service, port, pod)
  local target = port.targetPort
  if service.spec.clusterIP == "None" or target == nil or target == 0 or target == "" then
    return port.port
  end
  if math.type(target) == "integer" then
    return target
  end
  return M.named_port(pod, target)
end

---The port of the pod that a port of the object means: of a Service its port, of all else the pod's own.
---@param object Object
---@param wanted integer|string  a number, or a name
---@param pod Object
---@return integer|nil port, string|nil why
function M.port(object, wanted, pod)
  wanted = math.tointeger(wanted) or wanted -- "80" is a number: no port's name has digits only
  if object.kind == "Service" then
    local port, why = M.service_port(object, wanted)
    if not port then
      return nil, why
    end
    return M.target_port(object, port, pod)
  end
  if math.type(wanted) == "integer" then
    return wanted
  end
  return M.named_port(pod, wanted)
end

return M
