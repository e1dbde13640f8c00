-- Why an image could not be pulled: the texts of containerd, CRI-O and docker, and the code that each means.
local images = require("krunbook.images")
local phrases = require("krunbook.phrases")

local M = {}

---@class PullCondition
---@field code string
---@field any string[]|nil   one of these texts is in the message (letters of either case) ...
---@field also string[]|nil  ... and one of these too
---@field patterns string[]|nil  or one of these Lua patterns matches
---@field cause string       what it means; %s is the registry
---@field kind string        the row's name, for runbooks that want to tell more finely than by code
---@field remedy string

local auth = { "401", "403", "unauthorized", "forbidden", "denied" }

---In the order in which they are tested: the first that fits decides. A team puts its own in front:
---table.insert(pulls.conditions, 1, {...}).
---@type PullCondition[]
M.conditions = {
  { kind = "platform", code = "image-not-found",
    any = { "no match for platform in manifest", "no image found in manifest list", "no image found in image index",
      "no matching manifest for", "cannot be used on this platform" },
    cause = "The image is at %s, but not for the node's architecture.", remedy = "build and push the image for the node's platform" },
  { kind = "rate limit", code = "registry-unavailable",
    any = { "toomanyrequests", "429 too many", "too many requests", "you have reached your pull rate limit" },
    cause = "The registry %s refuses more pulls for now: its rate limit is reached.",
    remedy = "pull with credentials (imagePullSecrets), or through a mirror" },
  { kind = "kubelet's rate limit", code = "registry-unavailable", any = { "pull qps exceeded" },
    cause = "The kubelet pulls no more images for now (from %s): its own rate limit is reached.",
    remedy = "wait, or raise registryPullQPS and registryBurst in the kubelet's configuration" },
  { kind = "disk", code = "registry-unavailable", any = { "no space left on device" },
    cause = "The node has no space left for the image from %s.", remedy = "free space on the node, or enlarge its image file system" },
  { kind = "proxy", code = "registry-unavailable", any = { "proxyconnect tcp" },
    cause = "The proxy on the way to %s cannot be reached.", remedy = "check the proxy settings of the node's container runtime" },
  { kind = "DNS", code = "registry-unavailable", any = { "lookup " },
    also = { "no such host", "server misbehaving", "i/o timeout", "name resolution" },
    cause = "The node cannot resolve the registry's name %s.", remedy = "check the registry's name, and DNS on the node" },
  { kind = "TLS", code = "registry-unavailable", any = { "x509:", "certificate signed by unknown authority", "tls: failed to verify" },
    cause = "The node does not accept the TLS certificate of %s.",
    remedy = "install the registry's CA on the node, or renew the registry's certificate" },
  { kind = "TLS handshake", code = "registry-unavailable",
    any = { "remote error: tls", "tls: handshake failure", "tls: protocol version", "tls: first record does not look like" },
    cause = "The node and the registry %s do not agree on TLS.",
    remedy = "check what the registry, or a proxy before it, speaks at that port" },
  { kind = "plain HTTP", code = "registry-unavailable", any = { "server gave http response to https client" },
    cause = "The registry %s speaks plain HTTP, and the node wants HTTPS.",
    remedy = "declare the registry insecure in the node's container runtime, or give it TLS" },
  { kind = "connect", code = "registry-unavailable", any = { "connection refused", "no route to host", "unreachable", "host is down" },
    patterns = { "^registryunavailable" },
    cause = "Nothing answers at the registry %s.", remedy = "check that the registry runs, and the way from the node to it" },
  { kind = "timeout", code = "registry-unavailable",
    any = { "i/o timeout", "tls handshake timeout", "deadline exceeded", "code = canceled", "client.timeout exceeded", "connection timed out" },
    cause = "The registry %s does not answer in time.", remedy = "check the registry, and the way from the node to it" },
  { kind = "broken off", code = "registry-unavailable", any = { "connection reset by peer", "broken pipe", "unexpected eof" },
    patterns = { ": eof$" },
    cause = "The registry %s, or something on the way to it, breaks off the connection.",
    remedy = "check the registry and the proxies on the way to it" },
  { kind = "no credentials", code = "image-pull-denied", any = { "no basic auth credentials" },
    cause = "The registry %s wants credentials, and the pod gives none.", remedy = "add imagePullSecrets" },
  { kind = "no credentials", code = "image-pull-denied", any = { "failed to fetch anonymous token" }, also = auth,
    cause = "The registry %s gives the image to nobody without credentials: it is absent or private.", remedy = "add imagePullSecrets" },
  { kind = "bad credentials", code = "image-pull-denied", any = { "failed to fetch oauth token" }, also = auth,
    cause = "The registry %s refuses the credentials that were given.", remedy = "correct the pull secret" },
  { kind = "bad credentials", code = "image-pull-denied", any = { "invalid username/password", "incorrect username or password" },
    cause = "The registry %s refuses the credentials that were given.", remedy = "correct the pull secret" },
  { kind = "private or missing", code = "image-pull-denied",
    any = { "pull access denied", "insufficient_scope", "requested access to the resource is denied", "is not authorized",
      "authentication required", "authorization failed", "access forbidden", "unauthorized to access" },
    patterns = { "denied: permission .- denied", "unauthorized: ", "denied: " },
    cause = "The registry %s refuses: the image is absent or private.", remedy = "check the image's name; when it is private, add imagePullSecrets" },
  { kind = "private or missing", code = "image-pull-denied",
    patterns = { "unexpected status from .*: 40[13]", "failed with status code .*40[13]", "40[13] unauthorized", "40[13] %(?forbidden",
      "status code from registry 40[13]" },
    cause = "The registry %s refuses: credentials (401 or 403).", remedy = "add imagePullSecrets, or correct them" },
  { kind = "name", code = "image-name-invalid", any = { "did not resolve to an alias", "short-name resolution enforced" },
    cause = "The image has a short name, and the node knows no registry for it.", remedy = "write the image with its registry" },
  { kind = "name", code = "image-pull-denied", patterns = { "registry .+ is blocked" },
    cause = "The node's configuration blocks the registry %s.", remedy = "use an allowed registry" },
  { kind = "signature", code = "image-pull-denied", any = { "source image rejected", "signaturevalidationfailed" },
    cause = "The node's signature policy rejects the image from %s.", remedy = "sign the image, or correct the policy" },
  { kind = "missing", code = "image-not-found",
    any = { "manifest unknown", "name unknown", "content at http", "code = notfound", "repository does not exist" },
    patterns = { "manifest for .+ not found", ": not found", "404 not found", "unexpected status.*: 404", "statuscode: 404",
      "status code from registry 404" },
    cause = "There is no such image or tag at %s.", remedy = "correct the image's name or tag" },
  { kind = "5xx", code = "registry-unavailable",
    patterns = { "unexpected status.*50%d", "unexpected http status.*50%d", "status code.*[^%d]50%d", "received unexpected.*50%d" },
    cause = "The registry %s fails by itself (5xx).", remedy = "check the registry" },
}

-- The image's own name must not decide: an image called "unreachable" is not a network fault.
local function without_names(text, reference)
  local image = images.parse(reference)
  for _, name in ipairs({ reference, image.registry .. "/" .. image.repository, image.repository, image.registry }) do
    local from, to = text:find(name:lower(), 1, true)
    while from and #name > 0 do
      text = text:sub(1, from - 1) .. "IMAGE" .. text:sub(to + 1)
      from, to = text:find(name:lower(), from + 5, true)
    end
  end
  return text
end

---What a runtime's text says; nil when it says nothing that is known.
---@param text string       the message of the event or of the waiting state
---@param reference string  the image
---@return PullCondition|nil
function M.classify(text, reference)
  return phrases.first(M.conditions, without_names(text:lower(), reference))
end

---Whether a text holds more than "I back off": the reason why the pull failed.
---@param text string|nil
---@return string|nil
function M.deciding(text)
  text = text or ""
  if text:find("^Back%-off pulling image") then
    return text:match("ErrImagePull: (.+)$") or text:match("^Back%-off pulling image \".-\": (.+)$")
  end
  return text:find("%S") and text or nil
end

return M
