-- Why a container's process could not be started: the texts of runc and crun, as containerd, CRI-O and docker pass them on.
local phrases = require("krunbook.phrases")

local M = {}

---@class StartCondition
---@field kind string
---@field any string[]       one of these texts is in the message (in lower case) ...
---@field patterns string[]|nil  ... or one of these Lua patterns matches
---@field cause string
---@field remedy string
---@field code string|nil    "start-command-invalid" when left out
---@field of_file boolean|nil  it is about the file that is to be run: a runtime that names none means something else

---In the order in which they are tested. A team puts its own in front: table.insert(starts.conditions, 1, {...}).
---@type StartCondition[]
M.conditions = {
  { kind = "security profile", code = "container-config-missing", any = { "load seccomp profile", "unable to load local profile",
    "apparmor profile not found" }, patterns = { "apparmor.* is not loaded" },
    cause = "asks for a seccomp or AppArmor profile that is not on its node",
    remedy = "securityContext.seccompProfile or appArmorProfile, or put the profile on the node" },
  { kind = "not in PATH", any = { "executable file not found in $path", "not found in $path" },
    cause = "is not in the image's PATH", remedy = "the command's name, or add the program to the image" },
  { kind = "working directory", any = { "chdir to cwd", "chdir to `" },
    cause = "has a working directory that is not there", remedy = "workingDir" },
  { kind = "mount", any = { "error mounting", "(or vice-versa)", "read-only file system" },
    patterns = { "mount `.-` to `" },
    cause = "has a mount that cannot be made in its image", remedy = "volumeMounts (a file mounted over a directory, or the reverse)" },
  { kind = "architecture", of_file = true, any = { "exec format error" },
    cause = "is built for another architecture, or is a script without #!", remedy = "the image's platform, or the script's first line" },
  { kind = "mode", of_file = true, any = { "permission denied", "is not executable" },
    cause = "is not executable for the container's user", remedy = "the file's mode (chmod +x), or securityContext.runAsUser" },
  { kind = "directory", of_file = true, any = { "is a directory", "is not a regular file" },
    cause = "is a directory", remedy = "the command" },
  { kind = "no file", of_file = true, any = { "no such file or directory", "executable file `", "missing dynamic library" },
    cause = "is not in the image, or its interpreter is not", remedy = "the command's path, or add the file to the image" },
  { kind = "cgroup", any = { "container init was oom-killed", "memory.limit_in_bytes", "/memory.max" },
    cause = "cannot be started within its resource limits", remedy = "resources.limits.memory (it may be too low to start at all)" },
  { kind = "command", any = { "no command specified" },
    cause = "has no command: neither the image nor the pod gives one", remedy = "command" },
  { kind = "user", any = { "no matching entries in passwd file", "unable to find user" },
    cause = "is to run as a user that the image does not have", remedy = "securityContext.runAsUser" },
  { kind = "propagation", any = { "is not a shared mount" },
    cause = "wants mount propagation that the node does not offer", remedy = "mountPropagation, or the node's mounts" },
}

-- How a runtime's own message opens, as opposed to what a shell says of a command.
local by_runtime = { "oci runtime", "container create failed", "failed to create containerd", "failed to generate" }

-- "no such file" and "permission denied" may be said of a device, a cgroup or a profile as well: then no file to run is named.
local function may_be_of_file(text)
  return M.file(text) ~= nil or not phrases.any(text, by_runtime)
end

---@param text string
---@return StartCondition|nil
function M.classify(text)
  text = text:lower()
  local of_file = may_be_of_file(text)
  for _, condition in ipairs(M.conditions) do
    if (of_file or not condition.of_file) and phrases.fits(condition, text) then
      return condition
    end
  end
end

---What a runtime says when it is the runtime, or the node, that fails, and not what it is asked to run.
---@type string[]
M.runtime_failures = { "failed to reserve container name", "is already in use by container", "is reserved for", "deadline exceeded",
  "context canceled", "connection refused", "no space left on device", "input/output error", "transport is closing", "error reading from server",
  "too many open files", "cannot allocate memory", "resource temporarily unavailable", "apparmor", "selinux", "cgroup", "nvidia-container-cli",
  "failed to create shim", "shim exited", "failed to mount rootfs", "snapshot", "layer does not exist", "failed to get sandbox" }

---Whether the node's runtime failed by itself.
---@param text string
---@return boolean
function M.is_runtime_failure(text)
  return phrases.any(text:lower(), M.runtime_failures)
end

-- Only before the program runs does a runtime write such a line, so the words "exec" and the program's name open it.
local log_patterns = {
  "^exec (.-): exec format error", "^exec (.-): no such file or directory", "exec user process caused",
  "^exec container process", "^standard_init_linux%.go",
}

---The line of a log in which the runtime, and not the program, says that the file cannot be run.
---@param log string
---@return string|nil
function M.line_in_log(log)
  for line in log:gmatch("[^\n]+") do
    for _, pattern in ipairs(log_patterns) do
      if line:find(pattern) then
        return line
      end
    end
  end
end

---What else than a file a runtime's message names, as a sentence; nil when it names nothing.
---@param text string
---@return string|nil
function M.detail(text)
  local mount = text:match('to rootfs at \\?"(.-)\\?"')
  local profile = text:match('load %a+ profile \\?"(.-)\\?"') or text:match("apparmor profile not found (%S+)")
  return mount and ("The mount is at %s."):format(mount) or (profile and ("The profile is %s."):format(profile)) or nil
end

---The file that a runtime's message names.
---@param text string
---@return string|nil
function M.file(text)
  return text:match('exec: \\?"(.-)\\?":') or text:match("executable file `(.-)`") or text:match("path `(.-)` exists")
    or text:match("process[^`]*`(.-)`:") or text:match("exec (%S+): ")
end

return M
