-- Lua source text as tokens, for `krunbook lint`. It is given what Lua's own compiler takes, and is no second judge of that: what it
-- cannot read is an error.
local M = {}

---@class Token
---@field kind "name"|"keyword"|"string"|"number"|"sign"|"end"
---@field text string   of a string what stands between its quotes, escapes as they are written
---@field line integer

local keywords = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true until while"):gmatch("%a+") do
  keywords[word] = true
end

-- Longest first.
local signs = { "...", "<<", ">>", "//", "==", "~=", "<=", ">=", "::", "..", "+", "-", "*", "/", "%", "^", "#", "&", "~", "|", "<", ">", "=",
  "(", ")", "{", "}", "[", "]", ";", ":", ",", "." }

local function fail(line, what)
  error({ line = line, message = what }, 0)
end

-- Where a long bracket that opens at `at` closes, and its text; nil when none opens there.
local function long_bracket(source, at, line)
  local level = source:match("^%[(=*)%[", at)
  if not level then
    return nil
  end
  local from = at + #level + 2
  local closes, ends = source:find("]" .. level .. "]", from, true)
  if not closes then
    fail(line, "a long bracket is not closed")
  end
  return ends, source:sub(from, closes - 1)
end

-- Where a quoted string ends, and what stands in it.
local function quoted(source, at, line)
  local quote, from = source:sub(at, at), at + 1
  local here = from
  while true do
    local found = source:find("[\\\"'\n]", here)
    local byte = found and source:sub(found, found)
    if not found or byte == "\n" then
      fail(line, "a string is not closed")
    elseif byte == "\\" then
      here = found + 2
      if source:sub(found + 1, found + 1) == "z" then
        here = source:find("%S", here) or #source + 1
      end
    elseif byte == quote then
      return found, source:sub(from, found - 1)
    else
      here = found + 1
    end
  end
end

local function count_lines(text)
  local _, count = text:gsub("\n", "")
  return count
end

-- Where the white space and comments at `at` end.
local function skip(source, at, line)
  while true do
    local space = source:match("^%s+", at)
    if space then
      line, at = line + count_lines(space), at + #space
    elseif source:find("^%-%-", at) then
      local ends = long_bracket(source, at + 2, line)
      if ends then
        line = line + count_lines(source:sub(at, ends))
      end
      at = (ends or (source:find("\n", at, true) or #source + 1) - 1) + 1
    else
      return at, line
    end
  end
end

local function number_at(source, at)
  return source:match("^0[xX][%x.]*[pP][+-]?%x+", at) or source:match("^0[xX][%x.]+", at) or source:match("^%d[%d.]*[eE][+-]?%d+", at)
    or source:match("^%d[%d.]*", at) or source:match("^%.%d+[eE][+-]?%d+", at) or source:match("^%.%d+", at)
end

local function sign_at(source, at)
  for _, sign in ipairs(signs) do
    if source:sub(at, at + #sign - 1) == sign then
      return sign
    end
  end
end

-- One token, and the position behind it.
local function read(source, at, line)
  local word = source:match("^[%a_][%w_]*", at)
  if word then
    return { kind = keywords[word] and "keyword" or "name", text = word, line = line }, at + #word
  end
  local number = number_at(source, at)
  if number then
    return { kind = "number", text = number, line = line }, at + #number
  end
  local ends, text
  if source:find("^[\"']", at) then
    ends, text = quoted(source, at, line)
  else
    ends, text = long_bracket(source, at, line)
  end
  if ends then
    return { kind = "string", text = text, line = line }, ends + 1
  end
  local sign = sign_at(source, at)
  if not sign then
    fail(line, "an unexpected character")
  end
  return { kind = "sign", text = sign, line = line }, at + #sign
end

---All tokens, the last of kind "end". Raises {line, message} for what it cannot read.
---@param source string
---@return Token[]
function M.tokens(source)
  local tokens, at, line = {}, 1, 1
  if source:sub(1, 1) == "#" then
    at = source:find("\n", 1, true) or #source + 1
  end
  while true do
    at, line = skip(source, at, line)
    if at > #source then
      tokens[#tokens + 1] = { kind = "end", text = "the end", line = line }
      return tokens
    end
    local from = at
    tokens[#tokens + 1], at = read(source, at, line)
    line = line + count_lines(source:sub(from, at - 1))
  end
end

return M
