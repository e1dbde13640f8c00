-- Schedules of CronJobs: not when the next run is, but how long there may be between two of them.
local M = {}

local MINUTE, HOUR, DAY = 60, 3600, 86400

local named = { ["@yearly"] = 366 * DAY, ["@annually"] = 366 * DAY, ["@monthly"] = 31 * DAY, ["@weekly"] = 7 * DAY, ["@daily"] = DAY,
  ["@midnight"] = DAY, ["@hourly"] = HOUR }

local units = { h = HOUR, m = MINUTE, s = 1 }

-- "@every 1h30m".
local function every(text)
  local seconds = 0
  for number, unit in text:gmatch("(%d+)([hms])") do
    seconds = seconds + tonumber(number) * units[unit]
  end
  return seconds > 0 and seconds or nil
end

-- Of a field how many of its units may pass between two values: each, every so many, or, where some are named, all of them.
local function step(field, all)
  if field == "*" or field == "?" then
    return 1
  end
  return math.min(tonumber(field:match("^%*/(%d+)$")) or all, all)
end

local function of_fields(minute, hour, day, month, weekday)
  if month ~= "*" then
    return 366 * DAY
  elseif day ~= "*" and day ~= "?" then
    return step(day, 31) * DAY
  elseif weekday ~= "*" and weekday ~= "?" then
    return 7 * DAY
  elseif hour ~= "*" then
    return step(hour, 24) * HOUR
  end
  return step(minute, 60) * MINUTE
end

---The most seconds that lie between two runs, rounded up; nil where the schedule is none that is known.
---@param schedule string|nil
---@return integer|nil
function M.longest_gap(schedule)
  local text = tostring(schedule or ""):gsub("^C?R?O?N?_?TZ=%S+%s+", "")
  if named[text] then
    return named[text]
  elseif text:find("^@every ") then
    return every(text)
  end
  local fields = {}
  for field in text:gmatch("%S+") do
    fields[#fields + 1] = field
  end
  return #fields == 5 and math.tointeger(of_fields(table.unpack(fields))) or nil
end

return M
