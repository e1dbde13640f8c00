-- How a container ended: was it the command line, the memory, a probe; at once or later; with which last words.
local containers = require("krunbook.containers")
local phrases = require("krunbook.phrases")
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
  "required flag", "flag provided but not defined", "no such option", "no such command", "not a valid option",
  "the following arguments are required", "ambiguous option", "bad command line", "command line error", "error parsing commandline",
  "error parsing command line", "couldn't parse",
}

---What interpreters say of the program that they are to run: it may stand in the line with the folder before it.
---@type string[]
M.program_complaints = { "cannot find module", "can't open file", "unable to access jarfile", "could not find or load main class" }

-- Of a file: "cat: /nope: No such file or directory" is about the command line; a server that misses the file after its --config is not.
local file_complaints = { "no such file", "can't open", "cannot open" }

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

-- A word stands in a line as it is written, quoted or between spaces: "a" is not found in "and". below: a folder may stand before it.
local function quotes(line, word, below)
  if #word == 0 then
    return false
  end
  local from, to = line:find(word, 1, true)
  while from do
    local before, after = from > 1 and line:sub(from - 1, from - 1) or " ", line:sub(to + 1, to + 1)
    if (not before:find("[%w_%-/.]") or (below and before == "/")) and not after:find("[%w_%-/]") then
      return true
    end
    from, to = line:find(word, to + 1, true)
  end
  return false
end

-- Without a command of its own, all that a container's spec gives are arguments of the image's program.
local function names_argument(line, words, first, below)
  for i = first, #words do
    local word = words[i]:lower()
    if quotes(line, word, below) or quotes(line, word:match("^[^=]*"), below) then
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
  local first = program and 2 or 1
  local usage
  for line in log:gmatch("[^\n]+") do
    local lower = line:lower()
    local names_program = program ~= nil and quotes(lower, program)
    -- A line that the program opens with its own name speaks of the command line: "sleep: ...", "/usr/bin/cat: ...".
    local of_itself = names_program and (lower:find(program, 1, true) == 1 or quotes(lower:match("^%S*") or "", program, true))
    local of_file = phrases.any(lower, file_complaints)
    if (phrases.any(lower, M.complaints) and ((of_itself and not of_file) or names_argument(lower, words, first)))
        or (of_file and of_itself and names_argument(lower, words, first))
        or (phrases.any(lower, M.program_complaints) and names_argument(lower, words, first, true)) then
      return line
    end
    if phrases.match(lower, usage_patterns) and (names_program or not program) then
      usage = usage or line
    end
  end
  return usage
end

-- Lines of a stack trace, and what tools print after a program's end: they follow the cause, and are not it.
local noise = { "^%s", "^goroutine %d+", "^created by ", "^[%w_./%-]+%(.*%)$", "^exit status %d+%s*$", "^node%.js v", "^npm ", "^%[signal ",
  "^[{}%])]+,?%s*$", "^error command failed", "^info visit " }

-- How a program names what killed it, in the order of what says most: the innermost cause, what nobody caught, any error.
local telling = {
  { "^caused by: " },
  { "^panic: ", "^fatal error: ", "^fatal[:%s]", "^exception in thread ", "^uncaught ", "^unhandled ", "^[%w_.]*error: ", "^[%w_.]*exception: ",
    "level=fatal", "level=panic", '"level":"fatal"', '"level":"panic"', '"severity":"critical"', "^f%d%d%d%d " },
  { "error", "fatal", "exception", "failed", "failure", "cannot ", "can't ", "could not ", "couldn't ", "unable to ", "denied", "refused",
    "not found", "no such ", "missing", "invalid", "panic" },
}

---The line in which a program says what it died of: not the stack that follows it; the last one where none stands out.
---@param log string
---@return string|nil
function M.telling_line(log)
  local found, last, newest = {}, nil, nil
  for line in log:gmatch("[^\n]+") do
    local lower = line:lower()
    if line:find("%S") then
      newest = line
    end
    if line:find("%S") and not phrases.match(lower, noise) then
      last = line
      for rank, patterns in ipairs(telling) do
        found[rank] = phrases.match(lower, patterns) and line or found[rank]
      end
    end
  end
  return found[1] or found[2] or found[3] or last or newest
end

---The last lines of a log that say something, with the telling one: it comes first where it is not among them.
---@param log string
---@return string[] lines, string|nil telling
function M.last_words(log)
  local lines, telling_line = {}, M.telling_line(log)
  for line in log:gmatch("[^\n]+") do
    if line:find("%S") then
      lines[#lines + 1] = line
    end
  end
  local words = table.move(lines, math.max(#lines - thresholds.quoted_lines + 1, 1), #lines, 1, {})
  for _, line in ipairs(words) do
    if line == telling_line then
      return words, telling_line
    end
  end
  table.insert(words, 1, telling_line)
  return words, telling_line
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

---Whether nobody saw how it ended: the node was rebooted, or the runtime lost it.
---@param terminated table
---@return boolean
function M.was_lost(terminated)
  return terminated.reason == "ContainerStatusUnknown" or (terminated.reason == "Unknown" and terminated.exitCode == 255)
end

---Whether the runtime could not start the process at all.
---@param terminated table
---@return boolean
function M.never_started(terminated)
  return terminated.reason == "StartError" or terminated.reason == "ContainerCannotRun"
end

return M
