-- Names and connections that a program waited for in vain, and the NetworkPolicies that may not have let it out to them. Only a hint: what
-- stands in the way may be elsewhere, and not every network plugin enforces NetworkPolicies.
local next_steps = require("krunbook.next_steps")
local phrases = require("krunbook.phrases")

local M = {}

local LINE = 500 -- bytes: a line that says so is short

---How programs say, in lower case, that nobody answered when they asked for a name. That there is no such name is another matter: somebody
---answered. A team adds its own programs' words to these lists.
---@type string[]
M.no_dns = { "eai_again", "temporary failure in name resolution", "lookup [^\n]-:53: [^\n]-i/o timeout", "no servers could be reached" }

---And when they connected.
---@type string[]
M.no_answer = { "connection timed out", "connect timed out", "connection timeout", "etimedout", "i/o timeout" }

---What the last line of a log that says so waited for.
---@param log string
---@return "name"|"connection"|nil
function M.waited_for(log)
  local what
  for line in log:gmatch("[^\n]+") do
    local lower = #line <= LINE and line:lower() or ""
    if phrases.match(lower, M.no_dns) then
      what = "name"
    elseif phrases.match(lower, M.no_answer) then
      what = "connection"
    end
  end
  return what
end

-- Where DNS listens, and where the pods behind it may.
local dns_ports = { [53] = true, [5353] = true, [8053] = true }

local function is_dns(entry)
  return math.type(entry.port) == "integer" and not entry.endPort and dns_ports[entry.port] == true
end

-- Whether one of a rule's ports may lead there. What a port's name is, and what a Service makes of its own port on the way, nobody knows
-- here: so of connections only that to DNS is told apart.
local leads_to = {
  name = function(entry) return math.type(entry.port) ~= "integer" or entry.endPort ~= nil or is_dns(entry) end,
  connection = function(entry) return not is_dns(entry) end,
}

---Whether policies may let a pod out to what it waited for.
---@param policies NetworkPolicy[]  that select it, with egress
---@param what "name"|"connection"
---@return boolean
function M.may_let_out(policies, what)
  for _, policy in ipairs(policies) do
    for _, rule in ipairs(policy.egress) do
      for _, entry in ipairs(rule.ports or {}) do
        if leads_to[what](entry) then
          return true
        end
      end
      if #(rule.ports or {}) == 0 then
        return true
      end
    end
  end
  return #policies == 0
end

---What to say of policies that do not let a pod out to what its log says it waited for; nil where none is in the way.
---@param ctx Context
---@param log string
---@param pod Object
---@return string|nil sentence, Evidence|nil evidence, string|nil step
function M.explain(ctx, log, pod)
  local what = M.waited_for(log)
  if not what then
    return nil
  end
  local policies, unknown = require("krunbook.network_policies").out_of(pod)
  ctx:can_do_without(unknown)
  if unknown or M.may_let_out(policies, what) then
    return nil
  end
  local policy_text, only = require("krunbook.policy_text"), #policies == 1
  local lets = what == "name" and (only and "does" or "do") .. " not let it out to DNS" or (only and "lets" or "let")
    .. " it out to DNS at the most"
  return (" %s %s the pod, and %s, where the network plugin enforces NetworkPolicies."):format(policy_text.names(policies),
    only and "selects" or "select", lets), policy_text.evidence(policies[1], "egress"),
    next_steps.kubectl(pod.metadata.namespace, "describe", "networkpolicy", policies[1].name)
end

return M
