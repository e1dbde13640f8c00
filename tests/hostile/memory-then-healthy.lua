return {
  name = "memory-then-healthy",
  summary = "Uses its memory up where nobody sees it, and goes on.",
  run = function(ctx)
    pcall(function()
      local all = {}
      while true do
        all[#all + 1] = { {}, {}, {} }
      end
    end)
    ctx:healthy(kube.get("pod", "running"))
  end,
}
