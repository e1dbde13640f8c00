return {
  name = "global-typo",
  summary = "Misspells a name.",
  run = function()
    return podz.metadata
  end,
}
