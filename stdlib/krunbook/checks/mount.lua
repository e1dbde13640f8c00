-- Before any container: the pod's volumes and its sandbox (network).
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local volumes = require("krunbook.volumes")

local M = {}

-- Texts of a kubelet that has just started or is catching up: they pass by themselves.
M.transient = { "not registered", "failed to sync secret cache", "failed to sync configmap cache" }

local function is_transient(message)
  for _, text in ipairs(M.transient) do
    if message:find(text, 1, true) then
      return true
    end
  end
  return false
end

-- The newest that says more than "timed out".
local function deciding(list)
  local found
  for _, event in ipairs(list) do
    if not is_transient(event.message) and (not found or not event.message:find("timed out waiting for the condition", 1, true)) then
      found = event
    end
  end
  return found
end

local function volume_of(case, message)
  local name = message:match('for volume "(.-)"') or message:match("unmounted volumes=%[([^%],%s]+)")
  return name, name and volumes.volume(case.pod, name)
end

local function mount(case)
  local event = deciding(events.matching(case:events(), { "FailedMount", "FailedAttachVolume", "FailedMapVolume" }))
  if not event then
    return nil
  end
  local name, volume = volume_of(case, event.message)
  local missing = volumes.missing(event.message)
  local namespace = case.pod.metadata.namespace
  local what = missing and ("%s %s does not exist in namespace %s"):format(missing.kind, missing.name, namespace)
    or event.message:gsub("^.- : ", "")
  return case:finding({
    code = "volume-mount-failed", key = name,
    cause = ("Volume %s (%s) cannot be mounted: %s."):format(name or "?", volumes.source(volume, case.pod), what),
    evidence = { event }, since = event.first,
    shared = missing and ("%s %s/%s"):format(missing.kind, namespace, missing.name) or nil,
    next_steps = { missing and next_steps.kubectl(namespace, "get", missing.kind:lower(), missing.name) or next_steps.describe(case.pod),
      next_steps.edit(case:owner(), "volume " .. (name or "?")) },
  })
end

local function sandbox(case)
  local event = events.newest(case:events(), "FailedCreatePodSandBox")
  if not event then
    return nil
  end
  local plugin = event.message:match('plugin type="(.-)"')
  return case:finding({
    code = "sandbox-failed",
    cause = ("The pod's sandbox cannot be made on node %s%s: %s"):format(case.pod.spec.nodeName or "?",
      plugin and " (network plugin " .. plugin .. ")" or "", event.message),
    evidence = { event }, since = event.first,
    shared = case.pod.spec.nodeName and "sandbox on node " .. case.pod.spec.nodeName or nil,
    next_steps = { next_steps.describe(case.pod), "kubectl describe node " .. (case.pod.spec.nodeName or "") },
  })
end

---Why no container could be tried; nil when one was.
---@param case Case
---@return table|nil
function M.check(case)
  for _, container in ipairs(case.containers) do
    local waits = container.waiting and (container.waiting.reason == "ContainerCreating" or container.waiting.reason == "PodInitializing")
    if (waits or not container.status.name) and not container.last and not case:is_young() then
      return mount(case) or sandbox(case)
    end
  end
end

return M
