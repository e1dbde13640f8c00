-- Points in time as Kubernetes writes them (RFC 3339, UTC), and durations as a person reads them.
local M = {}

local function days_before(year, month, day)
  -- Counts from March, so that the leap day is a year's last: Howard Hinnant's days_from_civil.
  if month <= 2 then
    year = year - 1
  end
  local era = year // 400
  local of_era = year - era * 400
  local of_year = (153 * (month + (month > 2 and -3 or 9)) + 2) // 5 + day - 1
  return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
end

---Seconds since 1970 of "2026-01-31T08:00:00Z", with or without fractions or an offset; nil when it is none.
---@param text string|nil
---@return integer|nil
function M.parse(text)
  if type(text) ~= "string" then
    return nil
  end
  local year, month, day, hour, minute, second, rest = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)[Tt ](%d%d):(%d%d):(%d%d)(.*)$")
  if not year then
    return nil
  end
  local seconds = days_before(tonumber(year), tonumber(month), tonumber(day)) * 86400
    + tonumber(hour) * 3600 + tonumber(minute) * 60 + tonumber(second)
  local sign, hours, minutes = rest:match("([+-])(%d%d):(%d%d)$")
  if sign then
    local offset = tonumber(hours) * 3600 + tonumber(minutes) * 60
    seconds = sign == "+" and seconds - offset or seconds + offset
  end
  return math.tointeger(seconds)
end

---Seconds from one moment to a later one; nil when one of them is not known, or is the year 1970 that runtimes write for "never".
---@param from string|nil
---@param to string|integer|nil
---@return integer|nil
function M.between(from, to)
  local first = M.parse(from)
  local last = math.type(to) == "integer" and to or M.parse(to)
  if not first or not last or first < 86400 then
    return nil
  end
  return last - first
end

---"45 s", "12 min", "3 h 20 min", "5 d": the largest units that matter.
---@param seconds number|nil
---@return string
function M.duration(seconds)
  if not seconds then
    return "an unknown time"
  end
  seconds = math.floor(math.max(seconds, 0))
  if seconds < 120 then
    return seconds .. " s"
  elseif seconds < 7200 then
    return seconds // 60 .. " min"
  elseif seconds < 172800 then
    local minutes = seconds % 3600 // 60
    return seconds // 3600 .. " h" .. (minutes > 0 and " " .. minutes .. " min" or "")
  end
  return seconds // 86400 .. " d"
end

---The age column of kubectl: "45s", "12m", "3h20m", "5d".
---@param seconds number
---@return string
function M.age(seconds)
  seconds = math.floor(math.max(seconds, 0))
  if seconds < 120 then
    return seconds .. "s"
  elseif seconds < 600 then
    return seconds // 60 .. "m" .. (seconds % 60 > 0 and seconds % 60 .. "s" or "")
  elseif seconds < 10800 then
    return seconds // 60 .. "m"
  elseif seconds < 28800 then
    return seconds // 3600 .. "h" .. (seconds % 3600 // 60 > 0 and seconds % 3600 // 60 .. "m" or "")
  elseif seconds < 172800 then
    return seconds // 3600 .. "h"
  end
  return seconds // 86400 .. "d"
end

return M
