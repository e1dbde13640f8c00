-- The containers of a pod, each with what its spec says and what its status says.
local M = {}

---@class Container
---@field name string
---@field kind "init"|"sidecar"|"container"  a sidecar is an init container with restartPolicy Always
---@field spec table
---@field status table        empty until the kubelet has reported
---@field index integer       among its kind, as kubectl counts init containers
---@field waiting table|nil   state.waiting
---@field running table|nil   state.running
---@field terminated table|nil
---@field last table|nil      how it last ended: state.terminated, else lastState.terminated
---@field ready boolean
---@field restarts integer

local signals = {
  [4] = "SIGILL", [5] = "SIGTRAP", [6] = "SIGABRT", [7] = "SIGBUS", [8] = "SIGFPE", [9] = "SIGKILL", [11] = "SIGSEGV",
  [13] = "SIGPIPE", [15] = "SIGTERM",
}

local function make(kind, spec, status, index)
  local state, last_state = status.state or {}, status.lastState or {}
  return {
    name = spec.name, kind = kind, spec = spec, status = status, index = index,
    waiting = state.waiting, running = state.running, terminated = state.terminated,
    last = state.terminated or last_state.terminated,
    ready = status.ready == true, restarts = status.restartCount or 0,
  }
end

local function by_name(statuses)
  local found = {}
  for _, status in ipairs(statuses or {}) do
    found[status.name] = status
  end
  return found
end

---All of them, init containers first, in the order of the spec.
---@param pod Object
---@return Container[]
function M.of(pod)
  local all = {}
  local statuses = by_name(pod.status and pod.status.initContainerStatuses)
  for i, spec in ipairs(pod.spec.initContainers or {}) do
    local kind = spec.restartPolicy == "Always" and "sidecar" or "init"
    all[#all + 1] = make(kind, spec, statuses[spec.name] or {}, i)
  end
  statuses = by_name(pod.status and pod.status.containerStatuses)
  for i, spec in ipairs(pod.spec.containers or {}) do
    all[#all + 1] = make("container", spec, statuses[spec.name] or {}, i)
  end
  return all
end

---How it ended, in words: "exit code 1", "killed by SIGSEGV (exit code 139)".
---@param terminated table
---@return string
function M.ending(terminated)
  local code = terminated.exitCode or 0
  local signal = terminated.signal and terminated.signal ~= 0 and terminated.signal or (code > 128 and code < 160 and code - 128)
  if signal then
    return ("killed by %s (exit code %d)"):format(signals[signal] or "signal " .. signal, code)
  end
  return "exit code " .. code
end

---The command line as the spec writes it, for quoting: ["sleep","a"]; nil when the image decides.
---@param spec table
---@return string|nil
function M.command_line(spec)
  local words = M.arguments(spec)
  if #words == 0 then
    return nil
  end
  for i, word in ipairs(words) do
    words[i] = '"' .. word:gsub('["\\]', "\\%0"):gsub("\n", "\\n") .. '"'
  end
  return "[" .. table.concat(words, ",") .. "]"
end

---command and args in one list.
---@param spec table
---@return string[]
function M.arguments(spec)
  local words = {}
  for _, list in ipairs({ spec.command or {}, spec.args or {} }) do
    for _, word in ipairs(list) do
      words[#words + 1] = word
    end
  end
  return words
end

---Evidence: the state of a container as its status says it.
---@param container Container
---@return Evidence
function M.evidence(container)
  local parts, at = {}, nil
  local waiting, last = container.waiting, container.last
  if waiting then
    parts[#parts + 1] = ("waiting: %s%s"):format(waiting.reason or "?", waiting.message and ": " .. waiting.message or "")
  end
  if last then
    parts[#parts + 1] = ("last ended: %s, %s%s"):format(last.reason or "?", M.ending(last), last.message and ": " .. last.message or "")
    at = last.finishedAt
  end
  return { kind = "state", at = at, text = ("container %s: %s"):format(container.name, table.concat(parts, "; ")) }
end

return M
