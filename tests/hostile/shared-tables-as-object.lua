return {
  name = "shared-tables-as-object",
  summary = "Calls an object of 2^60 paths healthy, for ever.",
  run = function(ctx)
    local object = { kind = "Pod" }
    for _ = 1, 60 do
      object = { kind = object, name = object }
    end
    while true do
      pcall(ctx.healthy, ctx, object)
    end
  end,
}
