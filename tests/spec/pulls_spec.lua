local pulls = require("krunbook.pulls")

local function code(text, image)
  local condition = pulls.classify(text, image or "registry.example/team/app:1")
  return condition and condition.code .. ", " .. condition.kind
end

local containerd = 'failed to pull and unpack image "R": failed to resolve reference "R": '

local crio = "initializing source docker://registry.example/team/app:1: reading manifest 1 in registry.example/team/app: "

-- {what it is, the text, the image where it matters}
local texts = {
  { "image-not-found, missing", 'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:not-exist": '
    .. 'failed to resolve reference "docker.io/library/nginx:not-exist": docker.io/library/nginx:not-exist: not found', "nginx:not-exist" },
  { "image-not-found, missing", "initializing source docker://registry.example/team/app:1: reading manifest 1 in registry.example/team/app: "
    .. "manifest unknown: manifest unknown" },
  { "image-not-found, missing", "Error response from daemon: manifest for registry.example/team/app:1 not found: manifest unknown: x" },
  { "image-not-found, platform", containerd .. "no match for platform in manifest: not found" },
  { "image-not-found, platform", "no matching manifest for linux/arm64/v8 in the manifest list entries" },
  { "image-pull-denied, private or missing", 'Failed to pull image "127.0.0.1:5001/private/app:1": ' .. containerd
    .. "pulling from host 127.0.0.1:5001 failed with status code [manifests 1]: 401 Unauthorized", "127.0.0.1:5001/private/app:1" },
  { "image-pull-denied, private or missing", containerd .. "pull access denied, repository does not exist or may require authorization: "
    .. "server message: insufficient_scope: authorization failed" },
  { "image-pull-denied, private or missing", containerd .. "unexpected status from HEAD request to https://registry.example/v2/team/app/"
    .. "manifests/1: 403 Forbidden" },
  { "image-pull-denied, no credentials", containerd .. "failed to authorize: failed to fetch anonymous token: unexpected status from GET "
    .. "request to https://ghcr.io/token: 403 Forbidden" },
  { "image-pull-denied, bad credentials", containerd .. "failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized" },
  { "image-pull-denied, no credentials", "Error response from daemon: Head x: no basic auth credentials" },
  { "image-pull-denied, bad credentials", "unable to retrieve auth token: invalid username/password: unauthorized" },
  { "registry-unavailable, DNS", containerd .. 'failed to do request: Head "https://registry.example/v2/team/app/manifests/1": dial tcp: '
    .. "lookup registry.example on 192.0.2.53:53: read udp 172.30.0.1:55726->192.0.2.53:53: i/o timeout" },
  { "registry-unavailable, DNS", containerd .. "dial tcp: lookup registry.example: no such host" },
  { "registry-unavailable, connect", containerd .. 'failed to do request: Head "http://127.0.0.1:5001/v2/x": dial tcp 127.0.0.1:5001: '
    .. "connect: connection refused" },
  { "registry-unavailable, connect", "RegistryUnavailable" },
  { "registry-unavailable, timeout", containerd .. "dial tcp 192.0.2.1:443: i/o timeout" },
  { "registry-unavailable, timeout", containerd .. "net/http: TLS handshake timeout" },
  { "registry-unavailable, TLS", containerd .. "tls: failed to verify certificate: x509: certificate signed by unknown authority" },
  { "registry-unavailable, TLS", containerd .. "x509: certificate has expired or is not yet valid" },
  { "registry-unavailable, plain HTTP", containerd .. "http: server gave HTTP response to HTTPS client" },
  { "registry-unavailable, proxy", containerd .. "proxyconnect tcp: dial tcp 192.0.2.9:3128: connect: connection refused" },
  { "registry-unavailable, rate limit", containerd .. "429 Too Many Requests - Server message: toomanyrequests: You have reached your limit" },
  { "registry-unavailable, 5xx", containerd .. "unexpected status from HEAD request to https://registry.example/v2/: 503 Service Unavailable" },
  { "registry-unavailable, disk", "failed to copy: write /var/lib/x: no space left on device" },
  { "image-pull-denied, private or missing", crio .. "unauthorized: authentication required" },
  { "image-pull-denied, private or missing", crio .. "errors:\ndenied: requested access to the resource is denied\nunauthorized: "
    .. "authentication required\n" },
  { "image-pull-denied, private or missing", crio .. "Requesting bearer token: invalid status code from registry 403 (Forbidden)" },
  { "image-pull-denied, private or missing", "Error response from daemon: pull access denied for registry.example/team/app, repository does "
    .. "not exist or may require 'docker login': denied: requested access to the resource is denied" },
  { "image-pull-denied, private or missing", "Error response from daemon: unauthorized: unauthorized to access repository: team/app, action: "
    .. "pull" },
  { "image-pull-denied, private or missing", 'Error response from daemon: Head "https://registry.example/v2/x": denied: access forbidden' },
  { "image-pull-denied, bad credentials", containerd .. 'failed to authorize: failed to fetch oauth token: denied: Permission '
    .. '"artifactregistry.repositories.downloadArtifacts" denied on resource "x" (or it may not exist)' },
  { "image-pull-denied, no credentials", "[" .. containerd .. "failed to authorize: failed to fetch oauth token: 401 Unauthorized, "
    .. containerd .. "failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized]" },
  { "image-pull-denied, signature", "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists" },
  { "image-not-found, missing", crio .. "name unknown: The repository with name 'team/app' does not exist in the registry with id '1'" },
  { "image-not-found, missing", containerd .. "unexpected status from HEAD request to https://registry.example/v2/team/app/manifests/1: 404 "
    .. "Not Found" },
  { "image-not-found, missing", crio .. "StatusCode: 404, <html>" },
  { "image-not-found, platform", 'choosing image instance: no image found in manifest list for architecture arm64, variant "v8", OS linux' },
  { "image-not-found, platform", 'Error response from daemon: image operating system "windows" cannot be used on this platform' },
  { "registry-unavailable, 5xx", crio .. "received unexpected HTTP status: 502 Bad Gateway" },
  { "registry-unavailable, 5xx", "failed to copy: httpReadSeeker: failed open: unexpected status code https://registry.example/v2/blobs/x: 500 "
    .. "Internal Server Error" },
  { "registry-unavailable, connect", 'pinging container registry registry.example: Get "https://registry.example/v2/": dial tcp 10.0.0.9:443: '
    .. "connect: no route to host" },
  { "registry-unavailable, timeout", 'Error response from daemon: Get "https://registry.example/v2/": net/http: request canceled while waiting '
    .. "for connection (Client.Timeout exceeded while awaiting headers)" },
  { "registry-unavailable, timeout", "rpc error: code = DeadlineExceeded desc = context deadline exceeded" },
  { "registry-unavailable, broken off", containerd .. 'failed to do request: Head "https://registry.example/v2/x": EOF' },
  { "registry-unavailable, broken off", "failed to copy: read tcp 10.0.0.1:5->10.0.0.9:443: read: connection reset by peer" },
  { "registry-unavailable, broken off", "short read: expected 123 bytes but got 0: unexpected EOF" },
  { "registry-unavailable, TLS handshake", containerd .. 'failed to do request: Head "https://registry.example/v2/": remote error: tls: '
    .. "handshake failure" },
  { "registry-unavailable, kubelet's rate limit", "pull QPS exceeded" },
  { "registry-unavailable, rate limit", "Error response from daemon: toomanyrequests: You have reached your pull rate limit." },
  { "image-name-invalid, name", "short-name resolution enforced but cannot prompt without a TTY" },
  { "image-name-invalid, name", 'short-name "app" did not resolve to an alias and no unqualified-search registries are defined' },
}

