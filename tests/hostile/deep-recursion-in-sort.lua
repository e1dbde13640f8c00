return {
  name = "deep-recursion-in-sort",
  summary = "Recurses without end. In a pcall, in a loop, in a comparison of sort.",
  run = function()
    table.sort({ 3, 1, 2 }, function(a, b)
      while true do
        pcall(function()
          local function down(n)
            return 1 + down(n + 1)
          end
          down(1)
        end)
      end
      return a < b
    end)
  end,
}
