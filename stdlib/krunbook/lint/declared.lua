-- What `krunbook lint` says of a runbook's declarations: what is missing in them, and what its code does that they do not say.
local names = require("krunbook.lint.names")

local M = {}

local severities = { critical = true, warning = true, info = true }

-- The value that a table constructor gives to a key.
local function field(node, key)
  for _, each in ipairs(node and node.type == "table" and node.fields or {}) do
    if each.key and each.key.type == "string" and each.key.text == key then
      return each.value
    end
  end
end

local function line_of(node, fallback)
  return node and node.line or fallback
end

local function check_texts(metadata, returned, say)
  if returned.type == "table" and not field(returned, "name") then
    say(returned.line, "name is missing")
  end
  if (metadata.summary or "") == "" then
    say(returned.line, "summary is missing: one line, a question that the runbook answers")
  end
  for argument, declaration in pairs(metadata.args or {}) do
    if (declaration.help or "") == "" then
      say(line_of(field(field(returned, "args"), argument), returned.line), ("argument %s has no help"):format(argument))
    end
  end
end

-- The parameters of run(ctx, args), where the function is written in the returned table.
local function run_parameters(returned)
  local run = field(returned, "run")
  return run and run.type == "function" and run.parameters or {}
end

local function check_arguments(metadata, returned, tree, say)
  local args = run_parameters(returned)[2]
  if not args then
    return
  end
  for _, index in ipairs(tree.indexes) do
    local name = index.field.type == "string" and index.field.text
    if name and index.object.type == "name" and index.object.variable == args then
      if not (metadata.args or {})[name] then
        say(index.line, ("argument %s is not declared in args"):format(name))
      end
    end
  end
end

-- Every finding that is written out as a table: in ctx:finding { ... }, or wherever one has a code and a cause.
local function written_findings(tree)
  local found, seen = {}, {}
  for _, call in ipairs(tree.calls) do
    if call.method == "finding" and call.arguments[1] and call.arguments[1].type == "table" then
      local node = call.arguments[1]
      seen[node] = true
      found[#found + 1] = { node = node, direct = names.is_context(call.callee) }
    end
  end
  for _, node in ipairs(tree.tables) do
    if not seen[node] and field(node, "code") and field(node, "cause") then
      found[#found + 1] = { node = node, direct = false }
    end
  end
  return found
end

local function literal(node)
  return node and node.type == "string" and node.text or nil
end

local function check_findings(metadata, tree, say)
  local declared = {}
  for _, code in ipairs(metadata.findings or {}) do
    declared[code] = true
  end
  for _, finding in ipairs(written_findings(tree)) do
    local code, severity = literal(field(finding.node, "code")), literal(field(finding.node, "severity"))
    if severity and not severities[severity] then
      say(field(finding.node, "severity").line, ("severity %s is none: critical, warning or info"):format(severity))
    end
    if code and not declared[code] then
      say(field(finding.node, "code").line, ("code %s is not declared in findings"):format(code))
    end
    for _, needed in ipairs(finding.direct and { "code", "severity", "object", "cause" } or {}) do
      if not field(finding.node, needed) then
        say(finding.node.line, ("the finding has no %s"):format(needed))
      end
    end
  end
end

-- Needs as a set: "get pods/log".
local function parse_needs(list)
  local set = {}
  for _, need in ipairs(list or {}) do
    local verbs, resource = need:match("^(%S+) (%S+)")
    for verb in (verbs or ""):gmatch("[^,]+") do
      set[verb .. " " .. resource] = true
    end
  end
  return set
end

-- The resource of a kind that is written out, as needs name it: "deployments.apps".
local function resource_of(node, kinds)
  local kind = literal(node)
  return kind and (kinds[kind:lower()] or kind:lower()) or nil
end

local primitives = {
  get = function(resource) return resource and { "get " .. resource } end,
  list = function(resource) return resource and { "list " .. resource } end,
  table = function(resource) return resource and { "list " .. resource } end,
  events = function() return { "list events" } end,
  describe = function() return { "list events" } end,
  logs = function() return { "get pods/log" } end,
  probe = function() return { "get pods/portforward", "create pods/portforward" } end,
}

-- What a call needs to be allowed; nil where it asks nothing, or what it asks is only known when it runs.
local function needed_by(call, kinds)
  local callee = call.callee
  if call.method == "targets" and names.is_context(callee) then
    local resource = resource_of(call.arguments[1], kinds)
    return resource and (call.arguments[2] and { "get " .. resource, "list " .. resource } or { "list " .. resource })
  elseif callee.type == "index" and callee.object.type == "name" and callee.object.name == "kube" and not callee.object.variable then
    local ask = primitives[literal(callee.field)]
    return ask and ask(resource_of(call.arguments[1], kinds))
  end
end

-- What another runbook declares that one calls; nil where it is not known which.
local function needed_within(call)
  local name = call.method == "run" and names.is_context(call.callee) and literal(call.arguments[1])
  local ok, runbook = pcall(require, "runbooks." .. tostring(name))
  return name and ok and type(runbook) == "table" and parse_needs(runbook.needs) or nil, name
end

local function check_nested(call, have, say)
  local needs, name = needed_within(call)
  local missing = {}
  for need in pairs(needs or {}) do
    missing[#missing + 1] = not have[need] and need or nil
  end
  if #missing > 0 then
    table.sort(missing)
    say(call.line, ("needs does not say all that %s needs: %s%s"):format(name, missing[1],
      #missing > 1 and (" and %d more"):format(#missing - 1) or ""))
  end
end

-- Whether the code looks at the cluster at all, be it through modules.
local function asks(tree)
  for _, call in ipairs(tree.calls) do
    if names.required(call) then
      return true
    end
  end
  for _, use in ipairs(tree.globals) do
    if use.name == "kube" then
      return true
    end
  end
  return false
end

local function check_needs(metadata, returned, tree, kinds, say)
  local have, told = parse_needs(metadata.needs), false
  for _, call in ipairs(tree.calls) do
    for _, need in ipairs(needed_by(call, kinds) or {}) do
      if not have[need] then
        have[need], told = true, true
        say(call.line, ("needs does not say %q, which this asks"):format(need))
      end
    end
    check_nested(call, have, say)
  end
  if #(metadata.needs or {}) == 0 and not told and asks(tree) then
    say(returned.line, "needs is missing: what the runbook must be allowed, such as \"get,list pods\"")
  end
end

---@param question {metadata: table, kinds: table<string, string>}
---@param tree Tree
---@param say fun(line: integer, message: string)
function M.check(question, tree, say)
  local metadata, returned = question.metadata, tree.returned or { type = "nothing", line = 1 }
  check_texts(metadata, returned, say)
  check_arguments(metadata, returned, tree, say)
  check_findings(metadata, tree, say)
  check_needs(metadata, returned, tree, question.kinds, say)
end

return M
