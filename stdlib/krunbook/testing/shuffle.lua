-- A snapshot and a case with every name replaced at random, for `krunbook test --shuffle`: what a runbook concludes must not depend on what
-- things are called. Names of objects, namespaces, containers, ports, volumes and nodes, UIDs, IPs, label keys and values, and images are
-- replaced, where they are names and in what Kubernetes says. Commands, environment values, what applications log and Kubernetes' own words
-- stay as they are.
local messages = require("krunbook.testing.messages")
local new_names = require("krunbook.testing.names")

local M = {}

local function set(text)
  local members = {}
  for word in text:gmatch("%S+") do
    members[word] = true
  end
  return members
end

-- Where a port may be named: of a container, a Service and its endpoints, a probe, an Ingress' backend.
local port_fields = set("targetPort servicePort port")
local name_fields = set([[name namespace claimName secretName configMapName serviceAccountName serviceAccount nodeName volumeName
  storageClassName hostname serviceName ingressClassName priorityClassName generateName nominatedNodeName host]])
-- Below these a field called "name" holds no name of a thing in the cluster.
local not_names = set("env ports resource httpHeaders configMapKeyRef.key")
local verbatim = set([[command args env managedFields data reason type kind apiVersion phase action component reportingComponent controller
  provisioner exec capacity allocatable]])
local label_maps = set("labels matchLabels nodeSelector")
local named_within = set([[containers initContainers volumes imagePullSecrets configMap secret configMapKeyRef secretKeyRef configMapRef
  secretRef service ownerReferences]])
local name_references = set("claimName secretName nodeName volumeName storageClassName")
local CLASS_ANNOTATION = "kubernetes.io/ingress.class"

local function is_list(value)
  return value[1] ~= nil or next(value) == nil
end

local function is_label_map(value)
  if type(value) ~= "table" or value[1] ~= nil then
    return false
  end
  for _, inner in pairs(value) do
    if type(inner) ~= "string" then
      return false
    end
  end
  return true
end

local function holds_labels(key, value)
  return type(value) == "table" and (label_maps[key] or (key == "selector" and is_label_map(value)))
end

-- What there is to replace.

local function collect_labels(names, labels)
  for key, value in pairs(labels) do
    names:label_key(key)
    names:label_value(key, value)
  end
end

local collect

local function collect_member(names, key, value, field)
  if holds_labels(key, value) then
    return collect_labels(names, value)
  elseif type(value) ~= "string" then
    if type(value) == "table" and not verbatim[key] then
      collect(names, value, key)
    end
  elseif key == "image" then
    names:image(value)
  elseif key == "uid" then
    names:uid(value)
  elseif key == "name" and field == "ports" then
    names:port(value)
  elseif (key == "name" and named_within[field]) or name_references[key] then
    names:name(value)
  else
    names:ip(value)
  end
end

function collect(names, value, field)
  if is_list(value) then
    for _, inner in ipairs(value) do
      if type(inner) == "table" then
        collect(names, inner, field)
      elseif type(inner) == "string" then
        names:ip(inner)
      end
    end
  else
    for key, inner in pairs(value) do
      collect_member(names, key, inner, field)
    end
  end
end

local function collect_object(names, item, is_event)
  local metadata = item.metadata or {}
  for _, about in ipairs({ metadata, is_event and (item.involvedObject or item.regarding) or {} }) do
    names:name(about.name)
    names:name(about.namespace)
    names:uid(about.uid)
  end
  if not is_event then
    collect(names, item, "")
  end
end

-- Putting the new ones in their place.

---@class Shuffle
local Shuffle = {}
Shuffle.__index = Shuffle

-- What the old annotation says is a name only where there is an IngressClass of that name.
function Shuffle:class(old)
  return self.classes[old] and self.names:name(old) or old
end

function Shuffle:labels(labels)
  local new = {}
  for key, value in pairs(labels) do
    new[self.names:label_key(key)] = self.names:label_value(key, value)
  end
  return new
end

