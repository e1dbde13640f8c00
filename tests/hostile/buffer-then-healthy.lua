return {
  name = "buffer-then-healthy",
  summary = "Asks for one text that is too large where nobody sees it, and goes on.",
  run = function(ctx)
    pcall(string.rep, "x", 1 << 26)
    ctx:healthy(kube.get("pod", "running"))
  end,
}
