return {
  name = "lists-held",
  summary = "Begins lists without end, and keeps them.",
  run = function()
    local held, i = {}, 0
    while true do
      i = i + 1
      held[i] = kube.list("pods", { all_namespaces = true, labels = "a!=b" .. i })
    end
  end,
}
