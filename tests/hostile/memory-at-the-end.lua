return {
  name = "memory-at-the-end",
  summary = "Uses its memory up in its last call, where nobody sees it.",
  run = function()
    return pcall(string.rep, "x", 1 << 26)
  end,
}
