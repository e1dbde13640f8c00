-- The reference of the Lua library, from the comments and annotations in its source: what `krunbook doc` prints, and what is undocumented.
local M = {}

---@class Entry
---@field kind "function"|"value"|"class"
---@field name string
---@field line integer
---@field text string[]          the description
---@field params {name: string, type: string, text: string}[]
---@field returns {type: string, text: string}[]
---@field fields {name: string, type: string, text: string}[]
---@field arguments string[]     of a function, as it is written
---@field documented boolean

-- A type ends at the first space that is in no bracket: "table<string, string> what it is".
local function split_type(text)
  local depth, at = 0, 1
  while at <= #text do
    local char = text:sub(at, at)
    if char:find("[%(%[{<]") then
      depth = depth + 1
    elseif char:find("[%)%]}>]") then
      depth = depth - 1
    elseif char == " " and depth == 0 and not text:find("^ ?[:|,]", at) and not text:sub(1, at - 1):find("[:|,] ?$") then
      break
    end
    at = at + 1
  end
  return text:sub(1, at - 1), (text:sub(at):gsub("^%s+", ""))
end

local function new_block()
  return { text = {}, params = {}, returns = {}, fields = {} }
end

-- Several values are returned as one line: "Object|nil object, Unknown|nil unknown".
local function add_return(block, text)
  local type_, rest = split_type(text)
  block.returns[#block.returns + 1] = { type = type_, text = rest }
end

local tags = {
  class = function(block, text) block.class = text:match("^%S+"):gsub(":$", "") end,
  param = function(block, text)
    local name, rest = text:match("^(%S+)%s*(.*)$")
    local type_, about = split_type(rest)
    block.params[#block.params + 1] = { name = name:gsub("%?$", ""), type = type_ .. (name:find("%?$") and "|nil" or ""), text = about }
  end,
  ["return"] = add_return,
  field = function(block, text)
    local name, rest = text:match("^(%S+)%s*(.*)$")
    local type_, about = split_type(rest)
    block.fields[#block.fields + 1] = { name = name, type = type_, text = about }
  end,
  type = function(block, text) block.type = text end,
  generic = function() end, overload = function() end, meta = function() end,
}

local function read_comment(block, text)
  local tag, rest = text:match("^@(%a+)%s*(.*)$")
  if tag and tags[tag] then
    tags[tag](block, rest)
  elseif not tag then
    block.text[#block.text + 1] = text
  end
end

local function entry(kind, name, line, block)
  return { kind = kind, name = name, line = line, text = block.text, params = block.params, returns = block.returns, fields = block.fields,
    type = block.type, arguments = {}, documented = true }
end

-- What a line declares to others: function M.x(...), function Class:x(...), M.x = ....
local function declaration(line, owners)
  local owner, sign, name, arguments = line:match("^function ([%w_]+)([.:])([%w_]+)%((.*)$")
  if owner and owners[owner] then
    return { kind = "function", owner = owner, sign = sign, name = name, arguments = arguments }
  end
  owner, name = line:match("^([%w_]+)%.([%w_]+) = ")
  if owner and owners[owner] and owners[owner] ~= "class" and name ~= "__index" then
    return { kind = "value", owner = owner, sign = ".", name = name }
  end
end

local function argument_names(text)
  local names = {}
  for name in (text:match("^([^)]*)") or ""):gmatch("[%w_.]+") do
    names[#names + 1] = name
  end
  return names
end

-- A function is documented when each of its parameters is; a value when something is said of it.
local function is_documented(found, block)
  if found.kind == "value" then
    return #block.text > 0 or block.type ~= nil
  end
  local known = {}
  for _, param in ipairs(block.params) do
    known[param.name] = true
  end
  for _, name in ipairs(argument_names(found.arguments)) do
    if not known[name] and not name:find("^_") then
      return false, name
    end
  end
  return #block.text > 0 or #block.params > 0 or #block.returns > 0
end

local function read_declaration(module, found, line, block)
  local prefix = found.owner == "M" and module.short or found.owner
  local made = entry(found.kind, prefix .. found.sign .. found.name, line, block)
  made.arguments = found.kind == "function" and argument_names(found.arguments) or {}
  local missing
  made.documented, missing = is_documented(found, block)
  made.missing = missing
  module.entries[#module.entries + 1] = made
end

local function read_class(module, line, block, owners)
  local made = entry("class", block.class, line, block)
  made.documented = #block.fields > 0 or #block.text > 0 or owners[block.class] ~= nil
  module.entries[#module.entries + 1] = made
end

-- Tables whose functions others can call: M where the file returns it, classes, and in declarations for editors whatever is declared.
local function owners_of(source)
  local owners = { kube = source:find("^%-%-%-@meta") and "module" or nil, M = source:find("\nreturn M%s*$") and "module" or nil }
  for class, variable in source:gmatch("%-%-%-@class ([%w_]+)[^\n]*\n[%-@%w%s%p]-local ([%w_]+) = {}\n") do
    owners[variable], owners[class] = "class", "class"
  end
  return owners
end

---@param name string  "krunbook.pods"
---@param source string
---@return {name: string, short: string, header: string, entries: Entry[]}
function M.read(name, source)
  local module = { name = name, short = name:match("[^.]+$"), header = "", entries = {} }
  local owners, block, header, number = owners_of(source), nil, {}, 0
  for line in (source .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    local comment = line:match("^%-%-%- ?(.*)$")
    local found = declaration(line, owners)
    if comment then
      block = block or new_block()
      block.line = block.line or number
      read_comment(block, comment)
    else
      if block and block.class then
        read_class(module, block.line, block, owners)
        block = nil
      end
      if found then
        read_declaration(module, found, number, block or new_block())
      elseif line:find("^%-%- ") and #module.entries == 0 and header then
        header[#header + 1] = line:match("^%-%- (.*)$")
      end
      if not line:find("^%-%-") then
        module.header = module.header ~= "" and module.header or table.concat(header or {}, "\n")
        header = #module.header == 0 and header or nil
      end
      block = nil
    end
  end
  return module
end

-- Markdown.

local function code(text)
  return "`" .. text:gsub("`", "'") .. "`"
end

local function put_list(out, list, named)
  for _, each in ipairs(list) do
    out[#out + 1] = ("- %s%s%s"):format(named and code(each.name) .. " " or "returns ", code(each.type), each.text ~= "" and ": " .. each.text or "")
  end
end

local function put_entry(out, made)
  if made.kind == "function" then
    out[#out + 1] = ("### %s(%s)\n"):format(made.name, table.concat(made.arguments, ", "))
  else
    out[#out + 1] = ("### %s%s\n"):format(made.kind == "class" and "class " or "", made.name)
  end
  if #made.text > 0 then
    out[#out + 1] = table.concat(made.text, "\n") .. "\n"
  end
  if made.type then
    out[#out + 1] = code(made.type) .. "\n"
  end
  put_list(out, made.params, true)
  put_list(out, made.fields, true)
  put_list(out, made.returns, false)
  out[#out + 1] = ""
end

---One module as Markdown.
---@param module {name: string, header: string, entries: Entry[]}
---@return string
function M.markdown(module)
  local out = { ("## %s\n"):format(module.name) }
  if module.header ~= "" then
    out[#out + 1] = module.header .. "\n"
  end
  for _, made in ipairs(module.entries) do
    put_entry(out, made)
  end
  return table.concat(out, "\n")
end

-- What is wrong with the documentation of a module, a line each.
local function undocumented(path, module)
  local lines = {}
  if module.header == "" then
    lines[#lines + 1] = ("%s:1: it does not say what it is for: a comment on top is missing"):format(path)
  end
  for _, made in ipairs(module.entries) do
    if not made.documented then
      lines[#lines + 1] = ("%s:%d: %s is undocumented%s"):format(path, made.line, made.name,
        made.missing and (": a ---@param %s is missing"):format(made.missing) or "")
    end
  end
  return lines
end

-- What the program's own commands are made of is no part of the library.
local function is_ours(name)
  return name:find("^krunbook%.lint%.") or name:find("^krunbook%.testing%.") or name == "krunbook.template" or name == "krunbook.shell"
    or name == "krunbook.repl" or name == "krunbook.reference" or name:find("^krunbook%.manual")
end

---What is of use to runbooks of these sources, read.
---@param files {name: string, path: string, source: string}[]
---@return {name: string, path: string, header: string, entries: Entry[]}[]
function M.modules(files)
  local modules = {}
  for _, file in ipairs(files) do
    if not is_ours(file.name) then
      local module = M.read(file.name, file.source)
      module.path = file.path
      modules[#modules + 1] = module
    end
  end
  return modules
end

---@param question {files: {name: string, path: string, source: string}[]}
---@return {markdown: string, undocumented: string[]}
function M.run(question)
  local texts, wrong = { "# The Lua library\n" }, {}
  for _, module in ipairs(M.modules(question.files)) do
    texts[#texts + 1] = M.markdown(module)
    for _, line in ipairs(undocumented(module.path, module)) do
      wrong[#wrong + 1] = line
    end
  end
  return { markdown = table.concat(texts, "\n"), undocumented = wrong }
end

return M
