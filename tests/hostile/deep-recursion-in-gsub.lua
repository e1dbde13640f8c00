return {
  name = "deep-recursion-in-gsub",
  summary = "Recurses without end. In a pcall, in a loop, in a callback of gsub.",
  run = function()
    local text = ("abc"):gsub(".", function(letter)
      while true do
        pcall(function()
          local function down(n)
            return 1 + down(n + 1)
          end
          down(1)
        end)
      end
      return letter
    end)
    print(text)
  end,
}
