return {
  name = "string-rep-bomb",
  summary = "Asks for a string of a terabyte, again and again.",
  run = function()
    local text = "x"
    while true do
      text = text:rep(1000)
    end
  end,
}
