return {
  name = "forgotten-end",
  summary = "Forgets an end.",
  run = function(ctx)
    if ctx.namespace then
      ctx:step("here")
  end,
}
