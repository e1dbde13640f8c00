return {
  name = "error-nil-in-gsub",
  summary = "Raises nil. In a pcall, in a loop, in a callback of gsub.",
  run = function()
    local text = ("abc"):gsub(".", function(letter)
      while true do
        pcall(function()
          error(nil)
        end)
      end
      return letter
    end)
    print(text)
  end,
}
