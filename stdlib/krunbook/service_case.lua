-- One Service under examination: what it selects and which of its ports are asked about, and how a verdict about it is put together.
local next_steps = require("krunbook.next_steps")
local pods = require("krunbook.pods")
local services = require("krunbook.services")
local time = require("krunbook.time")

---@class ServiceCase
---@field ctx Context
---@field around Surroundings
---@field service Object
---@field name string            "shop/web"
---@field selector table|nil
---@field pods Object[]          that it selects and that are not over
---@field over Object[]          that it selects and that have ended
---@field ready Object[]         those of its pods that traffic may go to
---@field ports ServicePort[]    that are asked about
---@field path string|nil        asked for by HTTP
---@field probe boolean          whether ports are asked at all
---@field now integer
local ServiceCase = {}
ServiceCase.__index = ServiceCase

---@class Asked
---@field pod Object
---@field number integer
---@field how string          "TCP", "HTTP GET /healthz"
---@field probe Probe|nil
---@field unknown Unknown|nil

---@class Verdict
---@field findings table[]    what findings.add takes
---@field healthy boolean
---@field follow string[]|nil where the cause is to be looked for: "replicaset/web-5d4f", "pod/shell"
---@field stands_for {namespace: string, name: string, port?: integer}|nil  the Service that is to be looked at in its place
---@field instead (fun(result: table): table|nil)|nil  the finding where nothing comes of that

local M = {}

-- As the endpoints controllers see it.
local function is_ready(service, pod)
  if service.spec.publishNotReadyAddresses then
    return pod.status.podIP ~= nil
  end
  local ready = pods.condition(pod, "Ready")
  return ready ~= nil and ready.status == "True" and not pod.metadata.deletionTimestamp
end

local function sort_pods(case)
  for _, pod in ipairs(case.selector and case.around:matching(case.service.metadata.namespace, case.selector) or {}) do
    local list = pods.is_over(pod) and case.over or case.pods
    list[#list + 1] = pod
    if list == case.pods and is_ready(case.service, pod) then
      case.ready[#case.ready + 1] = pod
    end
  end
end

---@param ctx Context
---@param around Surroundings
---@param service Object
---@param args {port?: string, path?: string, probe: boolean}
---@return ServiceCase
function M.new(ctx, around, service, args)
  local case = setmetatable({
    ctx = ctx, around = around, service = service, name = service.metadata.namespace .. "/" .. service.metadata.name,
    selector = services.selector(service), pods = {}, over = {}, ready = {}, ports = services.ports(service),
    path = args.path, probe = args.probe, now = kube.now(),
  }, ServiceCase)
  sort_pods(case)
  return case
end

---A line of the decision trace about this Service.
---@param asked string
---@param showed string
function ServiceCase:step(asked, showed)
  self.ctx:step(("%s of Service %s"):format(asked, self.name), showed)
end

---A finding about this Service.
---@param finding table
---@return table
function ServiceCase:finding(finding)
  finding.object = self.service
  return finding
end

---`kubectl edit service …  # what`
---@param what string
---@return string
function ServiceCase:edit(what)
  local metadata = self.service.metadata
  return ("%s  # %s"):format(next_steps.kubectl(metadata.namespace, "edit", "service", metadata.name), what)
end

---Asks a port of a pod through a port-forward. Without a path it only connects.
---@param pod Object
---@param number integer
---@param path? string
---@param scheme? "http"|"https"
---@return Asked
function ServiceCase:ask(pod, number, path, scheme)
  local opts = { port = number, path = path, scheme = path and scheme or "tcp" }
  local probe, unknown, why = kube.probe(pod, opts)
  if not probe and not unknown then
    unknown = { what = ("port %d of Pod %s/%s"):format(number, pod.metadata.namespace, pod.metadata.name), reason = "absent", message = why }
    self.ctx:unknown(unknown)
  end
  return { pod = pod, number = number, how = path and scheme:upper() .. " GET " .. path or "TCP", probe = probe, unknown = unknown }
end

---How long ago an object was made.
---@param object Object|table
---@return integer
function ServiceCase:age(object)
  return time.between(object.metadata.creationTimestamp, self.now) or math.maxinteger
end

return M
