return {
  name = "requires-cycle",
  summary = "Requires a module that requires it.",
  run = function()
    require("modules.cycle")
  end,
}
