return {
  name = "string-rep-bomb-in-pcall",
  summary = "Asks for a string of a terabyte, again and again. In a pcall, in a loop.",
  run = function()
    while true do
      pcall(function()
        local text = "x"
        while true do
          text = text:rep(1000)
        end
      end)
    end
  end,
}
