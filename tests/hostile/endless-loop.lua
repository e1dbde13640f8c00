return {
  name = "endless-loop",
  summary = "Loops for ever.",
  run = function()
    while true do end
  end,
}
