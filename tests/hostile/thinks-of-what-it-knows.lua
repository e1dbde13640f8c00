return {
  name = "thinks-of-what-it-knows",
  summary = "Asks what it knows already, and thinks, without end.",
  run = function()
    while true do
      kube.get("pod", "running")
      for _ = 1, 1000000 do
      end
    end
  end,
}
