return {
  name = "shared-tables-as-arguments",
  summary = "Starts another runbook with arguments of 2^60 paths, for ever.",
  run = function(ctx)
    local args = { pod = "error" }
    for _ = 1, 60 do
      args = { pod = args, owner = args }
    end
    while true do
      pcall(ctx.run, ctx, "pod-status", args)
    end
  end,
}
