-- Two Ingresses of one class that take the same host and path, each for another Service: the controller heeds one of them.
local controllers = require("krunbook.ingress_controllers")
local ingresses = require("krunbook.ingresses")

local M = {}

-- Where each Ingress has an address of its own, two may have the same host; a canary is a second one on purpose.
local function may_conflict(record)
  local class = record.class_of
  local row = class and (class.rows and class.rows[1] or controllers.by_controller(class.controller))
  return class ~= nil and not record.canary and not (row and row.own_address)
end

local function backend_text(record, route)
  return ("Service %s/%s, port %s"):format(record.object.metadata.namespace, route.service, tostring(route.port))
end

local function conflict(first, record, route)
  return {
    code = "ingress-path-conflict", severity = "info", object = record.object, objects = { record.object, first.record.object },
    key = ingresses.route_text(route),
    cause = ("Ingress %s and Ingress %s both take %s, one for %s, the other for %s: the controller heeds one of them, as a rule the older."):format(
      ingresses.name(first.record), ingresses.name(record), ingresses.route_text(route), backend_text(first.record, first.route),
      backend_text(record, route)),
    evidence = { { kind = "spec", text = ("Ingress %s was made at %s, Ingress %s at %s"):format(ingresses.name(first.record),
      first.record.object.metadata.creationTimestamp or "?", ingresses.name(record), record.object.metadata.creationTimestamp or "?") } },
  }
end

---@param records IngressRecord[]  with class_of
---@param gathered Findings
function M.check(records, gathered)
  local taken = {}
  for _, record in ipairs(records) do
    for _, route in ipairs(may_conflict(record) and record.routes or {}) do
      local key = ("%s %s %s %s"):format(record.class_of.name or "", route.host or "*", route.type, route.path)
      local first = taken[key]
      local counts = route.service and not route.default -- a default backend is each Ingress's own
      if counts and not first then
        taken[key] = { record = record, route = route }
      elseif counts and first.record ~= record and backend_text(first.record, first.route) ~= backend_text(record, route) then
        gathered:add(conflict(first, record, route))
      end
    end
  end
end

return M
