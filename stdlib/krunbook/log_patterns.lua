-- What a line of a log means to a team that knows its programs: a table that the team extends, in a runbook of its own. pod-status looks
-- a crashed container's last words up here before it says crash-on-start or crash-late. As it is shipped, the table is empty: what programs
-- in general write is in krunbook.crashes.
local codes = require("krunbook.codes")

local M = {}

---@class LogPattern
---@field pattern string            a Lua pattern, found anywhere in a line
---@field code string               what the finding is then called; make it known with codes.extend
---@field cause string              one sentence: what such a line means
---@field next_steps string[]|nil   what to do about it, before the usual steps

---In the order in which they are tried; of a log the last line that one of them fits is taken.
---@type LogPattern[]
M.patterns = {}

local function check(entry, i)
  for _, field in ipairs({ "pattern", "code", "cause" }) do
    if type(entry[field]) ~= "string" then
      error(("log_patterns.extend: entry %d has no %s"):format(i, field), 3)
    end
  end
  if not codes.all[entry.code] then
    error(("log_patterns.extend: nothing is known of code %s: add it with codes.extend"):format(entry.code), 3)
  end
  string.find("", entry.pattern) -- a malformed one raises here, not at the first log
end

---Adds patterns; they go before those that are there.
---@param list LogPattern[]
function M.extend(list)
  for i, entry in ipairs(list) do
    check(entry, i)
    table.insert(M.patterns, i, entry)
  end
end

---The pattern that fits a log, and the line that it fits: the last such line.
---@param log string
---@return LogPattern|nil pattern, string|nil line
function M.match(log)
  if #M.patterns == 0 then
    return nil
  end
  local found, where
  for line in log:gmatch("[^\n]+") do
    for _, entry in ipairs(M.patterns) do
      if line:find(entry.pattern) then
        found, where = entry, line
        break
      end
    end
  end
  return found, where
end

return M
