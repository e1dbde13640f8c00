return {
  name = "length-lies",
  summary = "Says that a table is as long as no table is, once it was believed.",
  run = function()
    local calls = 0
    local function liar()
      calls = 0
      return setmetatable({}, {
        __len = function()
          calls = calls + 1
          return calls == 1 and 1 or 1 << 60
        end,
        __index = function()
          return "x"
        end,
      })
    end
    table.insert(liar(), 1, "x")
    table.remove(liar(), 1)
    table.concat(liar())
    table.unpack(liar())
    table.sort(liar())
    for _ in ipairs(table.move(liar(), 1, 1, 2)) do
    end
  end,
}
