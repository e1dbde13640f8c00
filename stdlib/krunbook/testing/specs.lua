-- Runs one spec: a module NAME_spec.lua that returns {["what holds"] = function(check) ... end}. It has what runbooks have, and no
-- cluster; a spec that needs answers puts functions into `kube`: kube.get = function(kind, name) ... end.
local M = {}

local function shown(value, depth)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  elseif depth > 8 then
    return "{...}"
  end
  local parts = {}
  for key, inner in pairs(value) do
    parts[#parts + 1] = tostring(key) .. "=" .. shown(inner, depth + 1)
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ", ") .. "}"
end

local check = {}

---Fails where the two are not alike, members of tables included.
---@param wanted any
---@param got any
---@param about? string
function check.equal(wanted, got, about)
  if shown(wanted, 0) ~= shown(got, 0) then
    error(("%swanted %s, got %s"):format(about and about .. ": " or "", shown(wanted, 0), shown(got, 0)), 2)
  end
end

---Fails where value is nil or false.
---@param value any
---@param about? string
function check.is(value, about)
  if not value then
    error((about or "it") .. " does not hold", 2)
  end
end

-- The primitives as they are; a spec's own end with the test that made them.
local function restore(kept)
  for name in pairs(kube) do
    rawset(kube, name, kept[name])
  end
  for name, value in pairs(kept) do
    rawset(kube, name, value)
  end
end

local function run_one(test)
  local kept = {}
  for name, value in pairs(kube) do
    kept[name] = value
  end
  local ok, problem = pcall(test, check)
  restore(kept)
  return not ok and tostring(problem):gsub("\0", "\\0") or nil
end

---@param question {module: string}
---@return {tests: {title: string, problem: string|nil}[]}
function M.run(question)
  local spec, titles, tests = require(question.module), {}, {}
  if type(spec) ~= "table" then
    error(("a spec returns a table of functions; this one returned a %s"):format(type(spec)), 0)
  end
  for title, test in pairs(spec) do
    if type(title) ~= "string" or type(test) ~= "function" then
      error("a spec returns {[\"what holds\"] = function(check) ... end}", 0)
    end
    titles[#titles + 1] = title
  end
  table.sort(titles)
  for i, title in ipairs(titles) do
    tests[i] = { title = title, problem = run_one(spec[title]) }
  end
  return { tests = tests }
end

return M
