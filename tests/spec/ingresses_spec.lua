local ingresses = require("krunbook.ingresses")

local function ingress(name, rules, more)
  local spec = more or {}
  spec.rules = {}
  for i, rule in ipairs(rules) do
    spec.rules[i] = { host = rule[1], http = { paths = { { path = rule[2], pathType = rule[3] or "Prefix",
      backend = { service = { name = rule[4] or name, port = { number = 80 } } } } } } }
  end
  return ingresses.read({ kind = "Ingress", metadata = { namespace = "shop", name = name, creationTimestamp = spec.made or "2026-01-01T00:00:00Z" },
    spec = spec })
end

-- "web /cart, api /" of what takes the request.
local function takers(records, host, path)
  local parts = {}
  for _, record in ipairs(ingresses.taking(records, host, path)) do
    for _, route in ipairs(record.routes) do
      parts[#parts + 1] = record.object.metadata.name .. " " .. route.path
    end
  end
  return table.concat(parts, ", ")
end

return {
  ["both versions of a backend are read, and the default one"] = function(check)
    local new = ingresses.read({ metadata = { namespace = "a", name = "b" }, spec = {
      defaultBackend = { service = { name = "rest", port = { name = "http" } } },
      rules = { { host = "x.example", http = { paths = { { path = "/", backend = { resource = { kind = "Bucket", name = "files" } } } } } },
        { host = "y" } } } })
    check.equal({ "rest", "http", true }, { new.routes[1].service, new.routes[1].port, new.routes[1].default })
    check.equal({ "Bucket files", "ImplementationSpecific" }, { new.routes[2].resource, new.routes[2].type })
    check.equal(2, #new.routes)
    for _, action in ipairs({ { service = { name = "to-https", port = { name = "use-annotation" } } },
      { serviceName = "to-https", servicePort = "use-annotation" } }) do
      local annotated = ingresses.read({ metadata = { namespace = "a", name = "b" }, spec = { defaultBackend = action } })
      check.equal({ nil, "action to-https" }, { annotated.routes[1].service, annotated.routes[1].resource })
    end
    local old = ingresses.read({ metadata = { namespace = "a", name = "b" }, spec = { backend = { serviceName = "rest", servicePort = 8080 } } })
    check.equal({ "rest", 8080 }, { old.routes[1].service, old.routes[1].port })
  end,
  ["the class is what the spec names, else the annotation"] = function(check)
    local annotations = { ["kubernetes.io/ingress.class"] = "old" }
    check.equal("new", ingresses.read({ metadata = { annotations = annotations }, spec = { ingressClassName = "new" } }).class)
    check.equal("old", ingresses.read({ metadata = { annotations = annotations }, spec = {} }).class)
    check.equal(nil, ingresses.read({ metadata = { annotations = { ["kubernetes.io/ingress.class"] = "" } }, spec = {} }).class)
  end,
  ["rules without a path are known, and annotations that speak of hosts"] = function(check)
    local function read(annotations, rules)
      return ingresses.read({ metadata = { annotations = annotations }, spec = { rules = rules, tls = { { hosts = { "b.example" } } } } })
    end
    check.equal({ "a.example", "" }, read({}, { { host = "a.example" }, { http = {} }, { host = "c.example", http = { paths = { {} } } } }).pathless)
    check.is(not read({ ["kubectl.kubernetes.io/last-applied-configuration"] = "b.example", note = "a.example" }).host_annotations)
    check.is(read({ note = "also b.example" }).host_annotations)
    check.is(read({ ["nginx.ingress.kubernetes.io/from-to-www-redirect"] = "true" }).host_annotations)
  end,
  ["a wildcard takes one label more, and only one"] = function(check)
    check.is(ingresses.takes_host("*.example.com", "a.example.com"))
    check.is(not ingresses.takes_host("*.example.com", "example.com"))
    check.is(not ingresses.takes_host("*.example.com", "a.b.example.com"))
    check.is(ingresses.takes_host("Shop.example.com", "shop.EXAMPLE.com"))
    check.is(ingresses.takes_host(nil, "anything"))
  end,
  ["a prefix ends where a part of the path ends"] = function(check)
    local function takes(kind, rule, path) return ingresses.takes_path({ type = kind, path = rule }, path) end
    check.is(takes("Prefix", "/cart", "/cart") and takes("Prefix", "/cart/", "/cart") and takes("Prefix", "/cart", "/cart/1"))
    check.is(not takes("Prefix", "/cart", "/carts"))
    check.is(takes("Prefix", "/", "/any"))
    check.is(takes("Exact", "/cart", "/cart") and not takes("Exact", "/cart", "/cart/"))
    check.is(takes("ImplementationSpecific", "/ca", "/cart"))
  end,
  ["the most exact host goes first, then the most exact path"] = function(check)
    local all = { ingress("any", { { nil, "/" } }), ingress("wild", { { "*.example.com", "/" } }),
      ingress("web", { { "shop.example.com", "/" }, { "shop.example.com", "/cart" }, { "shop.example.com", "/cart", "Exact" } }) }
    check.equal("web /cart", takers(all, "shop.example.com", "/cart/1"))
    check.equal("web /", takers(all, "shop.example.com", "/carts"))
    check.equal("wild /", takers(all, "other.example.com", "/cart"))
    check.equal("any /", takers(all, "example.org", "/"))
    check.equal("web /, web /cart, web /cart", takers(all, "shop.example.com"))
    check.equal(1, #ingresses.taking(all, "shop.example.com", "/cart")[1].routes)
    check.equal("Exact", ingresses.taking(all, "shop.example.com", "/cart")[1].routes[1].type)
  end,
  ["what is left to the default backend comes last, and of equals the older counts"] = function(check)
    local fallback = ingress("rest", {}, { defaultBackend = { service = { name = "rest", port = { number = 80 } } } })
    check.equal("any /", takers({ fallback, ingress("any", { { nil, "/" } }) }, "x.example", "/"))
    check.equal("rest /", takers({ fallback, ingress("web", { { "shop.example.com", "/" } }) }, "x.example", "/"))
    local young = ingress("young", { { "a.example", "/" } }, { made = "2026-02-01T00:00:00Z" })
    check.equal("old /", takers({ young, ingress("old", { { "a.example", "/" } }) }, "a.example", "/"))
  end,
  ["of TLS only what belongs to the host is kept"] = function(check)
    local record = ingress("web", { { "a.example", "/" }, { "b.example", "/" } }, { tls = { { hosts = { "a.example" }, secretName = "a" },
      { hosts = { "b.example" }, secretName = "b" }, { secretName = "all" } } })
    local part = ingresses.taking({ record }, "b.example", nil)[1]
    check.equal({ "b", "all" }, { part.tls[1].secret, part.tls[2].secret })
    check.equal(3, #record.tls)
  end,
}
