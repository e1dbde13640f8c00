-- A Service's ports: where each leads to in its ready pods, and what answers there.
local next_steps = require("krunbook.next_steps")
local probes = require("krunbook.probes")
local services = require("krunbook.services")
local thresholds = require("krunbook.thresholds")

local M = {}

---@class Asked
---@field pod Object
---@field number integer
---@field how string          "TCP", "GET /healthz"
---@field probe Probe|nil
---@field unknown Unknown|nil

---The ports that are asked about: the one that was named, or all of them. A finding where the Service has no such port.
---@param case ServiceCase
---@param wanted string|nil
---@return table|nil
function M.choose(case, wanted)
  if not wanted then
    return nil
  end
  local port = services.port(case.service, wanted)
  case.ports = { port }
  if port then
    return nil
  end
  local has = services.port_list(services.ports(case.service))
  return case:finding({
    code = "service-port-missing", key = wanted,
    cause = ("Service %s has no port %s. Its ports: %s."):format(case.service.metadata.name, wanted, has),
    evidence = { { kind = "spec", text = "ports: " .. has } },
    next_steps = { "ask for one of its ports: " .. has, case:edit("or add port " .. wanted .. " to spec.ports") },
  })
end

local function key(port)
  return port.port .. "/" .. port.protocol
end

-- "port 80 -> targetPort web"
local function mapping(port)
  return { kind = "spec", text = ("port %s -> targetPort %s"):format(services.port_text(port), tostring(port.target)) }
end

local function ask(case, pod, number, path, scheme)
  local opts = { port = number, path = path, scheme = path and scheme or "tcp" }
  local probe, unknown, why = kube.probe(pod, opts)
  if not probe and not unknown then
    unknown = { what = ("port %d of Pod %s/%s"):format(number, pod.metadata.namespace, pod.metadata.name), reason = "absent", message = why }
    case.ctx:unknown(unknown)
  end
  return { pod = pod, number = number, how = path and "GET " .. path or "TCP", probe = probe, unknown = unknown }
end

