return {
  name = "global-typo-in-gsub",
  summary = "Misspells a name. In a pcall, in a loop, in a callback of gsub.",
  run = function()
    local text = ("abc"):gsub(".", function(letter)
      while true do
        pcall(function()
          return podz.metadata
        end)
      end
      return letter
    end)
    print(text)
  end,
}
