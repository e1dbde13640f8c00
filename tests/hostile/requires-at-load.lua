local endless = require("modules.endless")

return {
  name = "requires-at-load",
  summary = "Requires a module that loops for ever, while it is loaded itself.",
  run = function()
    return endless
  end,
}
