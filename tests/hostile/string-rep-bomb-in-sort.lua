return {
  name = "string-rep-bomb-in-sort",
  summary = "Asks for a string of a terabyte, again and again. In a pcall, in a loop, in a comparison of sort.",
  run = function()
    table.sort({ 3, 1, 2 }, function(a, b)
      while true do
        pcall(function()
          local text = "x"
          while true do
            text = text:rep(1000)
          end
        end)
      end
      return a < b
    end)
  end,
}
