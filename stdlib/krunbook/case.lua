-- One pod under examination: the pod, and what was read about it so far. Each thing is read at most once, and only when a question
-- needs it, so that a verdict which stands without the events does not depend on the right to list them.
local containers = require("krunbook.containers")
local owners = require("krunbook.owners")
local pods = require("krunbook.pods")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

---@class Case
---@field ctx Context
---@field pod Object
---@field containers Container[]
---@field now integer
local Case = {}
Case.__index = Case

local M = {}

---@param ctx Context
---@param pod Object
---@return Case
function M.new(ctx, pod)
  return setmetatable({ ctx = ctx, pod = pod, containers = containers.of(pod), now = kube.now(), read = {} }, Case)
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

---The pod's events, for a question that cannot be answered without them: an Unknown stays in the report.
---@return Event[] events, Unknown|nil unknown
function Case:events()
  local events, unknown = once(self, "events", function()
    return kube.events(self.pod)
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
  local kept, why = once(self, "log of " .. container.name, function()
    return self:read_log(container)
  end)
  return kept or nil, why
end

function Case:read_log(container)
  local opts = { container = container.name, tail = thresholds.log_lines, limit = thresholds.log_bytes }
  local in_previous = container.restarts > 0 and not container.terminated
  local first, first_unknown, first_why
  if in_previous then
    opts.previous = true
    first, first_unknown, first_why = kube.logs(self.pod, opts)
    if first and first.text:find("%S") then
      return first
    end
    opts.previous = nil
  end
  if container.running then
    -- What runs now is another run: its words say nothing of how the last one ended.
    return first, first_why or (first_unknown and first_unknown.reason)
  end
  local current, unknown, why = kube.logs(self.pod, opts)
  if current then
    self.ctx:can_do_without(first_unknown)
  elseif first_unknown then
    self.ctx:can_do_without(unknown)
  end
  return current or first, why or first_why or (unknown and unknown.reason)
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
