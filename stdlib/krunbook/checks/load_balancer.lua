-- A Service of type LoadBalancer that has no address: whoever should give it one has not.
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local thresholds = require("krunbook.thresholds")

local M = {}

local refusals = { "SyncLoadBalancerFailed", "UnAvailableLoadBalancer", "FailedBuildModel", "FailedDeployModel", "AllocationFailed" }

local function is_pending(service)
  local balancer = service.status and service.status.loadBalancer or {}
  return service.spec.type == "LoadBalancer" and #(balancer.ingress or {}) == 0
end

local function why(case, event)
  if event then
    return event.message
  end
  local class = case.service.spec.loadBalancerClass
  return class and ("nothing that serves loadBalancerClass %s has given it one"):format(class)
    or "no cloud provider or other controller has given it one, or said why not"
end

---The Service works within the cluster, and has no address outside.
---@param case ServiceCase
---@return table|nil
function M.check(case)
  if not is_pending(case.service) or case:age(case.service) < thresholds.load_balancer then
    return nil
  end
  local metadata = case.service.metadata
  local said, unknown = kube.events(case.service)
  case.ctx:can_do_without(unknown)
  local event = events.newest(said, refusals)
  return case:finding({
    code = "service-load-balancer-pending",
    cause = ("Service %s answers within the cluster, and has no address outside: %s."):format(metadata.name, (why(case, event):gsub("%.$", ""))),
    evidence = { event, { kind = "state", text = "type LoadBalancer, status.loadBalancer: none" } },
    since = event and event.first or metadata.creationTimestamp,
    next_steps = { next_steps.describe(case.service), next_steps.kubectl(metadata.namespace, "get", "service", metadata.name, "-o", "yaml") },
  })
end

return M
