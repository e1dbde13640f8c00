return {
  name = "table-bomb-in-pcall",
  summary = "Fills memory with a table. In a pcall, in a loop.",
  run = function()
    while true do
      pcall(function()
        local all = {}
        while true do
          all[#all + 1] = { {}, {}, {} }
        end
      end)
    end
  end,
}
