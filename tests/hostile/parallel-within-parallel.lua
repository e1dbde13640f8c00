return {
  name = "parallel-within-parallel",
  summary = "Starts two of itself, in each of which...",
  run = function()
    local function start()
      pcall(kube.parallel, { start, start })
    end
    while true do
      start()
    end
  end,
}
