-- Choosing among an object's events. kube.events gives them by UID and in time order, so the last one that fits is the newest.
local time = require("krunbook.time")

local M = {}

local function fits(event, reasons, text)
  local reason_fits = reasons == nil or event.reason == reasons
  if type(reasons) == "table" then
    reason_fits = false
    for _, reason in ipairs(reasons) do
      reason_fits = reason_fits or event.reason == reason
    end
  end
  return reason_fits and (text == nil or (event.message or ""):find(text, 1, true) ~= nil)
end

---Those with this reason (or one of these), whose message contains text; in time order.
---@param events Event[]|nil
---@param reasons string|string[]|nil
---@param text? string
---@return Event[]
function M.matching(events, reasons, text)
  local found = {}
  for _, event in ipairs(events or {}) do
    if fits(event, reasons, text) then
      found[#found + 1] = event
    end
  end
  return found
end

---The newest of them.
---@param events Event[]|nil
---@param reasons string|string[]|nil
---@param text? string
---@return Event|nil
function M.newest(events, reasons, text)
  local found = M.matching(events, reasons, text)
  return found[#found]
end

---When an event was last seen, in seconds since 1970; 0 where it does not say.
---@param event Event
---@return integer
function M.time(event)
  return time.parse(event.last) or 0
end

---When the first of them was seen.
---@param events Event[]|nil
---@param reasons string|string[]|nil
---@param text? string
---@return string|nil
function M.first_seen(events, reasons, text)
  local first
  for _, event in ipairs(M.matching(events, reasons, text)) do
    local at = event.first or event.last
    if at and (not first or at < first) then
      first = at
    end
  end
  return first
end

---Whether an event speaks of a container: its fieldPath says so, or, where it has none, it is of the whole pod.
---@param event Event
---@param container string
---@return boolean
function M.of_container(event, container)
  local path = event.object and event.object.fieldPath
  if not path then
    return true
  end
  return path:match("{(.-)}") == container
end

return M
