return {
  name = "format-concats",
  summary = "Formats a table 200000 times that C alone puts together.",
  run = function()
    local all, long = {}, setmetatable({}, { __tostring = table.concat })
    for i = 1, 1000 do
      long[i] = ""
    end
    for i = 1, 200000 do
      all[i] = long
    end
    string.format(("%s"):rep(#all), table.unpack(all))
  end,
}
