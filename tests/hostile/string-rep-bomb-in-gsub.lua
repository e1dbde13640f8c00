return {
  name = "string-rep-bomb-in-gsub",
  summary = "Asks for a string of a terabyte, again and again. In a pcall, in a loop, in a callback of gsub.",
  run = function()
    local text = ("abc"):gsub(".", function(letter)
      while true do
        pcall(function()
          local text = "x"
          while true do
            text = text:rep(1000)
          end
        end)
      end
      return letter
    end)
    print(text)
  end,
}
