-- What the scheduler says, taken apart, and what a pod asks for against what nodes have.
local quantities = require("krunbook.quantities")
local selectors = require("krunbook.selectors")

local M = {}

---Reasons of the scheduler, old wordings and new, in the order in which they are looked for. A team adds its own scheduler's here.
---@type {code: string, any: string[], change: string}[]
M.conditions = {
  { code = "unschedulable-volume", change = "the claim or its StorageClass", any = { "persistentvolumeclaim", "PersistentVolumeClaim",
    "persistent volumes to bind", "enough free storage", "volume node affinity conflict", "PersistentVolume's node affinity",
    "available volume zone", "max volume count", "no available disk", "ReadWriteOncePod", "CSI driver", "bound to non-existent" } },
  { code = "unschedulable-taint", change = "a toleration in the pod, or the taint", any = { "untolerated taint", "had taint" } },
  { code = "unschedulable-node-selector", change = "the pod's nodeSelector or node affinity, or the nodes' labels", any = {
    "node affinity", "node selector", "requested node name", "requested hostname" } },
  { code = "unschedulable-cordoned", change = "kubectl uncordon the node", any = { "were unschedulable" } },
  { code = "unschedulable-ports", change = "the hostPort, or more nodes", any = { "free ports for the requested pod ports" } },
  { code = "unschedulable-affinity", change = "the pod (anti-)affinity or spread constraint, or more nodes", any = { "pod affinity",
    "anti-affinity", "topology spread constraints" } },
  { code = "unschedulable-resources", change = "the requests, or larger or more nodes", any = { "Insufficient ", "Too many pods",
    "cannot allocate all claims", "resourceclaim" } },
  { code = "unschedulable-scheduler", change = "the scheduler", any = { "didn't satisfy plugin", "no nodes available to schedule pods" } },
}

local function condition_of(text)
  for _, condition in ipairs(M.conditions) do
    for _, needle in ipairs(condition.any) do
      if text:find(needle, 1, true) then
        return condition
      end
    end
  end
end

---The reasons in a message such as "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {a: b}.", the one that
---holds for most nodes first; a reason without a count holds for all.
---@param message string
---@return {code: string, change: string, text: string, count: number}[]
function M.reasons(message)
  local body = message:gsub("%s*preemption:.*", ""):gsub("%s*no new claims to deallocate,?", ""):gsub("^%d+/%d+ nodes are available:%s*", "")
  local found, by_code = {}, {}
  body = body:gsub("{.-}", function(taint) return (taint:gsub(",", ";")) end)
  for part in (body:gsub("%.%s*$", "") .. ","):gmatch("(.-),") do
    local count = tonumber(part:match("^%s*(%d+) ")) or math.huge
    local condition = condition_of(part)
    if condition and not by_code[condition.code] then
      by_code[condition.code] = { code = condition.code, change = condition.change, text = part:match("^%s*(.-)%s*$"), count = count }
      found[#found + 1] = by_code[condition.code]
    elseif condition then
      local same = by_code[condition.code]
      same.text, same.count = same.text .. ", " .. part:match("^%s*(.-)%s*$"), math.max(same.count, count)
    end
  end
  for i, reason in ipairs(found) do
    reason.order = i
  end
  table.sort(found, function(a, b)
    if a.count ~= b.count then
      return a.count > b.count
    end
    return a.order < b.order
  end)
  return found
end

local function requests_of(container)
  local resources = container.resources or {}
  local all = {}
  for name, quantity in pairs(resources.limits or {}) do
    all[name] = quantities.parse(quantity)
  end
  for name, quantity in pairs(resources.requests or {}) do
    all[name] = quantities.parse(quantity)
  end
  return all
end

local function add(into, more)
  for name, amount in pairs(more) do
    into[name] = (into[name] or 0) + amount
  end
end

---What a pod asks for: its containers and sidecars together, or the largest init container where that is more, and its overhead.
---@param pod Object
---@return table<string, number>
function M.requests(pod)
  local sum, largest = {}, {}
  for _, container in ipairs(pod.spec.containers or {}) do
    add(sum, requests_of(container))
  end
  for _, container in ipairs(pod.spec.initContainers or {}) do
    if container.restartPolicy == "Always" then
      add(sum, requests_of(container))
    else
      for name, amount in pairs(requests_of(container)) do
        largest[name] = math.max(largest[name] or 0, amount)
      end
    end
  end
  for name, amount in pairs(largest) do
    sum[name] = math.max(sum[name] or 0, amount)
  end
  local overhead = {}
  for name, quantity in pairs(pod.spec.overhead or {}) do
    overhead[name] = quantities.parse(quantity)
  end
  add(sum, overhead)
  return sum
end

---The node that has most of a resource to give.
---@param nodes Object[]
---@param resource string
---@return Object|nil node, number amount
function M.largest(nodes, resource)
  local best, most = nil, -1
  for _, node in ipairs(nodes) do
    local amount = quantities.parse((node.status.allocatable or {})[resource]) or 0
    if amount > most then
      best, most = node, amount
    end
  end
  return best, math.max(most, 0)
end

---What is asked of a resource by the pods that run on a node.
---@param pods Object[]
---@param node Object
---@param resource string
---@return number
function M.taken(pods, node, resource)
  local sum = 0
  for _, pod in ipairs(pods) do
    local phase = pod.status and pod.status.phase
    if pod.spec.nodeName == node.metadata.name and phase ~= "Succeeded" and phase ~= "Failed" then
      sum = sum + (resource == "pods" and 1 or M.requests(pod)[resource] or 0)
    end
  end
  return sum
end

---The labels that a pod's nodeSelector asks for and no node has together.
---@param pod Object
---@return string
function M.wanted_nodes(pod)
  local parts = {}
  if pod.spec.nodeName then
    parts[#parts + 1] = "nodeName " .. pod.spec.nodeName
  end
  if pod.spec.nodeSelector then
    parts[#parts + 1] = "nodeSelector " .. selectors.text({ matchLabels = pod.spec.nodeSelector })
  end
  if ((pod.spec.affinity or {}).nodeAffinity or {}).requiredDuringSchedulingIgnoredDuringExecution then
    parts[#parts + 1] = "a required node affinity"
  end
  return #parts > 0 and table.concat(parts, " and ") or "certain nodes"
end

return M
