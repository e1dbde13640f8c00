return {
  name = "finalizer-afterwards",
  summary = "Gives a metatable a finalizer once it is in use.",
  run = function()
    local meta = {}
    local one = setmetatable({}, meta)
    meta.__gc = function()
      while true do
      end
    end
    while true do
      one = { one }
      if #one > 100000 then
        one = nil
      end
      setmetatable({}, meta)
    end
  end,
}
