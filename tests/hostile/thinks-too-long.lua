return {
  name = "thinks-too-long",
  summary = "Asks a little, and thinks a lot, without end.",
  run = function()
    local i = 0
    while true do
      i = i + 1
      kube.get("pod", "p" .. i)
      for _ = 1, 1000000 do
      end
    end
  end,
}
