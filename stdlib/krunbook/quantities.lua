-- Resource quantities as Kubernetes writes them: "500m", "64Gi", "1e3".
local M = {}

local factors = {
  [""] = 1, n = 1e-9, u = 1e-6, m = 1e-3, k = 1e3, M = 1e6, G = 1e9, T = 1e12, P = 1e15, E = 1e18,
  Ki = 2 ^ 10, Mi = 2 ^ 20, Gi = 2 ^ 30, Ti = 2 ^ 40, Pi = 2 ^ 50, Ei = 2 ^ 60,
}

---The number that a quantity stands for, in cores, bytes or pieces; nil when it is none.
---@param quantity string|number|nil
---@return number|nil
function M.parse(quantity)
  if type(quantity) == "number" then
    return quantity
  elseif type(quantity) ~= "string" then
    return nil
  end
  local exponent = tonumber(quantity:match("^[+-]?[%d.]+[eE][+-]?%d+$"))
  if exponent then
    return exponent
  end
  local number, suffix = quantity:match("^([+-]?[%d.]+)(%a*)$")
  local factor = factors[suffix or "?"]
  return factor and tonumber(number) and tonumber(number) * factor or nil
end

local function trimmed(number, digits)
  local text = ("%." .. digits .. "f"):format(number)
  if text:find(".", 1, true) then
    text = text:gsub("0+$", ""):gsub("%.$", "")
  end
  return text
end

---A number of a resource as a person reads it: "3.8 CPU", "15.6Gi", "110 pods", "1 nvidia.com/gpu".
---@param resource string
---@param number number
---@return string
function M.text(resource, number)
  if resource == "cpu" then
    return trimmed(number, 2) .. " CPU"
  elseif resource == "memory" or resource:find("storage", 1, true) or resource:find("^hugepages%-") then
    local units = { { 2 ^ 40, "Ti" }, { 2 ^ 30, "Gi" }, { 2 ^ 20, "Mi" }, { 2 ^ 10, "Ki" } }
    for _, unit in ipairs(units) do
      if math.abs(number) >= unit[1] then
        return trimmed(number / unit[1], 1) .. unit[2] .. (resource == "memory" and "" or " of " .. resource)
      end
    end
    return trimmed(number, 0) .. " bytes"
  end
  return trimmed(number, 2) .. " " .. resource
end

return M
