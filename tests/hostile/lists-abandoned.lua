return {
  name = "lists-abandoned",
  summary = "Begins lists without end, and reads none to its end.",
  run = function()
    local i = 0
    while true do
      i = i + 1
      kube.list("pods")()
      kube.list("pods", { labels = "a=b" .. i })
    end
  end,
}
