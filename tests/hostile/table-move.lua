return {
  name = "table-move",
  summary = "Moves 2^40 elements.",
  run = function()
    table.move({}, 1, 1 << 40, 2)
  end,
}
