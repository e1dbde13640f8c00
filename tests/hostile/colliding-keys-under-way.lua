return {
  name = "colliding-keys-under-way",
  summary = "Grows a table whose keys all collide, while the cluster is being asked.",
  run = function()
    local pods, nodes = kube.list("pods"), kube.list("nodes")
    pods()
    kube.list("events")
    local colliding, all = (1 << 19) - 1, {}
    for k = 1, 1 << 18 do
      all[k * colliding] = true
    end
    all[colliding * ((1 << 18) + 1)] = nodes
  end,
}
