-- A container whose process ran and ended when it should not have.
local containers = require("krunbook.containers")
local crashes = require("krunbook.crashes")
local events = require("krunbook.events")
local hosts = require("krunbook.hosts")
local log_patterns = require("krunbook.log_patterns")
local next_steps = require("krunbook.next_steps")
local pods = require("krunbook.pods")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")
local ways_out = require("krunbook.ways_out")

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

-- Whether the kubelet killed the container for its probe, as an event says; and which probe.
local function kill_told_by(case, container, event)
  local kind = event.reason == "Killing" and event.message:match("failed (%a+) probe, will be restarted")
  local in_order = stopped[container.last.exitCode]
  return kind and events.of_container(event, container.name) and (in_order or ended_about(case, container, event)) and kind
end

-- The kubelet drops events when there are many, and they expire: as many failures as the probe allows, of a container that was stopped
-- in order, tell the same.
local function failures_told_by(container, event)
  local kind = event.reason == "Unhealthy" and (event.message:match("^(Liveness) probe") or event.message:match("^(Startup) probe"))
  kind = kind and kind:lower()
  return kind and stopped[container.last.exitCode] and events.of_container(event, container.name)
    and event.count >= failures_wanted(container, kind) and kind
end

-- Only events tell that a probe ended the container: the newest kill, or else the newest failures.
local function killed_by_probe(case, container)
  if not probes(container.spec) then
    return nil
  end
  local seen = case:events()
  for _, told in ipairs({ function(event) return kill_told_by(case, container, event) end,
    function(event) return failures_told_by(container, event) end }) do
    for i = #seen, 1, -1 do
      local kind = told(seen[i])
      if kind then
        return seen[i], kind
      end
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
  local words, telling = crashes.last_words(log and log.text or "")
  for i, text in ipairs(words) do
    lines[i] = { kind = "log", at = container.last.finishedAt, text = text }
  end
  return lines, log, why, telling
end

-- A back-off's first event; else when the pod stopped being ready, which it does anew at each restart; at the latest, this run's start.
local function began(case, container)
  local first = events.first_seen((case:events()), "BackOff", "restarting failed container")
  local last, ready = container.last.startedAt, case:condition("Ready")
  if first or not ready or ready.status ~= "False" then
    return first or last
  end
  local apart = time.between(last, ready.lastTransitionTime)
  return (not apart or apart < 0) and ready.lastTransitionTime or last
end

local function steps(case, container, edit)
  return { next_steps.logs(case.pod, container.name, not container.terminated and container.restarts > 0), case:correct(edit) }
end

