return {
  name = "large-error",
  summary = "Raises an error of 20 MB.",
  run = function()
    error(("x"):rep(8000000) .. ("\27[31m"):rep(1000))
  end,
}
