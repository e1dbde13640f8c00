-- What the scheduler says, taken apart, and what a pod asks for against what nodes have.
local phrases = require("krunbook.phrases")
local quantities = require("krunbook.quantities")
local selectors = require("krunbook.selectors")

local M = {}

---@class SchedulerCondition
---@field code string
---@field any string[]      one of these texts is in the reason
---@field correct string    what would have to change in the pod, as a noun phrase
---@field apart boolean|nil such nodes are not meant for the pod: what keeps it off the others is the cause, where there is one

---Reasons of the scheduler, old wordings and new, in the order in which they are looked for. A team adds its own scheduler's here.
---@type SchedulerCondition[]
M.conditions = {
  { code = "unschedulable-volume", correct = "the claim", any = { "persistentvolumeclaim", "PersistentVolumeClaim", "pvc(s)",
    "persistent volumes to bind", "enough free storage", "volume node affinity conflict", "PersistentVolume's node affinity",
    "available volume zone", "max volume count", "no available disk", "ReadWriteOncePod", "CSI driver", "bound to non-existent",
    "binding volumes", "VolumeBinding" } },
  { code = "unschedulable-taint", correct = "tolerations", apart = true, any = { "untolerated taint", "had taint" } },
  { code = "unschedulable-node-selector", correct = "nodeSelector or nodeAffinity", apart = true, any = {
    "node affinity", "node selector", "requested node name", "requested hostname", "[NodeAffinity]" } },
  { code = "unschedulable-cordoned", correct = "nothing", any = { "were unschedulable" } },
  { code = "unschedulable-ports", correct = "hostPort", any = { "free ports for the requested pod ports" } },
  { code = "unschedulable-affinity", correct = "podAffinity, podAntiAffinity or topologySpreadConstraints", any = { "pod affinity",
    "anti-affinity", "topology spread constraints" } },
  { code = "unschedulable-resources", correct = "resources.requests", any = { "Insufficient ", "Too many pods",
    "cannot allocate all claims", "resourceclaim", "device class" } },
  { code = "unschedulable-scheduler", correct = "schedulerName", any = { "didn't satisfy plugin", "no nodes available to schedule pods" } },
}

-- The control plane's nodes are not meant for what people run, and no toleration of theirs is what a pod lacks.
local function is_of_control_plane(part)
  return part:find("node-role.kubernetes.io/control-plane", 1, true) or part:find("node-role.kubernetes.io/master", 1, true)
end

-- A node that is in trouble, as its own taint says, is one that the pod might have had.
local function is_apart(condition, part)
  return condition.apart and not part:find("{node%.kubernetes%.io/")
end

---The reasons in the order of what explains most: first what keeps the pod off nodes that it might have had, then what those are not
---meant for; of each sort the reason of most nodes first.
---@param reasons table[]
function M.sort(reasons)
  table.sort(reasons, function(a, b)
    if a.last ~= b.last then
      return b.last
    elseif a.apart ~= b.apart then
      return b.apart
    elseif a.count ~= b.count then
      return a.count > b.count
    end
    return a.order < b.order
  end)
end

