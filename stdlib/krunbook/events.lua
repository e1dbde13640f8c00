-- Events: what is kept of each, and choosing among an object's. kube.events gives them by UID and in time
-- order, so the last one that fits is the newest.
local time = require("krunbook.time")

local M = {}

---The UID that its events carry: of a mirror pod the kubelet's own id.
---@param object Object
---@return string
function M.uid(object)
  local metadata = object.metadata
  return metadata.annotations and metadata.annotations["kubernetes.io/config.mirror"] or metadata.uid
end

-- When an event was last seen. The API has three places for it; the newest wins.
local function last_seen(event)
  return event.series and event.series.lastObservedTime or event.lastTimestamp or event.eventTime
end

-- A time that is none sorts as the oldest.
local function text_or_nil(at)
  return type(at) == "string" and at or nil
end

---An event of the API, of whichever version, as runbooks are given it.
---@param event Object
---@return Event
function M.simplify(event)
  local involved = event.involvedObject or {}
  local count = event.series and event.series.count or event.count
  return {
    uid = event.metadata and event.metadata.uid,
    type = event.type or "Normal",
    reason = event.reason or "",
    message = event.message or "",
    count = math.tointeger(count) or 1,
    first = text_or_nil(event.firstTimestamp or event.eventTime or last_seen(event)),
    last = text_or_nil(last_seen(event)),
    source = event.source and event.source.component or event.reportingComponent,
    object = {
      kind = involved.kind,
      namespace = involved.namespace,
      name = involved.name,
      uid = involved.uid,
      fieldPath = involved.fieldPath,
    },
  }
end

-- RFC 3339 in UTC sorts as text once fractions are cut off: "…:09.123456Z" is in the second of "…:09Z".
local function second_of(at)
  return at and (at:gsub("%.%d+", "")) or ""
end

---In time order; the same event told twice is one, with its counts added.
---@param events Event[]
---@return Event[]
function M.merge(events)
  local merged, by_key = {}, {}
  for _, event in ipairs(events) do
    local key = table.concat({ event.type, event.reason, event.message, event.object.fieldPath or "" }, "\0")
    local same = by_key[key]
    if not same then
      by_key[key] = event
      merged[#merged + 1] = event
    else
      same.count = same.count + event.count
      if second_of(event.first) < second_of(same.first) then
        same.first = event.first
      end
      if second_of(event.last) > second_of(same.last) then
        same.last = event.last
      end
    end
  end
  for i, event in ipairs(merged) do
    event.order = i
  end
  table.sort(merged, function(a, b)
    local x, y = second_of(a.last), second_of(b.last)
    if x ~= y then
      return x < y
    end
    return a.order < b.order
  end)
  for _, event in ipairs(merged) do
    event.order = nil
  end
  return merged
end

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
