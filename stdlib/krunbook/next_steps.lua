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

---`kubectl -n NAMESPACE WORDS…`; without -n where there is no namespace.
---@param namespace string|nil
---@param ... string
---@return string
function M.kubectl(namespace, ...)
  local words = { "kubectl" }
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

---How to change what runs: the owner's template, or, for a pod of its own, the pod's manifest.
---@param owner table|nil
---@param what string  "the image's name or tag"
---@return string
function M.edit(owner, what)
  if not owner then
    return ("correct %s in the pod's manifest, delete the pod and apply it again"):format(what)
  end
  return ("%s  # correct %s"):format(M.about(owner, "edit", owner.kind:lower(), owner.name), what)
end

return M