return {
  ["every runtime's text means what it says"] = function(check)
    for _, row in ipairs(texts) do
      check.equal(row[1], code(row[2], row[3]), row[2])
    end
  end,
  ["an image's name decides nothing"] = function(check)
    local image = "registry.example/x509:/unreachable-denied:1"
    check.equal("image-not-found, missing", code(containerd .. image .. ": not found", image))
    image = "unreachable.example/team/connection-refused:401"
    check.equal("image-not-found, missing", code(containerd .. image .. ": not found", image))
  end,
  ["a back-off says why only from 1.32 on"] = function(check)
    check.equal(nil, pulls.deciding('Back-off pulling image "nginx:x"'))
    check.equal("rpc error: y", pulls.deciding('Back-off pulling image "nginx:x": ErrImagePull: rpc error: y'))
    check.equal(nil, pulls.deciding(nil))
  end,
  ["without a name the text decides alone"] = function(check)
    check.equal("registry-unavailable, connect", code("dial tcp: connection refused", ""))
  end,
  ["a text that nobody knows is no cause"] = function(check)
    check.equal(nil, code("the moon is full"))
  end,
  ["a team's own condition comes first"] = function(check)
    table.insert(pulls.conditions, 1, { kind = "ours", code = "registry-unavailable", any = { "mirror is asleep" }, cause = "", remedy = "" })
    check.equal("registry-unavailable, ours", code("mirror is asleep: not found"))
    table.remove(pulls.conditions, 1)
  end,
}
