-- The image: pulled, inspected, named.
local containers = require("krunbook.containers")
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")

local M = {}

local pulling = { ErrImagePull = true, ImagePullBackOff = true, RegistryUnavailable = true, SignatureValidationFailed = true }

-- The newest text that says why the pull failed: the waiting state's, where it has one, else the event's.
local function deciding_text(case, container)
  local pulls = require("krunbook.pulls") -- which only who has to do with a failed pull needs
  local waiting = container.waiting
  local text = pulls.deciding(waiting.message)
  if text and pulls.classify(text, container.spec.image) then
    return text, containers.evidence(container)
  end
  for i = #case:events(), 1, -1 do
    local event = case:events()[i]
    local failed = event.reason == "Failed" and event.message:find("^Failed to pull image")
    if failed and events.of_container(event, container.name) then
      return event.message, event
    end
  end
  return text, containers.evidence(container)
end

local function name_secrets(list)
  local names = {}
  for _, reference in ipairs(list or {}) do
    names[#names + 1] = reference.name
  end
  return names
end

-- Which pull secrets the pod has (its own, or else its ServiceAccount's), and which of them are not there. The verdict stands without.
local function pull_secrets(case)
  local namespace = case.pod.metadata.namespace
  local names, whose = name_secrets(case.pod.spec.imagePullSecrets), "The pod"
  if #names == 0 then
    local account_name = case.pod.spec.serviceAccountName or "default"
    local account, unknown = kube.get("serviceaccounts", account_name, { namespace = namespace })
    case.ctx:can_do_without(unknown)
    if unknown then
      return "The pod names no imagePullSecrets; whether its ServiceAccount does could not be read."
    end
    names, whose = name_secrets(account and account.imagePullSecrets), "ServiceAccount " .. account_name
  end
  if #names == 0 then
    return "Neither the pod nor its ServiceAccount has imagePullSecrets."
  end
  local said = kube.parallel(names, function(name)
    local secret, unknown = kube.get("secrets", name, { namespace = namespace })
    case.ctx:can_do_without(unknown)
    if unknown then
      return name .. " (whether it exists could not be read: " .. unknown.reason .. ")"
    end
    return name .. (secret and " (exists)" or " (does not exist)")
  end)
  return ("%s has imagePullSecrets: %s."):format(whose, table.concat(said, ", "))
end

local function what_image(image)
  local what = image.digest and "digest " .. image.digest or "tag " .. image.tag
  return ("%s (repository %s, %s, registry %s)"):format(image.text, image.repository, what, image.registry)
end

-- An image may be a volume, too, which the kubelet pulls before it makes a container: whose pull failed is told by the message alone.
local function image_volume(case, container, text)
  for _, volume in ipairs(case.pod.spec.volumes or {}) do
    local reference = volume.image and volume.image.reference
    if reference and text and text:find(reference, 1, true) and not text:find('"' .. container.spec.image .. '"', 1, true) then
      return volume
    end
  end
end

-- The image of what can be changed in place is set; of the rest, the manifest is corrected.
local function set_image(case, container, volume)
  local owner, pod = case:owner(), case.pod
  if volume then
    return case:correct(("the image %s of volume %s"):format(volume.image.reference, volume.name))
  end
  local settable = { Deployment = true, StatefulSet = true, DaemonSet = true, ReplicaSet = true }
  local static = (pod.metadata.annotations or {})["kubernetes.io/config.mirror"]
  if static or (owner and not settable[owner.kind]) then
    return case:correct("the image " .. container.spec.image)
  end
  local target = owner and owner.kind:lower() .. "/" .. owner.name or "pod/" .. pod.metadata.name
  return next_steps.about(pod, "set", "image", target, container.name .. "=") .. "IMAGE  # the right name and tag"
end

local function steps_for(case, container, condition, volume)
  if condition.code == "registry-unavailable" then
    return { condition.remedy, next_steps.describe(case.pod) }
  elseif condition.code == "image-pull-denied" then
    return {
      next_steps.about(case.pod, "create", "secret", "docker-registry", "regcred", "--from-file=.dockerconfigjson=") ..
        '"$HOME/.docker/config.json"  # of a login that may pull it',
      case:correct("imagePullSecrets ([{name: regcred}])"), "or, where the name is wrong: " .. set_image(case, container, volume),
    }
  end
  return { set_image(case, container, volume), condition.kind ~= "missing" and condition.remedy or nil }
end

local function pull_failure(case, container)
  local images, pulls = require("krunbook.images"), require("krunbook.pulls")
  local text, evidence = deciding_text(case, container)
  local volume = image_volume(case, container, text)
  local image = images.parse(volume and volume.image.reference or container.spec.image)
  local condition = text and pulls.classify(text, image.text)
  if not condition and container.waiting.reason == "RegistryUnavailable" then
    condition = pulls.classify("RegistryUnavailable", image.text)
    evidence = containers.evidence(container)
  end
  if not condition then
    return nil, text
  end
  local cause = condition.cause:format(image.registry)
  if condition.code == "image-not-found" and images.hides_private(image) then
    cause = cause .. " It answers alike for what is absent and what is private: absent or private."
  end
  cause = ("The image %s%s cannot be pulled. %s"):format(what_image(image), volume and ", which is volume " .. volume.name .. "," or "", cause)
  if condition.code == "image-pull-denied" then
    cause = cause .. " " .. pull_secrets(case)
  end
  return {
    code = condition.code, cause = cause, evidence = { evidence }, next_steps = steps_for(case, container, condition, volume),
    since = events.first_seen((case:events()), "Failed", "Failed to pull image") or case.pod.metadata.creationTimestamp,
    shared = condition.code == "registry-unavailable" and "registry " .. image.registry .. " " .. condition.kind or nil,
  }
end

local function undetermined(case, container, text)
  local _, unknown = case:events()
  if not unknown then
    case.ctx:unknown({
      what = ("why the image of container %s of Pod %s/%s cannot be pulled"):format(container.name,
        case.pod.metadata.namespace, case.pod.metadata.name),
      reason = "undetermined", message = text or "no event tells why the pull failed",
    })
  end
end

---@type table<string, fun(case: Case, container: Container): table>
local by_reason = {}

function by_reason.InvalidImageName(case, container)
  return { code = "image-name-invalid",
    cause = ("The image's name %q cannot be parsed: a reference is lower case, [registry/]repository[:tag]."):format(container.spec.image),
    next_steps = { set_image(case, container) } }
end

function by_reason.ErrImageNeverPull(case, container)
  return { code = "image-never-pull",
    cause = ("The image %s is not on node %s, and imagePullPolicy Never forbids pulling it."):format(container.spec.image,
      case.pod.spec.nodeName or "?"),
    next_steps = { case:correct("imagePullPolicy (IfNotPresent pulls it)"),
      "or load the image on node " .. (case.pod.spec.nodeName or "?") } }
end

function by_reason.ImageInspectError(case, container)
  return { code = "image-inspect-failed",
    cause = ("The runtime on node %s cannot read the image %s that it has: its image store is damaged or busy."):format(
      case.pod.spec.nodeName or "?", container.spec.image),
    next_steps = { "on the node: crictl inspecti " .. next_steps.quote(container.spec.image),
      "on the node: crictl rmi " .. next_steps.quote(container.spec.image) .. "  # so that it is pulled anew" } }
end

---Why the container's image is not there; nil when it waits for something else. Nothing is guessed: a pull that failed for a reason
---that no text tells is noted as undetermined, which the second result says.
---@param case Case
---@param container Container
---@return table|nil finding, boolean|nil settled
function M.check(case, container)
  local reason = container.waiting and container.waiting.reason
  if by_reason[reason] then
    local finding = by_reason[reason](case, container)
    finding.container, finding.evidence = container.name, { containers.evidence(container) }
    finding.since = finding.since or case.pod.metadata.creationTimestamp
    return case:finding(finding)
  elseif not pulling[reason] then
    return nil
  end
  local finding, text = pull_failure(case, container)
  if not finding then
    undetermined(case, container, text)
    return nil, true
  end
  finding.container = container.name
  return case:finding(finding)
end

return M