function Shuffle:selector_row(row)
  local key = row.key
  row.key = key and key ~= "" and self.names:label_key(key) or key
  row.value = row.value and self.names:label_value(key or "", row.value)
  for i, value in ipairs(row.values or {}) do
    row.values[i] = self.names:label_value(key, value)
  end
  return row
end

-- Within the cluster it is made of names: "db.shop.svc.cluster.local".
function Shuffle:external_name(old)
  local inside, domain = old:match("^(.+)(%.svc%.?)$")
  if not inside then
    inside, domain = old:match("^(.+)(%.svc%.cluster%.local%.?)$")
  end
  if not inside then
    return self.names.exact[old] or old
  end
  return inside:gsub("[^.]+", function(label) return self.names:name(label) end) .. domain
end

function Shuffle:string(key, value, parent)
  local names = self.names
  if key == "message" or key == "note" then
    return self.messages:text(value)
  elseif key == "image" or key == "imageID" then
    return names.images[value] or value
  elseif key == "fieldPath" then
    return (value:gsub("{([^}]+)}", function(name) return "{" .. names:name(name) .. "}" end))
  elseif key == "externalName" then
    return self:external_name(value)
  elseif key == "host" and parent ~= "source" then
    return value -- of an Ingress rule, or of a probe: nobody's name here
  elseif port_fields[key] or (key == "name" and (parent == "ports" or parent == "port")) then
    return names.ports[value] or value
  elseif name_fields[key] and not not_names[parent] then
    if key == "name" and not names.names[value] and parent ~= "scaleTargetRef" and parent ~= "targetRef" then
      return value
    end
    return names:name(value)
  end
  return names.exact[value] or self.messages.tokens[value] or value
end

local selector_lists = set("matchExpressions matchFields taints tolerations")

function Shuffle:list(list, key, parent)
  for i, inner in ipairs(list) do
    if selector_lists[key] then
      list[i] = self:selector_row(inner)
    elseif key == "names" then -- of a node's images
      list[i] = self.names.images[inner] or inner
    elseif type(inner) == "table" then
      list[i] = self:rewrite(inner, key, parent)
    elseif type(inner) == "string" then
      list[i] = self:string(key, inner, parent)
    end
  end
  return list
end

function Shuffle:annotations(annotations)
  for name, value in pairs(annotations) do
    annotations[name] = name:find("last-applied", 1, true) and "{}" or name == CLASS_ANNOTATION and self:class(value) or value
  end
  return annotations
end

function Shuffle:rewrite(value, key, parent)
  if is_list(value) then
    return self:list(value, key, parent)
  elseif holds_labels(key, value) then
    return self:labels(value)
  elseif key == "annotations" then
    return self:annotations(value)
  end
  for name, inner in pairs(value) do
    if type(inner) == "table" and (not verbatim[name] or name == "exec") then
      value[name] = self:rewrite(inner, name, key)
    elseif type(inner) == "string" and not verbatim[name] and name ~= "status" then
      value[name] = self:string(name, inner, key)
    end
  end
  return value
end

-- Of the index and of probes.
local row_names = { "namespace", "pod", "container", "name" }

function Shuffle:rows(rows)
  for _, row in ipairs(rows or {}) do
    for _, field in ipairs(row_names) do
      row[field] = self.names:name(row[field])
    end
    row.message = row.message and self.messages:text(row.message)
    row.labels = row.labels and self:selector_text(row.labels)
    row.fields = row.fields and self:selector_text(row.fields)
  end
  return rows
end

-- "app=web,tier!=db", "metadata.name=x": keys that are labels, and values.
function Shuffle:selector_text(text)
  return (text:gsub("([^,=!]+)(!?==?)([^,]*)", function(key, sign, value)
    return self.names:label_key_of(key) .. sign .. (self.names.exact[value] or self.names.names[value] or value)
  end))
end

function Shuffle:document(path, document)
  if path == "snapshot.json" then
    for _, list in ipairs({ "covered", "asked", "refused", "logs", "reviews" }) do
      document[list] = self:rows(document[list])
    end
  elseif path:find("/probes%.json$") then
    self:rows(document.probes)
  else
    self:list(document.items or {}, "items", "")
  end
  return document
end

