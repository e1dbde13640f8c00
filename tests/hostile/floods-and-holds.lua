return {
  name = "floods-and-holds",
  summary = "Fills its memory, and the report with what is long when it is written.",
  run = function(ctx)
    local hold, pod, lines = {}, kube.get("pod", "error"), {}
    for i = 1, 100000 do
      hold[i] = { {} }
    end
    for i = 1, 50 do
      lines[i] = ("evidence\27 "):rep(400) .. i
    end
    for i = 1, 18 do
      ctx:finding({
        code = "x", severity = "info", object = pod, cause = "x", key = tostring(i), evidence = lines, next_steps = lines,
      })
    end
    for i = 1, 1200 do
      ctx:unknown({ what = i .. ("x\1"):rep(3000), reason = "timeout", message = ("y\1"):rep(3000) })
      ctx:healthy({ kind = "Pod", name = i .. ("x\1"):rep(250) })
    end
    for i = 1, 6000 do
      ctx:step(i .. ("x\1"):rep(1000), ("y\1"):rep(1000))
    end
    error(#hold)
  end,
}
