-- A container whose process ran and ended when it should not have.
local containers = require("krunbook.containers")
local crashes = require("krunbook.crashes")
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local owners = require("krunbook.owners")
local quantities = require("krunbook.quantities")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

local function probes(spec)
  return spec.livenessProbe ~= nil or spec.startupProbe ~= nil
end

-- How a process ends that the kubelet asked to stop, and then killed. One that ends otherwise must have been killed just then.
local stopped = { [0] = true, [137] = true, [143] = true }

local function ended_about(case, container, event)
  local apart = time.between(event.last, container.last.finishedAt)
  local grace = case.pod.spec.terminationGracePeriodSeconds or 30
  return apart ~= nil and math.abs(apart) <= grace + thresholds.soon
end

local function failures_wanted(container, kind)
  local probe = container.spec[kind .. "Probe"]
  return probe and (probe.failureThreshold or 3) or math.huge
end

-- Only an event tells that the kubelet killed the container for its probe: Killing, or, since the kubelet drops such events when there
-- are many and they expire first, as many failures as the probe allows of a container that was stopped in order.
local function killed_by_probe(case, container)
  if not probes(container.spec) then
    return nil
  end
  local seen, in_order = case:events(), stopped[container.last.exitCode]
  for i = #seen, 1, -1 do
    local event = seen[i]
    local killing = event.reason == "Killing" and event.message:match("failed (%a+) probe, will be restarted")
    local failing = event.reason == "Unhealthy" and (event.message:match("^(Liveness) probe") or event.message:match("^(Startup) probe"))
    local kind = killing or failing and failing:lower()
    if kind and events.of_container(event, container.name) and (in_order or (killing and ended_about(case, container, event)))
        and (killing or event.count >= failures_wanted(container, kind)) then
      return event, kind
    end
  end
end

-- The kubelet tells of every start as it does of every kill: where a start is told and no kill, there was none.
local function is_told(case, container)
  for _, event in ipairs(events.matching(case:events(), { "Started", "Created" })) do
    if events.of_container(event, container.name) and ended_about(case, container, event) then
      return true
    end
  end
  return false
end

