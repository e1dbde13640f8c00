return {
  name = "deep-recursion-in-pcall",
  summary = "Recurses without end. In a pcall, in a loop.",
  run = function()
    while true do
      pcall(function()
        local function down(n)
          return 1 + down(n + 1)
        end
        down(1)
      end)
    end
  end,
}
