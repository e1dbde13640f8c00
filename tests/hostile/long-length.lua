return {
  name = "long-length",
  summary = "Says that a table is long, and nothing is in it.",
  run = function()
    while true do
      table.sort(setmetatable({}, {
        __len = function()
          return (1 << 31) - 2
        end,
        __index = rawlen,
      }))
    end
  end,
}
