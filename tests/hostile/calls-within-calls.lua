return {
  name = "calls-within-calls",
  summary = "Calls a table that is called by calling a table, 100000 times.",
  run = function()
    local called = print
    for _ = 1, 100000 do
      called = setmetatable({}, { __call = called })
    end
    while true do
      pcall(called)
    end
  end,
}
