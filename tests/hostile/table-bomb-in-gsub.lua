return {
  name = "table-bomb-in-gsub",
  summary = "Fills memory with a table. In a pcall, in a loop, in a callback of gsub.",
  run = function()
    local text = ("abc"):gsub(".", function(letter)
      while true do
        pcall(function()
          local all = {}
          while true do
            all[#all + 1] = { {}, {}, {} }
          end
        end)
      end
      return letter
    end)
    print(text)
  end,
}
