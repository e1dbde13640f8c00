-- Label selectors: do these labels match, and how is the selector written for kubectl.
local M = {}

local operators = {
  In = function(value, values) return value ~= nil and values[value] == true end,
  NotIn = function(value, values) return value == nil or not values[value] end,
  Exists = function(value) return value ~= nil end,
  DoesNotExist = function(value) return value == nil end,
  Gt = function(value, _, first) return (tonumber(value) or -math.huge) > (tonumber(first) or math.huge) end,
  Lt = function(value, _, first) return (tonumber(value) or math.huge) < (tonumber(first) or -math.huge) end,
}

---Whether labels meet one expression {key, operator, values}.
---@param labels table<string, string>|nil
---@param expression table
---@return boolean
function M.meets(labels, expression)
  local values = {}
  for _, value in ipairs(expression.values or {}) do
    values[value] = true
  end
  local operator = operators[expression.operator]
  return operator ~= nil and operator((labels or {})[expression.key], values, (expression.values or {})[1])
end

---Whether labels match a selector {matchLabels, matchExpressions}; an empty one matches everything.
---@param labels table<string, string>|nil
---@param selector table|nil
---@return boolean
function M.matches(labels, selector)
  for key, value in pairs(selector and selector.matchLabels or {}) do
    if (labels or {})[key] ~= value then
      return false
    end
  end
  for _, expression in ipairs(selector and selector.matchExpressions or {}) do
    if not M.meets(labels, expression) then
      return false
    end
  end
  return true
end

---"a=b,c in (d,e)": what follows kubectl's -l.
---@param selector table|nil
---@return string
function M.text(selector)
  local parts = {}
  for key, value in pairs(selector and selector.matchLabels or {}) do
    parts[#parts + 1] = key .. "=" .. value
  end
  table.sort(parts)
  for _, expression in ipairs(selector and selector.matchExpressions or {}) do
    local values = table.concat(expression.values or {}, ",")
    local forms = {
      In = expression.key .. " in (" .. values .. ")", NotIn = expression.key .. " notin (" .. values .. ")",
      Exists = expression.key, DoesNotExist = "!" .. expression.key,
      Gt = expression.key .. ">" .. values, Lt = expression.key .. "<" .. values,
    }
    parts[#parts + 1] = forms[expression.operator] or expression.key
  end
  return table.concat(parts, ",")
end

return M
