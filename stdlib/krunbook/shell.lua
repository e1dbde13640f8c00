-- The primitives from the shell: what `krunbook probe`, `events` and `logs` do. Each function takes the question that the command
-- line made, and gives an answer for each target, or { usage = "what is wrong" }. An answer's `result` is what a probe met, "found",
-- "absent", or "unknown" with a reason.
local nearest = require("krunbook.nearest")
local targets = require("krunbook.targets")
local time = require("krunbook.time")

local M = {}

---Reads a target as kubectl's are written: [KIND/]NAME, and for a probe [KIND/]NAME:PORT[/PATH].
---@param text string
---@param with_port boolean
---@return {kind: string, name: string, port: string|nil, path: string|nil}|nil target, string|nil problem
function M.target(text, with_port)
  local object, port, path = text:match("^([^:]*):([^/]*)(.*)$")
  object = object or text
  local kind, name = object:match("^([^/]+)/([^/]+)$")
  if not kind then
    kind, name = "pod", object:match("^[^/]+$")
  end
  if not name then
    return nil, ("%q is no target: write pod/NAME, service/NAME or KIND/NAME"):format(text)
  end
  if not with_port and port then
    return nil, ("%q names a port: none is wanted here"):format(text)
  elseif with_port and (port or "") == "" then
    return nil, ("%q names no port: write %s:80, or a port's name"):format(text, object)
  end
  return { kind = kind, name = name, port = port, path = path ~= "" and path or nil }
end

local function parse_all(texts, with_port)
  local parsed = {}
  for i, text in ipairs(texts) do
    local target, problem = M.target(text, with_port)
    if not target then
      return nil, { usage = problem }
    end
    target.text = text
    parsed[i] = target
  end
  return parsed
end

local function reference(object)
  return { kind = object.kind, namespace = object.metadata.namespace, name = object.metadata.name }
end

local function not_known(unknown)
  return { result = "unknown", what = unknown.what, reason = unknown.reason, message = unknown.message,
    permission = unknown.reason == "forbidden" and unknown.permission or nil }
end

local function absent(message)
  return { result = "absent", message = message }
end

-- Names of a kind are compared at most, to find the nearest.
local COMPARED = 2000

