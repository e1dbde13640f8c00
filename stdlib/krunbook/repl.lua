-- The Lua side of `krunbook repl`: the variables that lines share, what their values look like, and what can be completed.
local M = {}

local LINES_MAX, ITEMS_MAX, DEPTH_MAX, TEXT_MAX = 200, 50, 12, 2000

-- What lines assign stays here; all else is as in a runbook.
local session = setmetatable({}, { __index = _ENV })

---The environment of each line.
---@return table
function M.environment()
  return session
end

local function sorted_keys(value)
  local keys = {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    if math.type(a) == "integer" and math.type(b) == "integer" then
      return a < b
    end
    return tostring(a) < tostring(b)
  end)
  return keys
end

local function scalar(value)
  if type(value) == "string" then
    local text = #value > TEXT_MAX and value:sub(1, TEXT_MAX) .. "..." or value
    return ("%q"):format(text):gsub("\\\n", "\\n")
  end
  return tostring(value)
end

local function key_text(key)
  return type(key) == "string" and key:find("^[%a_][%w_]*$") and key or "[" .. scalar(key) .. "]"
end

local function put(lines, text)
  if #lines < LINES_MAX then
    lines[#lines + 1] = text
  elseif #lines == LINES_MAX then
    lines[#lines + 1] = "..."
  end
  return #lines <= LINES_MAX
end

local function put_value(lines, prefix, value, depth, seen)
  if type(value) ~= "table" then
    return put(lines, prefix .. scalar(value))
  elseif next(value) == nil then
    return put(lines, prefix .. "{}")
  elseif seen[value] or depth == DEPTH_MAX then
    return put(lines, prefix .. "{...}")
  end
  seen[value] = true
  put(lines, prefix .. "{")
  local indent = ("  "):rep(depth + 1)
  for _, key in ipairs(sorted_keys(value)) do
    local name = math.type(key) == "integer" and value[#value] ~= nil and "" or key_text(key) .. " = "
    if not put_value(lines, indent .. name, value[key], depth + 1, seen) then
      return false
    end
  end
  seen[value] = nil
  return put(lines, ("  "):rep(depth) .. "}")
end

-- A list that nobody has read yet: its first objects, each in a line.
local function put_list(lines, list)
  local count = 0
  for object in list do
    count = count + 1
    if count > ITEMS_MAX then
      put(lines, ("... (the first %d)"):format(ITEMS_MAX))
      break
    end
    local metadata = object.metadata or {}
    put(lines, ("%s %s%s"):format(object.kind or "?", metadata.namespace and metadata.namespace .. "/" or "", metadata.name or "?"))
  end
  if list.unknown then
    put_value(lines, "unknown: ", list.unknown, 0, {})
  elseif count == 0 then
    put(lines, "none")
  end
end

local function is_list(value)
  local ok, all = pcall(function()
    return type(value) == "userdata" and value.all
  end)
  return ok and type(all) == "function"
end

local function show(value, lines)
  if is_list(value) then
    put_list(lines, value)
  elseif type(value) == "string" then
    put(lines, value)
  else
    put_value(lines, "", value, 0, {})
  end
end

---Runs a line and says what it gave; nil where it gave nothing.
---@param line fun(): any
---@return {text: string|nil, error: string|nil}
function M.run(line)
  local results = table.pack(pcall(line))
  if not results[1] then
    return { error = type(results[2]) == "table" and "an error without a message" or tostring(results[2]) }
  end
  local lines = {}
  for i = 2, results.n do
    -- An Unknown that is not there needs no line of its own.
    if results[i] ~= nil or i == 2 then
      show(results[i], lines)
    end
  end
  return { text = results.n > 1 and table.concat(lines, "\n") or nil }
end

-- The table that a path such as "kube." or "pods.x." leads to, without calling anything of the values'.
local function resolve(path)
  local value = nil
  for name in path:gmatch("[%w_]+") do
    if value == nil then
      value = rawget(session, name)
      value = value == nil and rawget(_ENV, name) or value
    else
      value = rawget(value, name)
    end
    if type(value) ~= "table" then
      return nil
    end
  end
  return value
end

local function add_matching(found, names, before, part)
  for name in pairs(names) do
    if type(name) == "string" and name:sub(1, #part) == part and name:find("^[%a_][%w_.-]*$") then
      found[before .. name] = true
    end
  end
end

local kinds = {}

---@param names string[]  of kinds, for completion within kube.get("...
function M.setup(names)
  for _, name in ipairs(names) do
    kinds[name] = true
  end
end

---What a line may go on with: the words that can stand in place of its last one.
---@param question {text: string}  the line up to the cursor
---@return {word: string, candidates: string[]}
function M.complete(question)
  local text, found = question.text, {}
  local word = text:match('[%.:]?%a+%s*%(?%s*["\']([%w%.-]*)$')
  if word then
    add_matching(found, kinds, "", word)
  else
    word = text:match("[%w_.:]*$")
    local path, sign, part = word:match("^(.-)([.:])([%w_]*)$")
    local names = path and resolve(path)
    if names then
      add_matching(found, names, path .. sign, part)
    elseif not path then
      add_matching(found, session, "", word)
      add_matching(found, _ENV, "", word)
    end
  end
  local candidates = sorted_keys(found)
  return { word = word, candidates = candidates }
end

return M
