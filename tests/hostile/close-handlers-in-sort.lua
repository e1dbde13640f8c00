return {
  name = "close-handlers-in-sort",
  summary = "Loops for ever in __close handlers, in a comparison of sort.",
  run = function()
    local function endless()
      return setmetatable({}, {
        __close = function()
          while true do
          end
        end,
      })
    end
    table.sort({ 3, 1, 2 }, function()
      while true do
        pcall(function()
          local one <close> = endless()
          local other <close> = endless()
          error(one ~= other)
        end)
      end
    end)
  end,
}
