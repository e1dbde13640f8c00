return {
  name = "slow-c-functions",
  summary = "Spends its time in C functions, where no instruction is counted.",
  run = function()
    local all = {}
    while true do
      table.insert(all, 1, #all)
      if #all > 200000 then
        all[1] = ("x"):rep(1000000):upper():lower():reverse()
      end
    end
  end,
}
