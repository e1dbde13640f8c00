-- CronJobs that make no Job when their schedule says so.
local codes = require("krunbook.codes")
local controllers = require("krunbook.controllers")
local cron = require("krunbook.cron")
local events = require("krunbook.events")
local next_steps = require("krunbook.next_steps")
local owner_checks = require("krunbook.checks.owners")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

local WAITS = "waits for a Job"
local OFTEN = 3600   -- seconds
local WAITED_FOR = 5 -- a run that holds up so many others is told as a warning, a shorter one for information

-- When it last made one, or might have for the first time.
local function last_made(cron_job)
  return (cron_job.status or {}).lastScheduleTime or cron_job.metadata.creationTimestamp
end

-- How long it has made none, and how often it should, in seconds; nil while it keeps its schedule, or where that cannot be told.
local function overdue(cron_job)
  local gap = cron.longest_gap((cron_job.spec or {}).schedule)
  local silent = time.between(last_made(cron_job), kube.now())
  if gap and silent and silent > 2 * gap + thresholds.soon then
    return silent, gap
  end
end

local function finding(cron_job, more)
  local metadata, spec = cron_job.metadata, cron_job.spec or {}
  more.code, more.object, more.owner, more.since = "cronjob-not-scheduled", cron_job, cron_job, last_made(cron_job)
  more.severity = more.severity or codes.severity(more.code)
  more.evidence = { more.evidence, { kind = "spec", text = ("schedule: %s, concurrencyPolicy: %s, suspend: %s"):format(spec.schedule or "?",
    spec.concurrencyPolicy or "Allow", tostring(spec.suspend == true)) }, { kind = "state", text = "lastScheduleTime: "
    .. ((cron_job.status or {}).lastScheduleTime or "never") } }
  more.cause = ("CronJob %s makes no Jobs: %s"):format(metadata.name, more.cause)
  return more
end

local function suspended(cron_job)
  local patch = '{"spec":{"suspend":false}}'
  return finding(cron_job, {
    cause = "it is suspended.",
    next_steps = { next_steps.about(cron_job, "patch", "cronjob", cron_job.metadata.name, "-p", patch) .. "  # if it is meant to run" },
  })
end

-- A Job that does not come to its end, where the next must wait for it.
local function waits_for_a_job(cron_job, silent, gap)
  local active = ((cron_job.status or {}).active or {})[1]
  if (cron_job.spec or {}).concurrencyPolicy ~= "Forbid" or not active then
    return nil
  end
  return finding(cron_job, {
    severity = silent < WAITED_FOR * gap and "info" or nil, key = WAITS,
    cause = ("its Job %s, made %s ago, is not over, and concurrencyPolicy Forbid lets no other one begin."):format(active.name,
      time.age(silent)),
    evidence = { kind = "state", text = "active: Job " .. active.name },
    next_steps = { next_steps.about(cron_job, "describe", "job", active.name),
      next_steps.about(cron_job, "logs", "--tail=50", "job/" .. active.name),
      next_steps.edit(cron_job, "activeDeadlineSeconds of its Jobs, or concurrencyPolicy") },
  })
end

-- What its controller says, unless a Job has been made since.
local told_by = { "FailedCreate", "TooManyMissedTimes", "FailedNeedsStart", "UnparseableSchedule", "UnknownTimeZone", "InvalidSchedule",
  "MissSchedule" }

local function said_of(ctx, cron_job)
  local said, unknown = kube.events(cron_job)
  ctx:can_do_without(unknown)
  local event = events.newest(said, told_by)
  local made = time.parse((cron_job.status or {}).lastScheduleTime) or 0
  return event and events.time(event) > made and event or nil, unknown
end

local function by_event(ctx, cron_job, event)
  if event.reason == "FailedCreate" and controllers.refusal(event.message).kind ~= "other" then
    return owner_checks.refused(ctx, cron_job, event.message, event, event.first)
  end
  return finding(cron_job, {
    cause = event.message:gsub("[%s.]+$", "") .. ".", evidence = event, key = event.reason,
    next_steps = { next_steps.describe(cron_job), next_steps.edit(cron_job, "schedule, timeZone or startingDeadlineSeconds") },
  })
end

-- One that was suspended until a while ago has its last missed run made up at once, unless it is too late for that: then it waits for the
-- next one, and nothing tells it from one that nobody looks after.
local function may_have_been_suspended(cron_job, gap)
  local deadline = (cron_job.spec or {}).startingDeadlineSeconds
  return deadline ~= nil and deadline < gap
end

-- One that seldom runs is told for information.
local function silent_for(cron_job, silent, gap, unknown)
  local resumed = may_have_been_suspended(cron_job, gap)
  local why = unknown and "its events could not be read" or "no event says why"
  if resumed then
    why = why .. (": where it was suspended until less than %s ago, that is as it should be, for startingDeadlineSeconds (%d) lets it leave "
      .. "out what it missed"):format(time.age(gap), cron_job.spec.startingDeadlineSeconds)
  end
  return finding(cron_job, {
    severity = (resumed or gap > OFTEN) and "info" or nil,
    cause = ("the last one was due long ago, for %s there was none, and %s."):format(time.age(silent), why),
    next_steps = { next_steps.describe(cron_job), "look at the log of kube-controller-manager, and whether it runs" },
  })
end

---Whether a finding of M.check only says that the CronJob waits for one of its Jobs: whatever is wrong with that is the cause.
---@param found table
---@return boolean
function M.is_held_up(found)
  return found.key == WAITS
end

---Why a CronJob makes no Jobs; nil while it does.
---@param ctx Context
---@param cron_job Object
---@param by_name boolean|nil  it was asked for: that it is suspended is an answer, too
---@return table|nil
function M.check(ctx, cron_job, by_name)
  if (cron_job.spec or {}).suspend then
    return by_name and suspended(cron_job) or nil
  end
  local silent, gap = overdue(cron_job)
  if not silent then
    return nil
  end
  local event, unknown = said_of(ctx, cron_job)
  return waits_for_a_job(cron_job, silent, gap) or (event and by_event(ctx, cron_job, event)) or silent_for(cron_job, silent, gap, unknown)
end

return M
