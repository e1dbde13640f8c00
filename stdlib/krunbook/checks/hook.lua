-- A postStart hook that does not come to its end: until then the kubelet tells of the container as one that is still to be made.
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

local function hook_text(spec)
  local hook = spec.lifecycle.postStart
  if hook.exec then
    return "command " .. table.concat(hook.exec.command or {}, " ")
  end
  local get = hook.httpGet or {}
  return ("HTTP GET %s on port %s"):format(get.path or "/", tostring(get.port or "?"))
end

-- When its process was started, if nothing was told of it since.
local function started(case, container)
  local last
  for _, event in ipairs((case:events())) do
    last = events.of_container(event, container.name) and event or last
  end
  return last and last.reason == "Started" and last or nil
end

---A container that was started and waits for its hook; nil when there is none. settled: it does, and has not done so for long.
---@param case Case
---@return table|nil finding, boolean|nil settled
function M.check(case)
  for _, container in ipairs(case.containers) do
    local reason = container.waiting and container.waiting.reason
    local waits = (reason == "ContainerCreating" or reason == "PodInitializing") and (container.spec.lifecycle or {}).postStart
    local event = waits and started(case, container)
    local seconds = event and case.now - events.time(event)
    if seconds and seconds < thresholds.init_waiting then
      case.ctx:starting(case.pod)
      return nil, true
    elseif seconds then
      return case:finding({
        code = "post-start-waiting", container = container.name,
        cause = ("Container %s was started, and its postStart hook (%s) has been running for %s: until it ends, the container counts as "
          .. "not running."):format(container.name, hook_text(container.spec), time.age(seconds)),
        evidence = { event, { kind = "state", text = ("container %s: waiting: %s"):format(container.name, reason) } },
        since = event.last, next_steps = { next_steps.logs(case.pod, container.name), case:correct("lifecycle.postStart") },
      })
    end
  end
end

return M
