return {
  name = "large-arguments",
  summary = "Gives functions hundreds of thousands of arguments.",
  run = function()
    local all = {}
    for i = 1, 200000 do
      all[i] = 65
    end
    while true do
      print(table.unpack(all))
      select(-1, table.unpack(all))
      string.char(table.unpack(all))
      table.pack(string.byte(("x"):rep(200000), 1, -1))
      pcall(string.byte, ("x"):rep(2000000), 1, -1)
      pcall(string.format, "%99999s %99.99f", 1e308)
      pcall(string.format, "%q", ("\n"):rep(1000000))
    end
  end,
}
