-- The pods of ingress controllers, wherever in the cluster they run. One list with a label selector finds most; only where that finds
-- none are all pods looked through, and where the cluster's pods may not be listed, those of the namespaces that may.
local controllers = require("krunbook.ingress_controllers")
local thresholds = require("krunbook.thresholds")

local M = {}

-- Where charts install controllers. They only say where to look first.
local USUAL_NAMESPACES = { ["ingress-nginx"] = true, ["nginx-ingress"] = true, ["kube-system"] = true, traefik = true,
  projectcontour = true, kong = true, ["istio-system"] = true, emissary = true, ["openshift-ingress"] = true }

local function read(opts, keep)
  local kept = {}
  local list = kube.list("pods", opts)
  for pod in list do
    if keep(pod) then
      kept[#kept + 1] = pod
    end
  end
  return kept, list.unknown
end

-- Namespaces in which to look one by one, the usual ones first, and not too many.
local function namespaces(ctx)
  local usual, others = {}, {}
  local list = kube.list("namespaces")
  for namespace in list do
    local name = namespace.metadata.name
    table.insert(USUAL_NAMESPACES[name] and usual or others, name)
  end
  ctx:can_do_without(list.unknown)
  if #usual + #others == 0 then
    others[1] = ctx.namespace
  end
  for i = #others, thresholds.namespaces_walked + 1, -1 do
    others[i] = nil
  end
  return usual, others
end

local function in_namespaces(ctx, names, keep)
  local kept = {}
  kube.parallel(names, function(name)
    local found, unknown = read({ namespace = name }, keep)
    ctx:can_do_without(unknown) -- that all namespaces could not be listed is noted already
    table.move(found, 1, #found, #kept + 1, kept)
  end)
  return kept
end

local function walk(ctx, keep, pick)
  local usual, others = namespaces(ctx)
  local found = pick(in_namespaces(ctx, usual, keep))
  if #found > 0 then
    return found
  end
  return pick(in_namespaces(ctx, others, keep))
end

local function may_be_seen_elsewhere(unknown)
  return unknown.reason == "forbidden" or unknown.reason == "not-recorded"
end

-- Tries one selector after another, the last without any, until pick finds something. `unknown` says that not all pods were seen.
local function search(ctx, selectors, keep, pick)
  for i = 1, #selectors + 1 do
    local kept, unknown = read({ all_namespaces = true, labels = selectors[i] }, selectors[i] and function() return true end or keep)
    local found = pick(kept)
    if unknown then
      if #found == 0 and may_be_seen_elsewhere(unknown) then
        found = walk(ctx, keep, pick)
      end
      return found, unknown
    elseif #found > 0 then
      return found
    end
  end
  return {}
end

---The pods of a known controller.
---@param ctx Context
---@param row IngressController
---@return Object[] pods, Unknown|nil unknown  set when not all of the cluster's pods could be seen; the caller forgives it, or not
function M.of(ctx, row)
  local function pick(all) return controllers.pods(row, all) end
  return search(ctx, row.labels or {}, function(pod) return #pick({ pod }) > 0 end, pick)
end

---Pods that are started with a spec.controller that nobody knows.
---@param ctx Context
---@param controller string
---@return Object[] pods, Unknown|nil unknown
function M.mentioning(ctx, controller)
  return search(ctx, {}, function(pod) return controllers.mentions(pod, controller) end, function(all) return all end)
end

---The pods of any controller that takes Ingresses without a class, and that controller.
---@param ctx Context
---@return Object[] pods, IngressController|nil row, Unknown|nil unknown
function M.classless(ctx)
  local row_found
  local function pick(all)
    for _, row in ipairs(controllers.known) do
      local found = {}
      for _, pod in ipairs(row.classless and controllers.pods(row, all) or {}) do
        if controllers.takes_classless(row, pod) then
          found[#found + 1] = pod
        end
      end
      if #found > 0 then
        row_found = row
        return found
      end
    end
    return {}
  end
  local pods, unknown = search(ctx, {}, function(pod) return #pick({ pod }) > 0 end, pick)
  return pods, row_found, unknown
end

return M
