-- What there is to say of each reason why no node takes a pod: what it asks, against what the nodes have.
local claims = require("krunbook.checks.claims")
local next_steps = require("krunbook.next_steps")
local pods = require("krunbook.pods")
local quantities = require("krunbook.quantities")
local scheduling = require("krunbook.scheduling")
local selectors = require("krunbook.selectors")

local M = {}

-- Which resources the message says are short: "Insufficient cpu", "Too many pods".
local function short_of(text)
  local names = {}
  for name in text:gmatch("Insufficient ([%w%-%./]+)") do
    names[#names + 1] = name
  end
  if text:find("Too many pods", 1, true) then
    names[#names + 1] = "pods"
  end
  return names
end

local NAMED = 5 -- nodes or taints that a cause names

local nodes_by_ctx, taken_by_node = {}, {} -- what was read once in a run: the same for every pod

-- Of a node only what scheduling asks of it: its images alone are ten times that.
local function slim(node)
  local metadata, spec, status = node.metadata, node.spec or {}, node.status or {}
  return {
    kind = node.kind, metadata = { name = metadata.name, labels = metadata.labels },
    spec = { taints = spec.taints, unschedulable = spec.unschedulable },
    status = { allocatable = status.allocatable, capacity = status.capacity },
  }
end

local function nodes_of(case)
  if nodes_by_ctx[case.ctx] then
    return nodes_by_ctx[case.ctx]
  end
  local nodes, list = {}, kube.list("nodes")
  for node in list do
    nodes[#nodes + 1] = slim(node)
  end
  case.ctx:can_do_without(list.unknown)
  if not list.unknown then
    nodes_by_ctx[case.ctx] = nodes
  end
  return nodes, list.unknown
end

-- The nodes that are meant for the pod: neither cordoned nor tainted nor without its labels. Where there is none, all of them.
local function meant(case, nodes)
  local selector, found = { matchLabels = case.pod.spec.nodeSelector }, {}
  for _, node in ipairs(nodes) do
    if not node.spec.unschedulable and #scheduling.untolerated(case.pod, node) == 0 and selectors.matches(node.metadata.labels, selector) then
      found[#found + 1] = node
    end
  end
  return #found > 0 and found or nodes
end

-- "a, b, c and 4 more".
local function some(list)
  local shown = table.concat(list, ", ", 1, math.min(#list, NAMED))
  return #list > NAMED and ("%s and %d more"):format(shown, #list - NAMED) or shown
end

-- What the pods of a node ask for; nil where not all could be read. The server picks them, for there may be tens of thousands elsewhere,
-- out of its cache, where it finds them by their node: no verdict hangs on it.
local function taken_of(case, node)
  local name = node.metadata.name
  if taken_by_node[name] then
    return taken_by_node[name]
  end
  local list = kube.list("pods", { all_namespaces = true, fields = { ["spec.nodeName"] = name }, cached = true })
  local taken = scheduling.taken(list)
  case.ctx:can_do_without(list.unknown)
  taken_by_node[name] = not list.unknown and taken or nil
  return taken_by_node[name]
end

---Reads once what many pods that no node takes will be held against: else each of them would, all at the same time.
---@param ctx Context
---@param list Object[]
function M.read_ahead(ctx, list)
  local wanted, seen = {}, {}
  for _, pod in ipairs(list) do
    local condition, case = pods.condition(pod, "PodScheduled"), { ctx = ctx, pod = pod }
    for _, name in ipairs(short_of(condition and condition.message or "")) do
      local node = scheduling.largest(meant(case, nodes_of(case)), name)
      if node and not seen[node.metadata.name] then
        seen[node.metadata.name], wanted[#wanted + 1] = true, node
      end
    end
  end
  kube.parallel(wanted, function(node)
    taken_of({ ctx = ctx }, node)
  end)
end

-- "cpu: it asks for 32 CPU, the largest node (n) has 2 CPU, of which 1.5 CPU are free".
local function against(case, name, nodes)
  local asked = name == "pods" and 1 or scheduling.requests(case.pod)[name]
  local node, most = scheduling.largest(meant(case, nodes), name)
  local part = name .. ":" .. (asked and " it asks for " .. quantities.text(name, asked) or "")
  if node then
    part = part .. ("%s the largest node (%s) has %s"):format(asked and "," or "", node.metadata.name, quantities.text(name, most))
  end
  local taken = node and taken_of(case, node)
  if taken then
    part = part .. (", of which %s are free"):format(quantities.text(name, math.max(most - (taken[name] or 0), 0)))
  end
  return part
end

local function remedies(case, names, text)
  if #names == 1 and names[1] == "pods" then
    return { "add nodes, or raise maxPods in the kubelets' configuration", next_steps.describe(case.pod) }
  end
  local what = text:find("claim", 1, true) and "resourceClaims" or "resources.requests of its containers"
  return { case:correct(what), "or add larger or more nodes", next_steps.describe(case.pod) }
end

local function against_nodes(case, reason)
  local nodes, unknown = nodes_of(case)
  local names, parts = short_of(reason.text), {}
  for i, name in ipairs(names) do
    parts[i] = against(case, name, nodes)
  end
  local text = #parts > 0 and " " .. table.concat(parts, "; ") .. "." or ""
  return text .. (unknown and " The nodes could not be read (" .. unknown.reason .. ")." or ""), remedies(case, names, reason.text)
end

-- What the taints that Kubernetes itself sets say of their node.
local told_by_taint = {
  ["node.kubernetes.io/not-ready"] = "it is not ready", ["node.kubernetes.io/unreachable"] = "it does not report",
  ["node.kubernetes.io/memory-pressure"] = "it is short of memory", ["node.kubernetes.io/disk-pressure"] = "its disk is full",
  ["node.kubernetes.io/pid-pressure"] = "it has too many processes", ["node.kubernetes.io/network-unavailable"] = "its network is not set up",
  ["node.kubernetes.io/unschedulable"] = "it is cordoned",
  ["node.cloudprovider.kubernetes.io/uninitialized"] = "the cloud provider has not set it up",
}

---The taints that the pod does not tolerate, each with its nodes, in the order in which they come.
---@param case Case
---@return {taint: table, text: string, nodes: string[], told: string|nil}[]
function M.taints(case)
  local found, by_text = {}, {}
  for _, node in ipairs((nodes_of(case))) do
    for _, taint in ipairs(scheduling.untolerated(case.pod, node)) do
      local text = scheduling.taint_text(taint)
      if not by_text[text] then
        by_text[text] = { taint = taint, text = text, nodes = {}, told = told_by_taint[taint.key] }
        found[#found + 1] = by_text[text]
      end
      table.insert(by_text[text].nodes, node.metadata.name)
    end
  end
  return found
end

---Whether a taint keeps the pod off a node that it asks for by its labels: then those labels are not what is wrong.
---@param case Case
---@return boolean
function M.taints_what_it_wants(case)
  if not scheduling.is_choosy(case.pod) then
    return false
  end
  for _, node in ipairs((nodes_of(case))) do
    if scheduling.wants(case.pod, node) and #scheduling.untolerated(case.pod, node) > 0 then
      return true
    end
  end
  return false
end

-- A taint that tells of a node's trouble is not to be tolerated, but to be looked into.
local function taint_steps(case, found, text)
  local trouble = text:find("{node.kubernetes.io/", 1, true) and next_steps.kubectl(nil, "get", "nodes") or nil
  for _, one in ipairs(found) do
    trouble = one.told and next_steps.describe_node(one.nodes[1]) or trouble
  end
  if trouble then
    return { trouble }
  end
  local first = found[1]
  return { case:correct("tolerations"), first and "or, where the taint is not meant: " .. next_steps.kubectl(nil, "taint", "node",
    first.nodes[1], ("%s:%s-"):format(first.taint.key, first.taint.effect)) or nil }
end

local function taints(case, reason)
  local found, parts = M.taints(case), {}
  for i = 1, math.min(#found, NAMED) do
    parts[i] = ("%s on %s%s"):format(found[i].text, some(found[i].nodes), found[i].told and " (" .. found[i].told .. ")" or "")
  end
  return #parts > 0 and " It does not tolerate " .. table.concat(parts, "; ") .. "." or "", taint_steps(case, found, reason.text)
end

local function cordoned(case)
  local names, steps = {}, {}
  for _, node in ipairs((nodes_of(case))) do
    if node.spec.unschedulable then
      names[#names + 1] = node.metadata.name
      steps[#steps + 1] = #steps < NAMED and next_steps.kubectl(nil, "uncordon", node.metadata.name) or nil
    end
  end
  steps[1] = steps[1] and steps[1] .. "  # once it may take pods again" or next_steps.kubectl(nil, "get", "nodes")
  return #names > 0 and (" Cordoned: %s."):format(some(names)) or "", steps
end

-- For each label of the nodeSelector what the nodes have in its place.
local function labels_there(case, nodes)
  local parts = {}
  for key, wanted in pairs(case.pod.spec.nodeSelector or {}) do
    local values, has = {}, false
    for _, node in ipairs(nodes) do
      local value = (node.metadata.labels or {})[key]
      has = has or value == wanted
      if value and not values[value] then
        values[value] = true
        values[#values + 1] = key .. "=" .. value
      end
    end
    table.sort(values)
    if not has and #nodes > 0 then
      parts[#parts + 1] = #values > 0 and ("no node has %s=%s, but nodes have %s"):format(key, wanted, some(values))
        or ("no node has a label %s"):format(key)
    end
  end
  table.sort(parts)
  return #parts > 0 and (": " .. table.concat(parts, "; ")) or ""
end

local function node_selector(case)
  local label = next(case.pod.spec.nodeSelector or {})
  local steps = { case:correct("nodeSelector or nodeAffinity"), next_steps.kubectl(nil, "get", "nodes", "--show-labels") }
  if label then
    steps[3] = "or, where a node is meant for it: " .. next_steps.kubectl(nil, "label", "node", "NODE", ("%s=%s"):format(label,
      case.pod.spec.nodeSelector[label]))
  end
  return (" It wants %s%s."):format(scheduling.wanted_nodes(case.pod), labels_there(case, (nodes_of(case)))), steps
end

local function host_ports(case)
  local ports = {}
  for _, container in ipairs(case.pod.spec.containers) do
    for _, port in ipairs(container.ports or {}) do
      local number = port.hostPort or (case.pod.spec.hostNetwork and port.containerPort)
      ports[#ports + 1] = number and ("%d/%s"):format(number, port.protocol or "TCP") or nil
    end
  end
  return #ports > 0 and (" It wants the node's own port %s, which another pod has on each node that it might run on."):format(
    table.concat(ports, ", ")) or "", { case:correct("hostPort (a Service needs none)"), "or add nodes: each can give the port once" }
end

local function affinity_terms(rules)
  local parts = {}
  for _, term in ipairs(rules and rules.requiredDuringSchedulingIgnoredDuringExecution or {}) do
    parts[#parts + 1] = ("pods %s per %s"):format(selectors.text(term.labelSelector), term.topologyKey or "?")
  end
  return table.concat(parts, ", ")
end

-- The label over which the pods are to be spread must be on a node.
local function has_label(nodes, key)
  for _, node in ipairs(nodes) do
    if (node.metadata.labels or {})[key] then
      return true
    end
  end
  return #nodes == 0
end

local function affinity(case)
  local spec, parts, nodes = case.pod.spec, {}, (nodes_of(case))
  local near, apart = affinity_terms((spec.affinity or {}).podAffinity), affinity_terms((spec.affinity or {}).podAntiAffinity)
  parts[#parts + 1] = near ~= "" and "near " .. near or nil
  parts[#parts + 1] = apart ~= "" and "away from " .. apart or nil
  for _, constraint in ipairs(spec.topologySpreadConstraints or {}) do
    if constraint.whenUnsatisfiable ~= "ScheduleAnyway" then
      parts[#parts + 1] = ("spread over %s with a skew of at most %d%s"):format(constraint.topologyKey, constraint.maxSkew or 1,
        has_label(nodes, constraint.topologyKey) and "" or (" (no node has a label %s)"):format(constraint.topologyKey))
    end
  end
  return #parts > 0 and (" It must run " .. table.concat(parts, "; ") .. ".") or "",
    { case:correct("podAffinity, podAntiAffinity or topologySpreadConstraints"), "or add nodes where the rules allow it" }
end

---By code: more to say of the cause, the steps, and evidence beside the scheduler's words.
---@type table<string, fun(case: Case, reason: table): string, string[], Evidence[]|nil>
M.explain = {
  ["unschedulable-scheduler"] = function(case, reason)
    local none = reason.text:find("no nodes available", 1, true)
    return "", none and { next_steps.kubectl(nil, "get", "nodes"), "add a node" } or { next_steps.describe(case.pod) }
  end,
  ["unschedulable-resources"] = against_nodes, ["unschedulable-taint"] = taints, ["unschedulable-node-selector"] = node_selector,
  ["unschedulable-cordoned"] = cordoned, ["unschedulable-ports"] = host_ports, ["unschedulable-affinity"] = affinity,
  ["unschedulable-volume"] = claims.explain,
}

return M
