local network_policies = require("krunbook.network_policies")
local policy_text = require("krunbook.policy_text")

local function policy(spec)
  spec.podSelector = spec.podSelector or {}
  return network_policies.of({ metadata = { namespace = "shop", name = "web" }, spec = spec })
end

local function pod(labels, more)
  local spec = more or {}
  spec.containers = { { name = "app", ports = { { name = "http", containerPort = 8080 } } } }
  return { kind = "Pod", metadata = { namespace = "shop", name = "web-0", labels = labels }, spec = spec, status = {} }
end

local function is_open(rules, number, protocol)
  return network_policies.admission({ policy({ ingress = rules }) }, pod({}), number, protocol or "TCP").open
end

return {
  ["it speaks of what comes in unless its types say otherwise"] = function(check)
    check.equal({}, policy({}).ingress)
    check.equal({}, policy({ policyTypes = { "Egress", "Ingress" } }).ingress)
    check.equal(nil, policy({ policyTypes = { "Egress" } }).ingress)
  end,
  ["a pod that none selects is open, and so is one in its node's network"] = function(check)
    local all, web = policy({}), policy({ podSelector = { matchLabels = { app = "web" } } })
    check.is(network_policies.admission({ web }, pod({ app = "api" }), 80, "TCP").open)
    check.is(not network_policies.admission({ web }, pod({ app = "web" }), 80, "TCP").open)
    check.is(network_policies.admission({ all }, pod({}, { hostNetwork = true }), 80, "TCP").open)
  end,
  ["policies add up"] = function(check)
    local none, some = policy({}), policy({ ingress = { { ports = { { port = 80 } } } } })
    local found = network_policies.admission({ none, some }, pod({}), 80, "TCP")
    check.is(found.open)
    check.equal(2, #found.policies)
    check.is(not network_policies.admission({ none, some }, pod({}), 81, "TCP").open)
  end,
  ["a rule without from or ports takes everybody, everywhere"] = function(check)
    check.is(is_open({ {} }, 1))
    check.is(is_open({ { from = {}, ports = {} } }, 1, "UDP"))
  end,
  ["ports are numbers, ranges and names, of one protocol"] = function(check)
    check.is(is_open({ { ports = { { port = 8080 } } } }, 8080))
    check.is(not is_open({ { ports = { { port = 8080, protocol = "UDP" } } } }, 8080))
    check.is(is_open({ { ports = { { protocol = "UDP" } } } }, 53, "UDP"))
    check.is(is_open({ { ports = { { port = 8000, endPort = 8100 } } } }, 8100))
    check.is(not is_open({ { ports = { { port = 8000, endPort = 8100 } } } }, 8101))
    check.is(is_open({ { ports = { { port = "http" } } } }, 8080))
    check.is(not is_open({ { ports = { { port = "http" } } } }, 9090))
    check.is(not is_open({ { ports = { { port = "https" } } } }, 8080))
  end,
  ["addresses may be anybody's"] = function(check)
    check.is(is_open({ { from = { { ipBlock = { cidr = "10.0.0.0/8" } } } } }, 80))
    check.is(not is_open({ { from = { { ipBlock = { cidr = "10.0.0.0/8" } } }, ports = { { port = 81 } } } }, 80))
  end,
  ["whom a peer means"] = function(check)
    local own, team = { podSelector = { matchLabels = { app = "front" } } }, { matchLabels = { team = "edge" } }
    local front, elsewhere = pod({ app = "front" }), pod({ app = "front" })
    elsewhere.metadata.namespace = "edge"
    check.is(network_policies.means(own, policy({}), front, {}))
    check.is(not network_policies.means(own, policy({}), elsewhere, { team = "edge" }))
    check.is(network_policies.means({ namespaceSelector = team }, policy({}), elsewhere, { team = "edge" }))
    check.is(network_policies.means({ namespaceSelector = {} }, policy({}), front, nil))
    check.is(not network_policies.means({ namespaceSelector = team, podSelector = { matchLabels = { app = "x" } } }, policy({}), elsewhere,
      { team = "edge" }))
  end,
  ["what it lets in, in words"] = function(check)
    local text = policy_text.evidence(policy({ podSelector = { matchLabels = { app = "web" } }, ingress = {
      { from = { { podSelector = { matchLabels = { app = "front" } }, namespaceSelector = {} } }, ports = { { port = 80, endPort = 90 } } },
      {} } })).text
    check.equal("NetworkPolicy shop/web selects pods with app=web, and lets in: TCP 80 to 90 from pods with app=front in all namespaces"
      .. " | any port from everybody", text)
  end,
}