--- The names in a list, and whether they are names in a namespace.
local function listed(list)
  local names, namespaced = {}, true
  for object in list do
    names[#names + 1], namespaced = object.metadata.name, object.metadata.namespace ~= nil
    if #names == COMPARED then
      break
    end
  end
  return names, namespaced
end

--- That there is no such object, where it was looked for, and what may have been meant. Nothing hangs on the latter: what cannot be
--- listed is no matter.
local function say_absent(target, namespace)
  local names, namespaced = listed(kube.list(target.kind, { cached = true }))
  local message = ("there is no %s %q"):format(target.kind, target.name)
  if not namespaced then
    namespace = nil
  elseif #names == 0 then
    local found, unknown = kube.get("namespaces", namespace)
    if not found and not unknown then
      local near = nearest.name(namespace, (listed(kube.list("namespaces"))))
      return ("there is no namespace %q%s"):format(namespace, near and ("; nearest: %q"):format(near) or "")
    end
  end
  local near = nearest.name(target.name, names)
  local other = namespaced and kube.list(target.kind, { all_namespaces = true, fields = { ["metadata.name"] = target.name } })()
  return message .. (namespace and " in namespace " .. namespace or "")
    .. (other and "; there is one in namespace " .. other.metadata.namespace or near and ("; nearest: %q"):format(near) or "")
end

--- The object of a target; or nil and the answer that there is instead.
local function fetch(target, namespace)
  local object, unknown = kube.get(target.kind, target.name)
  if unknown then
    return nil, not_known(unknown)
  elseif not object then
    return nil, absent(say_absent(target, namespace))
  end
  return object
end

--- The answers of one target: what is wrong with it alone is told in them, and the others go on.
local function answers_of(target, ask)
  local ok, answers = pcall(ask, target)
  if not ok then
    local message = tostring(answers):gsub("^[^\n]-:%d+: ", ""):gsub("\n.*", "")
    answers = { { result = "unknown", reason = "bad-request", message = message } }
  end
  for _, answer in ipairs(answers) do
    answer.target = target.text
  end
  return answers
end

--- Asks about every target at once; answers in the order of the targets.
local function ask_all(question, with_port, ask)
  local parsed, wrong = parse_all(question.targets, with_port)
  if not parsed then
    return wrong
  end
  local all = {}
  local lists = kube.parallel(parsed, function(target) return answers_of(target, ask) end)
  for _, answers in ipairs(lists) do
    table.move(answers, 1, #answers, #all + 1, all)
  end
  return all
end

--- What is asked of a target's port, as kube.probe takes it.
local function probe_options(question, target)
  local opts = { port = target.port, timeout = question.timeout, each = question.each, scheme = question.scheme }
  if question.scheme ~= "tcp" then
    opts.path = target.path or question.path or "/"
    opts.method, opts.host, opts.expect = question.method, question.host, question.expect
  end
  return opts
end

---@param question table  namespace, targets, scheme, each, and as kube.probe has them: path, method, host, expect, timeout
---@return table[]
function M.probe(question)
  for _, text in ipairs(question.targets) do
    local target = M.target(text, true)
    if question.scheme == "tcp" and target and target.path then
      return { usage = ("%q has a path: --tcp only connects"):format(text) }
    end
  end
  return ask_all(question, true, function(target)
    local object, instead = fetch(target, question.namespace)
    if not object then
      return { instead }
    end
    local opts = probe_options(question, target)
    local found, unknown, why = kube.probe(object, opts)
    local answers = found and (question.each and found or { found }) or {}
    if unknown then
      answers[#answers + 1] = not_known(unknown)
    elseif not found then
      answers[1] = absent(why)
    end
    for _, answer in ipairs(answers) do
      answer.object = reference(object)
      answer.scheme, answer.method, answer.path, answer.host = opts.scheme, opts.method, opts.path, opts.host
    end
    return answers
  end)
end

---@param question table  namespace, targets
---@return table[]
function M.events(question)
  return ask_all(question, false, function(target)
    local object, instead = fetch(target, question.namespace)
    if not object then
      return { instead }
    end
    local events, unknown = kube.events(object)
    for _, event in ipairs(events) do
      local seconds = time.between(event.last, kube.now())
      event.age = seconds and time.age(seconds)
    end
    local answer = unknown and not_known(unknown) or { result = "found" }
    answer.object, answer.events = reference(object), events
    return { answer }
  end)
end

--- The pod whose log is wanted: itself, or the one that kubectl would take of those behind a Service or an owner.
local function pod_of(object)
  if object.kind == "Pod" then
    return object
  end
  local selector, why = targets.selector(object)
  if not selector then
    return nil, absent(why)
  end
  local pods, unknown = kube.list("pods", { namespace = object.metadata.namespace, labels = selector }):all()
  if unknown then
    return nil, not_known(unknown)
  end
  local chosen, _, none = targets.choose(pods)
  return chosen and chosen[1], chosen == nil and absent(none) or nil
end

--- The container whose log is wanted: kubectl's default, else the first. The others are told too.
local function container_of(pod, wanted)
  local annotated = (pod.metadata.annotations or {})["kubectl.kubernetes.io/default-container"]
  local names = {}
  for _, container in ipairs(pod.spec.containers or {}) do
    names[#names + 1] = container.name
  end
  return wanted or annotated or names[1], not wanted and #names > 1 and names or nil
end

---@param question table  namespace, targets, and as kube.logs has them: container, previous, tail, since, limit
---@return table[]
function M.logs(question)
  return ask_all(question, false, function(target)
    local object, instead = fetch(target, question.namespace)
    local pod = object
    if object then
      pod, instead = pod_of(object)
    end
    if not pod then
      return { instead }
    end
    local container, others = container_of(pod, question.container)
    local log, unknown, why = kube.logs(pod, { container = container, previous = question.previous, tail = question.tail,
      since = question.since, limit = question.limit })
    local answer = unknown and not_known(unknown) or not log and absent(why or "there is no such log") or
      { result = "found", text = log.text, truncated = log.truncated }
    answer.object, answer.container, answer.containers = reference(pod), container, others
    answer.previous = question.previous or false
    return { answer }
  end)
end

local NAMES = 1000 -- are offered at most to who types

-- The names in a list that begin with what is typed; nil when there is no such list, or it ends early.
local function names_in(list, typed, name_of)
  local names = {}
  for entry in list or function() end do
    local name = name_of(entry)
    if type(name) == "string" and name:sub(1, #typed) == typed then
      names[#names + 1] = name
    end
    if #names == NAMES then
      break
    end
  end
  return list and not list.unknown and names or nil
end

---The names of a kind's objects that begin with what is typed. The server's table of them is shorter than they are.
---@param question {kind: string, typed: string}
---@return {names: string[]}
function M.names(question)
  local names = names_in(kube.table(question.kind), question.typed, function(row) return row.Name end)
    or names_in(kube.list(question.kind, { cached = true }), question.typed, function(object) return object.metadata.name end)
  return { names = names or {} }
end

return M
