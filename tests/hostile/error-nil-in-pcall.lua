return {
  name = "error-nil-in-pcall",
  summary = "Raises nil. In a pcall, in a loop.",
  run = function()
    while true do
      pcall(function()
        error(nil)
      end)
    end
  end,
}
