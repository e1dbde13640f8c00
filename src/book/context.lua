-- What stands between a runbook and the program: runs the runbook's file, checks what it returned, and makes the ctx
-- that its run() is given. `host` holds the C functions of context.c; chunk is the compiled file. The names are taken
-- here, before the runbook runs, so that nothing it does to them can change what follows.
local chunk, host = ...
local kube, concat = kube, table.concat
local type, pairs, ipairs, setmetatable, error, tostring = type, pairs, ipairs, setmetatable, error, tostring

kube.kubectl = host.kubectl

local Context = {}
Context.__index = Context

-- Of an object of the API only its name is of use to a report, and of the one that a finding is about its labels: the rest is not copied.
local function slim(object, with_labels)
  if type(object) ~= "table" or type(object.metadata) ~= "table" then
    return object
  end
  local metadata = { namespace = object.metadata.namespace, name = object.metadata.name, labels = with_labels and object.metadata.labels }
  return { kind = object.kind, metadata = metadata, broken = object.broken }
end

local function slim_all(objects)
  if type(objects) ~= "table" then
    return objects
  end
  local all = {}
  for i, object in ipairs(objects) do
    all[i] = slim(object)
  end
  return all
end

function Context.finding(_, finding)
  if type(finding) ~= "table" then
    error("ctx:finding takes a table; it was called with " .. type(finding), 2)
  end
  local copy = {}
  for key, value in pairs(finding) do
    copy[key] = value
  end
  copy.object, copy.owner = slim(finding.object, true), slim(finding.owner)
  copy.objects, copy.chain, copy.ways = slim_all(finding.objects), slim_all(finding.chain), slim_all(finding.ways)
  copy.owners = slim_all(finding.owners)
  host.finding(copy)
end

function Context.healthy(_, object)
  host.healthy(slim(object))
end

function Context.starting(_, object)
  host.starting(slim(object))
end

function Context.unknown(_, unknown)
  if type(unknown) ~= "table" or type(unknown.what) ~= "string" or type(unknown.reason) ~= "string" then
    error("ctx:unknown takes a table with what and reason", 2)
  end
  unknown.id = host.unknown(unknown.what, unknown.reason, unknown.permission, unknown.message)
end

function Context.can_do_without(_, unknown)
  if type(unknown) == "table" and unknown.id then
    host.forgive(unknown.id)
  end
end

function Context.step(_, asked, showed)
  host.step(tostring(asked), showed ~= nil and tostring(showed) or nil)
end

function Context.run(_, name, args, opts)
  local namespace = type(opts) == "table" and opts.namespace or nil
  if type(name) ~= "string" then
    error("ctx:run takes the name of a runbook", 2)
  elseif (opts ~= nil and type(opts) ~= "table") or (namespace ~= nil and type(namespace) ~= "string") then
    error('ctx:run takes a namespace as { namespace = "shop" }', 2)
  end
  for option in pairs(opts or {}) do
    if option ~= "namespace" then
      error(("ctx:run has no option %q, only namespace"):format(tostring(option)), 2)
    end
  end
  local result = host.run(name, args or {}, namespace) -- no tail call: an error looks for the line that called us
  return result
end

local NAMES_SHOWN = 8

-- '; nearest: "x"', and where that is far the few names that there are. Nothing hangs on it, so what cannot be listed is no matter.
local function suggestion(self, kind, opts, name)
  local names = {}
  local list = kube.list(kind, opts)
  for object in list do
    names[#names + 1] = object.metadata.name
  end
  self:can_do_without(list.unknown)
  local nearest, is_near = host.nearest(name, names)
  if not nearest then
    return ""
  end
  local few = not is_near and #names <= NAMES_SHOWN and ("; there are: " .. concat(names, ", ")) or ""
  return ('; nearest: "%s"%s'):format(nearest, few)
end

-- An object of that name elsewhere: the namespace was the mistake.
local function elsewhere(self, kind, name)
  local list = kube.list(kind, { all_namespaces = true, fields = "metadata.name=" .. name })
  local object = list()
  self:can_do_without(list.unknown)
  return object and ("; there is one in namespace " .. object.metadata.namespace) or ""
end

local function note_absent(self, kind, name, opts, where)
  local singular = host.singular(kind)
  local hint = host.namespaced(kind) and not opts.all_namespaces and elsewhere(self, kind, name) or ""
  local message = ('no %s "%s"%s%s'):format(singular, name, where, hint ~= "" and hint or suggestion(self, kind, opts, name))
  self:unknown({ what = ("%s %s%s"):format(singular, name, where), reason = "absent", message = message })
end

-- A list is empty in a namespace that does not exist, too: that is no clean bill of health.
local function check_namespace(self)
  local namespace, unknown = kube.get("namespaces", self.namespace)
  self:can_do_without(unknown)
  if not namespace and not unknown then
    note_absent(self, "namespaces", self.namespace, {}, "")
    return false
  end
  return true
end

local function one(self, kind, name)
  if not self.all_namespaces or not host.namespaced(kind) then
    local object, unknown = kube.get(kind, name)
    if not object and not unknown and (not host.namespaced(kind) or check_namespace(self)) then
      note_absent(self, kind, name, {}, host.namespaced(kind) and " in namespace " .. self.namespace or "")
    end
    return object and { object } or {}
  end
  local found, unknown = kube.list(kind, { all_namespaces = true, fields = "metadata.name=" .. name }):all()
  if #found == 0 and not unknown then
    note_absent(self, kind, name, { all_namespaces = true }, " in any namespace")
  end
  return found
end

function Context:in_shard(namespace)
  return not self.sharded or host.in_shard(namespace or "")
end

-- Those of a list that are for this run to tell of.
local function own(self, list)
  return function()
    for object in list do
      if self:in_shard(object.metadata.namespace) then
        return object
      end
    end
  end
end

function Context:targets(kind, name, opts)
  if name ~= nil then
    local found, i = one(self, kind, name), 0
    return function()
      i = i + 1
      if found[i] then
        return i, found[i]
      end
    end
  end
  local list, count = kube.list(kind, { all_namespaces = self.all_namespaces, labels = self.labels }), 0
  local next_object = self.sharded and not (opts and opts.beyond_shard) and own(self, list) or list
  return function()
    local object = next_object()
    if object then
      count = count + 1
      return count, object
    end
    if count == 0 and not list.unknown and not self.all_namespaces and host.namespaced(kind) then
      check_namespace(self)
    end
  end
end

local runbook = chunk()
if type(runbook) ~= "table" then
  return host.reject("a runbook returns a table; this one returned " .. type(runbook))
end
if type(runbook.run) ~= "function" then
  return host.reject("run must be a function: run = function(ctx, args) ... end")
end

local metadata = {}
for key, value in pairs(runbook) do
  if key ~= "run" then
    metadata[key] = value
  end
end
host.metadata(metadata)

local run = runbook.run
host.ready(function(args, fields)
  fields.args = args
  run(setmetatable(fields, Context), args)
end)
