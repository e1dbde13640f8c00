return {
  name = "endless-loop-in-pcall",
  summary = "Loops for ever. In a pcall, in a loop.",
  run = function()
    while true do
      pcall(function()
        while true do end
      end)
    end
  end,
}
