return {
  name = "table-bomb-in-sort",
  summary = "Fills memory with a table. In a pcall, in a loop, in a comparison of sort.",
  run = function()
    table.sort({ 3, 1, 2 }, function(a, b)
      while true do
        pcall(function()
          local all = {}
          while true do
            all[#all + 1] = { {}, {}, {} }
          end
        end)
      end
      return a < b
    end)
  end,
}
