return {
  name = "handler-in-sort",
  summary = "Loops for ever in a message handler, in a comparison of sort.",
  run = function()
    table.sort({ 3, 1, 2 }, function(a, b)
      xpcall(function()
        while true do
        end
      end, function()
        while true do
        end
      end)
      return a < b
    end)
  end,
}
