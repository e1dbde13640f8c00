-- What `krunbook lint` says of names: locals that nobody reads, globals that are not there, modules and functions that do not exist.
local M = {}

---The name nearest to a wrong one, where one is near enough to be meant.
---@param name string
---@param candidates table<string, any>
---@return string|nil
local function nearest(name, candidates)
  local best, distance
  for candidate in pairs(candidates) do
    if type(candidate) == "string" and math.abs(#candidate - #name) <= 2 then
      local row = {}
      for j = 0, #candidate do
        row[j] = j
      end
      for i = 1, #name do
        local diagonal = row[0]
        row[0] = i
        for j = 1, #candidate do
          local cost = name:byte(i) == candidate:byte(j) and 0 or 1
          diagonal, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
        end
      end
      local limit = math.max(1, math.max(#name, #candidate) // 3)
      if row[#candidate] <= limit and (not distance or row[#candidate] < distance) then
        best, distance = candidate, row[#candidate]
      end
    end
  end
  return best
end
M.nearest = nearest

local function hint(name, candidates)
  local near = nearest(name, candidates)
  return near and ("; nearest: " .. near) or ""
end

-- What the sandbox says of a global that it has not; nil where it has it.
local function undefined(name)
  if name == "_ENV" then
    return nil
  end
  local ok, why = pcall(function()
    return _ENV[name]
  end)
  return not ok and tostring(why):gsub("^.-:%d+: ", "") or nil
end

local libraries = { string = string, table = table, math = math, utf8 = utf8, kube = kube }

local function check_globals(tree, say)
  for _, use in ipairs(tree.globals) do
    local why = undefined(use.name)
    if use.assigned then
      say(use.line, ("global variable '%s' is assigned: write 'local %s = ...'"):format(use.name, use.name))
    elseif why then
      say(use.line, why)
    end
  end
end

local function check_unused(tree, say)
  for _, variable in ipairs(tree.variables) do
    local named = variable.kind == "local" or variable.kind == "function"
    if named and not variable.read and variable.name:sub(1, 1) ~= "_" then
      say(variable.line, ("%s %s is never used"):format(variable.kind == "function" and "function" or "variable", variable.name))
    end
  end
end

-- The module that a node requires, where it is written out: require("krunbook.pods").
local function required(node)
  if node and node.type == "call" and not node.method and node.callee.type == "name" and node.callee.name == "require"
      and not node.callee.variable then
    local argument = node.arguments[1]
    return argument and argument.type == "string" and argument.text or nil
  end
end
M.required = required

-- Modules by name, loaded once; those that are not there are told.
local function load_modules(tree, say, runnable)
  local modules = {}
  for _, call in ipairs(tree.calls) do
    local name = required(call)
    if name and runnable and modules[name] == nil then
      local ok, value = pcall(require, name)
      modules[name] = ok and value or false
      if not ok and tostring(value):find("no module", 1, true) then
        say(call.line, ("there is no module %s"):format(name))
      end
    end
  end
  return modules
end

-- What a node is the table of: a library, a module that it requires, or a local that holds one.
local function table_of(node, modules)
  if node.type == "name" and not node.variable then
    return libraries[node.name], node.name
  elseif node.type == "name" and not node.variable.assigned then
    local name = required(node.variable.value)
    return name and modules[name] or nil, name
  end
  local name = required(node)
  return name and modules[name] or nil, name
end

local function check_members(tree, say, modules)
  for _, index in ipairs(tree.indexes) do
    local members, name = table_of(index.object, modules)
    local field = index.field.type == "string" and index.field.text
    if type(members) == "table" and field and members[field] == nil and not (name == "kube" and field == "kubectl") then
      say(index.line, ("%s has no %s%s"):format(name, field, hint(field, members)))
    end
  end
end

local context = { finding = 1, healthy = 1, starting = 1, unknown = 1, can_do_without = 1, step = 1, run = 1, targets = 1, namespace = 1,
  all_namespaces = 1, sharded = 1, in_shard = 1, labels = 1, explain = 1, args = 1 }

---Whether a node is the ctx that run is given.
---@param node table
---@return boolean
function M.is_context(node)
  return node.type == "name" and node.variable ~= nil and node.name == "ctx" and node.variable.kind == "parameter"
end

local function check_context(tree, say)
  for _, call in ipairs(tree.calls) do
    if call.method and M.is_context(call.callee) and not context[call.method] then
      say(call.line, ("ctx has no %s%s"):format(call.method, hint(call.method, context)))
    end
  end
  for _, index in ipairs(tree.indexes) do
    local field = index.field.type == "string" and index.field.text
    if field and M.is_context(index.object) and not context[field] then
      say(index.line, ("ctx has no %s%s"):format(field, hint(field, context)))
    end
  end
end

---@param tree Tree
---@param say fun(line: integer, message: string)
---@param runnable boolean  whether the file could be run, so that its modules can be
function M.check(tree, say, runnable)
  check_globals(tree, say)
  check_unused(tree, say)
  check_members(tree, say, load_modules(tree, say, runnable))
  check_context(tree, say)
end

return M
