return {
  name = "pathological-pattern-in-sort",
  summary = "Matches a pattern that would take years. In a pcall, in a loop, in a comparison of sort.",
  run = function()
    table.sort({ 3, 1, 2 }, function(a, b)
      while true do
        pcall(function()
          string.find(("a"):rep(100000), (".-"):rep(30) .. "b")
        end)
      end
      return a < b
    end)
  end,
}
