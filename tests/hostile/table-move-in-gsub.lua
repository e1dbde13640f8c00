return {
  name = "table-move-in-gsub",
  summary = "Moves 2^40 elements. In a pcall, in a loop, in a callback of gsub.",
  run = function()
    local text = ("abc"):gsub(".", function(letter)
      while true do
        pcall(function()
          table.move({}, 1, 1 << 40, 2)
        end)
      end
      return letter
    end)
    print(text)
  end,
}
