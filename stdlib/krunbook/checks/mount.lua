-- Before any container: the pod's volumes and its sandbox (network).
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local phrases = require("krunbook.phrases")
local volumes = require("krunbook.volumes")

local M = {}

---Texts of a kubelet that has just started or is catching up: they pass by themselves.
---@type string[]
M.transient = { "not registered", "failed to sync secret cache", "failed to sync configmap cache" }

local failures = { "FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox" }

-- What the kubelet does only once volumes and sandbox are there.
local progress = { "Pulling", "Pulled", "Created", "Started" }

-- The newest failure that nothing has got past, and that says more than "timed out".
local function deciding(list)
  local newest = events.newest(list, progress)
  local got_on, found = newest and events.time(newest) or 0, nil
  for _, event in ipairs(events.matching(list, failures)) do
    local vague = event.message:find("timed out waiting for the condition", 1, true)
    if not phrases.any(event.message, M.transient) and events.time(event) > got_on and not (found and vague) then
      found = event
    end
  end
  return found
end

-- The volume of the pod that a message names: by the pod's own name for it, or by that of the PersistentVolume.
local function volume_of(case, message)
  local name = message:match('for volume "(.-)"') or message:match("unmounted volumes=%[([^%],%s]+)")
  local volume = name and volumes.volume(case.pod, name)
  if name and not volume then
    local claims = {}
    for _, one in ipairs(case.pod.spec.volumes or {}) do
      claims[#claims + 1] = (one.persistentVolumeClaim or one.ephemeral) and one or nil
    end
    volume = #claims == 1 and claims[1] or nil
  end
  return name, volume
end

-- What some failures need beyond a look at the volume.
local remedies = {
  { "not found in the list of registered CSI drivers", "the CSI driver's node plugin does not run on node %s: look at its DaemonSet" },
  { "Multi%-Attach error", "find the pod that has the volume on another node (VolumeAttachments name it), and wait or end it" },
  { "access denied by server", "let node %s in, in the NFS server's exports" },
  { "helper program", "install the mount helper on node %s (nfs-common, cifs-utils, ...)" },
  { "wrong fs type", "install the mount helper on node %s, or look at the volume's file system" },
  { "timed out waiting for external%-attacher", "look at the pods of the CSI driver's controller: the attacher does not answer" },
  { "hostPath type check failed", "make the path on node %s what the hostPath's type says" },
}

local function remedy(case, message)
  for _, row in ipairs(remedies) do
    if message:find(row[1]) then
      return row[2]:format(case.pod.spec.nodeName or "?") -- those that name no node leave it out
    end
  end
end

local function steps(case, message, volume, missing)
  local name = message:match('for volume "(.-)"')
  local namespace = case.pod.metadata.namespace
  local claim = volume and volumes.claim(volume, case.pod)
  local look = missing and next_steps.kubectl(namespace, "get", missing.kind:lower() .. "s")
    or claim and next_steps.kubectl(namespace, "describe", "pvc", claim) or next_steps.describe(case.pod)
  local list = { look }
  list[#list + 1] = remedy(case, message)
  list[#list + 1] = case:correct("volume " .. (volume and volume.name or name or "?"))
  return list
end

local function mount(case, event)
  local name, volume = volume_of(case, event.message)
  local missing = volumes.missing(event.message)
  local namespace = case.pod.metadata.namespace
  local what = missing and ("%s %s does not exist in namespace %s"):format(missing.kind, missing.name, namespace)
    or event.message:gsub("^.- : ", "")
  local attached = event.reason == "FailedAttachVolume" and "attached to the node" or "mounted"
  return case:finding({
    code = "volume-mount-failed", key = name,
    cause = ("Volume %s (%s) cannot be %s: %s.%s"):format(name or "?", volumes.source(volume, case.pod), attached,
      what:gsub("[%s.]+$", ""), missing and case:nearest(missing.kind, missing.name) or ""),
    evidence = { event }, since = event.first,
    shared = missing and ("%s %s/%s"):format(missing.kind, namespace, missing.name) or nil,
    next_steps = steps(case, event.message, volume, missing),
  })
end

local function sandbox(case, event)
  local plugin = event.message:match('plugin type="(.-)"')
  local node = case.pod.spec.nodeName
  return case:finding({
    code = "sandbox-failed",
    cause = ("The pod's sandbox cannot be made on node %s%s: %s"):format(node or "?", plugin and " (network plugin " .. plugin .. ")" or "",
      event.message:gsub("^Failed to create pod sandbox: ", "")),
    evidence = { event }, since = event.first, shared = node and "sandbox on node " .. node or nil,
    next_steps = { next_steps.describe(case.pod), next_steps.describe_node(node),
      plugin and "look at the network plugin's own pods on that node: "
        .. next_steps.kubectl(nil, "get", "pods", "-A", "--field-selector", "spec.nodeName=" .. (node or "")) or nil },
  })
end

---Why no container could be tried; nil when one was.
---@param case Case
---@return table|nil
function M.check(case)
  for _, container in ipairs(case.containers) do
    local reason = container.waiting and container.waiting.reason
    local waits = reason == "ContainerCreating" or reason == "PodInitializing"
    if (waits or not container.status.name) and not case:is_young() then
      local event = deciding((case:events()))
      if event and event.reason == "FailedCreatePodSandBox" then
        return sandbox(case, event)
      end
      return event and mount(case, event) or nil
    end
  end
end

return M
