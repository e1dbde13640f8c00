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

-- The newest that went wrong: that somebody waits for the provisioner says less, though it is said again and again.
local function newest_told(said)
  local found
  for _, event in ipairs(events.matching(said, told_of_claims)) do
    if event.type == "Warning" or not found or found.type ~= "Warning" then
      found = event
    end
  end
  return found
end

-- Somebody outside Kubernetes is to make the volume, and has not said a word.
local function provisioner_step(message)
  local provisioner = message:match("external provisioner ['\"](.-)['\"]")
  return provisioner and ("look whether the provisioner %s runs, and at its log: kubectl get pods -A"):format(provisioner)
end

-- Why a claim is not bound: its events, or its class.
local function unbound(case, object)
  local name, class = object.metadata.name, object.spec.storageClassName
  local text = ("Claim %s is %s (StorageClass %s)."):format(name, object.status.phase or "?", class or "not given")
  if object.metadata.deletionTimestamp then
    return text .. " It is being deleted."
  elseif object.status.phase == "Lost" then
    return ("%s Its volume %s is gone, and its data with it."):format(text, object.spec.volumeName or "?")
  end
  local said, hidden = kube.events(object)
  case.ctx:can_do_without(hidden)
  local event = newest_told(said)
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
    steps[#steps + 1] = event and provisioner_step(event.message) or nil
  end
  steps[#steps + 1] = next_steps.kubectl(nil, "get", "storageclasses,persistentvolumes")
  return #texts > 0 and " " .. table.concat(texts, " ") or "", steps, evidence
end

return M
