return {
  name = "pathological-pattern",
  summary = "Matches a pattern that would take years.",
  run = function()
    string.find(("a"):rep(100000), (".-"):rep(30) .. "b")
  end,
}
