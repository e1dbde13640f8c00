-- Which class each Ingress is of: what it names, else the default. The class decides which controller serves it.
local controller_pods = require("krunbook.controller_pods")
local controllers = require("krunbook.ingress_controllers")
local ingresses = require("krunbook.ingresses")
local nearest = require("krunbook.nearest")
local next_steps = require("krunbook.next_steps")
local pods = require("krunbook.pods")

local M = {}

local DEFAULT = "ingressclass.kubernetes.io/is-default-class"

---@class IngressClassOf
---@field name string|nil        nil: it names none, and a controller takes it nevertheless
---@field controller string|nil  spec.controller; nil where there is no IngressClass of that name
---@field object Object|nil      the IngressClass
---@field rows IngressController[]|nil  known controllers that serve it; nil: look for one by `controller`
---@field served boolean|nil     some controller serves it already, as its status says

-- The IngressClasses of the cluster.
local function read_classes()
  local classes = { by_name = {}, names = {}, defaults = {} }
  local list = kube.list("ingressclasses.networking.k8s.io")
  for class in list do
    local name = class.metadata.name
    classes.by_name[name] = class
    classes.names[#classes.names + 1] = name
    if (class.metadata.annotations or {})[DEFAULT] == "true" then
      classes.defaults[#classes.defaults + 1] = name
    end
  end
  classes.unknown = list.unknown
  return classes
end

-- "IngressClasses: nginx (k8s.io/ingress-nginx)".
local function those_there(classes)
  local parts = {}
  for i, name in ipairs(classes.names) do
    parts[i] = ("%s (%s)"):format(name, classes.by_name[name].spec and classes.by_name[name].spec.controller or "?")
  end
  return #parts > 0 and "There are: " .. table.concat(parts, ", ") .. "." or "There is no IngressClass at all."
end

local function resolved(classes, name)
  local class = classes.by_name[name]
  return { name = name, object = class, controller = class.spec and class.spec.controller }
end

local function edit(record, what)
  local metadata = record.object.metadata
  return ("%s  # %s"):format(next_steps.kubectl(metadata.namespace, "edit", "ingress", metadata.name), what)
end

-- A controller that goes by the class's name alone, and runs.
local function by_name(ctx, class)
  for _, row in ipairs(controllers.by_class(class)) do
    if row.by_name then
      local found, unknown = controller_pods.of(ctx, row)
      if #found > 0 then
        ctx:can_do_without(unknown)
        return { name = class, rows = { row } }
      elseif unknown then
        return nil, true
      end
    end
  end
end

local function unknown_class(ctx, record, classes)
  local name = record.class
  local annotated = record.class_from ~= "spec.ingressClassName"
  if annotated and #controllers.by_class(name) > 0 then
    return { name = name, rows = controllers.by_class(name) } -- an annotation needs no IngressClass
  end
  local class, open = by_name(ctx, name)
  if class or open then
    return class
  end
  local near = nearest.name(name, classes.names)
  return nil, {
    code = "ingress-class-unknown", object = record.object, shared = "class " .. name, since = record.object.metadata.creationTimestamp,
    cause = ("%s names the class %s, and there is no such IngressClass: no controller serves it. %s%s"):format(
      "Ingress " .. ingresses.name(record), name, those_there(classes), near and (" The nearest is %s."):format(near) or ""),
    chain = { ingresses.first_link(record), ingresses.link("IngressClass", nil, name, true) },
    evidence = { { kind = "spec", text = ("%s: %s"):format(record.class_from, name) },
      { kind = "object", text = ("IngressClass %s not found"):format(name) } },
    next_steps = { "kubectl get ingressclass", edit(record, near and ("class %s instead of %s"):format(near, name) or "the class's name") },
  }
end

local function missing_class(record, classes, seen_all)
  local two = #classes.defaults > 1
  local why = two and ("there are %d defaults (%s), of which none counts"):format(#classes.defaults, table.concat(classes.defaults, ", "))
    or "none is the default"
  return {
    code = "ingress-class-missing", object = record.object, shared = "no class", since = record.object.metadata.creationTimestamp,
    cause = ("Ingress %s names no class, and %s: no controller takes it%s. %s"):format(ingresses.name(record), why,
      seen_all and "" or ", unless one that could not be looked for takes what has none", those_there(classes)),
    chain = { ingresses.first_link(record, true) },
    evidence = { { kind = "spec", text = ("neither spec.ingressClassName nor the annotation %s is set"):format(ingresses.CLASS_ANNOTATION) },
      { kind = "object", text = two and ("IngressClasses with the annotation %s=true: %s"):format(DEFAULT, table.concat(classes.defaults, ", "))
        or ("no IngressClass has the annotation %s=true"):format(DEFAULT) } },
    next_steps = { "kubectl get ingressclass", edit(record, #classes.names == 1 and "spec.ingressClassName: " .. classes.names[1]
      or "spec.ingressClassName") },
  }
end

-- The default is filled in when an Ingress is made; one that has none is older than the default, and controllers differ in what they do.
local function older_than_default(record, classes)
  return {
    code = "ingress-class-missing", severity = "info", object = record.object, shared = "older than the default",
    cause = ("Ingress %s names no class. %s is the default, which is filled in only when an Ingress is made: this one was made without, "
      .. "and some controllers do not take it."):format(ingresses.name(record), classes.defaults[1]),
    evidence = { { kind = "object", text = ("IngressClass %s has the annotation %s=true"):format(classes.defaults[1], DEFAULT) } },
    next_steps = { edit(record, "spec.ingressClassName: " .. classes.defaults[1]) },
  }
end

local function serving(all)
  local list = {}
  for _, pod in ipairs(all) do
    if pods.is_serving(pod) then
      list[#list + 1] = pod
    end
  end
  return list
end

-- No class, no default: does a controller run that takes such Ingresses all the same?
local function without_class(record, classes, taker)
  if #record.addresses > 0 then
    return { served = true }
  end
  local found = taker()
  if found.row and #serving(found.pods) > 0 then
    return { rows = { found.row } }
  end
  return nil, missing_class(record, classes, not found.unknown)
end

local function class_of(ctx, record, classes, taker)
  if record.class and classes.by_name[record.class] then
    return resolved(classes, record.class)
  elseif classes.unknown then
    return nil -- which stands in the report
  elseif record.class then
    return unknown_class(ctx, record, classes)
  elseif #classes.defaults == 1 then
    return resolved(classes, classes.defaults[1]), older_than_default(record, classes)
  end
  return without_class(record, classes, taker)
end

-- Looked for once, when the first Ingress needs to know.
local function taker_of(ctx)
  local found
  return function()
    if not found then
      found = {}
      found.pods, found.row, found.unknown = controller_pods.classless(ctx)
      if found.row and #serving(found.pods) > 0 then
        ctx:can_do_without(found.unknown)
      end
    end
    return found
  end
end

local function class_step(class, finding)
  if class and class.name then
    return ("%s, served by %s"):format(class.name, class.controller or class.rows[1].name)
  elseif class then
    return class.served and "none; a controller serves it all the same" or ("none; %s takes it all the same"):format(class.rows[1].name)
  end
  return type(finding) == "table" and finding.code or "not known"
end

---Sets `class_of` of every Ingress whose class is known.
---@param ctx Context
---@param records IngressRecord[]
---@param gathered Findings
function M.check(ctx, records, gathered)
  local classes, taker = read_classes(), taker_of(ctx)
  for _, record in ipairs(records) do
    local class, finding = class_of(ctx, record, classes, taker)
    if type(finding) == "table" then
      gathered:add(finding)
    end
    record.class_of = class
    record.doubt = record.doubt or not class
    ctx:step("class of Ingress " .. ingresses.name(record), class_step(class, finding))
  end
end

return M
