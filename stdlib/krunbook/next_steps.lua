-- Commands that a person can paste, with the right namespace and names.
local M = {}

local safe = "^[%w%-%._/:=,@]+$"

---A word for a shell: as it is, or in single quotes.
---@param word string
---@return string
function M.quote(word)
  if word:find(safe) then
    return word
  end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

---`kubectl -n NAMESPACE WORDS…`, for the cluster of this run; without -n where there is no namespace.
---@param namespace string|nil
---@param ... string
---@return string
function M.kubectl(namespace, ...)
  local words = { kube and kube.kubectl or "kubectl" }
  if namespace then
    words[#words + 1] = "-n " .. M.quote(namespace)
  end
  for _, word in ipairs({ ... }) do
    words[#words + 1] = M.quote(word)
  end
  return table.concat(words, " ")
end

---@param object Object|table
---@param ... string
---@return string
function M.about(object, ...)
  local metadata = object.metadata or object
  return M.kubectl(metadata.namespace, ...)
end

---@param pod Object
---@param container string
---@param previous boolean|nil
---@return string
function M.logs(pod, container, previous)
  if previous then
    return M.about(pod, "logs", pod.metadata.name, "-c", container, "--previous")
  end
  return M.about(pod, "logs", pod.metadata.name, "-c", container)
end

---@param object Object|table
---@return string
function M.describe(object)
  local metadata = object.metadata or object
  return M.about(object, "describe", object.kind:lower(), metadata.name)
end

---@param name string|nil  of a node
---@return string
function M.describe_node(name)
  return M.kubectl(nil, "describe", "node", name or "NODE")
end

---How to change what runs: the owner's template, or, for a pod of its own, the pod's manifest.
---@param owner Object|table|nil
---@param what string  a noun phrase: "the image's name or tag"
---@return string
function M.edit(owner, what)
  if not owner then
    return ("correct %s in the pod's manifest, delete the pod and apply it again"):format(what)
  end
  local name = (owner.metadata or owner).name
  if owner.kind == "Job" then
    return ("correct %s in the manifest of Job %s, delete the Job and apply it again: its template cannot be edited"):format(what, name)
  end
  return ("%s  # correct %s"):format(M.about(owner, "edit", owner.kind:lower(), name), what)
end

---The same, knowing the pod: one of its own is replaced by its corrected self, a static one is a file on its node.
---@param pod Object
---@param owner table|nil
---@param what string
---@return string
function M.correct(pod, owner, what)
  local metadata = pod.metadata
  if (metadata.annotations or {})["kubernetes.io/config.mirror"] then
    return ("on node %s: correct %s in the static pod's manifest, usually in /etc/kubernetes/manifests"):format(pod.spec.nodeName or "?", what)
  elseif owner then
    return M.edit(owner, what)
  end
  local file = M.quote(metadata.name .. ".yaml")
  return ("%s > %s  # in it, correct %s; then: %s"):format(M.about(pod, "get", "pod", metadata.name, "-o", "yaml"), file, what,
    M.kubectl(nil, "replace", "--force", "-f", metadata.name .. ".yaml"))
end

return M
