return {
  name = "pathological-pattern-in-pcall",
  summary = "Matches a pattern that would take years. In a pcall, in a loop.",
  run = function()
    while true do
      pcall(function()
        string.find(("a"):rep(100000), (".-"):rep(30) .. "b")
      end)
    end
  end,
}