-- "0/3 nodes are available: A, B. preemption: C" as its parts, without what preemption would not help.
local function parts_of(message)
  local body = message:gsub("%s*preemption:.*", ""):gsub("%s*no new claims to deallocate,?", ""):gsub("%s*still not schedulable,?", "")
  body = body:gsub("^%d+/%d+ nodes are available:%s*", "")
  body = body:gsub("{.-}", function(taint) return (taint:gsub(",", ";")) end):gsub("%.%s+not found$", "."):gsub("%.%s*$", "")
  local parts = {}
  for part in (body .. ","):gmatch("(.-),") do
    parts[#parts + 1] = part:match("^%s*(.-)%s*$")
  end
  return parts
end

---The reasons in a message such as "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {a: b}.", in the order of
---M.sort; a reason without a count holds for all. last: only the control plane's nodes are meant.
---@param message string
---@return {code: string, correct: string, text: string, count: number, apart: boolean, last: boolean}[]
function M.reasons(message)
  local found, by_code = {}, {}
  for _, part in ipairs(parts_of(message)) do
    local count, condition = tonumber(part:match("^(%d+) ")) or math.huge, phrases.first(M.conditions, part)
    local last = condition ~= nil and is_of_control_plane(part) ~= nil
    local same = condition and by_code[condition.code]
    if same then
      same.text, same.last = same.text .. ", " .. part, same.last and last
      same.count, same.apart = math.max(same.count, count), same.apart and is_apart(condition, part) == true
    elseif condition then
      found[#found + 1] = { code = condition.code, correct = condition.correct, text = part, count = count, last = last,
        apart = is_apart(condition, part) == true, order = #found }
      by_code[condition.code] = found[#found]
    end
  end
  M.sort(found)
  return found
end

-- Of a container, or of a pod's spec.
local function requests_of(spec)
  local resources = spec.resources or {}
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
  for name, amount in pairs(requests_of(pod.spec)) do
    sum[name] = amount -- what is asked for the pod as a whole stands for its containers
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

---What the pods of a node ask for together, without those that are over; as "pods", how many they are.
---@param next_pod fun(): Object|nil  one after another
---@return table<string, number>
function M.taken(next_pod)
  local sum = { pods = 0 }
  for pod in next_pod do
    local phase = pod.status and pod.status.phase
    if phase ~= "Succeeded" and phase ~= "Failed" then
      add(sum, M.requests(pod))
      sum.pods = sum.pods + 1
    end
  end
  return sum
end

-- "a in (b,c)", as one expression of a node selector reads.
local function expressions(term)
  local all = {}
  for _, list in ipairs({ term.matchExpressions or {}, term.matchFields or {} }) do
    all = table.move(list, 1, #list, #all + 1, all)
  end
  return selectors.text({ matchExpressions = all })
end

---The terms of a node selector (of node affinity, of a PersistentVolume) as text: "zone in (a) or zone in (b)".
---@param selector table|nil  {nodeSelectorTerms}
---@return string
function M.node_terms(selector)
  local terms = {}
  for i, term in ipairs(selector and selector.nodeSelectorTerms or {}) do
    terms[i] = expressions(term)
  end
  return table.concat(terms, " or ")
end

-- One of the terms of a required node affinity: labels, and fields (of which there is the name alone).
local function meets_term(node, term)
  for _, expression in ipairs(term.matchFields or {}) do
    if not selectors.meets({ ["metadata.name"] = node.metadata.name }, expression) then
      return false
    end
  end
  return selectors.matches(node.metadata.labels, term)
end

local function required_terms(pod)
  local required = ((pod.spec.affinity or {}).nodeAffinity or {}).requiredDuringSchedulingIgnoredDuringExecution
  return required and required.nodeSelectorTerms
end

---Whether a pod says which nodes it wants, by its nodeSelector or its required node affinity.
---@param pod Object
---@return boolean
function M.is_choosy(pod)
  return next(pod.spec.nodeSelector or {}) ~= nil or required_terms(pod) ~= nil
end

---Whether a node is one of those that the pod wants.
---@param pod Object
---@param node Object
---@return boolean
function M.wants(pod, node)
  local terms = required_terms(pod)
  local meets = terms == nil
  for _, term in ipairs(terms or {}) do
    meets = meets or meets_term(node, term)
  end
  return meets and selectors.matches(node.metadata.labels, { matchLabels = pod.spec.nodeSelector })
end

---What a pod asks of its node, in words: nodeName, nodeSelector, required node affinity.
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
  local required = ((pod.spec.affinity or {}).nodeAffinity or {}).requiredDuringSchedulingIgnoredDuringExecution
  if required then
    parts[#parts + 1] = "nodeAffinity " .. M.node_terms(required)
  end
  return #parts > 0 and table.concat(parts, " and ") or "certain nodes"
end

---Whether the node affinity of a pod names one node by its name: so a DaemonSet's pods are bound.
---@param pod Object
---@return boolean
function M.is_pinned(pod)
  local required = ((pod.spec.affinity or {}).nodeAffinity or {}).requiredDuringSchedulingIgnoredDuringExecution
  for _, term in ipairs(required and required.nodeSelectorTerms or {}) do
    for _, field in ipairs(term.matchFields or {}) do
      if field.key == "metadata.name" then
        return true
      end
    end
  end
  return false
end

local function tolerates(toleration, taint)
  local effect = toleration.effect == nil or toleration.effect == "" or toleration.effect == taint.effect
  if not effect then
    return false
  elseif toleration.operator == "Exists" then
    return toleration.key == nil or toleration.key == "" or toleration.key == taint.key
  end
  return toleration.key == taint.key and (toleration.value or "") == (taint.value or "")
end

---The taints of a node that keep a pod from being scheduled there.
---@param pod Object
---@param node Object
---@return table[]
function M.untolerated(pod, node)
  local found = {}
  for _, taint in ipairs(node.spec.taints or {}) do
    local tolerated = taint.effect == "PreferNoSchedule"
    for _, toleration in ipairs(pod.spec.tolerations or {}) do
      tolerated = tolerated or tolerates(toleration, taint)
    end
    found[#found + 1] = not tolerated and taint.key and taint or nil
  end
  return found
end

---@param taint table
---@return string  "dedicated=gpu:NoSchedule"
function M.taint_text(taint)
  return ("%s%s:%s"):format(taint.key, (taint.value or "") ~= "" and "=" .. taint.value or "", taint.effect or "")
end

return M