-- namespaces/NS/..., and below it logs/POD/CONTAINER.log.
function Shuffle:path(path)
  local namespace, rest = path:match("^namespaces/([^/]+)/(.*)$")
  if not namespace then
    return path
  end
  local pod, container, ending = rest:match("^logs/([^/]+)/(.-)(%.previous%.log)$")
  if not pod then
    pod, container, ending = rest:match("^logs/([^/]+)/(.-)(%.log)$")
  end
  if pod then
    rest = ("logs/%s/%s%s"):format(self.names:name(pod), self.names:name(container), ending)
  end
  return ("namespaces/%s/%s"):format(self.names:name(namespace), rest)
end

-- Of the command line: names, KIND/NAME, several with commas, and what follows --port.
function Shuffle:argument(text, is_port)
  return (text:gsub("[^,]+", function(each)
    local kind, name = each:match("^(.*/)([^/]*)$")
    local names = self.names
    local new = is_port and names.ports[name or each] or not is_port and (names.names[name or each] or names.images[each])
    return (kind or "") .. (new or name or each)
  end))
end

function Shuffle:arguments(list)
  local new, before = {}, ""
  for i, text in ipairs(list or {}) do
    local flag, value = text:match("^(%-%-[^=]+=)(.*)$")
    new[i] = (flag or "") .. self:argument(value or text, before == "--port" or flag == "--port=")
    before = text
  end
  return new
end

local function start(seed, documents)
  local names, classes = new_names.new(seed), {}
  for _, each in ipairs(documents) do
    local is_events = each.path:find("events[^/]*%.json$") ~= nil
    for _, item in ipairs(each.document.items or {}) do
      collect_object(names, item, is_events)
      if each.path:find("ingressclasses", 1, true) then
        classes[item.metadata.name] = true
      end
    end
  end
  return setmetatable({ names = names, classes = classes, messages = messages.new(names) }, Shuffle)
end

---documents are the snapshot's JSON files, paths all its files from its folder. What comes back is in the order given.
---@class ShuffleQuestion
---@field seed integer
---@field documents {path: string, document: table}[]
---@field paths string[]
---@field args string[]          the case's
---@field namespace string|nil
---@field selector string|nil

---@param question ShuffleQuestion
---@return {documents: table[], paths: string[], args: string[], namespace: string|nil, selector: string|nil}
function M.run(question)
  local shuffle = start(question.seed, question.documents)
  local documents, paths = {}, {}
  for i, each in ipairs(question.documents) do
    documents[i] = shuffle:document(each.path, each.document)
  end
  for i, path in ipairs(question.paths) do
    paths[i] = shuffle:path(path)
  end
  return { documents = documents, paths = paths, args = shuffle:arguments(question.args), namespace = shuffle.names:name(question.namespace),
    selector = question.selector and shuffle:selector_text(question.selector) }
end

---What findings a report has, for two runs to be compared: no name of anything.
---@param report table
---@return string[]
local function codes_of(report)
  local list = {}
  for _, section in ipairs(report.sections or {}) do
    for _, finding in ipairs(section.findings or {}) do
      list[#list + 1] = ("%-8s %s x%d"):format(finding.severity, finding.code, finding.count)
    end
  end
  table.sort(list)
  return list
end

---In which findings and exit status the run with other names differs: - only with the old names, + only with the new ones.
---@param question {report: table, exit: integer, shuffled: table, shuffled_exit: integer}
---@return {differences: string[]}
function M.compare(question)
  local lines, left = {}, codes_of(question.shuffled)
  for _, code in ipairs(codes_of(question.report)) do
    local found
    for i, other in ipairs(left) do
      found = found or (other == code and i)
    end
    if found then
      table.remove(left, found)
    else
      lines[#lines + 1] = "- " .. code
    end
  end
  for _, code in ipairs(left) do
    lines[#lines + 1] = "+ " .. code
  end
  if question.exit ~= question.shuffled_exit then
    lines[#lines + 1] = ("- exit %d"):format(question.exit)
    lines[#lines + 1] = ("+ exit %d"):format(question.shuffled_exit)
  end
  return { differences = lines }
end

return M
