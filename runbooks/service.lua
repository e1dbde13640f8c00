-- Why does this Service not answer? Looks at one Service or at every Service of the namespace(s), from the inside outwards: first its pods,
-- then what the Service makes of them: selector, endpoints, ports. What is known of failures is in krunbook.checks.*; a cause that lies
-- in the pods is found by pod-status, and handed on with the Service as the way to it.
local behind = require("krunbook.checks.behind")
local checks = require("krunbook.checks.service")
local codes = require("krunbook.codes")
local external_name = require("krunbook.checks.external_name")
local findings = require("krunbook.findings")
local lookup = require("krunbook.lookup")
local needs = require("krunbook.needs")
local network_policies = require("krunbook.network_policies")
local services = require("krunbook.services")
local surroundings = require("krunbook.surroundings")

local TOGETHER = 2 -- namespaces that are looked into at the same time: of each the pods are held, and another runbook

-- All Services, or those named: "web", or "web,api:http", each with the port that is asked about where one is named.
local function asked_about(ctx, args)
  local list, ports, named = {}, {}, {}
  local function add(service, port)
    list[#list + 1], ports[#list + 1] = service, port
  end
  for each in (args.service or ""):gmatch("[^,]+") do
    local name, port = each:match("^([^:]+):(.+)$")
    named[#named + 1] = { namespace = ctx.namespace, name = name or each, port = port or args.port }
  end
  local found = not ctx.all_namespaces and lookup.objects(ctx, "services", named) or {} -- many are read as a list
  for _, one in ipairs(args.service and named or { { port = args.port } }) do
    local service = one.name and found[lookup.key(one.namespace, one.name)]
    if service then
      add(service, one.port)
    else
      for _, target in ctx:targets("services", one.name) do
        add(target, one.port)
      end
    end
  end
  return list, ports
end

local function read_policies(ctx, args)
  return args.policies ~= false and network_policies.read(ctx) or nil
end

-- Owners are only read where a Service has no pods: they may say why.
local function read_around(ctx, list, policies)
  local around = surroundings.read(ctx, list, policies)
  for _, service in ipairs(list) do
    local selector = services.selector(service)
    if selector and not around.pods_unknown and #around:matching(service.metadata.namespace, selector) == 0 then
      around:read_owners()
      break
    end
  end
  return around
end

-- Whether the Service that an alias stands for is looked at in this run anyway.
local function is_among(list, target)
  for _, service in ipairs(list) do
    if service.metadata.name == target.name and service.metadata.namespace == target.namespace then
      return true
    end
  end
  return false
end

---@class Some  Services that are looked at together: of one namespace, or a few.
---@field list Object[]
---@field ports table<integer, string>  of each the one that is asked about, where one is named
---@field policies NetworkPolicies|nil
---@field of_all boolean|nil            they are some of all that are looked at

local function look_at(ctx, args, some, gathered)
  local list, ports = some.list, some.ports
  local around, open, aliases = #list > 0 and read_around(ctx, list, some.policies), {}, {}
  local verdicts = kube.parallel(list, function(service, i)
    return checks.examine(ctx, around, service, { port = ports[i] or args.port, path = args.path, probe = args.probe })
  end)
  for i, service in ipairs(list) do
    local verdict = verdicts[i]
    for _, finding in ipairs(verdict.findings) do
      gathered:add(finding)
    end
    local target = verdict.stands_for
    if verdict.healthy or (target and (some.of_all or is_among(list, target))) then
      ctx:healthy(service)
    elseif target then
      aliases[#aliases + 1] = { service = service, target = target }
    elseif verdict.follow then
      open[#open + 1] = { service = service, verdict = verdict, pods = around:matching(service.metadata.namespace,
        services.selector(service)) }
    end
  end
  behind.look(ctx, open, gathered)
  external_name.look(ctx, aliases, args, gathered)
end

-- Those that are meant; the policies are read meanwhile.
local function look_at_those(ctx, args, gathered)
  local some = {}
  kube.parallel({
    function() some.list, some.ports = asked_about(ctx, args) end,
    function() some.policies = read_policies(ctx, args) end,
  })
  look_at(ctx, args, some, gathered)
  return some.policies
end

-- The Services of all namespaces, a few namespaces at a time: of these the pods are kept meanwhile, and there may be tens of thousands.
local function look_at_all(ctx, args, gathered)
  local policies, some, namespace = read_policies(ctx, args), {}, nil
  local function look()
    kube.parallel(some, function(list)
      look_at(ctx, args, { list = list, ports = {}, policies = policies, of_all = not ctx.labels }, gathered)
    end)
    some = {}
  end
  for _, service in ctx:targets("services") do
    if service.metadata.namespace ~= namespace then -- a list comes in their order
      if #some == TOGETHER then
        look()
      end
      namespace, some[#some + 1] = service.metadata.namespace, {}
    end
    table.insert(some[#some], service)
  end
  look()
  return policies
end

return {
  name = "service",
  summary = "Why does this Service not answer?",
  description = "Finds out whether a Service has pods that are ready, whether its ports lead to something that listens in them, "
    .. "whether that answers when it is asked through a port-forward, and whether NetworkPolicies let anybody in there; else the cause, down "
    .. "to the pod's own. A port-forward passes by kube-proxy and NetworkPolicies: whether a certain client comes through is not told.",
  args = {
    service = { type = "string", help = "this Service; several, each with a port of it where need be: web,api:http" },
    port = { type = "string", help = "only this port of it, by number or name" },
    path = { type = "string", help = "ask by HTTP GET for this path, at the port given or the first; else ports are only connected to" },
    probe = { type = "boolean", default = true, help = "--no-probe: do not ask the ports" },
    policies = { type = "boolean", help = "--no-policies: do not look at NetworkPolicies" },
  },
  needs = needs.of("service", "pod"),
  findings = codes.names("service", "pod"),
  examples = {
    "krunbook run service --service shop",
    "krunbook run service --service shop --port http --path /healthz",
    "krunbook run service -A",
  },
  run = function(ctx, args)
    local gathered = findings.new(ctx)
    local look = ctx.all_namespaces and not args.service and look_at_all or look_at_those
    local policies = look(ctx, args, gathered)
    if policies then
      policies:settle(ctx)
    end
    gathered:report()
  end,
}