local function last_lines(case, container)
  local log, why = case:last_log(container)
  local lines = {}
  for _, line in ipairs(log and crashes.last_words(log.text) or {}) do
    lines[#lines + 1] = { kind = "log", at = container.last.finishedAt, text = line }
  end
  return lines, log, why
end

local function began(case, container)
  local first = events.first_seen((case:events()), "BackOff", "restarting failed container")
  return first or container.last.startedAt
end

local function steps(case, container, edit)
  return { next_steps.logs(case.pod, container.name, not container.terminated and container.restarts > 0),
    next_steps.edit(case:owner(), edit) }
end

local function restarts(container)
  return container.restarts == 1 and "restarted once" or ("restarted %d times"):format(container.restarts)
end

local function liveness(case, container)
  local event, kind = killed_by_probe(case, container)
  if not event then
    return nil
  end
  local probe = container.spec[kind .. "Probe"] or container.spec.livenessProbe or container.spec.startupProbe
  local label = kind == "startup" and "Startup" or "Liveness"
  local got = events.newest(case:events(), "Unhealthy", label)
  local probed = require("krunbook.checks.ready").describe_probe(probe)
  return {
    code = "liveness-killed",
    cause = ("The kubelet restarts container %s because its %s probe (%s) fails%s; it was %s."):format(container.name, kind, probed,
      got and ": " .. got.message:gsub("^%a+ probe failed: ", "") or "", restarts(container)),
    evidence = got ~= event and { event, containers.evidence(container), got } or { event, containers.evidence(container) },
    since = events.first_seen(case:events(), "Killing", kind) or events.first_seen(case:events(), "Unhealthy", label),
    next_steps = steps(case, container, ("the %s probe, or give the container more time (initialDelaySeconds, a startupProbe)"):format(kind)),
  }
end

local function out_of_memory(case, container)
  local last = container.last
  local evidence = { containers.evidence(container) }
  if not crashes.is_oom(last) then
    -- Exit 137 with the reason Error is a kill of any sort: only a word about memory makes it this one.
    local event = last.exitCode == 137 and events.newest((case:events()), { "OOMKilling", "OOMKilled", "SystemOOM" })
    if not event then
      return nil
    end
    table.insert(evidence, 1, event)
  end
  local limit = ((container.spec.resources or {}).limits or {}).memory
  local with = limit and ("its memory limit is %s"):format(quantities.text("memory", quantities.parse(limit) or 0))
    or "it has no memory limit: the node itself ran out"
  return {
    code = "oom-killed",
    cause = ("Container %s was killed because it used too much memory: %s (%s; %s)."):format(container.name, with,
      containers.ending(last), restarts(container)),
    evidence = evidence, since = began(case, container),
    next_steps = { next_steps.edit(case:owner(), limit and ("resources.limits.memory (now " .. limit .. "), or let the program use less")
      or "resources.requests.memory and limits.memory"), next_steps.logs(case.pod, container.name, not container.terminated) },
  }
end

-- Of programs that stay: one that ends by itself, in order, is not a server.
local function exits(case, container)
  if container.last.exitCode ~= 0 or case.pod.spec.restartPolicy == "Never" or case.pod.spec.restartPolicy == "OnFailure" then
    return nil
  elseif probes(container.spec) and not is_told(case, container) then
    return nil -- a probe may have ended it as well: nothing left says which
  end
  local lines = last_lines(case, container)
  return {
    code = "main-process-exits",
    cause = ("The main process of container %s ends by itself with status 0, and is started again and again (%s): nothing stays in the "
      .. "foreground."):format(container.name, restarts(container)),
    evidence = { containers.evidence(container), table.unpack(lines) }, since = began(case, container),
    next_steps = steps(case, container, "the command so that the program stays in the foreground; work that ends belongs in a Job"),
  }
end

local function bad_command(case, container, log, lines)
  local complaint = log and crashes.command_complaint(container.spec, log.text)
  if not complaint then
    return nil
  end
  local command = containers.command_line(container.spec)
  local evidence = { { kind = "log", at = container.last.finishedAt, text = complaint },
    { kind = "spec", text = "command: " .. command }, containers.evidence(container) }
  for _, line in ipairs(lines) do
    if line.text ~= complaint then
      evidence[#evidence + 1] = line
    end
  end
  return {
    code = "crash-bad-command",
    cause = ("Container %s starts, and its program does not take its own command line %s: %s (%s, %s)"):format(container.name, command,
      complaint, containers.ending(container.last), restarts(container)),
    evidence = evidence, since = began(case, container),
    next_steps = steps(case, container, "command and args of container " .. container.name),
  }
end

-- A crash of a new revision: which image came with it.
local function what_changed(case, since)
  local set = case:owner_of_kind("ReplicaSet")
  local deployment = set and owners.controller(set)
  if not deployment or deployment.kind ~= "Deployment" then
    return ""
  end
  local sets, unknown = owners.replica_sets({ uid = deployment.uid, namespace = set.metadata.namespace, name = deployment.name })
  case.ctx:can_do_without(unknown)
  local change = owners.changed_about(sets, since)
  return change and " " .. change .. "." or ""
end

local function crash(case, container)
  local lines, log, why = last_lines(case, container)
  local finding = bad_command(case, container, log, lines)
  if finding then
    return finding
  end
  local late, seconds = crashes.is_late(container)
  local since = began(case, container)
  local ending, reason = containers.ending(container.last), container.last.reason
  local after = seconds and (seconds < 1 and " within a second of its start" or " after " .. time.duration(seconds)) or ""
  local regular
  if late then
    regular = crashes.is_regular(container)
  end
  local how_regular = regular and ", as long as the time before" or regular == false and ", not as long as the time before" or ""
  local words = #lines > 0 and (' Its last words: "%s".'):format(lines[#lines].text)
    or (" Its log could not be had%s."):format(why and " (" .. why .. ")" or "")
  if log and #lines == 0 then
    words = " It wrote no log."
  end
  local evidence = { containers.evidence(container), table.unpack(lines) }
  return {
    code = late and "crash-late" or "crash-on-start",
    cause = ("Container %s ends with %s%s%s%s (%s).%s%s"):format(container.name, ending,
      reason and reason ~= "Error" and " (" .. reason .. ")" or "", after, how_regular, restarts(container), words,
      what_changed(case, since)),
    evidence = evidence, since = since, next_steps = steps(case, container, "what it complains of"),
  }
end

---Why the container's process ended; nil when it has not, or is fine.
---@param case Case
---@param container Container
---@return table|nil
function M.check(case, container)
  if not container.last then
    return nil
  end
  local finding = out_of_memory(case, container) or liveness(case, container) or exits(case, container)
  if not finding then
    if container.last.exitCode == 0 then
      return nil
    end
    finding = crash(case, container)
  end
  finding.container = container.name
  return case:finding(finding)
end

return M
