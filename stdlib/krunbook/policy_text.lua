-- NetworkPolicies in words: their names, whom a rule's peer means, what a policy lets in or out. Pure functions.
local selectors = require("krunbook.selectors")

local M = {}

---"NetworkPolicy shop/web", "NetworkPolicies shop/web, shop/all and 3 more".
---@param policies NetworkPolicy[]
---@return string
function M.names(policies)
  local MOST, list = 5, {}
  for i = 1, math.min(#policies, MOST) do
    list[i] = policies[i].namespace .. "/" .. policies[i].name
  end
  local more = #policies > MOST and (" and %d more"):format(#policies - MOST) or ""
  return (#policies == 1 and "NetworkPolicy " or "NetworkPolicies ") .. table.concat(list, ", ") .. more
end

-- "pods with app=web", "all pods".
local function selected(things, selector)
  local text = selectors.text(selector)
  return text ~= "" and things .. " with " .. text or "all " .. things
end

---"pods with app=web", "pods with app=web in namespaces with team=a", "all namespaces".
---@param peer table
---@return string
function M.peer_text(peer)
  local namespaces = peer.namespaceSelector and selected("namespaces", peer.namespaceSelector)
  if not peer.podSelector then
    return namespaces or "addresses"
  end
  return selected("pods", peer.podSelector) .. (namespaces and " in " .. namespaces or "")
end

-- "TCP 8080", "TCP 8000 to 8090", "UDP".
local function entry_text(entry)
  local to = entry.endPort and " to " .. entry.endPort or ""
  return (entry.protocol or "TCP") .. (entry.port and " " .. tostring(entry.port) .. to or "")
end

local words = {
  ingress = { peers = "from", all = "everybody", lets = "lets in", nobody = "nobody (policyTypes Ingress, and no rule)" },
  egress = { peers = "to", all = "anywhere", lets = "lets out", nobody = "nothing (policyTypes Egress, and no rule)" },
}

local function rule_text(rule, word)
  local ports, peers = {}, {}
  for i, entry in ipairs(rule.ports or {}) do
    ports[i] = entry_text(entry)
  end
  for i, peer in ipairs(rule[word.peers] or {}) do
    peers[i] = M.peer_text(peer)
  end
  return ("%s %s %s"):format(#ports > 0 and table.concat(ports, ", ") or "any port", word.peers,
    #peers > 0 and table.concat(peers, "; ") or word.all)
end

---Evidence: whom a policy selects, and what it lets in, or out.
---@param policy NetworkPolicy
---@param direction? "ingress"|"egress"  ingress when left out
---@return Evidence
function M.evidence(policy, direction)
  local QUOTED, texts, word, rules = 3, {}, words[direction or "ingress"], policy[direction or "ingress"]
  for i = 1, math.min(#rules, QUOTED) do
    texts[i] = rule_text(rules[i], word)
  end
  local more = #rules > QUOTED and (", and %d more rules"):format(#rules - QUOTED) or ""
  return { kind = "object", text = ("NetworkPolicy %s/%s selects %s, and %s: %s%s"):format(policy.namespace, policy.name,
    selected("pods", policy.selector), word.lets, #texts > 0 and table.concat(texts, " | ") or word.nobody, more) }
end

return M
