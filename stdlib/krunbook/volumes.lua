-- What a pod's volumes and environment refer to, and where each container mounts them.
local M = {}

---@param pod Object
---@param name string
---@return table|nil
function M.volume(pod, name)
  for _, volume in ipairs(pod.spec.volumes or {}) do
    if volume.name == name then
      return volume
    end
  end
end

---What a volume is made of, in words: `Secret app-tls`, `claim data`.
---@param volume table|nil
---@param pod Object
---@return string
function M.source(volume, pod)
  if not volume then
    return "an unknown source"
  elseif volume.secret then
    return "Secret " .. (volume.secret.secretName or "?")
  elseif volume.configMap then
    return "ConfigMap " .. (volume.configMap.name or "?")
  elseif M.claim(volume, pod) then
    return "claim " .. M.claim(volume, pod)
  elseif volume.hostPath then
    return "the node's path " .. volume.hostPath.path
  elseif volume.csi then
    return "CSI driver " .. volume.csi.driver
  elseif volume.nfs then
    return ("NFS %s:%s"):format(volume.nfs.server, volume.nfs.path)
  elseif volume.projected then
    return "a projected volume"
  end
  return "volume " .. volume.name
end

---The name of the claim that a volume is; nil when it is none.
---@param volume table
---@param pod Object
---@return string|nil
function M.claim(volume, pod)
  if volume.persistentVolumeClaim then
    return volume.persistentVolumeClaim.claimName
  end
  return volume.ephemeral and ("%s-%s"):format(pod.metadata.name, volume.name) or nil
end

---The names of the claims that a pod mounts.
---@param pod Object
---@return string[]
function M.claims(pod)
  local names = {}
  for _, volume in ipairs(pod.spec.volumes or {}) do
    names[#names + 1] = M.claim(volume, pod)
  end
  return names
end

---The object that a message says is not there: {kind, name, key}.
---@param message string
---@return {kind: string, name: string, key: string|nil}|nil
function M.missing(message)
  local key, kind, name = message:match("couldn't find key (%S+) in (%a+) [^/%s]+/([^%s,]+)")
  if key then
    return { kind = kind, name = name, key = key }
  end
  name = message:match('secret "(.-)" not found') or message:match('secrets "(.-)" not found')
  if name then
    return { kind = "Secret", name = name }
  end
  name = message:match('configmap "(.-)" not found') or message:match('configmaps "(.-)" not found')
  if name then
    return { kind = "ConfigMap", name = name }
  end
  name = message:match('serviceaccounts "(.-)" not found')
  return name and { kind = "ServiceAccount", name = name } or nil
end

return M