-- Of what else may listen in a pod, what does. The verdict stands without it.
local function answering(case, pod, but_not)
  local list = {}
  for _, candidate in ipairs(services.candidates(pod)) do
    if candidate.port ~= but_not then
      list[#list + 1] = candidate
    end
  end
  local asked = kube.parallel(list, function(candidate)
    return case.probe and ask(case, pod, candidate.port) or {}
  end)
  local open, evidence = {}, {}
  for i, candidate in ipairs(list) do
    local probe = asked[i].probe
    case.ctx:can_do_without(asked[i].unknown)
    if probe then
      evidence[#evidence + 1] = probes.evidence(probe, "TCP", pod.metadata.namespace)
    end
    if probe and probes.is_good(probe) then
      open[#open + 1] = candidate
    end
  end
  return open, evidence
end

-- "Its containers declare 80 (web), and 80 (web) answers."
local function what_there_is(pod, open)
  local declared = services.port_list(services.declared(pod))
  local text = declared == "none" and ("The containers of pod %s declare no port"):format(pod.metadata.name)
    or ("The containers of pod %s declare %s"):format(pod.metadata.name, declared)
  if #open > 0 then
    return ("%s; what answers there: %s."):format(text, services.port_list(open))
  end
  return text .. "."
end

local function steps(case, pod, open)
  local namespace, name = case.service.metadata.namespace, pod.metadata.name
  local list = { case:edit("correct targetPort" .. (open[1] and ": " .. services.port_text(open[1]) .. " answers" or "")),
    next_steps.kubectl(namespace, "get", "pod", name, "-o", "yaml") .. "  # its containers' ports and commands" }
  if open[1] then
    list[#list + 1] = next_steps.kubectl(namespace, "port-forward", "pod/" .. name, "8081:" .. open[1].port)
      .. "  # then, in another shell: curl -v http://localhost:8081/"
  end
  return list
end

-- The name is there, for another protocol.
local function other_protocol(port, pod)
  for _, declared in ipairs(services.declared(pod)) do
    if declared.name == port.target then
      return (" Container %s has %s for %s, the Service sends %s."):format(declared.container, declared.name, declared.protocol, port.protocol)
    end
  end
  return ""
end

local function name_missing(case, port)
  local pod = case.ready[1]
  local open, evidence = answering(case, pod)
  table.insert(evidence, 1, mapping(port))
  table.insert(evidence, 2, { kind = "spec", text = ("container ports of Pod %s/%s: %s"):format(pod.metadata.namespace, pod.metadata.name,
    services.port_list(services.declared(pod))) })
  return case:finding({
    code = "service-target-port-wrong", key = key(port),
    cause = ("Service %s sends port %s to targetPort %s, and no container of its pods has a port of that name.%s %s"):format(
      case.service.metadata.name, services.port_text(port), port.target, other_protocol(port, pod), what_there_is(pod, open)),
    evidence = evidence, next_steps = steps(case, pod, open),
  })
end

local function nobody_listens(case, port, asked)
  local pod, number = asked[1].pod, asked[1].number
  local open, others = answering(case, pod, number)
  local evidence = { probes.evidence(asked[1].probe, asked[1].how, pod.metadata.namespace), mapping(port) }
  table.move(others, 1, #others, #evidence + 1, evidence)
  return case:finding({
    code = "service-target-port-wrong", key = key(port),
    cause = ("Service %s sends port %s to port %d of its pods, where nothing listens: pod %s refuses the connection. %s"):format(
      case.service.metadata.name, services.port_text(port), number, pod.metadata.name, what_there_is(pod, open)),
    evidence = evidence, next_steps = steps(case, pod, open),
  })
end

local function names(list)
  local texts = {}
  for i, one in ipairs(list) do
    texts[i] = one.pod.metadata.name
  end
  return table.concat(texts, ", ")
end

local function not_answering(case, port, good, bad)
  local first = bad[1]
  local evidence = {}
  for _, one in ipairs(bad) do
    evidence[#evidence + 1] = probes.evidence(one.probe, one.how, one.pod.metadata.namespace)
  end
  evidence[#evidence + 1] = mapping(port)
  return case:finding({
    code = "service-not-answering", key = key(port),
    cause = ("Port %s of Service %s does not answer as it should: %s at port %d of pod %s gives: %s.%s"):format(services.port_text(port),
      case.service.metadata.name, first.how, first.number, names(bad), probes.result(first.probe),
      #good > 0 and (" Pod %s answers: a part of the requests fails."):format(names(good)) or ""),
    evidence = evidence,
    next_steps = { next_steps.kubectl(first.pod.metadata.namespace, "logs", first.pod.metadata.name, "--all-containers", "--tail=50"),
      next_steps.kubectl(first.pod.metadata.namespace, "port-forward", "pod/" .. first.pod.metadata.name, "8081:" .. first.number)
        .. "  # then, in another shell: curl -v http://localhost:8081" .. (case.path or "/") },
  })
end

-- The pods that this port leads to, with its number in each; at most so many as are to be asked.
local function targets(case, port)
  local list, without = {}, 0
  for _, pod in ipairs(case.ready) do
    local number = services.target(port, pod)
    if not number then
      without = without + 1
    elseif #list < thresholds.probed_pods then
      list[#list + 1] = { pod = pod, number = number }
    end
  end
  if without > 0 and #list > 0 then
    case:step("port " .. services.port_text(port), ("%d of %d ready pods have no port %s"):format(without, #case.ready, port.target))
  end
  return list
end

local function ask_all(case, port, list, path)
  return kube.parallel(list, function(target)
    local scheme = services.probed_by_https(target.pod, target.number) and "https" or port.scheme
    return ask(case, target.pod, target.number, path, scheme)
  end)
end

-- Refused at the pod's localhost, and yet the kubelet finds it at the pod's address: it listens there alone, where the Service sends to.
local function is_fine(one, path)
  return probes.is_good(one.probe, path) or (one.probe.result == "refused" and services.kubelet_finds(one.pod, one.number))
end

-- What was asked, apart: good, bad, and how many could not be asked.
local function judge(case, port, asked, path)
  local good, bad, unknown = {}, {}, 0
  for _, one in ipairs(asked) do
    if not one.probe then
      unknown = unknown + 1
    elseif is_fine(one, path) then
      good[#good + 1] = one
      case:step("port " .. services.port_text(port), ("%s at port %d of Pod %s: %s"):format(one.how, one.number, one.pod.metadata.name,
        one.probe.result == "refused" and "refused at its localhost, but its readiness probe finds it" or probes.result(one.probe)))
    else
      bad[#bad + 1] = one
    end
  end
  return good, bad, unknown
end

local function all_refused(list)
  for _, one in ipairs(list) do
    if one.probe.result ~= "refused" then
      return false
    end
  end
  return true
end

-- Clients of a headless Service go to the pod themselves, most of them to the Service's own port.
local function headless_fallback(case, port)
  if not services.is_headless(case.service) or port.target == port.port or port.protocol ~= "TCP" then
    return false
  end
  local asked = case.ready[1] and case.probe and ask(case, case.ready[1], port.port) or {}
  case.ctx:can_do_without(asked.unknown)
  local found = asked.probe ~= nil and probes.is_good(asked.probe)
  if found then
    case:step("port " .. services.port_text(port), ("headless: Pod %s answers at %d itself"):format(asked.pod.metadata.name, port.port))
  end
  return found
end

local function bad_finding(case, port, good, bad)
  if #good > 0 or not all_refused(bad) then
    return not_answering(case, port, good, bad)
  end
  return nobody_listens(case, port, bad)
end

---Whether one port leads to something that answers.
---@param case ServiceCase
---@param port ServicePort
---@param path string|nil  asked for by HTTP
---@return table|nil finding, boolean known  whether it could be found out
function M.check(case, port, path)
  local list = targets(case, port)
  if #list == 0 then
    local found = headless_fallback(case, port)
    return not found and name_missing(case, port) or nil, true
  elseif port.protocol ~= "TCP" then
    case:step("port " .. services.port_text(port), "leads to port " .. list[1].number .. "; a port-forward cannot ask " .. port.protocol)
    return nil, true
  elseif not case.probe then
    return nil, true
  end
  local asked = ask_all(case, port, list, path)
  local good, bad, unknown = judge(case, port, asked, path)
  if #bad == 0 or (#good == 0 and all_refused(bad) and headless_fallback(case, port)) then
    return nil, unknown == 0
  end
  return bad_finding(case, port, good, bad), true
end

return M
