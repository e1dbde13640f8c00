return {
  name = "error-that-loops",
  summary = "Raises a table that loops when it becomes a text.",
  run = function()
    error(setmetatable({}, {
      __tostring = function()
        while true do
        end
      end,
      __name = ("x"):rep(1000000),
    }))
  end,
}
