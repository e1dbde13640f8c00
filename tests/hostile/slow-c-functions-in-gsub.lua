return {
  name = "slow-c-functions-in-gsub",
  summary = "Spends its time in C functions, where no instruction is counted. In a pcall, in a loop, in a callback of gsub.",
  run = function()
    local text = ("abc"):gsub(".", function(letter)
      while true do
        pcall(function()
          local all = {}
          while true do
            table.insert(all, 1, #all)
            if #all > 200000 then
              all[1] = ("x"):rep(1000000):upper():lower():reverse()
            end
          end
        end)
      end
      return letter
    end)
    print(text)
  end,
}
