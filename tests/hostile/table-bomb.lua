return {
  name = "table-bomb",
  summary = "Fills memory with a table.",
  run = function()
    local all = {}
    while true do
      all[#all + 1] = { {}, {}, {} }
    end
  end,
}
