-- Lua tokens as a tree, for `krunbook lint`: who declares a name, who uses it, what is called with what. Operators are read from left to
-- right, without precedence: nothing here depends on it.
--
-- A node is { type, line, ... }:
--   name { name, variable }      variable is the local it means; nil: a global
--   string { text }  number  constant  vararg
--   index { object, field }      field is a node, a string where it is written as a name or a text
--   call { callee, arguments, method }   method: the name after a colon
--   table { fields }             each { key, value }: key a node or nil
--   function { parameters, body }  operation { operands }  parenthesis { inner }
local lexer = require("krunbook.lint.lexer")

local M = {}

---@class Variable
---@field name string
---@field line integer
---@field kind "local"|"function"|"parameter"|"loop"
---@field value table|nil      the node that it is declared with
---@field read boolean
---@field assigned boolean     after its declaration

---@class Tree
---@field variables Variable[]
---@field globals {name: string, line: integer, assigned: boolean}[]
---@field calls table[]
---@field indexes table[]
---@field tables table[]
---@field returned table|nil   the node that the file returns

local Parser = {}
Parser.__index = Parser

local function fail(token, what)
  error({ line = token.line, message = ("%s, but here stands %s"):format(what, token.text) }, 0)
end

function Parser:peek()
  return self.tokens[self.at]
end

function Parser:take()
  local token = self.tokens[self.at]
  self.at = self.at + 1
  return token
end

function Parser:is(text)
  local token = self.tokens[self.at]
  return token.text == text and (token.kind == "sign" or token.kind == "keyword")
end

function Parser:accept(text)
  if self:is(text) then
    return self:take()
  end
end

function Parser:expect(text)
  return self:accept(text) or fail(self:peek(), text .. " is expected")
end

function Parser:expect_name()
  local token = self:take()
  return token.kind == "name" and token or fail(token, "a name is expected")
end

-- Scopes: a list of tables from names to variables.

