return {
  name = "global-typo-in-pcall",
  summary = "Misspells a name. In a pcall, in a loop.",
  run = function()
    while true do
      pcall(function()
        return podz.metadata
      end)
    end
  end,
}
