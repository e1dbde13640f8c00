return {
  name = "long-selector",
  summary = "Asks for 60000 labels, and for one of 800 kB.",
  run = function()
    local labels = {}
    for i = 1, 60000 do
      labels["k" .. i] = "v"
    end
    pcall(kube.list, "pods", { labels = labels })
    for _ in kube.list("pods", { labels = ("a=b,"):rep(200000) .. "c" }) do
    end
    error("there is an end")
  end,
}
