return {
  name = "long-names",
  summary = "Asks for kinds, names and options that nobody has.",
  run = function()
    while true do
      pcall(kube.get, ("x"):rep(100000), ("y"):rep(1000000))
      pcall(kube.get, "pod", "x", { [("x"):rep(1000000)] = 1 })
      pcall(require, ("x"):rep(1000000))
      pcall(function()
        return _ENV[("x"):rep(1000000)]
      end)
    end
  end,
}
