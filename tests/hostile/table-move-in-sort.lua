return {
  name = "table-move-in-sort",
  summary = "Moves 2^40 elements. In a pcall, in a loop, in a comparison of sort.",
  run = function()
    table.sort({ 3, 1, 2 }, function(a, b)
      while true do
        pcall(function()
          table.move({}, 1, 1 << 40, 2)
        end)
      end
      return a < b
    end)
  end,
}
