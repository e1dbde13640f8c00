return {
  name = "pathological-pattern-in-gsub",
  summary = "Matches a pattern that would take years. In a pcall, in a loop, in a callback of gsub.",
  run = function()
    local text = ("abc"):gsub(".", function(letter)
      while true do
        pcall(function()
          string.find(("a"):rep(100000), (".-"):rep(30) .. "b")
        end)
      end
      return letter
    end)
    print(text)
  end,
}
