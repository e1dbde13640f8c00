return {
  name = "global-typo-in-sort",
  summary = "Misspells a name. In a pcall, in a loop, in a comparison of sort.",
  run = function()
    table.sort({ 3, 1, 2 }, function(a, b)
      while true do
        pcall(function()
          return podz.metadata
        end)
      end
      return a < b
    end)
  end,
}
