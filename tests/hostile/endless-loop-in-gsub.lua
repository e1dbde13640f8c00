return {
  name = "endless-loop-in-gsub",
  summary = "Loops for ever. In a pcall, in a loop, in a callback of gsub.",
  run = function()
    local text = ("abc"):gsub(".", function(letter)
      while true do
        pcall(function()
          while true do end
        end)
      end
      return letter
    end)
    print(text)
  end,
}
