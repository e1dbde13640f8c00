local targets = require("krunbook.targets")

local function pod(name, fields)
  fields = fields or {}
  return {
    kind = "Pod",
    metadata = { name = name, creationTimestamp = fields.created or "2026-01-01T00:00:00Z", deletionTimestamp = fields.deleting },
    spec = {
      nodeName = fields.node ~= false and "n" or nil,
      containers = { { name = "app", ports = fields.ports } },
      initContainers = { { name = "proxy", ports = { { name = "side", containerPort = 15001 } } } },
    },
    status = {
      phase = fields.phase or "Running",
      conditions = { { type = "Ready", status = fields.ready == false and "False" or "True",
        lastTransitionTime = fields.since or "2026-01-01T00:00:10Z" } },
      containerStatuses = { { name = "app", restartCount = fields.restarts or 0 } },
    },
  }
end

local function service(ports, more)
  local spec = { selector = { app = "web" }, ports = ports, clusterIP = "10.0.0.1" }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return { kind = "Service", metadata = { name = "shop" }, spec = spec }
end

local function chosen(pods, each)
  local names = {}
  for i, one in ipairs((targets.choose(pods, each))) do
    names[i] = one.metadata.name
  end
  return table.concat(names, ",")
end

return {
  ["the pod that kubectl takes is scheduled, running, ready, stays, and was ready first"] = function(check)
    local best = pod("z")
    local worse = {
      pod("a", { node = false, phase = "Pending", ready = false }),
      pod("b", { phase = "Pending" }),
      pod("c", { ready = false }),
      pod("d", { deleting = "2026-01-01T00:01:00Z" }),
      pod("e", { since = "2026-01-01T00:00:20Z" }),
      pod("f", { restarts = 2 }),
      pod("g", { created = "2026-01-01T00:00:01Z" }),
    }
    for _, other in ipairs(worse) do
      check.equal("z", chosen({ other, best }), other.metadata.name)
    end
    check.equal("y", chosen({ best, pod("y") }), "the name decides at last")
    check.equal("a", chosen({ worse[1] }), "one that is not scheduled is better than none")
  end,
  ["each is every pod that is ready and stays"] = function(check)
    local pods = { pod("b"), pod("a"), pod("c", { ready = false }), pod("d", { deleting = "2026-01-01T00:01:00Z" }) }
    check.equal("a,b", chosen(pods, true))
    local none, _, why = targets.choose({ pods[3] }, true)
    check.equal(nil, none)
    check.is(why:find("ready", 1, true))
  end,
  ["no pod says so"] = function(check)
    local none, _, why = targets.choose({}, false)
    check.equal(nil, none)
    check.equal("the selector matches no pod", why)
  end,
  ["a selector is a Service's map or an owner's expressions"] = function(check)
    check.equal("app=web", (targets.selector(service({}))))
    check.equal("app=web,tier in (a,b)", (targets.selector({ kind = "Deployment", metadata = { name = "d" }, spec = { selector = {
      matchLabels = { app = "web" }, matchExpressions = { { key = "tier", operator = "In", values = { "a", "b" } } } } } })))
  end,
  ["without a selector there is nothing to ask, and it says why"] = function(check)
    local _, why = targets.selector(service({}, { selector = {} }))
    check.equal("Service shop has no selector: nothing says which pods are behind it", why)
    _, why = targets.selector(service({}, { type = "ExternalName", externalName = "db.example" }))
    check.is(why:find("db.example", 1, true))
    _, why = targets.selector({ kind = "CronJob", metadata = { name = "c" }, spec = {} })
    check.is(why:find("CronJob c has no selector", 1, true))
  end,
  ["a Service's port leads to its targetPort"] = function(check)
    local web = pod("p", { ports = { { name = "http", containerPort = 8080 } } })
    local cases = {
      { { port = 80 }, 80, 80 },
      { { port = 80, targetPort = 0 }, 80, 80 },
      { { port = 80, targetPort = 8080 }, 80, 8080 },
      { { port = 80, name = "web", targetPort = 8080 }, "web", 8080 },
      { { port = 80, targetPort = 8080 }, "80", 8080 },
      { { port = 80, targetPort = "http" }, 80, 8080 },
      { { port = 80, targetPort = "side" }, 80, 15001 },
    }
    for i, case in ipairs(cases) do
      check.equal(case[3], (targets.port(service({ case[1] }), case[2], web)), "case " .. i)
    end
    check.equal(80, (targets.port(service({ { port = 80, targetPort = 8080 } }, { clusterIP = "None" }), 80, web)), "headless")
  end,
  ["a port that is not there names those that are"] = function(check)
    local web = pod("p", { ports = { { name = "http", containerPort = 8080 } } })
    local shop = service({ { port = 80, name = "web", targetPort = "htpp" }, { port = 53, protocol = "UDP" } })
    local port, why = targets.port(shop, 81, web)
    check.equal(nil, port)
    check.equal("Service shop has no port 81; it has 80 (web), 53", why)
    port, why = targets.port(shop, 80, web)
    check.equal(nil, port)
    check.equal('Pod p has no TCP port named "htpp": it has http, side', why)
    port, why = targets.port(shop, 53, web)
    check.equal(nil, port)
    check.is(why:find("UDP", 1, true))
  end,
  ["of the same number, TCP is the one"] = function(check)
    local dns = service({ { port = 53, protocol = "UDP", targetPort = 5353 }, { port = 53, protocol = "TCP", targetPort = 5354 } })
    check.equal(5354, (targets.port(dns, 53, pod("p"))))
  end,
  ["a port of a pod is its own, by number or name"] = function(check)
    local web = pod("p", { ports = { { name = "http", containerPort = 8080 }, { name = "dns", containerPort = 53, protocol = "UDP" } } })
    check.equal(9999, (targets.port(web, 9999, web)), "declared or not")
    check.equal(8080, (targets.port(web, "http", web)))
    check.equal(8080, (targets.port({ kind = "Deployment", metadata = { name = "d" } }, "http", web)))
    check.equal(nil, (targets.port(web, "dns", web)))
  end,
}
