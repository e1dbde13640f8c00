return {
  name = "error-nil-in-sort",
  summary = "Raises nil. In a pcall, in a loop, in a comparison of sort.",
  run = function()
    table.sort({ 3, 1, 2 }, function(a, b)
      while true do
        pcall(function()
          error(nil)
        end)
      end
      return a < b
    end)
  end,
}
