-- New names for everything that is named in a snapshot: the same old name has the same new one everywhere. Kubernetes' own words stay:
-- well-known label keys, kube-system, registries of Kubernetes, ports that say what they speak.
local M = {}

local kept_names = { ["*"] = true, ["kube-system"] = true, ["kube-root-ca.crt"] = true, [""] = true, kubernetes = true,
  ["default-scheduler"] = true }

local well_known_keys = { ["k8s-app"] = true,
  ["pod-template-hash"] = true, ["controller-uid"] = true, ["job-name"] = true, ["controller-revision-hash"] = true,
  ["pod-template-generation"] = true }

-- Well-known keys whose values are names.
local name_valued = { "hostname", "job%-name", "service%-name", "metadata%.name", "pod%-template%-hash", "controller%-uid", "pod%-name",
  "controller%-revision%-hash", "/name", "/instance" }

local function is_well_known(key)
  return well_known_keys[key] or key:find("^kubernetes%.io/") ~= nil or key:find("%.kubernetes%.io/") ~= nil
    or key:find("^k8s%.io/") ~= nil or key:find("%.k8s%.io/") ~= nil
end

local function is_name_valued(key)
  for _, ending in ipairs(name_valued) do
    if key:find(ending .. "$") then
      return true
    end
  end
  return false
end

local function is_host(text)
  local host = text:match("^(.*):%d+$")
  return host ~= nil and host:find("^[%w_.-]+$") ~= nil or text == "localhost" or text:find("^[%w_-]+%.[%w_.-]+$") ~= nil
end

---@class Names
---@field names table<string, string>       of objects, containers, volumes, nodes, ...
---@field exact table<string, string>       UIDs, IPs, registries
---@field label_keys table<string, string>
---@field images table<string, string>
---@field ports table<string, string>
local Names = {}
Names.__index = Names

---@param seed integer  the same one gives the same names
---@return Names
function M.new(seed)
  return setmetatable({ seed = seed, names = {}, exact = {}, label_keys = {}, images = {}, ports = {} }, Names)
end

-- Random numbers from 1 to a limit that follow from the seed and the old name alone, not from what was named before.
local function dice(seed, old)
  local state = seed
  for i = 1, #old do
    state = (state ~ old:byte(i)) * 1099511628211
  end
  return function(limit)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % limit + 1
  end
end

local function letters(throw, alphabet, count)
  local text = {}
  for i = 1, count do
    local at = throw(#alphabet)
    text[i] = alphabet:sub(at, at)
  end
  return table.concat(text)
end

-- A random word; it ends as the old one does where that is a StatefulSet's ordinal.
function Names:word(old)
  local throw = dice(self.seed, old)
  return letters(throw, "bcdfghjklmnpqrstvwxz", 6) .. letters(throw, "0123456789", 2) .. (old:match("%-%d%d?$") or "")
end

---The new name of something that is called so.
---@param old any  what is no text stays
---@return any
function Names:name(old)
  if type(old) ~= "string" or kept_names[old] then
    return old
  end
  local stem = old:match("^(.*)%-$") -- generateName
  if stem and self.names[stem] then
    return self.names[stem] .. "-"
  end
  self.names[old] = self.names[old] or self:word(old)
  return self.names[old]
end

---@param old string|nil
function Names:uid(old)
  if old and old ~= "" and not self.exact[old] then
    local hexes = letters(dice(self.seed, old), "0123456789abcdef", 32)
    self.exact[old] = table.concat({ hexes:sub(1, 8), hexes:sub(9, 12), hexes:sub(13, 16), hexes:sub(17, 20), hexes:sub(21) }, "-")
  end
end

---@param old string
function Names:ip(old)
  if not self.exact[old] and old:find("^%d+%.%d+%.%d+%.%d+$") and not old:find("^0%.") and not old:find("^127%.") then
    local throw = dice(self.seed, old)
    self.exact[old] = ("10.%d.%d.%d"):format(throw(248) + 1, throw(255), throw(248) + 1)
  end
end

---@param old string
function Names:port(old)
  if old ~= "" and not old:find("^https?$") and not old:find("^https?%-") then
    self.ports[old] = self.ports[old] or self:word(old)
  end
end

function Names:label_key(key)
  if not is_well_known(key) then
    self.label_keys[key] = self.label_keys[key] or self:word(key)
  end
  return self.label_keys[key] or key
end

---The key of a selector: a field's stays, a label's is replaced where the snapshot has it.
function Names:label_key_of(key)
  return self.label_keys[key] or key
end

function Names:label_value(key, value)
  if type(value) ~= "string" or value == "" or (is_well_known(key) and not is_name_valued(key)) then
    return value
  elseif key:find("^app%.kubernetes%.io/") then
    return value -- how an ingress controller is known
  end
  return self:name(value)
end

-- [REGISTRY/]REPOSITORY[:TAG][@DIGEST], taken apart.
local function split_image(image)
  local rest, digest = image:match("^([^@]*)(@.*)$")
  rest = rest or image
  local registry, path = rest:match("^([^/]*)/(.*)$")
  if not registry or not is_host(registry) then
    registry, path = "", rest
  end
  local repository, tag = path:match("^([^:]*):(.*)$")
  return registry, repository or path, tag, digest or ""
end

local function new_registry(self, registry)
  local host, port = registry:match("^([^:]*)(.*)$")
  self.exact[host] = self.exact[host] or (self:word(host) .. (host:find("%.invalid$") and ".invalid" or ".example"))
  return self.exact[host] .. port
end

---An image's new name. Docker Hub stays Docker Hub, as what is said of it is its own; an invalid name stays as invalid as it is.
---@param old string|nil
function Names:image(old)
  if not old or old == "" or self.images[old] or old:find("^sha256:") or old:find("::", 1, true)
      or old:match("^[^@:]*"):find("[%u%s]") then
    return
  end
  local registry, repository, tag, digest = split_image(old)
  local hub = registry == "" or registry == "docker.io" or registry == "index.docker.io"
  local slash, colon = registry ~= "" and "/" or "", tag and ":" or ""
  local path = repository:gsub("[^/]+", function(part)
    return hub and part == "library" and part or self:name(part)
  end)
  local new = registry
  if not hub and not registry:find("%.k8s%.io$") then
    new = new_registry(self, registry)
  end
  if repository:find("/", 1, true) then
    self.exact["v2/" .. repository] = self.exact["v2/" .. repository] or "v2/" .. path -- in URLs of the registry
  end
  local new_tag = (tag == nil or tag == "" or tag == "latest") and (tag or "") or self:name(tag)
  self.images[old] = new .. slash .. path .. colon .. new_tag .. digest
  if registry == "" then
    self:image("docker.io/" .. (repository:find("/", 1, true) and "" or "library/") .. repository
      .. ((tag or digest ~= "") and colon .. (tag or "") or ":latest") .. digest)
  elseif tag then
    self.images[registry .. slash .. repository] = self.images[registry .. slash .. repository] or new .. slash .. path
  end
end

return M
