return {
  name = "pages-held",
  summary = "Begins to read lists without end, and keeps them.",
  run = function()
    local held, i = {}, 0
    while true do
      i = i + 1
      held[i] = kube.list("pods", { all_namespaces = true, labels = "a!=b" .. i })
      held[i]()
    end
  end,
}
