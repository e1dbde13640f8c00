return {
  name = "requires-memory",
  summary = "Requires a module that uses the memory up, where nobody sees it.",
  run = function()
    pcall(require, "modules.memory")
    return nil
  end,
}
