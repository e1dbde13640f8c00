-- The TLS Secrets of each Ingress: there, of the right type, with what is needed in them, good now, and for the hosts that are asked for.
-- Of a Secret its values are never given: type, keys, and what a certificate tells in public.
local certificates = require("krunbook.certificates")
local ingresses = require("krunbook.ingresses")
local lookup = require("krunbook.lookup")
local nearest = require("krunbook.nearest")
local next_steps = require("krunbook.next_steps")
local thresholds = require("krunbook.thresholds")
local time = require("krunbook.time")

local M = {}

---@class TlsUse  A Secret, and who uses it for which hosts.
---@field namespace string
---@field name string
---@field records IngressRecord[]
---@field hosts string[]

local function add_once(list, value)
  for _, known in ipairs(list) do
    if known == value then
      return
    end
  end
  list[#list + 1] = value
end

local function uses_of(records)
  local uses, by_key = {}, {}
  for _, record in ipairs(records) do
    for _, tls in ipairs(record.tls) do
      local namespace = record.object.metadata.namespace
      local key = tls.secret and lookup.key(namespace, tls.secret)
      if key and not by_key[key] then
        by_key[key] = { namespace = namespace, name = tls.secret, records = {}, hosts = {} }
        uses[#uses + 1] = by_key[key]
      end
      if key then
        add_once(by_key[key].records, record)
        for _, host in ipairs(tls.hosts) do
          add_once(by_key[key].hosts, host)
        end
      end
    end
  end
  return uses
end

-- A finding about what an Ingress wants of a Secret.
local function finding_of(use, finding)
  finding.object, finding.objects = use.records[1].object, ingresses.objects(use.records)
  finding.chain = { ingresses.first_link(use.records[1]), ingresses.link("Secret", use.namespace, use.name, true) }
  finding.key = (finding.key or "") .. "secret " .. use.name
  return finding
end

local function for_hosts(use)
  return #use.hosts > 0 and " for " .. table.concat(use.hosts, ", ") or ""
end

local function missing(ctx, use)
  local near = nearest.name(use.name, lookup.names(ctx, "secrets", use.namespace))
  return finding_of(use, {
    code = "ingress-tls-secret-missing",
    cause = ("Ingress %s takes its certificate%s from Secret %s, and there is none in namespace %s: clients get the controller's own.%s"):format(
      ingresses.names(use.records), for_hosts(use), use.name, use.namespace, near and (" The nearest is %s."):format(near) or ""),
    evidence = { { kind = "spec", text = ("Ingress %s: spec.tls, secretName %s"):format(ingresses.name(use.records[1]), use.name) },
      { kind = "object", text = ("Secret %s/%s not found"):format(use.namespace, use.name) } },
    next_steps = { next_steps.kubectl(use.namespace, "get", "secrets", "--field-selector", "type=" .. certificates.TYPE),
      next_steps.kubectl(use.namespace, "create", "secret", "tls", use.name, "--cert=FILE", "--key=FILE") },
  })
end

local function invalid(use, key, problem, evidence, since)
  return finding_of(use, {
    code = "ingress-tls-invalid", key = key .. ", ", since = since,
    cause = ("Secret %s/%s, from which Ingress %s takes its certificate%s, is no good: %s."):format(use.namespace, use.name,
      ingresses.names(use.records), for_hosts(use), problem),
    evidence = { evidence },
    next_steps = { next_steps.kubectl(use.namespace, "describe", "secret", use.name) },
  })
end

local function uncovered(use, certificate)
  local hosts = {}
  for _, host in ipairs(use.hosts) do
    if not certificates.covers(certificate, host) then
      hosts[#hosts + 1] = host
    end
  end
  return hosts
end

-- What is wrong with the certificate itself; of several things, each.
local function certificate_problems(use, certificate)
  local found = {}
  local evidence = { kind = "object", text = certificates.text(certificate) }
  local problem, since = certificates.out_of_date(certificate, kube.now())
  if problem then
    found[#found + 1] = invalid(use, "time", problem, evidence, since)
  end
  local hosts = uncovered(use, certificate)
  if #hosts > 0 then
    local names = #certificate.dnsNames > 0 and "it is for " .. table.concat(certificate.dnsNames, ", ")
      or "it names no host in its subject alternative names"
    found[#found + 1] = invalid(use, "hosts", ("its certificate does not cover %s: %s"):format(table.concat(hosts, ", "), names), evidence)
  end
  if certificate.keyMatches == false then
    found[#found + 1] = invalid(use, "key", "tls.key is not the key of its certificate", evidence)
  end
  return found
end

local function expires_soon(use, certificate)
  local left = certificates.left(certificate, kube.now())
  if not left or left > thresholds.certificate then
    return nil
  end
  return finding_of(use, {
    code = "ingress-tls-expires-soon", severity = "info",
    cause = ("The certificate in Secret %s/%s, of Ingress %s, expires in %s."):format(use.namespace, use.name, ingresses.names(use.records),
      time.duration(left)),
    evidence = { { kind = "object", text = certificates.text(certificate) } },
    next_steps = { next_steps.kubectl(use.namespace, "describe", "secret", use.name) .. "  # see who renews it" },
  })
end

local function problems(ctx, use, secret)
  local lacking = certificates.missing_keys(secret)
  if #lacking > 0 then
    local keys = {}
    for key in pairs(secret.data or {}) do
      keys[#keys + 1] = key
    end
    table.sort(keys)
    return { invalid(use, "keys", "it has no " .. table.concat(lacking, " and no "), { kind = "object", text = ("type %s, keys %s"):format(
      secret.type or "?", #keys > 0 and table.concat(keys, ", ") or "none") }) }
  end
  local certificate = certificates.of(secret)
  if certificate and certificate.error then
    local evidence = { kind = "object", text = ("type %s: %s"):format(secret.type or "?", certificate.error) }
    return { invalid(use, "certificate", certificate.error, evidence) }
  end
  local found = certificate and certificate_problems(use, certificate) or {}
  if secret.type ~= certificates.TYPE then
    found[#found + 1] = invalid(use, "type", ("its type is %s, and not %s, which not every controller takes"):format(secret.type or "?",
      certificates.TYPE), { kind = "object", text = "type " .. (secret.type or "?") })
  end
  if not certificate then
    ctx:unknown({ what = ("certificate of Secret %s/%s"):format(use.namespace, use.name), reason = "not-recorded",
      message = "the snapshot does not tell what its certificate is" })
    ingresses.doubt(use.records)
  end
  return found
end

local function examine(ctx, use, secret, gathered)
  local found = problems(ctx, use, secret)
  for _, finding in ipairs(found) do
    gathered:add(finding)
  end
  if #found > 0 then
    ingresses.doubt(use.records)
    return
  end
  local certificate = certificates.of(secret)
  ctx:step(("Secret %s/%s"):format(use.namespace, use.name), certificate and certificates.text(certificate))
  gathered:add_if(certificate and expires_soon(use, certificate))
end

---@param ctx Context
---@param records IngressRecord[]
---@param gathered Findings
function M.check(ctx, records, gathered)
  local uses = uses_of(records)
  local found, unknown = lookup.objects(ctx, "secrets", uses, { type = certificates.TYPE })
  for _, use in ipairs(uses) do
    local key = lookup.key(use.namespace, use.name)
    if found[key] then
      examine(ctx, use, found[key], gathered)
    else
      ingresses.doubt(use.records)
      gathered:add_if(not unknown[key] and missing(ctx, use) or nil)
    end
  end
end

return M
