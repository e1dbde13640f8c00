-- Every question about one Service, from the innermost outwards: its pods, then what the Service makes of them.
local ServiceCase = require("krunbook.service_case")
local by_hand = require("krunbook.checks.by_hand")
local endpoints = require("krunbook.checks.endpoints")
local external_name = require("krunbook.checks.external_name")
local load_balancer = require("krunbook.checks.load_balancer")
local policies = require("krunbook.checks.policies")
local ports = require("krunbook.checks.ports")
local probes = require("krunbook.probes")
local selector = require("krunbook.checks.selector")
local selectors = require("krunbook.selectors")
local services = require("krunbook.services")

local M = {}

local function healthy()
  return { findings = {}, healthy = true }
end

-- The path is asked of the port that was named, else of the first that speaks TCP.
local function path_for(case, port)
  if #case.ports == 1 then
    return case.path
  end
  for _, other in ipairs(case.ports) do
    if other.protocol == "TCP" then
      return other.port == port.port and other.protocol == port.protocol and case.path or nil
    end
  end
end

-- A headless Service only names its pods, and often lists ports of which but one member speaks, or none yet: one that answers will do.
local function is_enough(case, answers)
  for i, answer in ipairs(answers) do
    if services.is_headless(case.service) and not answer.finding and answer.known and case.ports[i].protocol == "TCP" then
      return true
    end
  end
  return false
end

-- What is wrong with its ports, and those with which nothing is.
local function check_ports(case)
  local findings, good, known = {}, {}, true
  local answers = kube.parallel(case.ports, function(port)
    local finding, is_known = ports.check(case, port, path_for(case, port))
    return { finding = finding, known = is_known }
  end)
  local enough = is_enough(case, answers)
  for i, answer in ipairs(answers) do
    known = known and answer.known
    good[#good + 1] = not answer.finding and case.ports[i] or nil
    if answer.finding and enough then
      case:step("port " .. services.port_text(case.ports[i]), "headless, and another port answers: left at that. " .. answer.finding.cause)
    else
      findings[#findings + 1] = answer.finding
    end
  end
  return findings, good, known
end

local function tell_pods(case)
  case:step("pods", ("%d match %s, %d of them ready"):format(#case.pods, selectors.text(case.selector), #case.ready))
end

-- Where pods that are ready do not serve, those that are not ready count as well: they may be the ones that would.
local function not_serving(case, findings)
  return { findings = findings, follow = endpoints.not_ready(case), instead = function() end }
end

-- Its pods are ready: are they reached?
local function serving(case)
  local findings, good_ports, known = check_ports(case)
  if #findings > 0 then
    return not_serving(case, findings)
  end
  findings[1] = endpoints.stale(case) or load_balancer.check(case)
  local shut, told = policies.check(case, good_ports)
  table.move(shut, 1, #shut, #findings + 1, findings)
  known = known and told
  local good = #findings == 0 and known and not case.around.endpoints_unknown
  if good then
    case:step("verdict", case.probe and "healthy; " .. probes.blind or "healthy; its ports were not asked, as --no-probe says")
  end
  return { findings = findings, healthy = good }
end

---What is wrong with a Service.
---@param ctx Context
---@param around Surroundings
---@param service Object
---@param args {port?: string, path?: string, probe: boolean}
---@return Verdict
function M.examine(ctx, around, service, args)
  local case = ServiceCase.new(ctx, around, service, args)
  if services.is_external_name(service) then
    return external_name.check(case, args.port)
  end
  local no_such_port = ports.choose(case, args.port)
  if no_such_port then
    return { findings = { no_such_port } }
  elseif not case.selector then
    return by_hand.check(case)
  elseif around.pods_unknown then
    return { findings = {} } -- which stands in the report as unknown
  end
  tell_pods(case)
  local kept = #case.ready == 0 and endpoints.by_hand(case) or 0
  if kept > 0 then
    case:step("endpoints", ("%d ready ones are kept by hand, not from its selector"):format(kept))
    return by_hand.ports(case)
  elseif #case.pods + #case.over == 0 then
    return selector.check(case)
  elseif endpoints.are_done(case) then
    case:step("pods", "they were a Job's, and have done their work")
    return healthy()
  elseif #case.ready == 0 then
    return endpoints.none_ready(case)
  end
  return serving(case)
end

return M
