return {
  name = "unpack-in-pcall",
  summary = "Unpacks itself through pcall, a thousand times at each level, in C alone.",
  run = function()
    local itself = setmetatable({}, {
      __len = function()
        return 1000
      end,
      __index = pcall,
      __call = table.unpack,
    })
    pcall(table.unpack, itself)
  end,
}
