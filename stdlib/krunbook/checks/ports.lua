-- A Service's ports: where each leads to in its ready pods, and what answers there.
local pods = require("krunbook.pods")
local port_findings = require("krunbook.checks.port_findings")
local probes = require("krunbook.probes")
local services = require("krunbook.services")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

local other_scheme = { http = "https", https = "http" }

---The ports that are asked about: those that were named, or all of them. A finding where the Service has no such port.
---@param case ServiceCase
---@param wanted string|nil
---@return table|nil
function M.choose(case, wanted)
  if not wanted then
    return nil
  end
  case.ports = services.ports_called(case.service, wanted)
  return #case.ports == 0 and port_findings.port_missing(case, wanted) or nil
end

local HEADLESS_PODS = 10 -- are asked of a headless Service: one that answers will do
local MOST_ORIGINS = 10  -- of one pod each, where a Service selects pods of many owners

-- The pods that this port leads to, with its number in each: one of each origin, and others until they are as many as are to be asked.
local function targets(case, port)
  local chosen, others, seen, without = {}, {}, {}, 0
  local most = services.is_headless(case.service) and HEADLESS_PODS or thresholds.probed_pods
  for _, pod in ipairs(case.ready) do
    local number = services.target(port, pod)
    local origin = number and #chosen < MOST_ORIGINS and services.origin(pod)
    if not number then
      without = without + 1
    elseif origin and not seen[origin] then
      chosen[#chosen + 1], seen[origin] = { pod = pod, number = number }, true
    elseif #others < most then
      others[#others + 1] = { pod = pod, number = number }
    end
  end
  if without > 0 and #chosen > 0 then
    case:step("port " .. services.port_text(port), ("%d of %d ready pods have no port %s"):format(without, #case.ready, port.target))
  end
  return table.move(others, 1, math.max(0, math.min(#others, most - #chosen)), #chosen + 1, chosen)
end

-- No word of HTTP came back. That may be for want of TLS, or for too much of it: names of ports do not tell for certain.
local function may_speak_otherwise(asked, path)
  local result = path and asked.probe and asked.probe.result
  return result == "not-http" or result == "closed" or result == "reset"
end

local function ask_target(case, port, target, path)
  local scheme = services.probed_by_https(target.pod, target.number) and "https" or port.scheme
  local asked = case:ask(target.pod, target.number, path, scheme)
  if may_speak_otherwise(asked, path) then
    local otherwise = case:ask(target.pod, target.number, path, other_scheme[scheme])
    case.ctx:can_do_without(otherwise.unknown)
    return otherwise.probe and otherwise.probe.result == "answered" and otherwise or asked
  end
  return asked
end

-- Whether a container of the pod declares its port for that protocol.
local function declares(target, protocol)
  for _, declared in ipairs(services.declared(target.pod)) do
    if declared.port == target.number and declared.protocol == protocol then
      return true
    end
  end
  return false
end

-- What says without a probe that something listens: the container declares the port, or its readiness probe finds it. Where nothing
-- does, that stands in the report.
local function known_unasked(case, port, target)
  local pod, number = target.pod, target.number
  if services.kubelet_finds(pod, number) or declares(target, port.protocol) then
    return true
  end
  case.ctx:unknown({ what = ("whether something listens at port %d of Pod %s/%s"):format(number, pod.metadata.namespace, pod.metadata.name),
    reason = "not-asked", message = ("port %s of Service %s leads there; no container declares it, and --no-probe was given"):format(
      services.port_text(port), case.name) })
  return false
end

-- Refused at the pod's localhost, and yet the kubelet finds it at the pod's address: it listens there alone, where the Service sends to.
local function is_fine(one, path)
  return probes.is_good(one.probe, path) or (one.probe.result == "refused" and services.kubelet_finds(one.pod, one.number))
end

-- How long the pod has been ready, where no readiness probe speaks for it: then it counts as ready as soon as its processes run, and what
-- they are to listen at may be yet to come, or never come because they end again.
local function ready_since(case, pod)
  for _, container in ipairs(pod.spec.containers or {}) do
    if container.readinessProbe then
      return nil
    end
  end
  local ready = pods.condition(pod, "Ready") or {}
  return time.between(ready.lastTransitionTime, case.now)
end

-- Refused, but so soon after the start that this tells nothing: noted as such.
local function too_soon(case, one)
  local since = one.probe.result == "refused" and ready_since(case, one.pod)
  if not since or since >= thresholds.pending then
    return false
  end
  case.ctx:unknown({ what = ("port %d of Pod %s/%s"):format(one.number, one.pod.metadata.namespace, one.pod.metadata.name),
    reason = "too-soon", message = ("nothing listens there, and the pod runs for %s only: ask again, or give it a readiness probe"):format(
      time.age(since)) })
  return true
end

-- What was asked, apart: good, bad, and how many could not be asked, or too soon.
local function judge(case, port, asked, path)
  local good, bad, unknown = {}, {}, 0
  for _, one in ipairs(asked) do
    if not one.probe or too_soon(case, one) then
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

-- Clients of a headless Service go to the pod themselves, most of them to the Service's own port.
local function headless_fallback(case, port)
  if not services.is_headless(case.service) or port.target == port.port or port.protocol ~= "TCP" then
    return false
  end
  local asked = case.ready[1] and case.probe and case:ask(case.ready[1], port.port) or {}
  case.ctx:can_do_without(asked.unknown)
  local found = asked.probe ~= nil and probes.is_good(asked.probe)
  if found then
    case:step("port " .. services.port_text(port), ("headless: Pod %s answers at %d itself"):format(asked.pod.metadata.name, port.port))
  end
  return found
end

-- The same of one pod of each origin: replicas are alike.
local function all_known_unasked(case, port, list)
  local known, seen = true, {}
  for _, target in ipairs(list) do
    local origin = services.origin(target.pod)
    known = (seen[origin] or known_unasked(case, port, target)) and known
    seen[origin] = true
  end
  return known
end

-- Whether the Service sends TCP to the same port as well: then what listens there is meant for both.
local function is_sent_tcp(case, target)
  for _, port in ipairs(services.ports(case.service)) do
    if port.protocol == "TCP" and services.target(port, target.pod) == target.number then
      return true
    end
  end
  return false
end

-- A port-forward carries TCP only. Of a port that the containers declare for TCP alone it tells what listens there: a declaration by
-- itself says little, for TCP is what it says where somebody left the protocol out.
local function check_other_protocol(case, port, target)
  case:step("port " .. services.port_text(port), "leads to port " .. target.number .. "; a port-forward cannot ask " .. port.protocol)
  if not case.probe or services.is_headless(case.service) or declares(target, port.protocol) or not declares(target, "TCP")
      or is_sent_tcp(case, target) then
    return nil, true
  end
  local asked = case:ask(target.pod, target.number)
  if asked.probe and probes.is_good(asked.probe) then
    return port_findings.listens_for_tcp(case, port, asked), true
  end
  return nil, asked.probe ~= nil
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
    return not found and port_findings.name_missing(case, port) or nil, true
  elseif port.protocol ~= "TCP" then
    return check_other_protocol(case, port, list[1])
  elseif not case.probe then
    return nil, all_known_unasked(case, port, list)
  end
  local asked = kube.parallel(list, function(target)
    return ask_target(case, port, target, path)
  end)
  local good, bad, unknown = judge(case, port, asked, path)
  if #good > 0 and services.is_headless(case.service) then
    return nil, true
  elseif #bad == 0 or (#good == 0 and port_findings.all_refused(bad) and headless_fallback(case, port)) then
    return nil, unknown == 0
  end
  return port_findings.bad(case, port, good, bad), true
end

return M
