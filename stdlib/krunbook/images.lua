-- Image references taken apart: where the registry is, what is asked of it.
local M = {}

---@class Image
---@field registry string    docker.io when none is written
---@field repository string  library/nginx for nginx
---@field tag string|nil     latest when neither tag nor digest is written
---@field digest string|nil
---@field text string        as it was written

---@param reference string|nil
---@return Image
function M.parse(reference)
  reference = reference or ""
  local rest, digest = reference:match("^(.-)@(.+)$")
  rest = rest or reference
  local registry, path = rest:match("^([^/]+)/(.+)$")
  -- The first part is a host only when it looks like one; else the whole is a path on Docker Hub.
  if not registry or not (registry:find("[.:]") or registry == "localhost" or registry:find("%u")) then
    registry, path = "docker.io", rest
  elseif registry == "index.docker.io" then
    registry = "docker.io"
  end
  local repository, tag = path:match("^(.*):([^:/]*)$")
  repository = repository or path
  if registry == "docker.io" and not repository:find("/", 1, true) then
    repository = "library/" .. repository
  end
  return { registry = registry, repository = repository, tag = tag or (not digest and "latest" or nil), digest = digest, text = reference }
end

---Whether the registry answers alike for what is absent and for what is private.
---@param image Image
---@return boolean
function M.hides_private(image)
  return image.registry == "docker.io" or image.registry == "ghcr.io" or image.registry == "quay.io"
end

return M
