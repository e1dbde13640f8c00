return {
  name = "table-move-in-pcall",
  summary = "Moves 2^40 elements. In a pcall, in a loop.",
  run = function()
    while true do
      pcall(function()
        table.move({}, 1, 1 << 40, 2)
      end)
    end
  end,
}
