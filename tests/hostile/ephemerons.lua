return {
  name = "ephemerons",
  summary = "Lets the garbage collector go over a long chain of weak keys.",
  run = function()
    local count, next_of, keys = 120000, setmetatable({}, { __mode = "k" }), {}
    for i = 1, count do
      keys[i] = {}
    end
    for i = count, 2, -1 do
      local j = math.random(i)
      keys[i], keys[j] = keys[j], keys[i]
    end
    for i = 1, count - 1 do
      next_of[keys[i]] = keys[i + 1]
    end
    local first = keys[1]
    keys = nil
    while true do
      first = setmetatable({ first }, {})[1]
    end
  end,
}
