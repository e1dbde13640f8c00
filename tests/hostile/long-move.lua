return {
  name = "long-move",
  summary = "Moves what is not there, in C alone.",
  run = function()
    local nothing = setmetatable({}, { __index = rawlen, __newindex = rawequal })
    while true do
      pcall(table.move, nothing, 1, 9000000, 2)
    end
  end,
}
