-- Many objects of one kind by their names, or their events, with as few requests as will do.
local events = require("krunbook.events")

local M = {}

local FEW = 3      -- so many are got one by one: that needs no right to list, and reads no more than was asked for
local MOST = 2000  -- events that are read of many pods together: where there are more, each pod's are asked for

local function key_of(namespace, name)
  return namespace .. "/" .. name
end

---What names an object among those of its kind: "shop/web".
---@type fun(namespace: string, name: string): string
M.key = key_of

local function distinct(wanted)
  local list, seen, namespaces = {}, {}, {}
  for _, one in ipairs(wanted) do
    local key = key_of(one.namespace, one.name)
    if not seen[key] then
      seen[key] = true
      list[#list + 1] = one
      namespaces[one.namespace] = true
    end
  end
  return list, seen, namespaces
end

-- The namespace's objects, or those of all namespaces when several are meant, in one list. False when it could not be read.
local function from_list(ctx, kind, seen, namespaces, fields, found)
  local namespace = next(namespaces)
  local opts = { namespace = namespace, fields = fields }
  if next(namespaces, namespace) then
    opts = { all_namespaces = true, fields = fields }
  end
  local list = kube.list(kind, opts)
  for object in list do
    local key = key_of(object.metadata.namespace, object.metadata.name)
    if seen[key] then
      found[key] = object
    end
  end
  ctx:can_do_without(list.unknown) -- they can still be got one by one
  return list.unknown == nil
end

---The objects that are there, and what could not be read, by "NAMESPACE/NAME"; what is in neither is absent.
---@param ctx Context
---@param kind string
---@param wanted {namespace: string, name: string}[]
---@param fields? table<string, string>  a field selector that most of them fit; the others are got by name
---@return table<string, Object> found, table<string, Unknown> unknown
function M.objects(ctx, kind, wanted, fields)
  local found, unknown = {}, {}
  local list, seen, namespaces = distinct(wanted)
  local listed = #list > FEW and from_list(ctx, kind, seen, namespaces, fields, found)
  local rest = {}
  for _, one in ipairs(list) do
    if not found[key_of(one.namespace, one.name)] and (not listed or fields) then
      rest[#rest + 1] = one
    end
  end
  kube.parallel(rest, function(one)
    local key = key_of(one.namespace, one.name)
    found[key], unknown[key] = kube.get(kind, one.name, { namespace = one.namespace })
  end)
  return found, unknown
end

---The names of a kind in a namespace (or of the cluster), to find the nearest to a wrong one: nothing hangs on them, so none when they
---cannot be listed.
---@param ctx Context
---@param kind string
---@param namespace string|nil
---@return string[]
function M.names(ctx, kind, namespace)
  local names = {}
  local list = kube.list(kind, { namespace = namespace })
  for object in list do
    names[#names + 1] = object.metadata.name
  end
  ctx:can_do_without(list.unknown)
  return names
end

-- Those of each object in the order of time, counts merged.
local function merged(by_uid)
  for uid, some in pairs(by_uid) do
    by_uid[uid] = events.merge(some)
  end
  return by_uid
end

local function put(by_uid, event)
  local uid = event.involvedObject and event.involvedObject.uid
  if uid then
    by_uid[uid] = by_uid[uid] or {}
    table.insert(by_uid[uid], events.simplify(event))
  end
end

-- Of all objects of a kind, in one namespace or in all, by UID.
local function listed_events(kind, opts)
  local by_uid = {}
  opts.fields = { ["involvedObject.kind"] = kind }
  local list = kube.list("events", opts)
  for event in list do
    put(by_uid, event)
  end
  return merged(by_uid), list.unknown
end

---The events of many objects of one kind, as few requests as will do.
---@param objects Object[]  kind and metadata
---@return table<string, Event[]> by_uid, Unknown|nil unknown
function M.events(objects)
  local by_uid, unknown, namespaces = {}, nil, {}
  for _, object in ipairs(objects) do
    namespaces[object.metadata.namespace] = true
  end
  if #objects > FEW then
    local namespace = next(namespaces)
    return listed_events(objects[1].kind, next(namespaces, namespace) and { all_namespaces = true } or { namespace = namespace })
  end
  kube.parallel(objects, function(object)
    local said, refused = kube.events(object)
    by_uid[object.metadata.uid], unknown = said, unknown or refused
  end)
  return by_uid, unknown
end

local pods_events, held = {}, 0 -- by namespace, by UID; and how many they are

---Reads the events of all pods of a namespace, of which so many are going to be looked at; where that is worth it, and possible. They are
---kept until the run ends.
---@param ctx Context
---@param namespace string
---@param count integer
function M.read_pods_events(ctx, namespace, count)
  if count <= FEW or held > MOST or pods_events[namespace] then
    return
  end
  local by_uid, some = {}, 0
  local list = kube.list("events", { namespace = namespace, fields = { ["involvedObject.kind"] = "Pod" } })
  for event in list do
    some = some + 1
    put(by_uid, event)
    if some > MOST then
      return
    end
  end
  ctx:can_do_without(list.unknown)
  if not list.unknown then
    pods_events[namespace], held = merged(by_uid), held + some
  end
end

---The events of a pod that M.read_pods_events has read; nil where it has not.
---@param pod Object
---@return Event[]|nil
function M.pod_events(pod)
  local by_uid = pods_events[pod.metadata.namespace]
  return by_uid and (by_uid[events.uid(pod)] or {})
end

-- What is no refusal: a server that has no such kind, and a snapshot that was taken before this kind was looked at.
local not_there = { ["api-missing"] = true, ["not-recorded"] = true }

---Says that all else is known without a kind that is not there. A refusal leaves the question open.
---@param ctx Context
---@param unknown Unknown|nil
---@return boolean  false where it counts
function M.can_do_without_kind(ctx, unknown)
  if unknown and not not_there[unknown.reason] then
    return false
  end
  ctx:can_do_without(unknown)
  return true
end

return M
