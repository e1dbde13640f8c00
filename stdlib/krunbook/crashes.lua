-- How a container ended: was it the command line, the memory, a probe; at once or later; with which last words.
local containers = require("krunbook.containers")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

---What programs say of a command line that they do not take (in lower case).
---@type string[]
M.complaints = {
  "invalid option", "invalid argument", "invalid time interval", "invalid number", "invalid value", "invalid flag", "invalid choice",
  "unknown option", "unknown flag", "unknown command", "unknown argument", "unknown shorthand flag", "unknown subcommand",
  "unrecognized option", "unrecognised option", "unrecognized argument", "unrecognized command", "unrecognized flag",
  "illegal option", "bad option", "bad flag", "unexpected argument", "unexpected operand", "extra operand", "missing operand",
  "missing argument", "missing required argument", "missing required flag", "too many arguments", "too few arguments",
  "not enough arguments", "requires an argument", "requires a value", "option requires", "flag needs an argument",
  "required flag", "flag provided but not defined", "no such option", "no such command", "not a valid option", "can't open",
  "cannot open", "cannot find module", "unable to access jarfile", "no such file or directory", "the following arguments are required",
  "ambiguous option", "bad command line", "command line error", "error parsing commandline", "couldn't parse",
}

local usage_patterns = { "^usage:", "^%s*usage: ", "^try '.- %-%-help'", "^try `.- %-%-help'", "try .- %-%-help for", "^see .- %-%-help" }

local shells = { sh = true, bash = true, ash = true, dash = true, zsh = true, ksh = true, busybox = true }

local function base_name(path)
  return (path:match("([^/]+)/*$") or path):lower()
end

-- The arguments after a shell's -c hold a script: what it prints is its own business.
local function script_of(words)
  if not words[1] or not shells[base_name(words[1])] then
    return nil
  end
  for i, word in ipairs(words) do
    if i > 1 and word:find("^%-%a*c%a*$") then
      return table.concat(words, "\n", i + 1)
    end
  end
end

local function has_any(line, needles)
  for _, needle in ipairs(needles) do
    if line:find(needle, 1, true) then
      return true
    end
  end
  return false
end

local function is_usage(line)
  for _, pattern in ipairs(usage_patterns) do
    if line:find(pattern) then
      return true
    end
  end
  return false
end

-- A word stands in a line as it is written, quoted or between spaces: "a" is not found in "and".
local function quotes(line, word)
  if #word == 0 then
    return false
  end
  local from, to = line:find(word, 1, true)
  while from do
    local before, after = line:sub(from - 1, from - 1), line:sub(to + 1, to + 1)
    if from == 1 then
      before = " "
    end
    if not before:find("[%w_%-/.]") and not after:find("[%w_%-/]") then
      return true
    end
    from, to = line:find(word, to + 1, true)
  end
  return false
end

local function names_argument(line, words)
  for i = 2, #words do
    if quotes(line, words[i]:lower()) or quotes(line, words[i]:lower():match("^[^=]*")) then
      return true
    end
  end
  return false
end

---The line of a log in which a program complains of the command line that the pod gives it; nil when there is none. It must complain as
---programs do of their arguments, and name the program or one of the arguments; what a shell's script prints does not count.
---@param spec table  the container, of the pod's spec
---@param log string
---@return string|nil
function M.command_complaint(spec, log)
  local words = containers.arguments(spec)
  if #words == 0 or script_of(words) then
    return nil
  end
  local program = spec.command and spec.command[1] and base_name(spec.command[1])
  local usage
  for line in log:gmatch("[^\n]+") do
    local lower = line:lower()
    local names_program = program ~= nil and quotes(lower, program)
    local complains = has_any(lower, M.complaints)
    -- A line that the program opens with its own name, and that is not about a file, speaks of the command line too.
    local of_itself = names_program and lower:find(program, 1, true) == 1 and not has_any(lower, { "no such file", "open" })
    if complains and (of_itself or names_argument(lower, words)) then
      return line
    end
    if is_usage(lower) and (names_program or not program) then
      usage = usage or line
    end
  end
  return usage
end

---The last lines of a log that say something.
---@param log string
---@return string[]
function M.last_words(log)
  local lines = {}
  for line in log:gmatch("[^\n]+") do
    if line:find("%S") then
      lines[#lines + 1] = line
    end
  end
  return table.move(lines, math.max(#lines - thresholds.quoted_lines + 1, 1), #lines, 1, {})
end

---How long the last run lasted, in seconds; nil when the status does not tell.
---@param terminated table
---@return integer|nil
function M.run_time(terminated)
  return time.between(terminated.startedAt, terminated.finishedAt)
end

---Whether it ran long enough to have worked.
---@param container Container
---@return boolean late, integer|nil seconds
function M.is_late(container)
  local seconds = container.last and M.run_time(container.last)
  return seconds ~= nil and seconds >= thresholds.soon, seconds
end

---Whether the last two runs lasted about as long; nil when only one is known.
---@param container Container
---@return boolean|nil
function M.is_regular(container)
  local current, previous = container.terminated, (container.status.lastState or {}).terminated
  local a, b = current and M.run_time(current), previous and M.run_time(previous)
  if container.running and previous then
    return nil
  end
  if not a or not b then
    return nil
  end
  return math.abs(a - b) <= thresholds.regular * math.max(a, b)
end

---Whether the status itself says that memory ran out.
---@param terminated table
---@return boolean
function M.is_oom(terminated)
  return terminated.reason == "OOMKilled" or (terminated.message or ""):find("OOM%-?killed") ~= nil
end

---Whether the runtime could not start the process at all.
---@param terminated table
---@return boolean
function M.never_started(terminated)
  return terminated.reason == "StartError" or terminated.reason == "ContainerCannotRun"
end

return M
