return {
  name = "gsub-template",
  summary = "Replaces each letter by very many nothings.",
  run = function()
    (("a"):rep(2000000)):gsub("(a-)", ("%1"):rep(500000))
  end,
}
