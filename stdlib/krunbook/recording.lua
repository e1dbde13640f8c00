-- What `krunbook snapshot` asks of ports, so that a recording can answer what runbooks will ask: nothing is sent, it only connects.
local pods = require("krunbook.pods")
local selectors = require("krunbook.selectors")
local services = require("krunbook.services")

local M = {}

local PODS_OF_A_SERVICE = 10 -- ready ones, and as many that are not: runbooks ask fewer ...
local ORIGINS = 10           -- ... and one of each of so many owners, though it comes later
local MOST = 5000            -- ports in all

--- The Services that select pods, by namespace.
local function by_namespace(all)
  local found = {}
  for _, service in ipairs(all) do
    local selector = not services.is_external_name(service) and services.selector(service)
    if selector then
      local namespace = service.metadata.namespace
      found[namespace] = found[namespace] or {}
      table.insert(found[namespace], { selector = selector, ports = services.ports(service), asked = { [true] = 0, [false] = 0 },
        origins = {}, different = 0 })
    end
  end
  return found
end

local function stays(pod)
  return (pod.spec.nodeName or "") ~= "" and not pod.metadata.deletionTimestamp
end

-- Whether this pod is one of those of the Service that are asked; of its ready pods one of each owner is.
local function takes(service, pod, ready)
  local origin = ready and services.origin(pod)
  local first = origin and not service.origins[origin] and service.different < ORIGINS
  if first then
    service.origins[origin], service.different = true, service.different + 1
  end
  if service.asked[ready] < PODS_OF_A_SERVICE then
    service.asked[ready] = service.asked[ready] + 1
    return true
  end
  return first
end

---The ports of a pod that the Services which select it, and its own containers, give reason to ask; in order. A Service has its fill of
---pods at some time.
---@param pod Object
---@param selecting table[]  as M.plan keeps them
---@return integer[]
function M.ports(pod, selecting)
  local condition = pods.condition(pod, "Ready")
  local ready, wanted, found = condition ~= nil and condition.status == "True", {}, false
  for _, service in ipairs(selecting) do
    if selectors.matches(pod.metadata.labels, service.selector) and takes(service, pod, ready) then
      found = true
      for _, port in ipairs(service.ports) do
        local number = port.protocol == "TCP" and services.target(port, pod)
        if number then
          wanted[number] = true
        end
      end
    end
  end
  for _, candidate in ipairs(found and services.candidates(pod) or {}) do
    wanted[candidate.port] = true
  end
  local ports = {}
  for number in pairs(wanted) do
    ports[#ports + 1] = number
  end
  table.sort(ports)
  return ports
end

--- What is to be asked, by namespace: { pod, port }.
local function plan(place)
  local where = { namespace = place or nil, all_namespaces = not place }
  local services_there = by_namespace((kube.list("services", where):all()))
  local asked, count, left_out = {}, 0, 0
  where.fields = "status.phase=Running" -- an extract: the recording holds the whole list already
  for pod in kube.list("pods", where) do
    local namespace = pod.metadata.namespace
    local selecting = services_there[namespace]
    for _, port in ipairs(selecting and stays(pod) and M.ports(pod, selecting) or {}) do
      if count < MOST then
        count = count + 1
        asked[namespace] = asked[namespace] or {}
        table.insert(asked[namespace], { pod = { kind = "Pod", metadata = { name = pod.metadata.name, namespace = namespace } }, port = port })
      else
        left_out = left_out + 1
      end
    end
  end
  return asked, left_out
end

local for_all = { forbidden = true, unauthorized = true, ["api-missing"] = true }

--- Asks the ports of a namespace. Where port-forwards are refused, one refusal tells of all.
local function ask(list)
  local refusals = {}
  local function one(target)
    local _, unknown = kube.probe(target.pod, { port = target.port })
    if unknown then
      refusals[#refusals + 1] = { what = unknown.what, reason = unknown.reason, message = unknown.message }
    end
    return unknown
  end
  local first = table.remove(list, 1)
  local unknown = one(first)
  if not (unknown and for_all[unknown.reason]) then
    kube.parallel(list, one)
  end
  return refusals
end

---Probes the ports of all, or some, namespaces' pods that Services lead to. What it could not ask is told; what it could not list is
---known to whoever recorded the lists.
---@param question table  namespaces: names; none for all
---@return {refusals: table[]}
function M.probes(question)
  local lists, refusals = {}, {}
  local places = #question.namespaces > 0 and question.namespaces or { false }
  for _, place in ipairs(places) do
    local asked, left_out = plan(place)
    for _, list in pairs(asked) do
      lists[#lists + 1] = list
    end
    if left_out > 0 then
      refusals[#refusals + 1] = { what = left_out .. " more ports of pods", reason = "limit" }
    end
  end
  for _, found in ipairs(kube.parallel(lists, ask)) do
    table.move(found, 1, #found, #refusals + 1, refusals)
  end
  return { refusals = refusals }
end

return M