function Parser:open()
  self.scopes[#self.scopes + 1] = {}
end

function Parser:close()
  self.scopes[#self.scopes] = nil
end

function Parser:declare(token, kind, value)
  local variable = { name = token.text, line = token.line, kind = kind, value = value, read = false, assigned = false }
  self.scopes[#self.scopes][token.text] = variable
  self.tree.variables[#self.tree.variables + 1] = variable
  return variable
end

function Parser:lookup(name)
  for i = #self.scopes, 1, -1 do
    if self.scopes[i][name] then
      return self.scopes[i][name]
    end
  end
end

local function note(list, node)
  list[#list + 1] = node
  return node
end

-- Expressions.

function Parser:name()
  local token = self:expect_name()
  local node = { type = "name", line = token.line, name = token.text, variable = self:lookup(token.text) }
  return node
end

-- A name whose value is used.
function Parser:mark_read(node)
  if node.type == "name" then
    if node.variable then
      node.variable.read = true
    else
      note(self.tree.globals, { name = node.name, line = node.line, assigned = false })
    end
  end
  return node
end

function Parser:table()
  local node = note(self.tree.tables, { type = "table", line = self:expect("{").line, fields = {} })
  while not self:is("}") do
    local key
    if self:accept("[") then
      key = self:expression()
      self:expect("]")
      self:expect("=")
    elseif self:peek().kind == "name" and self.tokens[self.at + 1].text == "=" and self.tokens[self.at + 1].kind == "sign" then
      local token = self:take()
      key = { type = "string", line = token.line, text = token.text }
      self:expect("=")
    end
    node.fields[#node.fields + 1] = { key = key, value = self:expression() }
    if not (self:accept(",") or self:accept(";")) then
      break
    end
  end
  self:expect("}")
  return node
end

function Parser:function_body(line, self_token)
  local node = { type = "function", line = line, parameters = {} }
  self:open()
  if self_token then
    self:declare(self_token, "parameter")
  end
  self:expect("(")
  while not self:is(")") do
    if not self:accept("...") then
      local token = self:expect_name()
      node.parameters[#node.parameters + 1] = self:declare(token, "parameter")
    end
    if not self:accept(",") then
      break
    end
  end
  self:expect(")")
  self:block()
  self:expect("end")
  self:close()
  return node
end

function Parser:primary()
  if self:is("(") then
    local line = self:take().line
    local inner = self:expression()
    self:expect(")")
    return { type = "parenthesis", line = line, inner = inner }
  end
  return self:name()
end

function Parser:arguments()
  local token = self:peek()
  if token.kind == "string" then
    return { { type = "string", line = token.line, text = self:take().text } }
  elseif self:is("{") then
    return { self:table() }
  end
  self:expect("(")
  local list = self:is(")") and {} or self:expressions()
  self:expect(")")
  return list
end

function Parser:call(callee, method)
  return note(self.tree.calls, { type = "call", line = callee.line, callee = callee, method = method, arguments = self:arguments() })
end

function Parser:index(object, field)
  return note(self.tree.indexes, { type = "index", line = field.line, object = object, field = field })
end

function Parser:suffixed()
  local node = self:primary()
  while true do
    local token = self:peek()
    if self:accept(".") then
      local name = self:expect_name()
      node = self:index(self:mark_read(node), { type = "string", line = name.line, text = name.text })
    elseif self:accept("[") then
      local field = self:expression()
      self:expect("]")
      node = self:index(self:mark_read(node), field)
    elseif self:accept(":") then
      local name = self:expect_name()
      node = self:call(self:mark_read(node), name.text)
      node.line = name.line
    elseif token.kind == "string" or self:is("(") or self:is("{") then
      node = self:call(self:mark_read(node))
    else
      return node
    end
  end
end

local constants = { ["nil"] = true, ["true"] = true, ["false"] = true, ["..."] = true }

function Parser:simple()
  local token = self:peek()
  if token.kind == "string" or token.kind == "number" then
    self:take()
    return { type = token.kind, line = token.line, text = token.text }
  elseif token.kind ~= "name" and constants[token.text] then
    self:take()
    return { type = token.text == "..." and "vararg" or "constant", line = token.line, text = token.text }
  elseif self:is("{") then
    return self:table()
  elseif self:accept("function") then
    return self:function_body(token.line)
  end
  return self:mark_read(self:suffixed())
end

local unary = { ["not"] = true, ["-"] = true, ["#"] = true, ["~"] = true }
local binary = {}
for sign in ("+ - * / // % ^ & ~ | << >> .. == ~= < <= > >= and or"):gmatch("%S+") do
  binary[sign] = true
end

function Parser:operand()
  local token = self:peek()
  while token.kind ~= "string" and unary[token.text] do
    self:take()
    token = self:peek()
  end
  return self:simple()
end

function Parser:expression()
  local first = self:operand()
  local operation
  while binary[self:peek().text] and self:peek().kind ~= "string" do
    local sign = self:take().text
    operation = operation or { type = "operation", line = first.line, operands = { first }, sign = sign }
    operation.operands[#operation.operands + 1] = self:operand()
  end
  return operation or first
end

function Parser:expressions()
  local list = { self:expression() }
  while self:accept(",") do
    list[#list + 1] = self:expression()
  end
  return list
end

-- Statements.

function Parser:local_statement()
  if self:accept("function") then
    local token = self:expect_name()
    local variable = self:declare(token, "function")
    variable.value = self:function_body(token.line)
    return
  end
  local tokens, values = {}, {}
  repeat
    tokens[#tokens + 1] = self:expect_name()
    if self:accept("<") then
      self:expect_name()
      self:expect(">")
    end
  until not self:accept(",")
  if self:accept("=") then
    values = self:expressions()
  end
  for i, token in ipairs(tokens) do
    self:declare(token, "local", values[i])
  end
end

-- What is assigned to a name is no use of it.
function Parser:assign(node)
  if node.type ~= "name" then
    return
  elseif node.variable then
    node.variable.assigned = true
  else
    note(self.tree.globals, { name = node.name, line = node.line, assigned = true })
  end
end

function Parser:function_statement(line)
  local node = self:name()
  local method
  if not (self:is(".") or self:is(":")) then
    self:assign(node)
  end
  while self:accept(".") do
    local name = self:expect_name()
    self:mark_read(node)
    node = { type = "index", line = name.line, object = node, field = { type = "string", line = name.line, text = name.text } }
  end
  if self:accept(":") then
    self:mark_read(node)
    method = self:expect_name()
  end
  self:function_body(line, method and { text = "self", line = line })
end

function Parser:for_statement()
  local names = {}
  repeat
    names[#names + 1] = self:expect_name()
  until not self:accept(",")
  if not self:accept("=") then
    self:expect("in")
  end
  self:expressions()
  self:expect("do")
  self:open()
  for _, token in ipairs(names) do
    self:declare(token, "loop")
  end
  self:block()
  self:close()
  self:expect("end")
end

function Parser:scoped_block(closing)
  self:open()
  self:block()
  self:close()
  self:expect(closing)
end

function Parser:if_statement()
  self:expression()
  self:expect("then")
  self:open()
  self:block()
  self:close()
  while not self:accept("end") do
    if self:accept("elseif") then
      self:expression()
      self:expect("then")
    else
      self:expect("else")
    end
    self:open()
    self:block()
    self:close()
  end
end

function Parser:expression_statement()
  local node = self:suffixed()
  if node.type == "call" then
    return
  end
  local targets = { node }
  while self:accept(",") do
    targets[#targets + 1] = self:suffixed()
  end
  self:expect("=")
  self:expressions()
  for _, target in ipairs(targets) do
    self:assign(target)
  end
end

local statements = {
  ["local"] = Parser.local_statement,
  ["if"] = Parser.if_statement,
  ["for"] = Parser.for_statement,
  ["do"] = function(self) self:scoped_block("end") end,
  ["while"] = function(self)
    self:expression()
    self:expect("do")
    self:scoped_block("end")
  end,
  ["repeat"] = function(self)
    self:open()
    self:block()
    self:expect("until")
    self:expression()
    self:close()
  end,
  ["function"] = function(self, token) self:function_statement(token.line) end,
  ["goto"] = function(self) self:expect_name() end,
  ["break"] = function() end,
  [";"] = function() end,
  ["::"] = function(self)
    self:expect_name()
    self:expect("::")
  end,
}

local block_ends = { ["end"] = true, ["else"] = true, ["elseif"] = true, ["until"] = true }

function Parser:return_statement()
  local token = self:peek()
  local list = {}
  if not (token.kind == "end" or (token.kind == "keyword" and block_ends[token.text]) or self:is(";")) then
    list = self:expressions()
  end
  self:accept(";")
  if #self.scopes == 1 then
    self.tree.returned = list[1]
  end
end

function Parser:block()
  while true do
    local token = self:peek()
    local plain = token.kind == "keyword" or token.kind == "sign"
    if token.kind == "end" or (token.kind == "keyword" and block_ends[token.text]) then
      return
    elseif self:accept("return") then
      return self:return_statement()
    elseif plain and statements[token.text] then
      self:take()
      statements[token.text](self, token)
    else
      self:expression_statement()
    end
  end
end

---The tree of a file. Raises {line, message} for what is no Lua.
---@param source string
---@return Tree
function M.parse(source)
  local tree = { variables = {}, globals = {}, calls = {}, indexes = {}, tables = {} }
  local parser = setmetatable({ tokens = lexer.tokens(source), at = 1, scopes = { {} }, tree = tree }, Parser)
  parser:block()
  if parser:peek().kind ~= "end" then
    fail(parser:peek(), "a statement is expected")
  end
  return tree
end

return M
