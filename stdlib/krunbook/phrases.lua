-- Failures are told apart by the words of whoever met them: some texts, or some Lua patterns, of which one is enough.
local M = {}

---Whether one of the texts stands in it, as it is written.
---@param text string
---@param needles string[]|nil
---@return boolean
function M.any(text, needles)
  for _, needle in ipairs(needles or {}) do
    if text:find(needle, 1, true) then
      return true
    end
  end
  return false
end

---Whether one of the Lua patterns matches.
---@param text string
---@param patterns string[]|nil
---@return boolean
function M.match(text, patterns)
  for _, pattern in ipairs(patterns or {}) do
    if text:find(pattern) then
      return true
    end
  end
  return false
end

---Whether a condition's words are in a text: one of `any`, and where there is an `also` one of that; or one of `patterns`.
---@param condition {any: string[]|nil, also: string[]|nil, patterns: string[]|nil}
---@param text string
---@return boolean
function M.fits(condition, text)
  return (M.any(text, condition.any) and (not condition.also or M.any(text, condition.also))) or M.match(text, condition.patterns)
end

---The first condition of a list that fits; nil when none does.
---@generic T: {any: string[]|nil, also: string[]|nil, patterns: string[]|nil}
---@param conditions T[]
---@param text string
---@return T|nil
function M.first(conditions, text)
  for _, condition in ipairs(conditions) do
    if M.fits(condition, text) then
      return condition
    end
  end
end

return M
