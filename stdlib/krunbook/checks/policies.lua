-- Whether the NetworkPolicies that select a Service's pods let anybody in at the ports that it sends to. A probe does not show that: a
-- port-forward passes them by. That not every network plugin enforces them makes what is found a warning, not more.
local network_policies = require("krunbook.network_policies")
local next_steps = require("krunbook.next_steps")
local policy_text = require("krunbook.policy_text")
local services = require("krunbook.services")

local M = {}

local QUOTED_POLICIES = 4

---@class ShutPort  A port of a Service at which nobody is let in to some of its ready pods.
---@field port ServicePort
---@field shut integer         so many pods ...
---@field of integer           ... of those that it leads to
---@field pod Object           the first of them
---@field number integer       the port of that pod
---@field admission Admission  to that pod
---@field why "none"|"ports"|"peers"  there is no rule; none for this port; nobody is there whom these name

local function lets_in(admission, peers)
  for _, each in ipairs(admission.open and {} or admission.peers) do
    if peers:is_there(each.policy, each.peer) then
      return true
    end
  end
  return admission.open
end

local function look_at(case, policies, port)
  local found = { port = port, shut = 0, of = 0 }
  for _, pod in ipairs(case.ready) do
    local number = services.target(port, pod)
    local admission = number and network_policies.admission(policies, pod, number, port.protocol)
    found.of = found.of + (number and 1 or 0)
    if number and not lets_in(admission, case.around.peers) then
      found.shut = found.shut + 1
      if not found.pod then
        found.pod, found.number, found.admission = pod, number, admission
        found.why = admission.rules == 0 and "none" or #admission.peers == 0 and "ports" or "peers"
      end
    end
  end
  case:step("NetworkPolicies at port " .. services.port_text(port), found.shut == 0 and "they let somebody in, or select none of its pods"
    or ("they let nobody in to %d of %d ready pods"):format(found.shut, found.of))
  return found
end

local function peers_text(admission)
  local texts, seen = {}, {}
  for _, each in ipairs(admission.peers) do
    local text = policy_text.peer_text(each.peer)
    texts[#texts + 1] = not seen[text] and text or nil
    seen[text] = true
  end
  return table.concat(texts, "; ")
end

-- "NetworkPolicy shop/web selects them and has no rule that lets anybody in", and so on of several.
local reasons = {
  none = function(_, only) return only and "has no rule that lets anybody in" or "none has a rule that lets anybody in" end,
  ports = function(one, only)
    return ("%s nobody in at port %d, to which it sends"):format(only and "lets" or "they let", one.number)
  end,
  peers = function(one, only)
    return ("%s in at port %d only %s, of which there are none"):format(only and "lets" or "they let", one.number, peers_text(one.admission))
  end,
}

local function reason(one)
  local policies = one.admission.policies
  local only = #policies == 1
  return ("%s %s %s"):format(policy_text.names(policies), only and "selects them and" or "select them, and",
    reasons[one.why](one, only))
end

local function port_texts(list)
  local ports, keys = {}, {}
  for i, one in ipairs(list) do
    ports[i], keys[i] = one.port, one.port.port .. "/" .. one.port.protocol
  end
  return services.port_list(ports), table.concat(keys, ",")
end

local function evidence_of(one)
  local lines = {}
  for i = 1, math.min(#one.admission.policies, QUOTED_POLICIES) do
    lines[i] = policy_text.evidence(one.admission.policies[i])
  end
  lines[#lines + 1] = { kind = "spec", text = ("port %s -> port %d of Pod %s/%s"):format(services.port_text(one.port), one.number,
    one.pod.metadata.namespace, one.pod.metadata.name) }
  return lines
end

local function pods_text(one)
  return one.shut == one.of and "the pods" or ("%d of %d ready pods"):format(one.shut, one.of)
end

-- list: ports that are shut for the same reason.
local function finding_of(case, list, severity)
  local one, service = list[1], case.service.metadata
  local policies = one.admission.policies
  local ports, key = port_texts(list)
  local whole, others = one.why == "none", case.around.policies:others(case.ctx, service.namespace)
  return case:finding({
    code = "service-blocked-by-policy", severity = others.severity or severity, key = not whole and key or nil,
    shared = whole and policy_text.names(policies) or nil,
    cause = ("Nobody is let in to %s of Service %s at its port %s: %s. Where the network plugin enforces NetworkPolicies, no request "
      .. "comes through%s."):format(pods_text(one), service.name, ports, reason(one), others.unless),
    chain = { { kind = "Service", namespace = service.namespace, name = service.name },
      { kind = "NetworkPolicy", namespace = policies[1].namespace, name = policies[1].name, broken = true } },
    evidence = evidence_of(one),
    next_steps = { next_steps.kubectl(service.namespace, "describe", "networkpolicy", policies[1].name),
      ("%s  # let in those who are to reach port %d"):format(next_steps.kubectl(service.namespace, "edit", "networkpolicy",
        policies[1].name), one.number) },
  })
end

-- A Service of which another port is open may have one that is shut on purpose.
local function findings_of(case, shut, count)
  local by_why, findings = {}, {}
  for _, one in ipairs(shut) do
    by_why[one.why] = by_why[one.why] or {}
    table.insert(by_why[one.why], one)
  end
  for _, why in ipairs({ "none", "ports", "peers" }) do
    findings[#findings + 1] = by_why[why] and finding_of(case, by_why[why], #shut < count and "info" or nil)
  end
  return findings
end

---@param case ServiceCase
---@param ports ServicePort[]  that are asked about, and with which nothing else is wrong
---@return table[] findings, boolean known  whether it could be found out
function M.check(case, ports)
  if not case.around.policies then
    case:step("NetworkPolicies", "not looked at")
    return {}, true
  end
  local policies = case.around.policies:of(case.service.metadata.namespace)
  if not policies then
    return {}, false
  elseif #policies == 0 then
    case:step("NetworkPolicies", "none there that speak of what comes in")
    return {}, true
  end
  local shut = {}
  for _, port in ipairs(ports) do
    local found = look_at(case, policies, port)
    shut[#shut + 1] = found.shut > 0 and found or nil
  end
  return findings_of(case, shut, #ports), true
end

return M
