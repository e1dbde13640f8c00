return {
  name = "shared-tables-as-evidence",
  summary = "Gives evidence of 2^60 paths.",
  run = function(ctx)
    local evidence = { "x" }
    for _ = 1, 60 do
      evidence = { evidence, evidence }
    end
    local pod = kube.get("pod", "error")
    while true do
      local ok, message = pcall(ctx.finding, ctx,
        { code = "x", severity = "warning", object = pod, cause = "x", evidence = evidence })
      error(ok and "it was taken" or message)
    end
  end,
}
