-- What controllers say of Ingresses that they cannot serve as they are written: their events on them. Only of controllers that do so.
local controllers = require("krunbook.ingress_controllers")
local ingresses = require("krunbook.ingresses")
local lookup = require("krunbook.lookup")
local next_steps = require("krunbook.next_steps")

local M = {}

-- The known controllers that may serve the Ingress and that write such events.
local function reasons_for(record)
  local class, reasons = record.class_of, {}
  local rows = class and (class.rows or { controllers.by_controller(class.controller) }) or {}
  for _, row in ipairs(rows) do
    table.move(row.failures or {}, 1, #(row.failures or {}), #reasons + 1, reasons)
  end
  return reasons
end

-- The newest such event, unless its controller has been content since.
local function rejection(said, reasons)
  local found
  for _, event in ipairs(said) do
    local is_one = false
    for _, reason in ipairs(reasons) do
      is_one = is_one or (event.reason == reason and event.type == "Warning")
    end
    if is_one then
      found = event
    elseif found and event.type == "Normal" and event.source == found.source and (event.last or "") >= (found.last or "") then
      found = nil
    end
  end
  return found
end

local function finding_of(record, event)
  local metadata = record.object.metadata
  return {
    code = "ingress-rejected", object = record.object, since = event.first, key = event.reason,
    cause = ("The controller of Ingress %s does not serve it as it is written: %s"):format(ingresses.name(record), event.message),
    evidence = { event }, chain = { ingresses.first_link(record, true) },
    next_steps = { next_steps.kubectl(metadata.namespace, "edit", "ingress", metadata.name) },
  }
end

---@param records IngressRecord[]  with class_of
---@param gathered Findings
function M.check(records, gathered)
  local asked, reasons, objects = {}, {}, {}
  for _, record in ipairs(records) do
    local some = reasons_for(record)
    if #some > 0 then
      asked[#asked + 1], objects[#objects + 1], reasons[record] = record, record.object, some
    end
  end
  local said, unknown = lookup.events(objects)
  for _, record in ipairs(asked) do
    local event = rejection(said[record.object.metadata.uid] or {}, reasons[record])
    if event then
      gathered:add(finding_of(record, event))
    end
    record.doubt = record.doubt or event ~= nil or unknown ~= nil
  end
end

return M
