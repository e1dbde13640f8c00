-- One pod under examination: the pod, and what was read about it so far. Each thing is read at most once, and only when a question
-- needs it, so that a verdict which stands without the events does not depend on the right to list them.
local containers = require("krunbook.containers")
local lookup = require("krunbook.lookup")
local next_steps = require("krunbook.next_steps")
local objects = require("krunbook.objects")
local owners = require("krunbook.owners")
local pods = require("krunbook.pods")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

---@class Case
---@field ctx Context
---@field pod Object
---@field containers Container[]
---@field now integer
---@field needs_logs boolean  whether a log that cannot be read leaves the question open
local Case = {}
Case.__index = Case

local M = {}

---@param ctx Context
---@param pod Object
---@return Case
function M.new(ctx, pod)
  objects.whole(pod)
  return setmetatable({ ctx = ctx, pod = pod, containers = containers.of(pod), now = kube.now(), read = {},
    needs_logs = true }, Case)
end

-- Reads once; {value, unknown} is kept.
local function once(case, what, read)
  local kept = case.read[what]
  if not kept then
    local value, unknown = read()
    kept = { value = value, unknown = unknown }
    case.read[what] = kept
  end
  return kept.value, kept.unknown
end

local function log_options(container, previous, ahead)
  return { container = container.name, tail = thresholds.log_lines, limit = thresholds.log_bytes, previous = previous, ahead = ahead }
end

-- What is wanted is the run that ended: the previous one, where another has begun since.
local function ended_before(container)
  return container.restarts > 0 and not container.terminated
end

---Sends for what the questions about a pod in trouble are likely to need, so that they wait for the cluster once.
function Case:ask_ahead()
  local pod = self.pod
  local node, owner = pod.spec.nodeName, owners.controller(pod)
  if not lookup.pod_events(pod) then
    kube.events(pod, { ahead = true })
  end
  if node and node ~= "" then
    kube.get("nodes", node, { ahead = true })
  end
  if owner then
    owners.ask_ahead(owner, pod.metadata.namespace)
  end
  for _, container in ipairs(self.containers) do
    local last = container.last
    if last and last.reason ~= "OOMKilled" and pods.is_failing(container) then
      kube.logs(pod, log_options(container, ended_before(container), true))
    end
  end
end

-- "Scheduled, Pulled x6, BackOff x13": for the trace.
local function told(events)
  local names = {}
  for i, event in ipairs(events) do
    names[i] = event.reason .. (event.count > 1 and " x" .. event.count or "")
  end
  return #names > 0 and table.concat(names, ", ") or "none"
end

---The pod's events, for a question that cannot be answered without them: an Unknown stays in the report.
---@return Event[] events, Unknown|nil unknown
function Case:events()
  local events, unknown = once(self, "events", function()
    local events, unknown = lookup.pod_events(self.pod)
    if not events then
      events, unknown = kube.events(self.pod)
    end
    self.ctx:step("its events", told(events))
    return events, unknown
  end)
  return events or {}, unknown
end

---What manages the pod, as a person knows it: the end of the owner chain; nil for a pod of its own.
---@return table|nil
function Case:owner()
  local chain, unknown = once(self, "owners", function()
    return owners.chain(self.pod)
  end)
  self.ctx:can_do_without(unknown)
  return chain[#chain]
end

---The owner of a kind in the chain, as read from the API.
---@param kind string
---@return Object|nil object, Unknown|nil unknown
function Case:owner_of_kind(kind)
  local chain, unknown = once(self, "owners", function()
    return owners.chain(self.pod)
  end)
  for _, owner in ipairs(chain) do
    if owner.kind == kind then
      return owner.read, unknown
    end
  end
end

---What the container's last finished run wrote: the previous run's log, else the current one's, where the runtime has removed it.
---@param container Container
---@return Log|nil log, string|nil why
function Case:last_log(container)
  return once(self, "log of " .. container.name, function()
    return self:read_log(container)
  end)
end

-- An Unknown counts, unless the question that asks can be answered without.
local function forgive(case, unknown, answered)
  if answered or not case.needs_logs then
    case.ctx:can_do_without(unknown)
  end
end

---Reads what last_log keeps.
---@param container Container
---@return Log|nil log, string|nil why
function Case:read_log(container)
  local first, first_unknown, first_why
  if ended_before(container) then
    first, first_unknown, first_why = kube.logs(self.pod, log_options(container, true))
    if first then
      return first
    end
  end
  if container.running then
    -- What runs now is another run: its words say nothing of how the last one ended.
    forgive(self, first_unknown)
    return nil, first_why or (first_unknown and first_unknown.reason)
  end
  local current, unknown, why = kube.logs(self.pod, log_options(container))
  forgive(self, first_unknown, current)
  forgive(self, unknown, first_unknown) -- one of the two is enough to say so
  return current, why or first_why or (unknown and unknown.reason)
end

---" The nearest is x.", where a name of this kind in the pod's namespace is near one that is not there. Of Secrets and
---ServiceAccounts none is looked for: the right to list them is too much to ask for that.
---@param kind string
---@param name string
---@return string
function Case:nearest(kind, name)
  local may_list = kind ~= "Secret" and kind ~= "ServiceAccount"
  local near = may_list and require("krunbook.nearest").name(name, lookup.names(self.ctx, kind, self.pod.metadata.namespace))
  return near and (" The nearest is %s."):format(near) or ""
end

---How long ago the pod was made.
---@return integer
function Case:age()
  return time.between(self.pod.metadata.creationTimestamp, self.now) or math.maxinteger
end

---Whether it may still be on its way.
---@return boolean
function Case:is_young()
  return self:age() < thresholds.pending
end

-- A container that has just started, or that its probes leave alone for now.
local function is_settling(container, now)
  local probe = container.status.started == false and container.spec.startupProbe or container.spec.readinessProbe or {}
  local ran = container.running and time.between(container.running.startedAt, now)
  return ran ~= nil and not container.ready and ran < math.max(thresholds.pending, (probe.initialDelaySeconds or 0) + thresholds.pending)
end

---Whether it may still be on its way: it is young, or one of its containers was just started.
---@return boolean
function Case:is_settling()
  for _, container in ipairs(self.containers) do
    if is_settling(container, self.now) then
      return true
    end
  end
  return self:is_young()
end

---A line of the decision trace: a question, and the finding that answers it or what else was seen.
---@param question string
---@param finding table|nil
---@param otherwise string
function Case:answered(question, finding, otherwise)
  self.ctx:step(question, finding and finding.code .. (finding.cause_code and " (" .. finding.cause_code .. ")" or "") or otherwise)
end

---A step: correct something in what makes the pod.
---@param what string  a noun phrase: "the image's name"
---@return string
function Case:correct(what)
  return next_steps.correct(self.pod, self:owner(), what)
end

---@param kind string
---@return table|nil
function Case:condition(kind)
  return pods.condition(self.pod, kind)
end

---A finding about this pod, with the fields that every one has filled in.
---@param finding table  what findings.add takes; object and owner are the pod and its owner when left out
---@return table
function Case:finding(finding)
  finding.object = finding.object or self.pod
  if finding.owner == nil then
    finding.owner = self:owner()
  end
  finding.subject = self.pod
  return finding
end

return M
