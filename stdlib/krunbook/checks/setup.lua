-- What the node must do before any container starts: the sandbox with its network, the volumes.
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local volumes = require("krunbook.volumes")

local M = {}

local mounting = { "FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedAttach" }

---What the texts of a failed mount mean, in the order in which they are tested.
---@type {any: string[], cause: string, remedy: string}[]
M.conditions = {
  { any = { "references non-existent secret key", "non-existent config key" },
    cause = "a key that the volume lists is not in its object", remedy = "add the key, or correct items in the volume" },
  { any = { "Multi-Attach error", "already used by pod" },
    cause = "the volume is still attached to another node", remedy = "wait until the other pod is gone, or delete it" },
  { any = { "hostPath type check failed", "does not exist" },
    cause = "the path on the node is not there, or is of another type", remedy = "create the path on the node, or correct hostPath" },
  { any = { "not found in the list of registered CSI drivers" },
    cause = "the CSI driver does not run on the node", remedy = "check the CSI driver's DaemonSet on that node" },
  { any = { "access denied by server", "exit status 32", "wrong fs type", "mount failed", "bad option; for several filesystems" },
    cause = "the mount command failed on the node", remedy = "check the export, the network and the mount helper on the node" },
  { any = { "not bound" }, cause = "the claim is not bound", remedy = "look at the claim" },
  { any = { "attachment timeout", "timed out waiting for external-attacher", "not attached according to node status" },
    cause = "the volume was not attached in time", remedy = "check the CSI driver's controller" },
}

-- These pass by themselves, and the time-out only says that another event has the cause.
local transient = { "not registered", "failed to sync secret cache", "failed to sync configmap cache" }
local general = { "timed out waiting for the condition" }

local function says(message, texts)
  for _, text in ipairs(texts) do
    if message:find(text, 1, true) then
      return true
    end
  end
  return false
end

-- The newest event that names a cause; else the newest at all.
local function deciding(list)
  for i = #list, 1, -1 do
    if not says(list[i].message, general) and not says(list[i].message, transient) then
      return list[i]
    end
  end
  for i = #list, 1, -1 do
    if not says(list[i].message, transient) then
      return list[i]
    end
  end
end

local function volume_of(message)
  return message:match('for volume "(.-)"') or message:match("unmounted volumes=%[([^%],%s]+)")
end

local function mount(case)
  local event = deciding(events.matching(case:events(), mounting))
  if not event then
    return nil
  end
  local name = volume_of(event.message)
  local volume = name and volumes.volume(case.pod, name)
  local missing = volumes.missing(event.message)
  local why, remedy, shared = event.message, "look at the volume", nil
  local namespace = case.pod.metadata.namespace
  if missing then
    why = ("%s %s does not exist in namespace %s"):format(missing.kind, missing.name, namespace)
    remedy = next_steps.kubectl(namespace, "get", missing.kind:lower() .. "s") .. "  # create " .. missing.name .. ", or correct the volume"
    shared = ("%s %s/%s"):format(missing.kind, namespace, missing.name)
  else
    for _, condition in ipairs(M.conditions) do
      if says(event.message, condition.any) then
        why, remedy = condition.cause, condition.remedy
        break
      end
    end
  end
  return {
    code = "volume-mount-failed", key = name, shared = shared,
    cause = ("Volume %s (%s) cannot be mounted: %s."):format(name or "?", volumes.source(volume, case.pod), why),
    evidence = { event }, next_steps = { remedy, next_steps.describe(case.pod) },
    since = events.first_seen(case:events(), mounting),
  }
end

---What the texts of a failed sandbox mean.
---@type {any: string[], cause: string}[]
M.sandbox_conditions = {
  { any = { "failed to setup network", "adding pod", "networkPlugin cni", "CNI network", "plugin type=" },
    cause = "its network could not be set up (CNI)" },
  { any = { "failed to get sandbox image", "pause" }, cause = "the sandbox (pause) image could not be had" },
}

local function sandbox(case)
  local event = events.newest(case:events(), { "FailedCreatePodSandBox", "FailedCreatePodSandbox" })
  if not event then
    return nil
  end
  local why = "the runtime could not make it"
  for _, condition in ipairs(M.sandbox_conditions) do
    if says(event.message, condition.any) then
      why = condition.cause
      break
    end
  end
  local node = case.pod.spec.nodeName or "?"
  return {
    code = "sandbox-failed", evidence = { event },
    cause = ("The pod's sandbox cannot be made on node %s: %s."):format(node, why),
    since = events.first_seen(case:events(), { "FailedCreatePodSandBox", "FailedCreatePodSandbox" }),
    next_steps = { next_steps.kubectl("kube-system", "get", "pods", "-o", "wide", "--field-selector", "spec.nodeName=" .. node)
      .. "  # is the network plugin well there?", "on the node: journalctl -u kubelet --since -15min" },
  }
end

---Why a pod that has its node gets no containers; nil when nothing says that it does not.
---@param case Case
---@return table|nil
function M.check(case)
  if not case.pod.spec.nodeName or case.pod.status.phase ~= "Pending" then
    return nil
  end
  for _, container in ipairs(case.containers) do
    local reason = container.waiting and container.waiting.reason
    if container.last or container.running or (reason and reason ~= "ContainerCreating" and reason ~= "PodInitializing") then
      return nil
    end
  end
  local finding = mount(case) or sandbox(case)
  return finding and case:finding(finding)
end

return M
