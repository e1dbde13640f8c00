return {
  name = "unpack-long-chain",
  summary = "Unpacks what is looked up for long, in C alone.",
  run = function()
    local long = {}
    for _ = 1, 1900 do
      long = setmetatable({}, { __index = long })
    end
    while true do
      table.pack(table.unpack(long, 1, 900000))
    end
  end,
}
