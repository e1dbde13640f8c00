return {
  name = "error-nil",
  summary = "Raises nil.",
  run = function()
    error(nil)
  end,
}
