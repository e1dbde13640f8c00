return {
  name = "requires-endless",
  summary = "Requires a module that loops for ever.",
  run = function()
    while true do
      pcall(require, "modules.endless")
    end
  end,
}
