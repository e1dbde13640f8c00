-- On from Services into the pods that stand behind them: pod-status looks at all of them in one run for each namespace, and what it finds
-- is handed on with the Service as the way to it. A cause behind many Services is one finding that names them.
local findings = require("krunbook.findings")

local TOGETHER = 4 -- runs at the same time: each has a library of its own to hold

local M = {}

---@class Open
---@field service Object
---@field pods Object[]       its pods
---@field verdict Verdict     with follow

---Whether a finding of the runbook `service` is about this Service or lies behind it, and is not about another port of it.
---@param finding Finding
---@param namespace string
---@param name string
---@param number integer|nil  nil: whichever port
---@return boolean
function M.is_about(finding, namespace, name, number)
  local from = finding.ways and #finding.ways > 0 and finding.ways or { finding.chain and finding.chain[1] or finding.object }
  for _, link in ipairs(from) do
    if link.kind == "Service" and link.namespace == namespace and link.name == name then
      local port = findings.identity(finding.object) == findings.identity(link) and (finding.key or ""):match("^(%d+)/%u+$")
      return not port or not number or math.tointeger(port) == number
    end
  end
  return false
end

-- Everything by which a finding can be known to be about this Service's pods.
local function identities(open)
  local known, namespace = {}, open.service.metadata.namespace
  for _, pod in ipairs(open.pods) do
    known[findings.identity(pod)] = true
  end
  for _, name in ipairs(open.verdict.follow) do
    local kind, of = name:match("^(.-)/(.+)$")
    known[("%s/%s/%s"):format(kind, namespace, of)] = true
  end
  return known
end

-- Kinds are written small in what is followed, and as the API writes them in what is found.
local function is_known(known, object)
  local identity = object and findings.identity(object)
  return identity ~= nil and (known[identity] or known[identity:gsub("^[^/]+", string.lower)])
end

local function concerns(finding, known)
  if is_known(known, finding.object) or is_known(known, finding.owner or finding.object.owner) then
    return true
  end
  for _, object in ipairs(finding.objects or {}) do
    if is_known(known, object) then
      return true
    end
  end
  return false
end

local function hand_on(open, result, gathered)
  local known, any = identities(open), false
  for _, finding in ipairs(result.findings) do
    if concerns(finding, known) then
      gathered:add(findings.handed_on(finding, open.service))
      any = true
    end
  end
  if not any then
    gathered:add_if(open.verdict.instead(result))
  end
end

local function all_names(list)
  local names, seen = {}, {}
  for _, open in ipairs(list) do
    for _, name in ipairs(open.verdict.follow) do
      if not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  return table.concat(names, ",")
end

---Looks for the causes that lie in pods, and adds what is found.
---@param ctx Context
---@param list Open[]
---@param gathered Findings
function M.look(ctx, list, gathered)
  local namespaces, by_namespace = {}, {}
  for _, open in ipairs(list) do
    local namespace = open.service.metadata.namespace
    if not by_namespace[namespace] then
      by_namespace[namespace] = {}
      namespaces[#namespaces + 1] = namespace
    end
    table.insert(by_namespace[namespace], open)
  end
  local results = {}
  for first = 1, #namespaces, TOGETHER do
    local some = table.move(namespaces, first, math.min(first + TOGETHER - 1, #namespaces), 1, {})
    local found = kube.parallel(some, function(namespace)
      return ctx:run("pod-status", { owner = all_names(by_namespace[namespace]) }, { namespace = namespace })
    end)
    table.move(found, 1, #some, first, results)
  end
  for i, namespace in ipairs(namespaces) do
    for _, open in ipairs(by_namespace[namespace]) do
      hand_on(open, results[i], gathered)
    end
  end
end

return M
