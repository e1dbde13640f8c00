return {
  name = "close-handler",
  summary = "Loops for ever in a __close handler.",
  run = function()
    local guard <close> = setmetatable({}, {
      __close = function()
        while true do
        end
      end,
    })
    error("out of " .. type(guard))
  end,
}
