return {
  name = "growth",
  summary = "Lets a text grow in a replacement, until it does not fit.",
  run = function()
    local text = "x"
    while true do
      text = text:gsub(".", "%0%0%0%0")
    end
  end,
}
