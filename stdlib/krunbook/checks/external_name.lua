-- A Service of type ExternalName is an alias in DNS. Of a name outside nothing is known here; one of this cluster must be there, and what
-- comes to the alias fails as that Service does.
local behind = require("krunbook.checks.behind")
local findings = require("krunbook.findings")
local lookup = require("krunbook.lookup")
local nearest = require("krunbook.nearest")
local next_steps = require("krunbook.next_steps")
local services = require("krunbook.services")

local M = {}

local function as_it_says(service)
  return { kind = "spec", text = ("Service %s/%s: type ExternalName, externalName: %s"):format(service.metadata.namespace,
    service.metadata.name, service.spec.externalName or "?") }
end

-- A finding about the alias, as it was reached: what it stands for may be an alias again.
local function wrong(case, aliases, finding)
  finding.code, finding.evidence = "service-external-name-wrong", finding.evidence or {}
  for i, alias in ipairs(aliases) do
    table.insert(finding.evidence, i, as_it_says(alias))
  end
  local last = aliases[#aliases]
  finding.cause = ("Service %s stands for %s%s"):format(case.service.metadata.name, last.spec.externalName,
    #aliases > 1 and (", by way of Service %s/%s"):format(last.metadata.namespace, last.metadata.name) or "") .. finding.cause
  return { findings = { case:finding(finding) } }
end

local function edit(alias, what)
  return ("%s  # %s"):format(next_steps.kubectl(alias.metadata.namespace, "edit", "service", alias.metadata.name), what)
end

-- Some resolve it all the same, and a controller of Ingresses may connect to it: no more than a warning.
local function address(case, aliases)
  local last = aliases[#aliases]
  return wrong(case, aliases, {
    severity = "warning",
    cause = ": an IP address, which DNS takes for a name made of digits and does not resolve. Only who reads it from the Service itself, as "
      .. "some Ingress controllers do, gets there.",
    next_steps = { ("make it a Service without a selector, with an EndpointSlice that holds %s"):format(last.spec.externalName),
      edit(last, "or a host name in spec.externalName") },
  })
end

local function circle(case, aliases)
  return wrong(case, aliases, {
    cause = ", which leads back to where it was: a name that stands for itself does not resolve.",
    next_steps = { edit(case.service, "correct spec.externalName") },
  })
end

-- ", and there is no namespace shop" or ", and there is no such Service"; with the nearest name.
local function what_is_missing(ctx, namespace, name)
  local found, unknown = kube.get("namespaces", namespace)
  ctx:can_do_without(unknown)
  if not found and not unknown then
    local near = nearest.name(namespace, lookup.names(ctx, "namespaces"))
    return (", and there is no namespace %s.%s"):format(namespace, near and (" The nearest is %s."):format(near) or ""),
      near and ("%s.%s.svc.%s"):format(name, near, services.CLUSTER_DOMAIN)
  end
  local near = nearest.name(name, lookup.names(ctx, "services", namespace))
  return (", and there is no Service %s in namespace %s.%s"):format(name, namespace, near and (" The nearest is %s."):format(near) or ""),
    near and ("%s.%s.svc.%s"):format(near, namespace, services.CLUSTER_DOMAIN)
end

local function missing(case, aliases, namespace, name)
  local cause, near = what_is_missing(case.ctx, namespace, name)
  return wrong(case, aliases, {
    cause = cause, evidence = { { kind = "object", text = ("Service %s/%s not found"):format(namespace, name) } },
    next_steps = { edit(aliases[#aliases], near and "externalName: " .. near or "correct spec.externalName"),
      next_steps.kubectl(namespace, "get", "services") },
  })
end

-- The port that is asked of what the alias stands for; nil is any. DNS changes no port, but some controllers go to the targetPort; and a
-- headless Service's pods are reached at ports that it does not list.
local function port_of(case, wanted, target)
  if not wanted or services.is_headless(target) then
    return nil
  end
  local port = services.ports_called(case.service, wanted)[1]
  if not port then
    return math.tointeger(tonumber(wanted))
  end
  return port.target == port.port and port.port or nil
end

---What is wrong with an alias. Where it leads to a Service of this cluster, that one is to be looked at in its place.
---@param case ServiceCase
---@param port string|nil  that is asked about
---@return Verdict
function M.check(case, port)
  local aliases, seen, alias = {}, {}, case.service
  while alias and services.is_external_name(alias) do
    local key = lookup.key(alias.metadata.namespace, alias.metadata.name)
    if seen[key] then
      return circle(case, aliases)
    end
    aliases[#aliases + 1], seen[key] = alias, true
    local what, namespace, name = services.external_target(alias)
    case:step("type", ("ExternalName: DNS gives %s in its place, %s"):format(alias.spec.externalName or "?", what == "service"
      and ("Service %s in namespace %s"):format(name, namespace) or "behind which nothing of this cluster stands"))
    if what == "address" then
      return address(case, aliases)
    elseif what == "outside" then
      return { findings = {}, healthy = true }
    end
    local found, unknown = kube.get("services", name, { namespace = namespace })
    if not found then
      return unknown and { findings = {} } or missing(case, aliases, namespace, name)
    end
    alias = found
  end
  return { findings = {}, stands_for = { namespace = alias.metadata.namespace, name = alias.metadata.name, port = port_of(case, port, alias) } }
end

---@class Alias
---@field service Object
---@field target {namespace: string, name: string, port?: integer}  the Service that it stands for

local OUTSIDE = "service-load-balancer-pending" -- is no trouble for who comes from within, by a name of the cluster

local function look_at_namespace(ctx, namespace, aliases, args, gathered)
  local names = {}
  for i, alias in ipairs(aliases) do
    names[i] = alias.target.name .. (alias.target.port and ":" .. alias.target.port or "")
  end
  local result = ctx:run("service", { service = table.concat(names, ","), probe = args.probe, policies = args.policies, path = args.path },
    { namespace = namespace })
  for _, alias in ipairs(aliases) do
    for _, finding in ipairs(result.findings) do
      if finding.code ~= OUTSIDE and behind.is_about(finding, namespace, alias.target.name, alias.target.port) then
        gathered:add(findings.handed_on(finding, alias.service))
      end
    end
    for _, object in ipairs(result.healthy) do
      if object.name == alias.target.name then
        ctx:healthy(alias.service)
      end
    end
  end
end

---Looks at the Services that aliases stand for, in one run for each namespace, and adds what is found with the alias as the way to it.
---@param ctx Context
---@param list Alias[]
---@param args {path?: string, probe: boolean, policies: boolean}
---@param gathered Findings
function M.look(ctx, list, args, gathered)
  local namespaces, by_namespace = {}, {}
  for _, alias in ipairs(list) do
    local namespace = alias.target.namespace
    if not by_namespace[namespace] then
      namespaces[#namespaces + 1], by_namespace[namespace] = namespace, {}
    end
    table.insert(by_namespace[namespace], alias)
  end
  for _, namespace in ipairs(namespaces) do
    look_at_namespace(ctx, namespace, by_namespace[namespace], args, gathered)
  end
end

return M
