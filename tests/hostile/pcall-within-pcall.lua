return {
  name = "pcall-within-pcall",
  summary = "Calls itself in two pcalls.",
  run = function()
    local function down()
      pcall(down)
      pcall(down)
    end
    while true do
      down()
    end
  end,
}
