return {
  name = "set-in-pattern",
  summary = "Matches letters against a set of a million.",
  run = function()
    string.find(("a"):rep(1000000), "[" .. ("b"):rep(1000000) .. "]")
  end,
}
