-- With --probe: the request that a rule takes, sent through a pod of the controller with the rule's host, and compared with what the
-- backend itself answers to it. Both go through port-forwards.
local ingresses = require("krunbook.ingresses")
local next_steps = require("krunbook.next_steps")
local probes = require("krunbook.probes")
local services = require("krunbook.services")

local M = {}

-- By which a controller's own port is known, in this order: its name, then its number.
local PORTS = {
  http = { "http", "web", 80, 8080, 8000 },
  https = { "https", "websecure", 443, 8443 },
}

-- The declared port of a controller's pod at which it takes HTTP, or HTTPS.
local function entrance(pod, scheme)
  for _, wanted in ipairs(PORTS[scheme]) do
    for _, port in ipairs(services.declared(pod)) do
      if port.protocol == "TCP" and (port.name == wanted or port.port == wanted) then
        return port.port
      end
    end
  end
end

local function has_tls(record, host)
  for _, tls in ipairs(record.tls) do
    for _, one in ipairs(tls.hosts) do
      if host and ingresses.takes_host(one, host) then
        return true
      end
    end
  end
  return false
end

-- "*.example.com" takes any label: one that nobody has.
local function host_of(route, asked)
  return asked or (route.host and route.host:gsub("^%*%.", "krunbook-probe."))
end

-- A path that is a pattern is not one that can be asked for.
local function path_of(route, asked)
  if asked then
    return asked
  end
  local pattern = route.type == "ImplementationSpecific" and route.path:find("[*?()|%[%]^$\\]")
  return not pattern and route.path or nil
end

---@class RouteProbe
---@field record IngressRecord
---@field route Route
---@field host string|nil
---@field path string
---@field scheme "http"|"https"
---@field pod Object      of the controller
---@field port integer    of it
---@field asked string    "GET https://shop.example.com/cart"

local function plan_of(ctx, record, route, args)
  local host, path = host_of(route, args.host), path_of(route, args.path)
  local pod = record.controller_pods[1]
  local scheme = has_tls(record, host) and "https" or "http"
  local port = entrance(pod, scheme)
  local where = ("%s of Ingress %s"):format(ingresses.route_text(route), ingresses.name(record))
  if not path then
    ctx:step(where, "not asked: its path is a pattern; --path names one")
  elseif not port then
    ctx:unknown({ what = "what the controller answers to " .. where, reason = "absent",
      message = ("Pod %s/%s declares no port for %s"):format(pod.metadata.namespace, pod.metadata.name, scheme) })
    record.doubt = true
  else
    return { record = record, route = route, host = host, path = path, scheme = scheme, pod = pod, port = port,
      asked = ("GET %s://%s%s"):format(scheme, host or "(no host)", path) }
  end
end

-- Only what is sound so far: of the rest it is known what is broken.
local function plans(ctx, records, args)
  local list = {}
  for _, record in ipairs(records) do
    for _, route in ipairs(record.controller_pods and record.routes or {}) do
      if route.backend and route.backend.sound then
        list[#list + 1] = plan_of(ctx, record, route, args)
      end
    end
  end
  return list
end

local function is_redirect(probe)
  return probe.result == "answered" and probe.status >= 300 and probe.status < 400
end

-- What the controller's answer means beside the backend's: nil when they agree.
local function difference(through, direct)
  local well = direct.result == "answered" and direct.status < 400
  if not probes.is_good(through, "/") then
    if not probes.is_good(direct, "/") then
      return "critical", "the backend itself does not answer as it should"
    end
    return "critical", "the backend answers, so the controller does not reach it: look at what the controller knows of its endpoints, at "
      .. "NetworkPolicies between the two, and at the protocol that the backend speaks"
  elseif is_redirect(through) or through.status == direct.status then
    return nil
  elseif through.status == 404 and well then
    return "critical", "the backend knows the path, so the controller does not know the rule: it may not have taken the Ingress in, or rewrite "
      .. "the path"
  end
  return "info", "the controller, or what it is told to do with the request, makes a difference"
end

local function finding_of(plan, through, direct, severity, meaning)
  local record, backend = plan.record, plan.route.backend
  local at_backend = not probes.is_good(direct, "/")
  local control = ingresses.link("Pod", plan.pod.metadata.namespace, plan.pod.metadata.name, not at_backend)
  local service = ingresses.link("Service", backend.namespace, backend.service)
  return {
    code = "ingress-not-answering", severity = severity, object = record.object, key = plan.asked,
    chain = { ingresses.first_link(record), control, service, ingresses.link("Pod", backend.namespace, direct.pod, at_backend) },
    cause = ("%s through the controller's pod %s/%s gives: %s; Pod %s/%s behind Service %s gives: %s: %s."):format(plan.asked,
      plan.pod.metadata.namespace, plan.pod.metadata.name, probes.result(through), backend.namespace, direct.pod, backend.service,
      probes.result(direct), meaning),
    evidence = { probes.evidence(through, plan.asked, plan.pod.metadata.namespace),
      probes.evidence(direct, "GET " .. plan.path, backend.namespace) },
    next_steps = { next_steps.kubectl(plan.pod.metadata.namespace, "logs", plan.pod.metadata.name, "--tail=50"),
      next_steps.kubectl(record.object.metadata.namespace, "describe", "ingress", record.object.metadata.name) },
  }
end

-- Both answers; one that could not be had leaves the Ingress in doubt.
local function ask(ctx, plan)
  local backend = plan.route.backend
  local opts = { path = plan.path, host = plan.host }
  local function one(object, port, scheme)
    opts.port, opts.scheme = port, scheme
    local probe, unknown, why = kube.probe(object, opts)
    if not probe and not unknown then
      ctx:unknown({ what = ("port %d of %s %s/%s"):format(port, object.kind, object.metadata.namespace, object.metadata.name), reason = "absent",
        message = why })
    end
    return probe
  end
  local through = one(plan.pod, plan.port, plan.scheme)
  local direct = through and one(backend.object, backend.service_port.port, backend.service_port.scheme)
  return through, direct
end

local function examine(ctx, plan, gathered)
  local through, direct = ask(ctx, plan)
  if not direct then
    plan.record.doubt = true
    return
  end
  ctx:step(plan.asked, ("through the controller %s; from Pod %s/%s itself %s; %s"):format(probes.result(through), plan.route.backend.namespace,
    direct.pod, probes.result(direct), probes.blind))
  local severity, meaning = difference(through, direct)
  plan.route.backend.reached = plan.route.backend.reached or not (severity or is_redirect(through))
  if severity then
    plan.record.doubt = plan.record.doubt or severity ~= "info"
    gathered:add(finding_of(plan, through, direct, severity, meaning))
  end
end

---@param ctx Context
---@param records IngressRecord[]  with controller_pods and the routes' backends
---@param args {host?: string, path?: string}
---@param gathered Findings
function M.check(ctx, records, args, gathered)
  kube.parallel(plans(ctx, records, args), function(plan)
    examine(ctx, plan, gathered)
  end)
end

return M
