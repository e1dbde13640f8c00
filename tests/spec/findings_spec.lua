local findings = require("krunbook.findings")

local function pod(name)
  return { kind = "Pod", metadata = { namespace = "shop", name = name } }
end

local function owner(name)
  return { kind = "Deployment", namespace = "shop", name = name }
end

local function gathered(list)
  local reported = {}
  local all = findings.new({ finding = function(_, finding) reported[#reported + 1] = finding end })
  for _, finding in ipairs(list) do
    all:add(finding)
  end
  all:report()
  return reported
end

return {
  ["replicas of one owner are one finding"] = function(check)
    local reported = gathered({ { code = "crash-on-start", object = pod("b"), owner = owner("web"), cause = "x" },
      { code = "crash-on-start", object = pod("a"), owner = owner("web"), cause = "x" } })
    check.equal(1, #reported)
    check.equal("a", reported[1].object.metadata.name)
    check.equal(2, #reported[1].objects)
  end,
  ["two causes of one owner are two findings"] = function(check)
    check.equal(2, #gathered({ { code = "crash-on-start", object = pod("a"), owner = owner("web"), cause = "x" },
      { code = "oom-killed", object = pod("b"), owner = owner("web"), cause = "x" } }))
  end,
  ["one cause over many owners names them all"] = function(check)
    local reported = gathered({ { code = "registry-unavailable", object = pod("a"), owner = owner("web"), cause = "down.", shared = "registry r" },
      { code = "registry-unavailable", object = pod("b"), owner = owner("api"), cause = "down.", shared = "registry r" },
      { code = "registry-unavailable", object = pod("c"), owner = owner("ui"), cause = "down.", shared = "registry other" } })
    check.equal(2, #reported)
    check.is(reported[1].cause:find("Deployment shop/web, Deployment shop/api", 1, true), reported[1].cause)
  end,
  ["the gravest comes first, and the earliest time is kept"] = function(check)
    local reported = gathered({ { code = "not-ready", object = pod("a"), cause = "x" },
      { code = "crash-on-start", object = pod("b"), owner = owner("web"), cause = "x", since = "2026-01-31T08:00:00Z" },
      { code = "crash-on-start", object = pod("c"), owner = owner("web"), cause = "x", since = "2026-01-31T07:00:00Z" } })
    check.equal("crash-on-start", reported[1].code)
    check.equal("2026-01-31T07:00:00Z", reported[1].since)
    check.equal("warning", reported[2].severity)
  end,
  ["a finding that is handed on names what led to it, and keeps its own owner and container"] = function(check)
    local given = { code = "crash-on-start", severity = "critical", cause = "x", count = 2, fingerprint = "0123456789abcdef",
      object = { kind = "Pod", namespace = "shop", name = "a", container = "app", owner = owner("web") },
      objects = { { kind = "Pod", namespace = "shop", name = "a" }, { kind = "Pod", namespace = "shop", name = "b" } },
      chain = { { kind = "ReplicaSet", namespace = "shop", name = "web-1" } } }
    local reported = gathered({ findings.handed_on(given, { kind = "Service", namespace = "shop", name = "web" }) })
    check.equal("Service", reported[1].chain[1].kind)
    check.equal("ReplicaSet", reported[1].chain[2].kind)
    check.equal("app", reported[1].container)
    check.equal("web", reported[1].owner.name)
    check.equal(2, #reported[1].objects)
    check.equal(nil, reported[1].fingerprint)
  end,
  ["a cause that is come to from two sides names both"] = function(check)
    local function from(service)
      return { code = "crash-on-start", object = pod("a"), owner = owner("web"), cause = "It crashes.",
        chain = { { kind = "Service", namespace = "shop", name = service } } }
    end
    local reported = gathered({ from("web"), from("api"), from("web") })
    check.equal(1, #reported)
    check.equal("It crashes. It hits 2 Services: Service shop/api, Service shop/web.", reported[1].cause)
    check.equal("It crashes.", gathered({ from("web"), from("web") })[1].cause)
  end,
  ["what is handed on has what led to it in front, and ends where it breaks"] = function(check)
    local function chain(finding, ...)
      local parts = {}
      for _, link in ipairs(findings.handed_on(finding, ...).chain) do
        parts[#parts + 1] = link.kind .. " " .. (link.metadata or link).name .. (link.broken and "!" or "")
      end
      return table.concat(parts, ", ")
    end
    local crash = { object = { kind = "Pod", namespace = "shop", name = "web-1", container = "app" } }
    local service = { kind = "Service", namespace = "shop", name = "web" }
    check.equal("Service web, Pod web-1!", chain(crash, service))
    check.equal("Pod web-1!", chain(crash))
    local marked = { object = service, chain = { { kind = "Service", namespace = "shop", name = "web", broken = true } } }
    check.equal("Ingress web, Service web!", chain(marked, { kind = "Ingress", namespace = "shop", name = "web" }))
    check.equal("Deployment web, Service web", chain({ object = service, chain = { service } }, owner("web")))
    check.equal("app", findings.handed_on(crash).container)
  end,
  ["where chains begin that lead to one cause is told, and in words"] = function(check)
    local function from(name)
      return { code = "crash-late", object = pod("a"), cause = "x.", chain = { { kind = "Ingress", namespace = "shop", name = name } } }
    end
    local reported = gathered({ from("web"), from("api"), from("web") })
    check.equal(1, #reported)
    check.equal("x. It hits 2 Ingresses: Ingress shop/api, Ingress shop/web.", reported[1].cause)
    check.equal(2, #reported[1].ways)
    check.equal(nil, gathered({ from("web") })[1].ways)
  end,
  ["Ingresses that share a cause are named once"] = function(check)
    local function of(name)
      local object = { kind = "Ingress", namespace = "shop", name = name }
      return { code = "ingress-class-unknown", object = object, cause = "x.", shared = "class y", chain = { object } }
    end
    check.equal("x. It hits 2 Ingresses: Ingress shop/a, Ingress shop/b.", gathered({ of("a"), of("b") })[1].cause)
  end,
}
