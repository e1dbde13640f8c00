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
  [1] = "SIGHUP", [2] = "SIGINT", [3] = "SIGQUIT", [4] = "SIGILL", [5] = "SIGTRAP", [6] = "SIGABRT", [7] = "SIGBUS", [8] = "SIGFPE",
  [9] = "SIGKILL", [10] = "SIGUSR1", [11] = "SIGSEGV", [12] = "SIGUSR2", [13] = "SIGPIPE", [14] = "SIGALRM", [15] = "SIGTERM",
  [31] = "SIGSYS",
}

-- What Windows ends a process with: status codes of 32 bits.
local windows_statuses = {
  [0xC0000005] = "access violation", [0xC000013A] = "ended from the console", [0xC0000135] = "a DLL was not found",
  [0xC0000142] = "a DLL could not be initialised", [0xC0000409] = "stack buffer overrun", [0xC00000FD] = "stack overflow",
  [0xE0434352] = "an exception of .NET that nobody caught",
}

local function make(kind, spec, status, index)
  local state, last_state = status.state or {}, status.lastState or {}
  return {
    name = spec.name or "?", kind = kind, spec = spec, status = status, index = index,
    waiting = state.waiting, running = state.running, terminated = state.terminated,
    last = state.terminated or last_state.terminated,
    ready = status.ready == true, restarts = status.restartCount or 0,
  }
end

local function by_name(statuses)
  local found = {}
  for _, status in ipairs(statuses or {}) do
    if status.name then
      found[status.name] = status
    end
  end
  return found
end

---All of them, init containers first, in the order of the spec.
---@param pod Object
---@return Container[]
function M.of(pod)
  local all = {}
  local all_specs, all_statuses = pod.spec or {}, pod.status or {}
  local statuses = by_name(all_statuses.initContainerStatuses)
  for i, spec in ipairs(all_specs.initContainers or {}) do
    local kind = spec.restartPolicy == "Always" and "sidecar" or "init"
    all[#all + 1] = make(kind, spec, statuses[spec.name or "?"] or {}, i)
  end
  statuses = by_name(all_statuses.containerStatuses)
  for i, spec in ipairs(all_specs.containers or {}) do
    all[#all + 1] = make("container", spec, statuses[spec.name or "?"] or {}, i)
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
  elseif code > 255 or code < 0 then
    local status = code & 0xFFFFFFFF
    return ("exit code %d (0x%08X%s)"):format(code, status, windows_statuses[status] and ", " .. windows_statuses[status] or "")
  end
  return "exit code " .. code
end

---The same as what a container does: "ends with exit code 1", "is killed by SIGSEGV (exit code 139)".
---@param terminated table
---@return string
function M.ends(terminated)
  local ending = M.ending(terminated)
  return (ending:find("^killed") and "is " or "ends with ") .. ending
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

---A probe in words: "HTTP GET / on port 8080".
---@param probe table|nil
---@return string
function M.probe_text(probe)
  if not probe then
    return "none"
  elseif probe.httpGet then
    local get = probe.httpGet
    return ("%s GET %s on port %s"):format(get.scheme or "HTTP", get.path or "/", tostring(get.port))
  elseif probe.tcpSocket then
    return "TCP connect to port " .. tostring(probe.tcpSocket.port)
  elseif probe.grpc then
    return "gRPC health on port " .. tostring(probe.grpc.port)
  elseif probe.exec then
    return "command " .. table.concat(probe.exec.command or {}, " ")
  end
  return "a probe"
end

---What a probe got, out of the kubelet's event; an exec probe that runs into its time limit may have said nothing.
---@param message string
---@param probe table|nil
---@return string
function M.probe_answer(message, probe)
  local said = message:gsub("^%(combined from similar events%): ", ""):gsub("^%a+ probe failed: *", "")
  said = said:gsub("^%a+ probe errored[%w ]*: ", "it could not be run: "):gsub("[%s.]+$", "")
  if said ~= "" then
    return said
  end
  local limit = (probe or {}).timeoutSeconds or 1
  return ("it said nothing (it may take longer than its timeoutSeconds, which is %d)"):format(limit)
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
