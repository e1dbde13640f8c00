return {
  name = "takes-away",
  summary = "Takes away what the program itself uses, then fails.",
  run = function(ctx)
    for name in pairs(kube) do
      kube[name] = nil
    end
    for _, library in ipairs({ string, table, math, utf8 }) do
      for name in pairs(library) do
        library[name] = nil
      end
    end
    ctx.healthy = nil
    setmetatable(ctx, nil)
    error("done")
  end,
}
