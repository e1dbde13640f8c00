return {
  name = "slow-c-functions-in-sort",
  summary = "Spends its time in C functions, where no instruction is counted. In a pcall, in a loop, in a comparison of sort.",
  run = function()
    table.sort({ 3, 1, 2 }, function(a, b)
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
      return a < b
    end)
  end,
}
