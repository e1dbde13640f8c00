-- What is built from the primitives: kube.events, kube.describe, kube.probe and the methods of a list. The host calls the returned
-- function once, with the table `kube` and the table of methods; stdlib/meta/kube.lua documents what it adds.
local events_of = require("krunbook.events")

--- Which events belong to an object: those with its UID, and a node's with its name.
local function event_selector(object)
  if object.kind == "Node" then
    return { ["involvedObject.kind"] = "Node", ["involvedObject.name"] = object.metadata.name }
  end
  return { ["involvedObject.uid"] = events_of.uid(object) }
end

--- What a pod names by itself: { field, kind, name, optional }.
local function pod_references(pod)
  local found = {}
  local function add(field, kind, name, optional)
    if name then
      found[#found + 1] = { field = field, kind = kind, name = name, optional = optional or false }
    end
  end
  local spec = pod.spec or {}
  add("spec.nodeName", "Node", spec.nodeName)
  add("spec.serviceAccountName", "ServiceAccount", spec.serviceAccountName)
  for i, secret in ipairs(spec.imagePullSecrets or {}) do
    add(("spec.imagePullSecrets[%d]"):format(i - 1), "Secret", secret.name)
  end
  for _, volume in ipairs(spec.volumes or {}) do
    local field = "volume " .. tostring(volume.name)
    local secret, map, claim = volume.secret, volume.configMap, volume.persistentVolumeClaim
    add(field, "Secret", secret and secret.secretName, secret and secret.optional)
    add(field, "ConfigMap", map and map.name, map and map.optional)
    add(field, "PersistentVolumeClaim", claim and claim.claimName)
    for _, source in ipairs(volume.projected and volume.projected.sources or {}) do
      add(field, "Secret", source.secret and source.secret.name, source.secret and source.secret.optional)
      add(field, "ConfigMap", source.configMap and source.configMap.name, source.configMap and source.configMap.optional)
    end
  end
  for _, list in ipairs({ "initContainers", "containers" }) do
    for _, container in ipairs(spec[list] or {}) do
      local field = "container " .. tostring(container.name)
      for _, from in ipairs(container.envFrom or {}) do
        add(field, "Secret", from.secretRef and from.secretRef.name, from.secretRef and from.secretRef.optional)
        add(field, "ConfigMap", from.configMapRef and from.configMapRef.name, from.configMapRef and from.configMapRef.optional)
      end
      for _, variable in ipairs(container.env or {}) do
        local from = variable.valueFrom or {}
        local secret, map = from.secretKeyRef, from.configMapKeyRef
        add(field .. ", env " .. tostring(variable.name), "Secret", secret and secret.name, secret and secret.optional)
        add(field .. ", env " .. tostring(variable.name), "ConfigMap", map and map.name, map and map.optional)
      end
    end
  end
  return found
end

--- What an Ingress names: its class, and each backend's Service and TLS Secret.
local function ingress_references(ingress)
  local found, spec = {}, ingress.spec or {}
  local function add(field, kind, name)
    if name then
      found[#found + 1] = { field = field, kind = kind, name = name, optional = false }
    end
  end
  local function backend(field, given)
    add(field, "Service", given and (given.service and given.service.name or given.serviceName))
  end
  add("spec.ingressClassName", "IngressClass", spec.ingressClassName)
  backend("spec.defaultBackend", spec.defaultBackend or spec.backend)
  for _, rule in ipairs(spec.rules or {}) do
    for _, path in ipairs(rule.http and rule.http.paths or {}) do
      backend(("host %s, path %s"):format(rule.host or "*", path.path or "/"), path.backend)
    end
  end
  for _, tls in ipairs(spec.tls or {}) do
    add("spec.tls", "Secret", tls.secretName)
  end
  return found
end

local function owner_references(object)
  local found = {}
  for _, owner in ipairs(object.metadata.ownerReferences or {}) do
    found[#found + 1] = { field = "metadata.ownerReferences", kind = owner.kind, name = owner.name, optional = false }
  end
  return found
end

local function references(object)
  local found = owner_references(object)
  local more = object.kind == "Pod" and pod_references(object) or object.kind == "Ingress" and ingress_references(object) or {}
  table.move(more, 1, #more, #found + 1, found)
  return found
end

return function(kube, methods)
  local get, list, parallel, probe_pod = kube.get, kube.list, kube.parallel, kube.probe

  function methods.all(self)
    local objects = {}
    for object in self do
      objects[#objects + 1] = object
    end
    return objects, self.unknown
  end

  function kube.events(object, opts)
    local metadata = type(object) == "table" and object.metadata
    if type(metadata) ~= "table" then
      error("kube.events takes an object: this is a " .. type(object) .. " without metadata", 2)
    end
    local namespace = metadata.namespace or "default"
    local events = {}
    local all = list("events", { namespace = namespace, fields = event_selector(object) })
    if opts and opts.ahead then
      return nil
    end
    for event in all do
      events[#events + 1] = events_of.simplify(event)
    end
    return events_of.merge(events), all.unknown
  end

  function kube.describe(object)
    local metadata = type(object) == "table" and object.metadata
    if type(metadata) ~= "table" then
      error("kube.describe takes an object: this is a " .. type(object) .. " without metadata", 2)
    end
    local events, unknown
    local refers = references(object)
    local work = {
      function()
        events, unknown = kube.events(object)
      end,
    }
    for _, reference in ipairs(refers) do
      work[#work + 1] = function()
        reference.namespace = metadata.namespace
        local found, missing = get(reference.kind, reference.name, { namespace = metadata.namespace })
        reference.unknown = missing
        if not missing then
          reference.exists = found ~= nil
        end
      end
    end
    parallel(work)
    local status = object.status or {}
    return { object = object, events = events, conditions = status.conditions or {}, refers = refers }, unknown
  end

  --- The pods that are to be asked.
  local function pods_of(object, each)
    if object.kind == "Pod" then
      return { object }
    end
    local targets = require("krunbook.targets") -- only who probes needs it
    local selector, why = targets.selector(object)
    if not selector then
      return nil, nil, why
    end
    local pods, unknown = list("pods", { namespace = object.metadata.namespace, labels = selector }):all()
    if unknown then
      return nil, unknown
    end
    return targets.choose(pods, each)
  end

  -- The host has checked what is given here.
  function kube.probe(object, opts)
    local targets = require("krunbook.targets")
    local pods, unknown, why = pods_of(object, opts.each)
    local probes = pods and parallel(pods, function(pod)
      local port, no_port = targets.port(object, opts.port, pod)
      if not port then
        why = why or no_port
        return nil
      end
      local probe, not_known, absent = probe_pod(pod, port, opts)
      unknown, why = unknown or not_known, why or absent
      return probe
    end)
    local found = {}
    for i = 1, #(pods or {}) do
      found[#found + 1] = probes[i]
    end
    if #found == 0 then
      return nil, unknown, not unknown and why or nil
    end
    return opts.each and found or found[1], unknown
  end
end
