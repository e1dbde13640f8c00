return {
  name = "metamethods-within-metamethods",
  summary = "Concatenates, compares and indexes by concatenating, comparing and indexing.",
  run = function()
    local itself = setmetatable({}, {
      __index = function(t, k)
        return t[k + 1]
      end,
      __concat = function(a, b)
        return a .. b
      end,
      __eq = function(a, b)
        return a == setmetatable({}, getmetatable(b))
      end,
      __lt = function(a, b)
        return a < b
      end,
    })
    while true do
      pcall(function()
        return itself[1]
      end)
      pcall(function()
        return itself .. itself
      end)
      pcall(function()
        return itself == setmetatable({}, getmetatable(itself))
      end)
      pcall(function()
        return itself < itself
      end)
    end
  end,
}
