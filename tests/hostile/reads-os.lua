return {
  name = "reads-os",
  summary = "Reaches for what is not there.",
  run = function()
    os.execute("true")
  end,
}
