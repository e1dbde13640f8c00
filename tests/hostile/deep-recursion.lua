return {
  name = "deep-recursion",
  summary = "Recurses without end.",
  run = function()
    local function down(n)
      return 1 + down(n + 1)
    end
    down(1)
  end,
}
