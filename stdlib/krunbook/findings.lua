-- Gathers findings before they are reported, so that one cause is one finding: replicas of one owner are counted, and what hits many
-- owners alike (a registry that is down, a ConfigMap that is not there) or lies behind many Services names them all.
local codes = require("krunbook.codes")
local time = require("krunbook.time")

---@class Findings
local Findings = {}
Findings.__index = Findings

local M = {}

---@param ctx Context
---@return Findings
function M.new(ctx)
  return setmetatable({ ctx = ctx, list = {}, by_identity = {} }, Findings)
end

local function identity(object)
  local metadata = object.metadata or object
  return ("%s/%s/%s"):format(object.kind or "?", metadata.namespace or "", metadata.name or "?")
end

---An object in a word: "Pod/shop/web-1". It takes an object, or a table with kind, namespace and name.
---@type fun(object: Object|table): string
M.identity = identity

-- Adds the object at the end of a chain that says neither where it breaks nor where it ends.
local function close_chain(chain, object)
  for _, link in ipairs(chain) do
    if link.broken or identity(link) == identity(object) then
      return
    end
  end
  chain[#chain + 1] = { kind = object.kind, namespace = object.namespace, name = object.name, broken = true }
end

---A finding of another runbook, as ctx:run gives it, in the form that add takes: what led to it stands in front of its chain, which ends
---where it breaks.
---@param finding Finding
---@param ... Object|table  outermost first
---@return table
function M.handed_on(finding, ...)
  local copy = {}
  for field, value in pairs(finding) do
    copy[field] = value
  end
  local object, before, chain = finding.object, { ... }, finding.chain or {}
  copy.owner, copy.container = finding.owner or object.owner, finding.container or object.container
  copy.objects = finding.objects and #finding.objects > 0 and finding.objects or nil
  copy.chain = table.move(chain, 1, #chain, #before + 1, before)
  close_chain(copy.chain, object)
  copy.count, copy.fingerprint, copy.ways, copy.owners = nil, nil, nil, nil -- they follow from the rest
  return copy
end

-- Of an object of the API its name, its labels and who made it: the rest would be kept until the end, of each pod that is not well.
local function named(object)
  if not object or not object.metadata then
    return object
  end
  local metadata = object.metadata
  return { kind = object.kind, broken = object.broken,
    metadata = { namespace = metadata.namespace, name = metadata.name, labels = metadata.labels, ownerReferences = metadata.ownerReferences } }
end

local function all_named(objects)
  local list = {}
  for i, object in ipairs(objects) do
    list[i] = named(object)
  end
  return list
end

---Takes a finding, which is the list's from then on: the fields of ctx:finding, and
---  shared   a text that is the same wherever this cause is the same, whoever owns the object ("registry HOST")
---  subject  the pod that shows it, where object is something else
---@param finding table
function Findings:add(finding)
  if type(finding.since) == "string" and not time.parse(finding.since) then
    finding.since = nil -- a broken time is none
  end
  finding.severity = finding.severity or codes.severity(finding.code)
  finding.object, finding.owner, finding.subject = named(finding.object), named(finding.owner), named(finding.subject)
  finding.objects = all_named(finding.objects or { finding.subject or finding.object })
  finding.chain = finding.chain and all_named(finding.chain)
  self.list[#self.list + 1] = finding
  for _, object in ipairs({ finding.object, finding.owner }) do
    local key = identity(object)
    local about = self.by_identity[key] or {}
    self.by_identity[key] = about
    about[#about + 1] = about[#about] ~= finding and finding or nil
  end
end

---The same for what may be nil: nothing found.
---@param finding table|nil
function Findings:add_if(finding)
  if finding then
    self:add(finding)
  end
end

---Whether something was found about this owner or object.
---@param object Object|table
---@param fits? fun(finding: table): boolean  of several the first that fits, else the first
---@return table|nil
function Findings:about(object, fits)
  local about = self.by_identity[identity(object)] or {}
  for _, finding in ipairs(about) do
    if not fits or fits(finding) then
      return finding
    end
  end
  return about[1]
end

---What the API calls an object's kind: "deployments". Of the kinds that make pods, whose plurals are plain.
---@param object table
---@return string|nil
function M.plural(object)
  return object.kind and object.kind:lower() .. "s"
end

---The owners of a kind that something was found of, each once.
---@param kind string  as the API names it: "deployments"
---@return {namespace: string, name: string}[]
function Findings:owners(kind)
  local list, seen = {}, {}
  for _, finding in ipairs(self.list) do
    local owner = finding.owner
    if owner and M.plural(owner) == kind and not seen[identity(owner)] then
      local metadata = owner.metadata or owner
      seen[identity(owner)], list[#list + 1] = true, { namespace = metadata.namespace, name = metadata.name }
    end
  end
  return list
end

local function owner_key(finding)
  return table.concat({ finding.code, identity(finding.owner or finding.object), finding.container or "", finding.key or "",
    finding.cause_code or "" }, "|")
end

local function shared_key(finding)
  return finding.shared and table.concat({ finding.code, finding.shared }, "|") or owner_key(finding)
end

-- Adds an object to a list where it is not yet in it, and tells whether it was not. sets: what is in which list, so far.
local function add_once(list, object, sets)
  local set = sets[list]
  if not set then
    set = {}
    for _, known in ipairs(list) do
      set[identity(known)] = true
    end
    sets[list] = set
  end
  local key = identity(object)
  local is_new = not set[key]
  if is_new then
    set[key], list[#list + 1] = true, object
  end
  return is_new
end

-- One cause may be come to from several sides: the outermost object of each chain.
local function note_way(first, other, sets)
  first.ways = first.ways or { first.chain and first.chain[1] }
  for _, from in ipairs(other.ways or { other.chain and other.chain[1] }) do
    add_once(first.ways, from, sets)
  end
end

-- One finding for each key, in the order in which they first came; the earliest `since` is kept.
local function merged(list, key_of, on_merge)
  local by_key, result, sets = {}, {}, {}
  for _, finding in ipairs(list) do
    local key = key_of(finding)
    local first = by_key[key]
    if not first then
      by_key[key], result[#result + 1] = finding, finding
    else
      local more = false
      for _, object in ipairs(finding.objects) do
        more = add_once(first.objects, object, sets) or more
      end
      if more and first.counter and finding.counter then
        first.counter = { what = first.counter.what, value = first.counter.value + finding.counter.value, step = first.counter.step }
      end
      if finding.since and (not first.since or finding.since < first.since) then
        first.since = finding.since
      end
      note_way(first, finding, sets)
      on_merge(first, finding, sets)
    end
  end
  return result
end

local function note_owner(first, other, sets)
  first.owners = first.owners or { first.owner or first.object }
  add_once(first.owners, other.owner or other.object, sets)
end

local function names(objects)
  local list = {}
  for i, object in ipairs(objects) do
    local metadata = object.metadata or object
    list[i] = object.kind .. " " .. (metadata.namespace and metadata.namespace .. "/" or "") .. metadata.name
  end
  return table.concat(list, ", ")
end

-- "2 Services", "3 Ingresses"; what is of several kinds are objects.
local function counted(objects)
  local kind = objects[1].kind
  for _, object in ipairs(objects) do
    kind = object.kind == kind and kind or "object"
  end
  return ("%d %s%s"):format(#objects, kind, kind:find("s$") and "es" or "s")
end

local function report(ctx, finding)
  local owners, ways = finding.owners, finding.ways
  local by_owners = owners ~= nil and #owners > 1
  if by_owners then
    finding.cause = ("%s It hits %s: %s."):format(finding.cause, counted(owners), names(owners))
    finding.key = finding.key or finding.shared
  end
  if ways and #ways > 1 and not ctx.sharded and not (by_owners and identity(owners[1]) == identity(ways[1])) then
    finding.cause = ("%s It hits %s: %s."):format(finding.cause, counted(ways), names(ways))
  end
  ctx:finding({
    code = finding.code, severity = finding.severity, object = finding.object, container = finding.container,
    owner = finding.owner, objects = finding.objects, chain = finding.chain, cause = finding.cause,
    cause_code = finding.cause_code, since = finding.since, evidence = finding.evidence, next_steps = finding.next_steps,
    key = finding.key, ways = ways and #ways > 1 and ways or nil, owners = by_owners and owners or nil, counter = finding.counter,
    shared = ctx.sharded and finding.shared or nil,
  })
end

-- The same order whatever comes to be told first: by the object, then by what led to it.
local function sort(list)
  local keys = {}
  for i, finding in ipairs(list) do
    local from = finding.chain and finding.chain[1]
    keys[finding] = { identity(finding.object), from and identity(from) or "", i }
  end
  table.sort(list, function(a, b)
    local left, right = keys[a], keys[b]
    for i = 1, 3 do
      if left[i] ~= right[i] then
        return left[i] < right[i]
      end
    end
    return false
  end)
end

-- The gravest first.
local function report_all(ctx, list)
  local rank = { critical = 1, warning = 2, info = 3 }
  for wanted = 1, 3 do
    for _, finding in ipairs(list) do
      if rank[finding.severity] == wanted then
        report(ctx, finding)
      end
    end
  end
end

---Reports what was gathered, the gravest first. Of a shard causes that hit several owners stand for each owner alone: of_parts makes one
---of those of all shards.
function Findings:report()
  sort(self.list)
  local list = merged(self.list, owner_key, function() end)
  report_all(self.ctx, self.ctx.sharded and list or merged(list, shared_key, note_owner))
  self.list, self.by_identity = {}, {}
end

-- A finding as a report holds it, in the form that add takes.
local function of_report(finding)
  local copy, object = {}, finding.object
  for field, value in pairs(finding) do
    copy[field] = value
  end
  copy.owner, copy.container = object.owner, object.container
  copy.ways = finding.ways and #finding.ways > 0 and finding.ways or nil
  copy.owners = nil -- each shard tells of each owner alone
  return copy
end

---The findings of all shards as one run would have reported them. What several shards tell of is one finding; what one shard tells of
---twice was two.
---@param question {parts: Finding[][]}  of each shard, as its report holds them
---@return Finding[]
function M.of_parts(question)
  local all, found, numbers = {}, {}, {}
  for _, part in ipairs(question.parts) do
    local seen = {}
    for _, finding in ipairs(part) do
      local copy = of_report(finding)
      local key = owner_key(copy)
      seen[key] = (seen[key] or 0) + 1
      numbers[copy] = seen[key]
      all[#all + 1] = copy
    end
  end
  sort(all)
  local list = merged(all, function(finding) return owner_key(finding) .. "#" .. numbers[finding] end, function() end)
  report_all({ finding = function(_, finding) found[#found + 1] = finding end }, merged(list, shared_key, note_owner))
  return found
end

return M
