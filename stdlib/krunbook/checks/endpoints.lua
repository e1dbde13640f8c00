-- A Service's pods as its endpoints: whether one is ready, and whether kube-proxy has been told of those that are.
local next_steps = require("krunbook.next_steps")
local owners = require("krunbook.owners")
local pods = require("krunbook.pods")
local services = require("krunbook.services")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

local FOLLOWED_PODS = 10 -- without an owner that pod-status knows; more of them say the same
local followed = { ReplicaSet = true, StatefulSet = true, DaemonSet = true, Job = true, ReplicationController = true }

-- Where to look for why these pods are not ready: their owners, each once, for replicas fail alike.
local function to_follow(list)
  local names, seen, alone = {}, {}, 0
  for _, pod in ipairs(list) do
    local owner = owners.controller(pod)
    local name = owner and followed[owner.kind] and owner.kind:lower() .. "/" .. owner.name
    if not name then
      alone = alone + 1
      name = alone <= FOLLOWED_PODS and "pod/" .. pod.metadata.name or nil
    end
    if name and not seen[name] then
      seen[name] = true
      names[#names + 1] = name
    end
  end
  return names
end

local function condition_text(pod)
  local ready = pods.condition(pod, "Ready") or { status = "not set" }
  local word = ready.message or ready.reason
  return { kind = "condition", at = ready.lastTransitionTime, text = ("Pod %s/%s: Ready is %s%s"):format(pod.metadata.namespace,
    pod.metadata.name, ready.status, word and ": " .. word or "") }
end

-- When the last of them ceased to be ready.
local function since(list)
  local latest
  for _, pod in ipairs(list) do
    local ready = pods.condition(pod, "Ready")
    local at = pod.metadata.deletionTimestamp or (ready and ready.lastTransitionTime)
    latest = at and (not latest or at > latest) and at or latest
  end
  return latest
end

local function count(list, holds)
  local n = 0
  for _, one in ipairs(list) do
    n = n + (holds(one) and 1 or 0)
  end
  return n
end

-- "its only pod is", "all 3 pods that it selects are", "none of ...".
local function those(n, one, several)
  return n == 1 and "the only pod that it selects " .. one or several:format(n)
end

local function is_deleting(pod) return pod.metadata.deletionTimestamp ~= nil end

local function waits_for_gate(pod)
  local contained = pods.condition(pod, "ContainersReady")
  return #(pod.spec.readinessGates or {}) > 0 and contained ~= nil and contained.status == "True"
end

-- What is known of pods that are not ready, where none of them has a cause of its own.
local function why_none(case)
  local all = case.pods
  if #all == 0 then
    return those(#case.over, "has ended", "the %d pods that it selects have ended")
  elseif count(all, is_deleting) == #all then
    return those(#all, "is being deleted", "all %d pods that it selects are being deleted")
  elseif count(all, waits_for_gate) > 0 then
    return ("%d of the pods that it selects only wait for a readiness gate"):format(count(all, waits_for_gate))
  end
  return those(#all, "is not ready", "none of the %d pods that it selects is ready")
end

local function on_their_way(case)
  local all = case.pods
  return #all > 0 and count(all, function(pod) return not is_deleting(pod) and case:age(pod) < thresholds.pending end) == #all
end

local function no_cause(case, result)
  local shown = #case.pods > 0 and case.pods or case.over
  if on_their_way(case) then
    case.ctx:unknown({ what = ("whether a pod of Service %s gets ready"):format(case.name), reason = "undetermined",
      message = ("its pods are less than %d s old: they may be on their way"):format(thresholds.pending) })
    return nil
  end
  return case:finding({
    code = "service-no-ready-endpoints",
    cause = ("Service %s sends to nobody: %s%s."):format(case.service.metadata.name, why_none(case),
      result.status == "unknown" and ", and why could not be determined" or ""),
    evidence = { condition_text(shown[1]), shown[2] and condition_text(shown[2]) or nil }, since = since(shown),
    next_steps = { next_steps.describe(shown[1]),
      next_steps.kubectl(case.service.metadata.namespace, "get", "endpointslices", "-l", "kubernetes.io/service-name=" ..
        case.service.metadata.name) },
  })
end

---Whether what it selects were pods of Jobs that got done: nobody is to be served by them any more.
---@param case ServiceCase
---@return boolean
function M.are_done(case)
  return #case.pods == 0 and #case.over > 0 and count(case.over, function(pod)
    local owner = owners.controller(pod)
    return pod.status.phase == "Succeeded" and owner ~= nil and owner.kind == "Job"
  end) == #case.over
end

---No pod is ready: the cause is theirs.
---@param case ServiceCase
---@return Verdict
function M.none_ready(case)
  local list = #case.pods > 0 and case.pods or case.over
  return { findings = {}, follow = to_follow(list), instead = function(result) return no_cause(case, result) end }
end

---Where to look for what is wrong with the pods that are not ready beside some that are; nil when there are none.
---@param case ServiceCase
---@return string[]|nil
function M.not_ready(case)
  local ready, list = {}, {}
  for _, pod in ipairs(case.ready) do
    ready[pod] = true
  end
  for _, pod in ipairs(case.pods) do
    list[#list + 1] = not ready[pod] and not is_deleting(pod) and pod or nil
  end
  return #list > 0 and to_follow(list) or nil
end

---How many ready endpoints somebody keeps for it by hand, or by a controller of his own.
---@param case ServiceCase
---@return integer
function M.by_hand(case)
  local found = case.around:endpoints_of(case.service)
  return count(found and found.list or {}, function(endpoint)
    return endpoint.ready and endpoint.by_hand
  end)
end

-- An Endpoints object leaves out a pod that has none of the Service's ports.
local function belongs(case, pod)
  local all = services.ports(case.service)
  if case.around.endpoints_source == "EndpointSlices" or #all == 0 then
    return true
  end
  return count(all, function(port) return services.target(port, pod) ~= nil end) > 0
end

-- Ready for so long that the controllers have had their time.
local function is_settled(case, pod)
  local ready = pods.condition(pod, "Ready")
  return (time.between(ready and ready.lastTransitionTime, case.now) or 0) >= thresholds.pending
end

local function missing(case)
  local found = case.around:endpoints_of(case.service)
  local known, list = {}, {}
  for _, endpoint in ipairs(found and found.list or {}) do
    if endpoint.ready then
      known[endpoint.pod_uid or ""], known[endpoint.address] = true, true
    end
  end
  for _, pod in ipairs(case.ready) do
    if not known[pod.metadata.uid or "?"] and not known[pod.status.podIP or "?"] and belongs(case, pod) and is_settled(case, pod) then
      list[#list + 1] = pod
    end
  end
  return list, found
end

local function family(address)
  return address and (address:find(":", 1, true) and "IPv6" or "IPv4")
end

-- The pods have no address of the family that the Service asks for.
local function other_family(case, pod)
  local wanted = (case.service.spec.ipFamilies or {})[1]
  if not wanted then
    return nil
  end
  for _, ip in ipairs(pod.status.podIPs or { { ip = pod.status.podIP } }) do
    if family(ip.ip) == wanted then
      return nil
    end
  end
  return ("the Service asks for %s addresses, and pod %s has only %s"):format(wanted, pod.metadata.name, pod.status.podIP or "none")
end

---Ready pods of which kube-proxy has not been told.
---@param case ServiceCase
---@return table|nil
function M.stale(case)
  local around = case.around
  if around.endpoints_unknown then
    return nil
  end
  local lost, found = missing(case)
  if #lost == 0 or (found and found.truncated) then
    return nil
  end
  local namespace, name = case.service.metadata.namespace, case.service.metadata.name
  local all = #lost == #case.ready
  local why = other_family(case, lost[1]) or "the endpoint controllers of kube-controller-manager have not written them there"
  return case:finding({
    code = all and "service-no-ready-endpoints" or "service-endpoints-stale",
    cause = ("Service %s does not send to %d of its %d ready pods: they are not in its %s, for %s."):format(name, #lost, #case.ready,
      around.endpoints_source, why),
    evidence = { { kind = "object", text = ("%s of Service %s: %s"):format(around.endpoints_source, case.name,
      found and ("%d addresses, that of Pod %s is not among the ready ones"):format(#found.list, lost[1].metadata.name) or "there are none") },
      condition_text(lost[1]) },
    objects = not all and lost or nil,
    next_steps = { next_steps.kubectl(namespace, "get", around.endpoints_source:lower(), "-o", "yaml", table.unpack(
      around.endpoints_source == "Endpoints" and { name } or { "-l", "kubernetes.io/service-name=" .. name })),
      "look at the log of kube-controller-manager, and whether it runs" },
  })
end

return M
