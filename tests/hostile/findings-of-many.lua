return {
  name = "findings-of-many",
  summary = "Finds something of thousands of objects, again and again.",
  run = function(ctx)
    local pod, objects = kube.get("pod", "error"), {}
    for i = 1, 3000 do
      objects[i] = { kind = "Pod", name = "p" .. i }
    end
    for i = 1, 1000 do
      pcall(ctx.finding, ctx, {
        code = "x", severity = "warning", object = pod, cause = "x", key = tostring(i), objects = objects, chain = objects,
      })
    end
  end,
}
