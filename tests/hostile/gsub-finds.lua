return {
  name = "gsub-finds",
  summary = "Replaces by what C alone looks up for long.",
  run = function()
    local long = {}
    for _ = 1, 1900 do
      long = setmetatable({}, { __index = long })
    end
    while true do
      pcall(string.gsub, ("x"):rep(5000000), ".", long)
    end
  end,
}
