-- What `krunbook lint` says of one file: a runbook, a module or a spec. The file itself is never run here; the modules that it requires are,
-- within the limits of a runbook, to know what they hold.
local declared = require("krunbook.lint.declared")
local names = require("krunbook.lint.names")
local parser = require("krunbook.lint.parser")

local M = {}

-- "mine.lua:3: message" of the program, taken apart.
local function split(message, path)
  local line, rest
  if message:sub(1, #path) == path then
    line, rest = message:sub(#path + 1):match("^:(%d+): (.*)$")
    rest = rest or message:sub(#path + 1):match("^: (.*)$")
  end
  return math.tointeger(line) or 1, ((rest or message):gsub("\n.*", ""))
end

local runbook_fields = { run = true, summary = true, needs = true, args = true, findings = true }

-- Whether the file is a module or a spec, in which nothing is declared: what it returns is no table that is written out as a runbook's,
-- and has, where it could be loaded, none of the fields that say so either.
local function is_module(tree, metadata)
  local returned = tree.returned
  if metadata and (metadata.summary ~= "" or #metadata.needs > 0 or #metadata.findings > 0) then
    return false
  end
  for _, each in ipairs(returned and returned.type == "table" and returned.fields or {}) do
    local key = each.key and each.key.type == "string" and each.key.text
    if runbook_fields[key] then
      return false
    end
  end
  return returned ~= nil
end

-- That a module is no runbook is no mistake of it.
local function is_about_runbooks(failure)
  for _, words in ipairs({ "a runbook returns a table", "run must be a function", "a runbook has no field", "it cannot be in a report" }) do
    if failure:find(words, 1, true) then
      return true
    end
  end
  return false
end

-- What luacheck says, but for what is said already: of a line and a name once is enough.
local function add_luacheck(list, problems, say)
  local known = table.move(problems, 1, #problems, 1, {})
  for _, each in ipairs(list or {}) do
    local name, said = each.message:match("'([^']+)'"), false
    for _, problem in ipairs(known) do
      said = said or (problem.line == each.line and (not name or problem.message:find(name, 1, true) ~= nil))
    end
    if not said then
      say(each.line, each.message)
    end
  end
end

---@class LintQuestion
---@field path string
---@field source string
---@field failure string|nil     why it could not be loaded
---@field metadata table|nil     what it declares, where it could be
---@field kinds table<string, string>
---@field luacheck {line: integer, message: string}[]|nil

---@param question LintQuestion
---@return {problems: {line: integer, message: string}[]}
function M.run(question)
  local problems, seen = {}, {}
  local function say(line, message)
    local key = line .. ":" .. message
    if not seen[key] then
      seen[key], problems[#problems + 1] = true, { line = line, message = message }
    end
  end
  local ok, tree = pcall(parser.parse, question.source)
  local module = ok and is_module(tree, question.metadata)
  if question.failure and not (module and is_about_runbooks(question.failure)) then
    say(split(question.failure, question.path))
  elseif not ok then
    say(tree.line or 1, tree.message or tostring(tree))
  end
  if ok then
    names.check(tree, say, question.metadata ~= nil or module)
    if question.metadata and not module then
      declared.check(question, tree, say)
    end
  end
  add_luacheck(question.luacheck, problems, say)
  table.sort(problems, function(a, b)
    return a.line < b.line or (a.line == b.line and a.message < b.message)
  end)
  return { problems = problems }
end

return M
