-- Which of very many objects are worth a full look: the server's own tables (kubectl's columns) tell of most that they are surely well, for
-- a fiftieth of the bytes. Whatever they leave open is read in full, so verdicts come from objects alone, and are the same without tables.
local findings = require("krunbook.findings")
local lookup = require("krunbook.lookup")
local objects = require("krunbook.objects")
local thresholds = require("krunbook.thresholds")

local M = {}

local TOGETHER = 32 -- namespaces that are asked at the same time, and objects that are read
local AT_ONCE = 12  -- namespaces whose pods are looked at, each with
local PODS = 16     -- so many of its pods at the same time
local AHEAD = 200   -- owners that are sent for before they are looked at: no more answers than are remembered until then
local WORTH_ALL = 3 -- with one object in so many that has to be read, the whole list is read: one by one would cost more

-- "2/2": all of them, and how many; nil when it is no such text.
local function all_of(text)
  local have, wanted = tostring(text):match("^(%d+)/(%d+)$")
  return have ~= nil and have == wanted, tonumber(wanted)
end

local units = { s = 1, m = 60, h = 3600, d = 86400, y = 365 * 86400 }

-- Seconds of "3h20m", as kubectl rounds them off; nil when it is none.
local function seconds_of(age)
  local seconds
  for number, unit in age:gmatch("(%d+)([smhdy])") do
    seconds = (seconds or 0) + tonumber(number) * units[unit]
  end
  return seconds
end

-- Too few restarts to tell of, or the last one long ago. Servers before 1.22 do not say when it was.
local function is_calm(restarts)
  local text = tostring(restarts)
  local count, ago = text:match("^(%d+) %((%S+) ago%)$")
  count = tonumber(count or text)
  local seconds = ago and seconds_of(ago)
  return count ~= nil and (count < thresholds.restarts_recent or (seconds ~= nil and seconds > 2 * thresholds.restart_window))
end

-- Its Ready condition is no column of a server's, but of a snapshot's: it is true when all containers and gates are, unless the node is
-- lost. One that is on its way out, has ended, waits, or was turned away says so as its status.
local function is_well_pod(row, ready_nodes)
  local all, containers = all_of(row.Ready)
  local gates = row["Readiness Gates"]
  local ready = row["Ready Condition"]
  return row.Status == "Running" and all and containers > 0 and (gates == "<none>" or all_of(gates)) and ready_nodes[row.Node] == true
    and is_calm(row.Restarts) and (ready == nil or ready == "True")
end

local function at_least(have, wanted)
  have, wanted = math.tointeger(tonumber(have)), math.tointeger(tonumber(wanted))
  return have ~= nil and wanted ~= nil and have >= wanted
end

---By kind, whether a row of its table says that the owner has all pods that it wants, and of the newest revision. Progressing is a column of a
---snapshot's table alone: with a server's, pods are missing where it is False.
---@type table<string, fun(row: table): boolean>
M.well_owner = {
  deployments = function(row)
    local all, wanted = all_of(row.Ready)
    return all and at_least(row["Up-to-date"], wanted) and at_least(row.Available, wanted) and row.Progressing ~= "False"
  end,
  replicasets = function(row) return at_least(row.Current, row.Desired) end,
  statefulsets = function(row) return (all_of(row.Ready)) end,
  daemonsets = function(row) return at_least(row.Current, row.Desired) and at_least(row["Up-to-date"], row.Desired) end,
  jobs = function(row)
    return all_of(row.Completions) and (row.Status == nil or row.Status == "Complete")
  end,
}

-- Rows of a table, one after another; nil when the server gives none. What a list says of it is the list's to tell.
local function rows_of(ctx, kind, opts, each)
  local rows = kube.table(kind, opts)
  if not rows then
    return nil
  end
  for row in rows do
    each(row)
  end
  ctx:can_do_without(rows.unknown)
  return rows.unknown == nil
end

