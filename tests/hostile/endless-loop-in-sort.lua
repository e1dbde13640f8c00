return {
  name = "endless-loop-in-sort",
  summary = "Loops for ever. In a pcall, in a loop, in a comparison of sort.",
  run = function()
    table.sort({ 3, 1, 2 }, function(a, b)
      while true do
        pcall(function()
          while true do end
        end)
      end
      return a < b
    end)
  end,
}
