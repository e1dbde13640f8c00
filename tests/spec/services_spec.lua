local services = require("krunbook.services")

local function service(ports, spec)
  local object = { kind = "Service", metadata = { namespace = "shop", name = "web" }, spec = spec or {} }
  object.spec.ports = ports
  return object
end

local function pod(containers, ready)
  return {
    kind = "Pod", metadata = { namespace = "shop", name = "web-0" }, spec = { containers = containers },
    status = { conditions = { { type = "Ready", status = ready == false and "False" or "True" } } },
  }
end

local function target(port, ...)
  return services.target(services.ports(service({ port }))[1], pod(...))
end

local web = { { name = "app", ports = { { name = "http", containerPort = 8080 }, { name = "dns", containerPort = 53, protocol = "UDP" } } } }

return {
  ["an empty selector is none"] = function(check)
    check.equal(nil, services.selector(service({})))
    check.equal(nil, services.selector(service({}, { selector = {} })))
    check.equal({ matchLabels = { app = "web" } }, services.selector(service({}, { selector = { app = "web" } })))
  end,
  ["without a targetPort it is the port itself"] = function(check)
    check.equal(80, target({ port = 80 }, web))
    check.equal(80, target({ port = 80, targetPort = 0 }, web))
    check.equal(8080, target({ port = 80, targetPort = 8080 }, web))
  end,
  ["a name leads to the port of that name and protocol"] = function(check)
    check.equal(8080, target({ port = 80, targetPort = "http" }, web))
    check.equal(nil, target({ port = 80, targetPort = "htpp" }, web))
    check.equal(nil, target({ port = 53, targetPort = "dns" }, web))
    check.equal(53, target({ port = 53, targetPort = "dns", protocol = "UDP" }, web))
  end,
  ["sidecars have ports, init containers that end have none"] = function(check)
    local one = pod({ { name = "app" } })
    one.spec.initContainers = { { name = "once", ports = { { name = "http", containerPort = 1 } } },
      { name = "proxy", restartPolicy = "Always", ports = { { name = "http", containerPort = 2 } } } }
    check.equal(2, services.target(services.ports(service({ { port = 80, targetPort = "http" } }))[1], one))
  end,
  ["a port is found by number or name, for each protocol"] = function(check)
    local dns = service({ { name = "dns", port = 53, protocol = "UDP" }, { name = "dns-tcp", port = 53 }, { name = "metrics", port = 9153 } })
    check.equal(2, #services.ports_called(dns, "53"))
    check.equal("dns-tcp", services.ports_called(dns, "dns-tcp")[1].name)
    check.equal(0, #services.ports_called(dns, "54"))
    check.equal("53/UDP (dns), 53 (dns-tcp), 9153 (metrics)", services.port_list(services.ports(dns)))
  end,
  ["an ExternalName is an address, a Service of this cluster, or something outside"] = function(check)
    local function meant(name)
      return table.pack(services.external_target(service(nil, { type = "ExternalName", externalName = name })))
    end
    check.equal({ "address", n = 1 }, meant("192.0.2.10"))
    for _, name in ipairs({ "db.shop.svc", "db.shop.svc.cluster.local", "db.shop.svc.cluster.local.", "db-0.db.shop.svc.cluster.local" }) do
      check.equal({ "service", "shop", "db", n = 3 }, meant(name))
    end
    for _, name in ipairs({ "db.example.com", "192.0.2.10.example.com", "db", "svc", "db.svc", "db.shop.svc.clusterset.local" }) do
      check.equal({ "outside", n = 1 }, meant(name))
    end
  end,
  ["candidates are the TCP ports that are declared, and those that probes ask; each once"] = function(check)
    local one = pod({ { name = "app", ports = web[1].ports, readinessProbe = { httpGet = { port = "http" } },
      livenessProbe = { tcpSocket = { port = 8081 } }, startupProbe = { exec = { command = { "true" } } } } })
    check.equal({ { port = 8080, name = "http" }, { port = 8081 } }, services.candidates(one))
    check.equal({}, services.candidates(pod({ { name = "app", livenessProbe = { httpGet = { port = 80, host = "192.0.2.1" } } } })))
  end,
  ["the kubelet finds the port that a readiness probe asks, while the pod is ready"] = function(check)
    local containers = { { name = "app", readinessProbe = { httpGet = { port = 8080, scheme = "HTTPS" } } } }
    check.is(services.kubelet_finds(pod(containers), 8080))
    check.is(not services.kubelet_finds(pod(containers), 80))
    check.is(not services.kubelet_finds(pod(containers, false), 8080))
    check.is(services.probed_by_https(pod(containers), 8080))
    check.is(not services.probed_by_https(pod(web), 8080))
  end,
  ["what speaks HTTPS is told by protocol, name or number"] = function(check)
    local schemes = {}
    for i, port in ipairs(services.ports(service({ { port = 80, name = "http" }, { port = 8443, name = "https-admin" }, { port = 443 },
      { port = 9000, appProtocol = "https" }, { port = 8443, name = "httpsy" } }))) do
      schemes[i] = port.scheme
    end
    check.equal({ "http", "https", "https", "https", "http" }, schemes)
  end,
}