---@class Overview
---@field ctx Context
---@field namespaces string[]
---@field ready_nodes table<string, boolean>
---@field sent_for table<string, boolean>  owners
---@field sent_count integer
---@field open_owners table<string, table<string, integer>|nil>  by kind: how many of a name its table leaves open
local Overview = {}
Overview.__index = Overview

---What all questions of an overview begin with; nil when the server's tables cannot be used: then everything is to be read. The state of
---the nodes is that of now, so what comes of it belongs to a run that begins now.
---@param ctx Context
---@return Overview|nil
function M.new(ctx)
  local self = setmetatable({ ctx = ctx, namespaces = {}, ready_nodes = {}, open_owners = {}, sent_for = {}, sent_count = 0 }, Overview)
  local known = kube.parallel({
    function()
      return rows_of(ctx, "namespaces", nil, function(row)
        self.namespaces[#self.namespaces + 1] = ctx:in_shard(row.Name) and row.Name or nil
      end)
    end,
    function()
      return rows_of(ctx, "nodes", nil, function(row)
        self.ready_nodes[row.Name] = row.Status == "Ready" or tostring(row.Status):find("^Ready,") ~= nil
      end)
    end,
  })
  return known[1] and known[2] and self or nil
end

-- Of a CronJob's Jobs a later one tells of an earlier one: they are only judged together.
local together = { jobs = true }

-- What the table of one namespace leaves open: names, or nil for all of it; and the names of what is surely well.
local function look_into(ctx, namespace, kind, is_well)
  local open, well = {}, {}
  local known = rows_of(ctx, kind, { namespace = namespace, labels = ctx.labels }, function(row)
    local list = is_well(row) and well or open
    list[#list + 1] = row.Name
  end)
  if not known or #open * WORTH_ALL > #well + #open or (#open > 0 and together[kind]) then
    return nil, {}
  end
  return open, well
end

-- The walk through all namespaces for one kind: what the tables leave open is given as objects, one after another.
local Walk = {}
Walk.__index = Walk

---@param is_well fun(row: table): boolean
---@param on_well fun(namespace: string, name: string)
local function walk(overview, kind, is_well, on_well)
  return setmetatable({ ctx = overview.ctx, kind = kind, is_well = is_well, on_well = on_well, namespaces = overview.namespaces, last = 0,
    names = {}, whole = {}, read = {}, at = 0, together = TOGETHER }, Walk)
end

-- Asks for the tables of the next namespaces. Of each either the list is to be read, or what is named. False after the last one.
function Walk:look_on()
  local some = table.move(self.namespaces, self.last + 1, math.min(self.last + TOGETHER, #self.namespaces), 1, {})
  local found = kube.parallel(some, function(namespace)
    return { look_into(self.ctx, namespace, self.kind, self.is_well) }
  end)
  for i, namespace in ipairs(some) do
    local open, well = found[i][1], found[i][2]
    if not open then
      table.insert(self.whole, 1, namespace)
    end
    for _, name in ipairs(open or {}) do
      table.insert(self.names, { namespace = namespace, name = name })
    end
    for _, name in ipairs(well) do
      self.on_well(namespace, name)
    end
  end
  self.last = self.last + #some
  return #some > 0
end

-- Reads the next of those that are named, and the events of those that are many in one namespace. One that is gone by now leaves a hole.
function Walk:read_named()
  local some = table.move(self.names, 1, math.min(self.together, #self.names), 1, {})
  table.move(self.names, #some + 1, #self.names + #some, 1)
  self.at, self.count = 0, #some
  local work, namespaces = {}, {}
  for i, one in ipairs(some) do
    work[i] = function()
      return (kube.get(self.kind, one.name, { namespace = one.namespace }))
    end
    namespaces[one.namespace] = (namespaces[one.namespace] or 0) + 1
  end
  for namespace, count in pairs(self.kind == "pods" and namespaces or {}) do
    work[#work + 1] = function()
      lookup.read_pods_events(self.ctx, namespace, count)
    end
  end
  self.read = kube.parallel(work)
end

---@return Object|nil
function Walk:next()
  while true do
    local object = self.list and self.list()
    while not object and self.at < (self.count or 0) do
      self.at = self.at + 1
      object = self.read[self.at]
    end
    if object then
      return object
    end
    self.list = nil
    if #self.names > 0 then
      self:read_named()
    elseif #self.whole > 0 then
      self.list = kube.list(self.kind, { namespace = table.remove(self.whole), labels = self.ctx.labels })
    elseif not self:look_on() then
      return nil
    end
  end
end

-- The pods of a namespace that are not surely well, one after another.
local function pods_of(overview, namespace, on_well)
  local pods = walk(overview, "pods", function(row) return is_well_pod(row, overview.ready_nodes) end, on_well)
  pods.namespaces, pods.together = { namespace }, PODS
  return function()
    return pods:next()
  end
end

---Looks at the pods that are not surely well, at several namespaces at the same time: while the answers for one are on their way, another is
---worked at.
---@param look fun(next_pod: (fun(): Object|nil), together: integer)  at those of a namespace, so many of them at the same time
---@param on_well fun(namespace: string, name: string)  is called with each of the others
function Overview:each_namespace(look, on_well)
  local last, workers = 0, {}
  for i = 1, math.min(AT_ONCE, #self.namespaces) do
    workers[i] = function()
      while last < #self.namespaces do
        last = last + 1
        look(pods_of(self, self.namespaces[last], on_well), PODS)
      end
    end
  end
  kube.parallel(workers)
end

---Sends for the owner of what was found, who is looked at when all pods were, whatever the table says of it.
---@param finding table
function Overview:send_for_owner(finding)
  local owner = finding.owner
  local kind = owner and findings.plural(owner)
  local key = owner and findings.identity(owner)
  if not M.well_owner[kind] or together[kind] or self.sent_for[key] or self.sent_count == AHEAD then
    return
  end
  self.sent_for[key], self.sent_count = true, self.sent_count + 1
  local metadata = owner.metadata or owner
  kube.get(kind, metadata.name, { namespace = metadata.namespace, ahead = true })
end

---Asks what the tables say of everything that makes pods.
function Overview:read_owners()
  local kinds = {}
  for kind in pairs(M.well_owner) do
    kinds[#kinds + 1] = kind
  end
  kube.parallel(kinds, function(kind)
    local open = {}
    local known = rows_of(self.ctx, kind, { all_namespaces = true, labels = self.ctx.labels }, function(row)
      if not M.well_owner[kind](row) then
        open[row.Name] = (open[row.Name] or 0) + 1
      end
    end)
    self.open_owners[kind] = known and open or nil
  end)
end

-- Those of the kind that are to be looked at whatever their table says, and whether the table leaves others open.
local function without(open, named)
  local left = {}
  for name, count in pairs(open) do
    left[name] = count
  end
  for _, one in ipairs(named) do
    left[one.name] = (left[one.name] or 0) > 1 and left[one.name] - 1 or nil
  end
  return next(left) ~= nil
end

---Those that make pods and are not surely well, one after another.
---@param kind string  "deployments"
---@param named {namespace: string, name: string}[]  those that are to be looked at in any case
---@return fun(): Object|nil
function Overview:owners(kind, named)
  local open = self.open_owners[kind]
  if not open then
    return objects.all(self.ctx, kind)
  end
  local owners, given = walk(self, kind, M.well_owner[kind], function() end), {}
  if not without(open, together[kind] and {} or named) then
    owners.namespaces = {}
  end
  return function()
    local owner = owners:next()
    if not owner and named then
      for _, one in ipairs(named) do
        owners.names[#owners.names + 1] = not given[one.namespace .. "/" .. one.name] and one or nil
      end
      named, owner = nil, owners:next()
    end
    if owner then
      given[owner.metadata.namespace .. "/" .. owner.metadata.name] = true
    end
    return owner
  end
end

return M
