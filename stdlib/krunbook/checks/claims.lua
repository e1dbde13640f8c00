-- The claims of a pod that no node takes: absent, pending and why, or bound to a volume that only some nodes reach.
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local objects = require("krunbook.objects")
local scheduling = require("krunbook.scheduling")
local volumes = require("krunbook.volumes")

local M = {}

-- A bound claim's volume may be reachable from some nodes only.
local function bound(case, object)
  local text = ("Claim %s is Bound to volume %s"):format(object.metadata.name, object.spec.volumeName or "?")
  local volume, unknown
  if object.spec.volumeName then
    volume, unknown = kube.get("persistentvolumes", object.spec.volumeName)
  end
  case.ctx:can_do_without(unknown)
  local required = volume and (objects.whole(volume).spec.nodeAffinity or {}).required
  return text .. (required and (", which only nodes with %s reach."):format(scheduling.node_terms(required)) or ".")
end

local told_of_claims = { "ProvisioningFailed", "FailedBinding", "VolumeMismatch", "WaitForFirstConsumer", "WaitForPodScheduled",
  "ExternalProvisioning", "Provisioning" }

-- Why a claim is not bound: its events, or its class.
local function unbound(case, object)
  local name, class = object.metadata.name, object.spec.storageClassName
  local text = ("Claim %s is %s (StorageClass %s)."):format(name, object.status.phase or "?", class or "not given")
  if object.metadata.deletionTimestamp then
    return text .. " It is being deleted."
  end
  local said, hidden = kube.events(object)
  case.ctx:can_do_without(hidden)
  local event = events.newest(said, told_of_claims)
  if event then
    return ("%s %s."):format(text, event.message:gsub("[%s.]+$", "")), event
  end
  local found, refused
  if class and class ~= "" then
    found, refused = kube.get("storageclasses", class)
    case.ctx:can_do_without(refused)
  end
  if class and class ~= "" and not found and not refused then
    text = text .. (" There is no StorageClass %s."):format(class)
  end
  return text
end

-- The claim's own story: absent, bound and to what, or pending and why.
local function claim(case, name)
  local namespace = case.pod.metadata.namespace
  local object, unknown = kube.get("persistentvolumeclaims", name, { namespace = namespace })
  case.ctx:can_do_without(unknown)
  if unknown then
    return ("Claim %s could not be read (%s)."):format(name, unknown.reason)
  elseif not object then
    return ("There is no claim %s in namespace %s.%s"):format(name, namespace, case:nearest("persistentvolumeclaims", name)), nil, true
  end
  objects.whole(object)
  if object.status.phase == "Bound" and not object.metadata.deletionTimestamp then
    return bound(case, object)
  end
  return unbound(case, object)
end

---What is to say of each claim.
---@param case Case
---@return string more, string[] steps, Evidence[] evidence
function M.explain(case)
  local texts, evidence, steps, namespace = {}, {}, {}, case.pod.metadata.namespace
  for _, name in ipairs(volumes.claims(case.pod)) do
    local text, event, absent = claim(case, name)
    texts[#texts + 1], evidence[#evidence + 1] = text, event
    steps[#steps + 1] = absent and next_steps.kubectl(namespace, "get", "pvc") or next_steps.kubectl(namespace, "describe", "pvc", name)
    steps[#steps + 1] = absent and case:correct("the claim's name " .. name) or nil
  end
  steps[#steps + 1] = next_steps.kubectl(nil, "get", "storageclasses,persistentvolumes")
  return #texts > 0 and " " .. table.concat(texts, " ") or "", steps, evidence
end

return M
