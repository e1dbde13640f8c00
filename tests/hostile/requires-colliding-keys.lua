return {
  name = "requires-colliding-keys",
  summary = "Requires a module that grows a table whose keys all collide.",
  run = function()
    pcall(require, "modules.colliding")
    return nil
  end,
}
