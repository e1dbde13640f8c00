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
  { "resources taint", "0/3 nodes are available: 2 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 1 Insufficient "
    .. "memory." .. preemption },
  { "node-selector taint", "0/3 nodes are available: 2 node(s) had untolerated taint {node-role.kubernetes.io/master: }, 1 node(s) didn't match "
    .. "Pod's node affinity/selector." },
  { "taint resources", "0/4 nodes are available: 1 Insufficient cpu, 3 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }." },
  { "cordoned resources", "0/4 nodes are available: 1 Insufficient cpu, 3 node(s) were unschedulable." },
  { "resources", "0/1 nodes are available: 1 Insufficient ephemeral-storage, 1 Insufficient hugepages-2Mi, 1 Insufficient nvidia.com/gpu." },
  { "resources", "0/1 nodes are available: 1 cannot allocate all claims. still not schedulable," .. preemption },
  { "affinity", "0/3 nodes are available: 3 node(s) didn't satisfy existing pods anti-affinity rules." .. preemption },
  { "affinity", "0/3 nodes are available: 3 node(s) didn't match pod affinity rules." .. preemption },
  { "node-selector", "0/3 nodes are available: 3 node(s) didn't match the requested node name." .. preemption },
  { "node-selector", "0/1 nodes are available: 1 node(s) didn't match scheduler-enforced node affinity." },
  { "volume", 'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded' },
  { "volume", "0/3 nodes are available: 3 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)." },
  { "volume", "0/3 nodes are available: 3 node(s) exceed max volume count." .. preemption },
  { "volume", "0/1 nodes are available: 1 ebs.csi.aws.com CSI driver is not installed on the node." },
  { "volume", '0/1 nodes are available: persistentvolumeclaim "data" is being deleted.' .. preemption },
  { "volume", "0/1 nodes are available: 1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode." },
  { "volume", "0/1 nodes are available: 1 node(s) did not have enough free storage." },
  { "volume", "0/1 nodes are available: 1 node(s) had no available volume zone." },
  { "scheduler", "no nodes available to schedule pods" },
  { "scheduler", "0/1 nodes are available: 1 node(s) didn't satisfy plugin(s) [Ours]." },
  { "resources node-selector", "0/5 nodes are available: 1 Insufficient cpu, 4 node(s) didn't match Pod's node affinity/selector." },
}

return {
  ["old and new wordings mean the same"] = function(check)
    for _, row in ipairs(texts) do
      check.equal(row[1], codes(row[2]), row[2])
    end
  end,
  ["a claim that is not found is said once"] = function(check)
    check.equal('persistentvolumeclaim "nope" not found', scheduling.reasons(
      '0/1 nodes are available: persistentvolumeclaim "nope" not found. not found')[1].text)
  end,
  ["taints that a pod tolerates do not keep it off"] = function(check)
    local node = { spec = { taints = { { key = "dedicated", value = "gpu", effect = "NoSchedule" }, { key = "soft", effect = "PreferNoSchedule" },
      { key = "node.kubernetes.io/not-ready", effect = "NoExecute" } } } }
    local function left(...)
      local names = {}
      for i, taint in ipairs(scheduling.untolerated({ spec = { tolerations = { ... } } }, node)) do
        names[i] = scheduling.taint_text(taint)
      end
      return table.concat(names, " ")
    end
    check.equal("dedicated=gpu:NoSchedule node.kubernetes.io/not-ready:NoExecute", left())
    check.equal("node.kubernetes.io/not-ready:NoExecute", left({ key = "dedicated", operator = "Equal", value = "gpu", effect = "NoSchedule" }))
    check.equal("node.kubernetes.io/not-ready:NoExecute", left({ key = "dedicated", value = "gpu" }))
    check.equal("dedicated=gpu:NoSchedule node.kubernetes.io/not-ready:NoExecute", left({ key = "dedicated", value = "cpu" }))
    check.equal("", left({ operator = "Exists" }))
    check.equal("dedicated=gpu:NoSchedule", left({ operator = "Exists", effect = "NoExecute" }))
  end,
  ["what a pod asks of its node is written out"] = function(check)
    check.equal("nodeSelector disk=ssd and nodeAffinity zone in (a,b),!spot or metadata.name in (n-1)", scheduling.wanted_nodes({ spec = {
      nodeSelector = { disk = "ssd" }, affinity = { nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms = {
        { matchExpressions = { { key = "zone", operator = "In", values = { "a", "b" } }, { key = "spot", operator = "DoesNotExist" } } },
        { matchFields = { { key = "metadata.name", operator = "In", values = { "n-1" } } } } } } } } } }))
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
