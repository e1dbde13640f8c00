return {
  name = "nested-without-end",
  summary = "Starts itself, again and again.",
  run = function(ctx)
    while true do
      pcall(ctx.run, ctx, "nested-without-end", {})
    end
  end,
}