local function restarts(case, container)
  if container.restarts == 0 then
    return (container.spec.restartPolicy or case.pod.spec.restartPolicy) == "Never" and "it is not restarted" or "not restarted yet"
  end
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
  local probed = containers.probe_text(probe)
  return {
    code = "liveness-killed",
    cause = ("The kubelet restarts container %s because its %s probe (%s) fails%s (%s)."):format(container.name, kind, probed,
      got and ": " .. containers.probe_answer(got.message, probe) or "", restarts(case, container)),
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
  local quantities = require("krunbook.quantities")
  local limit = ((container.spec.resources or {}).limits or {}).memory
  local with = limit and ("its memory limit is %s"):format(quantities.text("memory", quantities.parse(limit) or 0))
    or "it has no memory limit: the node itself ran out"
  return {
    code = "oom-killed",
    cause = ("Container %s was killed because it used too much memory: %s (%s; %s)."):format(container.name, with,
      containers.ending(last), restarts(case, container)),
    evidence = evidence, since = began(case, container),
    next_steps = { next_steps.logs(case.pod, container.name, not container.terminated), case:correct(limit
      and "resources.limits.memory (now " .. limit .. ")" or "resources.requests.memory and resources.limits.memory") },
  }
end

-- The hook that runs beside the program's start: where it fails, the kubelet kills a container that may be well.
local function hook(case, container)
  if not (container.spec.lifecycle or {}).postStart then
    return nil
  end
  local waits = container.waiting and container.waiting.reason == "PostStartHookError"
  local event = events.newest((case:events()), "FailedPostStartHook")
  local told = event and events.of_container(event, container.name) and ended_about(case, container, event)
  if not waits and not told then
    return nil
  end
  local message = waits and container.waiting.message or told and event.message or "the kubelet does not say how"
  return {
    code = "crash-on-start", key = "postStart",
    cause = ("The postStart hook of container %s fails, so the kubelet kills the container: %s (%s)."):format(container.name,
      message:gsub("%s+$", ""), restarts(case, container)),
    evidence = { told and event or containers.evidence(container), told and containers.evidence(container) or nil },
    since = told and event.first or began(case, container), next_steps = steps(case, container, "lifecycle.postStart"),
  }
end

-- Of programs that stay: one that ends by itself, in order, is not a server.
local function exits(case, container)
  if container.last.exitCode ~= 0 or not pods.restarts_always(case.pod, container) then
    return nil
  elseif probes(container.spec) and not is_told(case, container) then
    return nil -- a probe may have ended it as well: nothing left says which
  end
  local lines = last_lines(case, container)
  return {
    code = "main-process-exits",
    cause = ("The main process of container %s ends by itself with status 0, and is started again and again (%s): nothing stays in the "
      .. "foreground."):format(container.name, restarts(case, container)),
    evidence = { containers.evidence(container), table.unpack(lines) }, since = began(case, container),
    next_steps = steps(case, container, "the command, so that the program stays in the foreground (work that ends belongs in a Job)"),
  }
end

local function bad_command(case, container, log, lines)
  local complaint = log and crashes.command_complaint(container.spec, log.text)
  if not complaint then
    return nil
  end
  local command = containers.command_line(container.spec)
  local evidence = { { kind = "log", at = container.last.finishedAt, text = complaint },
    { kind = "spec", text = (container.spec.command and "command: " or "args: ") .. command }, containers.evidence(container) }
  for _, line in ipairs(lines) do
    if line.text ~= complaint then
      evidence[#evidence + 1] = line
    end
  end
  return {
    code = "crash-bad-command",
    cause = ("Container %s starts, and its program does not take its own command line %s: %s (%s, %s)"):format(container.name, command,
      complaint, containers.ending(container.last), restarts(case, container)),
    evidence = evidence, since = began(case, container),
    next_steps = steps(case, container, "command and args of container " .. container.name),
  }
end

-- How long the last run lasted, and whether that is regular.
local function how_long(container)
  local late, seconds = crashes.is_late(container)
  if not seconds then
    return false, ""
  elseif not late then
    return false, seconds < 1 and " within a second of its start" or " after " .. time.duration(seconds)
  end
  local regular = crashes.is_regular(container)
  local compared = regular and ", as long as the time before" or regular == false and ", not as long as the time before" or ""
  return true, " after " .. time.duration(seconds) .. compared
end

-- A team knows what its programs say: see krunbook.log_patterns.
local function told_by_pattern(case, container, log, lines)
  local known, line = log_patterns.match(log and log.text or "")
  if not known then
    return nil
  end
  local evidence = { { kind = "log", at = container.last.finishedAt, text = line }, containers.evidence(container) }
  for _, other in ipairs(lines) do
    evidence[#evidence + 1] = other.text ~= line and other or nil
  end
  local usual = steps(case, container, "what it complains of")
  local own = known.next_steps or {}
  return {
    code = known.code, evidence = evidence, since = began(case, container),
    cause = ("Container %s: %s (%s, %s)"):format(container.name, known.cause, containers.ending(container.last), restarts(case, container)),
    next_steps = table.move(usual, 1, #usual, #own + 1, table.move(own, 1, #own, 1, {})),
  }
end

local function crash(case, container)
  local lines, log, why, telling = last_lines(case, container)
  local finding = told_by_pattern(case, container, log, lines) or bad_command(case, container, log, lines)
  if finding then
    return finding
  end
  local late, after = how_long(container)
  local reason = container.last.reason
  local words = telling and (' It says: "%s".'):format(telling:gsub("^%s+", ""):gsub("%s+$", ""))
    or (log and " It wrote no log." or (" Its log could not be had%s."):format(why and " (" .. why .. ")" or ""))
  local evidence, todo = { containers.evidence(container), table.unpack(lines) }, steps(case, container, "what it complains of")
  local about_host, of_host, look = hosts.explain(case.ctx, log and log.text or "", case.pod.metadata.namespace)
  if not about_host then
    about_host, of_host, look = ways_out.explain(case.ctx, log and log.text or "", case.pod)
  end
  evidence[#evidence + 1] = of_host
  if look then
    table.insert(todo, 2, look)
  end
  return {
    code = late and "crash-late" or "crash-on-start",
    cause = ("Container %s %s%s%s (%s).%s%s"):format(container.name, containers.ends(container.last),
      reason and reason ~= "Error" and " (" .. reason .. ")" or "", after, restarts(case, container), words, about_host or ""),
    evidence = evidence, since = began(case, container), next_steps = todo,
  }
end

-- The kubelet did not see how it ended: the container was gone when it looked.
local function unseen(case, container)
  case.ctx:unknown({
    what = ("how container %s of Pod %s/%s ended"):format(container.name, case.pod.metadata.namespace, case.pod.metadata.name),
    reason = "undetermined", message = container.last.message or "the kubelet found the container gone",
  })
end

---Why the container's process ended; nil when it has not, or is fine.
---@param case Case
---@param container Container
---@return table|nil finding, boolean|nil settled  settled without a finding: it is noted that nobody knows
function M.check(case, container)
  if not container.last then
    return nil
  elseif crashes.was_lost(container.last) then
    unseen(case, container)
    return nil, true
  end
  local finding = out_of_memory(case, container) or hook(case, container) or liveness(case, container) or exits(case, container)
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
