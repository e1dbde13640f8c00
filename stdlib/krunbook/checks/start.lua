-- Between the image and the running process: what the kubelet needs to make the container, and the file that it is to run.
local containers = require("krunbook.containers")
local crashes = require("krunbook.crashes")
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local starts = require("krunbook.starts")

local M = {}

-- What is to be corrected where no object is missing.
local settings = {
  { "runAsNonRoot", "securityContext.runAsUser (a number that is not 0), or the image's USER" },
  { "non%-numeric user", "securityContext.runAsUser (a number), or the image's USER" },
  { "breaks non%-root policy", "securityContext.runAsUser, which is 0" },
  { "^container %S+ not found", "the containerName of a resourceFieldRef in env" },
  { "subPath", "the subPath of its volumeMounts" },
}

local function setting(message)
  for _, row in ipairs(settings) do
    if message:find(row[1]) then
      return row[2]
    end
  end
end

local function missing_object(case, container, message)
  local missing = require("krunbook.volumes").missing(message)
  local namespace = case.pod.metadata.namespace
  if not missing then
    return { cause = ("Container %s cannot be made: %s."):format(container.name, message),
      next_steps = { case:correct(setting(message) or "the configuration of container " .. container.name), next_steps.describe(case.pod) } }
  end
  local kind = missing.kind:lower()
  local what = missing.key and ("%s %s has no key %s"):format(missing.kind, missing.name, missing.key)
    or ("%s %s does not exist"):format(missing.kind, missing.name)
  local create = missing.key and next_steps.kubectl(namespace, "edit", kind, missing.name) .. "  # add the key " .. missing.key
    or missing.kind == "Secret" and next_steps.kubectl(namespace, "create", "secret", "generic", missing.name, "--from-file=KEY=FILE")
    or next_steps.kubectl(namespace, "create", "configmap", missing.name, "--from-literal=KEY=VALUE")
  return {
    cause = ("%s in namespace %s, and container %s takes its environment from it.%s"):format(what, namespace, container.name,
      missing.key and "" or case:nearest(missing.kind, missing.name)),
    next_steps = { next_steps.kubectl(namespace, "get", kind .. "s"), create,
      "or, where the name is wrong: " .. case:correct(("the name %s in env or envFrom"):format(missing.name)) },
    shared = ("%s %s/%s %s"):format(missing.kind, namespace, missing.name, missing.key or ""),
  }
end

-- CreateContainerConfigError: it names the ConfigMap, Secret, key or setting.
local function config_error(case, container)
  local message = container.waiting.message
  local evidence = containers.evidence(container)
  if not message then
    local event = events.newest(case:events(), "Failed", "Error: ")
    message, evidence = event and event.message:gsub("^Error: ", "") or nil, event or evidence
  end
  if not message then
    return nil
  end
  local finding = missing_object(case, container, message)
  finding.code, finding.evidence = "container-config-missing", { evidence }
  finding.since = case.pod.metadata.creationTimestamp
  return finding
end

-- The node's runtime fails, whatever it is asked to run.
local function runtime_failure(case, container, text, evidence)
  local node = case.pod.spec.nodeName
  return {
    code = "runtime-failed", shared = node and "runtime on node " .. node or nil,
    cause = ("The container runtime on node %s cannot make container %s: %s."):format(node or "?", container.name, text:gsub("[%s.]+$", "")),
    evidence = { evidence }, since = case.pod.metadata.creationTimestamp,
    next_steps = { next_steps.describe_node(node), "on the node: journalctl -u containerd -u crio -u kubelet --since -15min" },
  }
end

local function start_failure(case, container, text, evidence)
  local condition = starts.classify(text)
  if not condition and starts.is_runtime_failure(text) then
    return runtime_failure(case, container, text, evidence)
  end
  local file = starts.file(text)
  local command = containers.command_line(container.spec)
  local what = file and ("%q"):format(file) or (condition and not condition.of_file and "it" or "the command")
  local cause = condition and ("Container %s does not start: %s %s."):format(container.name, what, condition.cause)
    or ("Container %s does not start: the runtime refuses its command."):format(container.name)
  local detail = starts.detail(text) or (command and "Its command is " .. command .. ".")
  return {
    code = condition and condition.code or "start-command-invalid", cause = cause .. (detail and " " .. detail or ""),
    evidence = { evidence }, since = case.pod.metadata.creationTimestamp,
    next_steps = { case:correct(condition and condition.remedy or "the command"), next_steps.describe(case.pod) },
  }
end

local runtime_refuses = { RunContainerError = true, CreateContainerError = true, StartError = true, ContainerCannotRun = true }

-- Exit 126 and 127 are a shell's "cannot run" and "not found"; the log says of what.
local function shell_failure(case, container)
  local last = container.last
  if (last.exitCode ~= 126 and last.exitCode ~= 127) or crashes.is_late(container) then
    return nil
  end
  local log = case:last_log(container)
  local words, telling = crashes.last_words(log and log.text or "")
  local finding = start_failure(case, container, table.concat(words, "\n"), containers.evidence(container))
  finding.cause = ("Container %s ends with exit code %d: a command that it runs %s%s."):format(container.name, last.exitCode,
    last.exitCode == 127 and "is not found" or "cannot be executed", telling and " (" .. telling .. ")" or "")
  for _, word in ipairs(words) do
    finding.evidence[#finding.evidence + 1] = { kind = "log", at = last.finishedAt, text = word }
  end
  return finding
end

local function in_log(case, container)
  local last = container.last
  if last.exitCode ~= 255 and last.exitCode ~= 1 then
    return nil
  end
  local log = case:last_log(container)
  local line = log and starts.line_in_log(log.text)
  return line and start_failure(case, container, line, { kind = "log", at = last.finishedAt, text = line })
end

---Why the container's process never ran; nil when it did.
---@param case Case
---@param container Container
---@return table|nil
function M.check(case, container)
  local waiting, last, finding = container.waiting, container.last, nil
  if waiting and (waiting.reason == "CreateContainerConfigError" or waiting.reason == "PreCreateHookError"
      or waiting.reason == "PreStartHookError") then
    finding = config_error(case, container)
  elseif waiting and runtime_refuses[waiting.reason] and waiting.message then
    finding = start_failure(case, container, waiting.message, containers.evidence(container))
  elseif waiting and runtime_refuses[waiting.reason] then
    local event = events.newest(case:events(), "Failed", "Error: ")
    finding = event and start_failure(case, container, event.message, event)
  elseif last and crashes.never_started(last) then
    finding = start_failure(case, container, last.message or "", containers.evidence(container))
  elseif last then
    finding = shell_failure(case, container) or in_log(case, container)
  end
  if not finding then
    return nil
  end
  finding.container = container.name
  return case:finding(finding)
end

return M
