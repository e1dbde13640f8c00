-- What is found of a Service's port that leads nowhere, or to something that does not answer: in words, with what would be right.
local next_steps = require("krunbook.next_steps")
local owners = require("krunbook.owners")
local probes = require("krunbook.probes")
local selectors = require("krunbook.selectors")
local services = require("krunbook.services")

local M = {}

local CANDIDATES = 16 -- ports of a pod that are tried where the right one is looked for

local function key(port)
  return port.port .. "/" .. port.protocol
end

-- "port 80 -> targetPort web"
local function mapping(port)
  return { kind = "spec", text = ("port %s -> targetPort %s"):format(services.port_text(port), tostring(port.target)) }
end

---The Service has no such port.
---@param case ServiceCase
---@param wanted string
---@return table
function M.port_missing(case, wanted)
  local has = services.port_list(services.ports(case.service))
  return case:finding({
    code = "service-port-missing", key = wanted,
    cause = ("Service %s has no port %s. Its ports: %s."):format(case.service.metadata.name, wanted, has),
    evidence = { { kind = "spec", text = "ports: " .. has } },
    next_steps = { "ask for one of its ports: " .. has, case:edit("or add port " .. wanted .. " to spec.ports") },
  })
end

-- Of what else may listen in a pod, what does. The verdict stands without it.
local function answering(case, pod, but_not)
  local list = {}
  for _, candidate in ipairs(services.candidates(pod)) do
    if candidate.port ~= but_not and #list < CANDIDATES then
      list[#list + 1] = candidate
    end
  end
  local asked = kube.parallel(list, function(candidate)
    return case.probe and case:ask(pod, candidate.port) or {}
  end)
  local open, evidence = {}, {}
  for i, candidate in ipairs(list) do
    local probe = asked[i].probe
    case.ctx:can_do_without(asked[i].unknown)
    if probe then
      evidence[#evidence + 1] = probes.evidence(probe, "TCP", pod.metadata.namespace)
    end
    if probe and probes.is_good(probe) then
      open[#open + 1] = candidate
    end
  end
  return open, evidence
end

-- "Its containers declare 80 (web), and 80 (web) answers."
local function what_there_is(pod, open)
  local declared = services.port_list(services.declared(pod))
  local text = declared == "none" and ("The containers of pod %s declare no port"):format(pod.metadata.name)
    or ("The containers of pod %s declare %s"):format(pod.metadata.name, declared)
  if #open > 0 then
    return ("%s; what answers there: %s."):format(text, services.port_list(open))
  end
  return text .. "."
end

local function steps(case, pod, open)
  local namespace, name = case.service.metadata.namespace, pod.metadata.name
  local list = { case:edit("correct targetPort" .. (open[1] and ": " .. services.port_text(open[1]) .. " answers" or "")),
    next_steps.kubectl(namespace, "get", "pod", name, "-o", "yaml") .. "  # its containers' ports and commands" }
  if open[1] then
    list[#list + 1] = next_steps.kubectl(namespace, "port-forward", "pod/" .. name, "8081:" .. open[1].port)
      .. "  # then, in another shell: curl -v http://localhost:8081/"
  end
  return list
end

-- The name or number is there, for another protocol alone.
local function other_protocol(port, pod)
  local text = ""
  for _, declared in ipairs(services.declared(pod)) do
    if (declared.name == port.target or declared.port == port.target) and declared.protocol == port.protocol then
      return ""
    elseif declared.name == port.target or declared.port == port.target then
      text = (" Container %s has %s for %s, the Service sends %s."):format(declared.container, tostring(port.target), declared.protocol,
        port.protocol)
    end
  end
  return text
end

---What a port of another protocol leads to takes TCP connections, and is declared for nothing else.
---@param case ServiceCase
---@param port ServicePort
---@param asked Asked
---@return table
function M.listens_for_tcp(case, port, asked)
  local pod = asked.pod
  return case:finding({
    code = "service-target-port-wrong", key = key(port), severity = "warning", -- it may listen for both
    cause = ("Service %s sends port %s to port %d of its pods, where something listens for TCP: pod %s declares it for TCP alone, and takes a "
      .. "connection there."):format(case.service.metadata.name, services.port_text(port), asked.number, pod.metadata.name),
    evidence = { mapping(port), { kind = "spec", text = ("container ports of Pod %s/%s: %s"):format(pod.metadata.namespace, pod.metadata.name,
      services.port_list(services.declared(pod))) }, probes.evidence(asked.probe, asked.how, pod.metadata.namespace) },
    next_steps = { case:edit("protocol: TCP, if that is what it speaks"),
      ("else declare %d for %s in the container's ports"):format(asked.number, port.protocol) },
  })
end

---No container of its ready pods has a port of the name that targetPort is.
---@param case ServiceCase
---@param port ServicePort
---@return table
function M.name_missing(case, port)
  local pod = case.ready[1]
  local open, evidence = answering(case, pod)
  table.insert(evidence, 1, mapping(port))
  table.insert(evidence, 2, { kind = "spec", text = ("container ports of Pod %s/%s: %s"):format(pod.metadata.namespace, pod.metadata.name,
    services.port_list(services.declared(pod))) })
  return case:finding({
    code = "service-target-port-wrong", key = key(port),
    cause = ("Service %s sends port %s to targetPort %s, and no container of its pods has a port of that name.%s %s"):format(
      case.service.metadata.name, services.port_text(port), port.target, other_protocol(port, pod), what_there_is(pod, open)),
    evidence = evidence, next_steps = steps(case, pod, open),
  })
end

-- Every pod that was asked refused.
local function nobody_listens(case, port, asked)
  local pod, number = asked[1].pod, asked[1].number
  local open, others = answering(case, pod, number)
  local evidence = { probes.evidence(asked[1].probe, asked[1].how, pod.metadata.namespace), mapping(port) }
  table.move(others, 1, #others, #evidence + 1, evidence)
  return case:finding({
    code = "service-target-port-wrong", key = key(port),
    cause = ("Service %s sends port %s to port %d of its pods, where nothing listens: a port-forward to pod %s is refused.%s %s"):format(
      case.service.metadata.name, services.port_text(port), number, pod.metadata.name, other_protocol(port, pod), what_there_is(pod, open)),
    evidence = evidence, next_steps = steps(case, pod, open),
  })
end

-- What manages these pods, each once: "Deployment web"; and the same as a set. Nil where one is of nobody.
local function owners_of(case, list)
  local texts, seen = {}, {}
  for _, one in ipairs(list) do
    local chain, unknown = owners.chain(one.pod)
    case.ctx:can_do_without(unknown)
    local owner = chain[#chain]
    if not owner then
      return nil
    end
    local text = owner.kind .. " " .. owner.name
    texts[#texts + 1] = not seen[text] and text or nil
    seen[text] = true
  end
  return texts, seen
end

-- Where nothing that fails is of an owner of what answers, it is likely that the selector takes what it should not.
local function too_wide(case, good, bad)
  local failing, answering_too = owners_of(case, bad), nil
  local those, answers = owners_of(case, good)
  for _, text in ipairs(failing and those and failing or {}) do
    answering_too = answering_too or answers[text]
  end
  if #good == 0 or answering_too or not (failing and those) then
    return "", nil
  end
  return (" What fails is of %s, what answers of %s: the selector (%s) may take too much."):format(table.concat(failing, ", "),
    table.concat(those, ", "), selectors.text(case.selector)), case:edit("add to spec.selector what only those that are meant have")
end

-- "pod a", "pods a, b".
local function names(list)
  local texts = {}
  for i, one in ipairs(list) do
    texts[i] = one.pod.metadata.name
  end
  return (#list == 1 and "pod " or "pods ") .. table.concat(texts, ", ")
end

local function not_answering(case, port, good, bad)
  local first, evidence = bad[1], {}
  local wide, narrow = too_wide(case, good, bad)
  for _, one in ipairs(bad) do
    evidence[#evidence + 1] = probes.evidence(one.probe, one.how, one.pod.metadata.namespace)
  end
  evidence[#evidence + 1] = mapping(port)
  return case:finding({
    code = "service-not-answering", key = key(port),
    cause = ("Port %s of Service %s does not answer as it should: %s at port %d of %s gives: %s.%s%s"):format(services.port_text(port),
      case.service.metadata.name, first.how, first.number, names(bad), probes.result(first.probe),
      #good > 0 and (" Of the others that were asked there is an answer (%s), so only a part of the requests fails."):format(names(good)) or "",
      wide),
    evidence = evidence,
    next_steps = { next_steps.kubectl(first.pod.metadata.namespace, "logs", first.pod.metadata.name, "--all-containers", "--tail=50"),
      next_steps.kubectl(first.pod.metadata.namespace, "port-forward", "pod/" .. first.pod.metadata.name, "8081:" .. first.number)
        .. "  # then, in another shell: curl -v http://localhost:8081" .. (case.path or "/"), narrow },
  })
end

---@param list Asked[]
---@return boolean
function M.all_refused(list)
  for _, one in ipairs(list) do
    if one.probe.result ~= "refused" then
      return false
    end
  end
  return true
end

---What was asked failed in some pods, or in all.
---@param case ServiceCase
---@param port ServicePort
---@param good Asked[]
---@param bad Asked[]
---@return table
function M.bad(case, port, good, bad)
  if #good > 0 or not M.all_refused(bad) then
    return not_answering(case, port, good, bad)
  end
  return nobody_listens(case, port, bad)
end

return M
