-- Hosts that an Ingress names and does not serve: a rule without a path, where there is no default backend either; a certificate for a host
-- that no rule takes. Several Ingresses may share a host, so the others are looked at first.
local ingresses = require("krunbook.ingresses")
local nearest = require("krunbook.nearest")
local next_steps = require("krunbook.next_steps")

local M = {}

-- Whether a route takes requests for the host, or for one of those that "*.example.com" is.
local function serves(route, host)
  return route.default or ingresses.takes_host(route.host, host) or (route.host ~= nil and ingresses.takes_host(host, route.host))
end

local function any_serves(record, host)
  for _, route in ipairs(record.routes) do
    if serves(route, host) then
      return true
    end
  end
  return false
end

local function is_pathless(record, host)
  for _, one in ipairs(record.pathless) do
    if one == "" or ingresses.takes_host(one, host) or ingresses.takes_host(host, one) then
      return true
    end
  end
  return false
end

-- The hosts of its TLS that it does not serve itself; those of rules without a path are a finding of their own.
local function unserved_tls(record)
  local hosts = {}
  for _, tls in ipairs(record.host_annotations and {} or record.tls) do
    for _, host in ipairs(tls.hosts) do
      if host ~= "" and not any_serves(record, host) and not is_pathless(record, host) then
        hosts[#hosts + 1] = host
      end
    end
  end
  return hosts
end

local function unserved_rules(record)
  local hosts = {}
  for _, host in ipairs(record.host_annotations and {} or record.pathless) do
    if not any_serves(record, host) then
      hosts[#hosts + 1] = host
    end
  end
  return hosts
end

-- All that share the namespace, and of other namespaces those that are known anyway.
local function others_of(record, records, complete)
  if complete then
    return records
  end
  local all, list = { table.unpack(records) }, kube.list("ingresses.networking.k8s.io", { namespace = record.object.metadata.namespace })
  for ingress in list do
    all[#all + 1] = ingresses.read(ingress)
  end
  return all, list.unknown
end

local function left_by(hosts, others)
  local left = {}
  for _, host in ipairs(hosts) do
    local served = false
    for _, other in ipairs(others) do
      served = served or any_serves(other, host)
    end
    left[#left + 1] = not served and host or nil
  end
  return left
end

local function edit(record, what)
  local metadata = record.object.metadata
  return ("%s  # %s"):format(next_steps.kubectl(metadata.namespace, "edit", "ingress", metadata.name), what)
end

local function pathless(record, host)
  local name = host == "" and "any host" or "host " .. host
  return {
    code = "ingress-host-without-paths", object = record.object, key = host,
    cause = ("Ingress %s has a rule for %s that has no path, and no default backend: what is asked for there goes to no Service of it."):format(
      ingresses.name(record), name),
    evidence = { { kind = "spec", text = ("spec.rules: %s: no http.paths; spec.defaultBackend: none"):format(name) } },
    chain = { ingresses.first_link(record, true) },
    next_steps = { edit(record, "give the rule http.paths with a backend") },
  }
end

-- Hosts of its rules for which it has no certificate, where its certificates are all for named hosts.
local function without_certificate(record)
  local list, seen = {}, {}
  for _, route in ipairs(record.routes) do
    local host, covered = route.host, false
    for _, tls in ipairs(host and record.tls or {}) do
      covered = covered or ingresses.covers_host(tls, host)
    end
    if host and not covered and not seen[host] then
      list[#list + 1], seen[host] = host, true
    end
  end
  return list
end

-- A certificate for more hosts than the rules take is only worth a word; where a rule's host has none, one is likely meant for the other.
local function certificate_only(record, hosts)
  local bare, names = without_certificate(record), table.concat(hosts, ", ")
  local near = bare[1] and (nearest.name(hosts[1], bare) or bare[1])
  return {
    code = "ingress-tls-host-not-served", severity = not near and "info" or nil, object = record.object, key = names,
    cause = ("Ingress %s has a certificate for %s, and no rule takes what is asked for there, neither of it nor of another Ingress.%s"):format(
      ingresses.name(record), names, near and (" Its rule for %s has no certificate: one may be meant for the other."):format(near) or ""),
    evidence = { { kind = "spec", text = "spec.tls, hosts: " .. names },
      near and { kind = "spec", text = "spec.rules, without a certificate: " .. table.concat(bare, ", ") } or nil },
    chain = { ingresses.first_link(record, true) },
    next_steps = { near and edit(record, ("the same host in spec.tls and spec.rules: %s or %s"):format(hosts[1], near))
      or edit(record, "a rule for it, or no certificate") },
  }
end

local function check(record, records, gathered, complete)
  local rules, certificates = unserved_rules(record), unserved_tls(record)
  if #rules + #certificates == 0 then
    return
  end
  local others, unknown = others_of(record, records, complete)
  if unknown then
    record.doubt = true
    return
  end
  rules, certificates = left_by(rules, others), left_by(certificates, others)
  for _, host in ipairs(rules) do
    gathered:add(pathless(record, host))
  end
  local finding = #certificates > 0 and certificate_only(record, certificates) or nil
  gathered:add_if(finding)
  record.doubt = record.doubt or #rules > 0 or (finding ~= nil and finding.severity ~= "info")
end

---@param mine IngressRecord[]     that this run tells of
---@param records IngressRecord[]  that are known
---@param gathered Findings
---@param complete boolean         these are all of their namespaces
function M.check(mine, records, gathered, complete)
  for _, record in ipairs(mine) do
    if not record.part then
      check(record, records, gathered, complete)
    end
  end
end

return M
