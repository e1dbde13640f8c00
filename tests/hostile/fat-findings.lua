return {
  name = "fat-findings",
  summary = "Finds as much as evidence can hold, a thousand times.",
  run = function(ctx)
    local pod, lines = kube.get("pod", "error"), {}
    for i = 1, 50 do
      lines[i] = ("evidence "):rep(450) .. i
    end
    for i = 1, 1000 do
      pcall(ctx.finding, ctx, {
        code = "x", severity = "warning", object = pod, cause = "x", key = tostring(i), evidence = lines, next_steps = lines,
      })
    end
  end,
}
