return {
  name = "primitive-in-sort",
  summary = "Asks the cluster where nothing can wait.",
  run = function()
    table.sort({ 3, 1, 2 }, function(a, b)
      return kube.get("pod", tostring(a)) ~= nil and a < b
    end)
  end,
}
