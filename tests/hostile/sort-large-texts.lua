return {
  name = "sort-large-texts",
  summary = "Compares texts of 8 MB, in C alone.",
  run = function()
    local text, all = ("x"):rep(8000000), {}
    local one, other = text .. "1", text .. "2"
    for i = 1, 100000 do
      all[i] = i % 2 == 0 and one or other
    end
    table.sort(all)
  end,
}
