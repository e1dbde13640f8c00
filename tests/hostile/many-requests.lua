return {
  name = "many-requests",
  summary = "Asks without end.",
  run = function()
    local i = 0
    while true do
      i = i + 1
      pcall(kube.get, "pod", "pod-" .. i)
    end
  end,
}
