return setmetatable({
  name = "endless-declaration",
  summary = "Declares without end.",
  run = function() end,
}, {
  __pairs = function(runbook)
    return function()
      return "name", runbook.name
    end
  end,
})
