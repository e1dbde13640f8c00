local scheduling = require("krunbook.scheduling")

local function codes(message)
  local list = {}
  for i, reason in ipairs(scheduling.reasons(message)) do
    list[i] = reason.code:gsub("^unschedulable%-", "")
  end
  return table.concat(list, " ")
end

local preemption = " preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."

local texts = {
  { "resources", "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. no new claims to deallocate," .. preemption },
  { "resources", "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory." },
  { "resources", "0/3 nodes are available: 3 Too many pods." .. preemption },
  { "node-selector", "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector." .. preemption },
  { "node-selector", "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity." },
  { "node-selector", "0/1 nodes are available: 1 node(s) didn't match the requested hostname." },
  { "taint", "0/1 nodes are available: 1 node(s) had untolerated taint(s)." .. preemption },
  { "taint", "0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}." .. preemption },
  { "taint", "0/1 nodes are available: 1 node(s) had taint {a: b}, that the pod didn't tolerate." },
  { "cordoned", "0/1 nodes are available: 1 node(s) were unschedulable." },
  { "ports", "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports." },
  { "affinity", "0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules." .. preemption },
  { "affinity", "0/1 nodes are available: 1 node(s) didn't match pod affinity/anti-affinity, 1 node(s) didn't match pod anti-affinity rules." },
  { "affinity", "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label)." },
  { "volume", '0/1 nodes are available: persistentvolumeclaim "nope" not found. not found' },
  { "volume", "0/1 nodes are available: 1 pod has unbound immediate PersistentVolumeClaims." },
  { "volume", "0/1 nodes are available: 1 node(s) had volume node affinity conflict." },
  { "volume", "0/1 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity." },
  { "volume", "0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind." },
  { "node-selector resources", "0/5 nodes are available: 1 Insufficient cpu, 4 node(s) didn't match Pod's node affinity/selector." },
}

return {
  ["old and new wordings mean the same"] = function(check)
    for _, row in ipairs(texts) do
      check.equal(row[1], codes(row[2]), row[2])
    end
  end,
  ["what preemption says is no reason"] = function(check)
    check.equal("cordoned", codes("0/3 nodes are available: 3 node(s) were unschedulable. preemption: 0/3 nodes are available: "
      .. "3 Insufficient cpu."))
  end,
  ["a pod asks for its containers and sidecars, or its largest init container, and its overhead"] = function(check)
    local function asks(cpu)
      return { resources = { requests = { cpu = cpu } } }
    end
    local sidecar = asks("500m")
    sidecar.restartPolicy = "Always"
    check.is(scheduling.requests({ spec = { containers = { asks("1"), asks("1") }, initContainers = { asks("2"), sidecar },
      overhead = { cpu = "250m" } } }).cpu == 2.75)
    check.is(scheduling.requests({ spec = { containers = { asks("1") }, initContainers = { asks("4") } } }).cpu == 4)
  end,
  ["a limit alone is a request too"] = function(check)
    check.is(scheduling.requests({ spec = { containers = { { resources = { limits = { memory = "1Gi" } } } } } }).memory == 2 ^ 30)
  end,
}
