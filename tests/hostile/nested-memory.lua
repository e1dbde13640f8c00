return {
  name = "nested-memory",
  summary = "Holds much, and starts itself, which...",
  run = function(ctx)
    local hold = {}
    for i = 1, 100000 do
      hold[i] = { i }
    end
    ctx:run("pod-status", { pod = "running" })
    ctx:run("nested-memory", {})
    error(#hold)
  end,
}
