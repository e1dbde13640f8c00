-- What came of asking a port, in words, and whether it is good. kube.probe asks through a port-forward, so none of it tells of
-- kube-proxy or NetworkPolicies: M.blind says so where a verdict rests on a probe.
local M = {}

---What a port-forward cannot show.
M.blind = "a port-forward reaches the pod at its own localhost: what kube-proxy and NetworkPolicies let through was not asked"

local SERVER_ERROR = 500
local QUOTED_BYTES = 200

local words = {
  open = "open", refused = "refused", reset = "the connection was reset", closed = "the connection was closed without an answer",
  timeout = "no answer in time", ["not-http"] = "what answers speaks no HTTP",
}

---Whether the port did what was asked of it. A server may close a connection on which nothing was said.
---@param probe Probe
---@param path string|nil  what was asked for by HTTP
---@return boolean
function M.is_good(probe, path)
  if probe.result == "answered" then
    return probe.status < SERVER_ERROR
  end
  return probe.result == "open" or (probe.result == "closed" and path == nil)
end

---"HTTP 503 in 4 ms", "open in 1 ms", "refused".
---@param probe Probe
---@return string
function M.result(probe)
  local text = probe.result == "answered" and "HTTP " .. probe.status or words[probe.result] or probe.result
  if probe.latency_ms and (probe.result == "answered" or probe.result == "open") then
    return ("%s in %d ms"):format(text, probe.latency_ms)
  end
  return text
end

-- The first line of what came, as far as it is text.
local function first_line(body)
  local line = body and body:match("^[%g ]+")
  return line and line:sub(1, QUOTED_BYTES)
end

---Evidence: what was asked, and what came of it, with the runtime's or the application's own words.
---@param probe Probe
---@param asked string  "TCP", "GET /healthz"
---@param namespace string
---@return Evidence
function M.evidence(probe, asked, namespace)
  local said = probe.message or first_line(probe.body)
  return { kind = "probe", text = ("%s, port %d of Pod %s/%s, through a port-forward: %s%s"):format(asked, probe.port, namespace, probe.pod,
    M.result(probe), said and ": " .. said or "") }
end

return M
