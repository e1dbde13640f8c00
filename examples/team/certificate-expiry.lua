-- Which certificates expire soon? Looks at every TLS Secret, whoever uses it. krunbook never reads a Secret's values: of a certificate it
-- keeps what is public anyway, and that is enough here.
local certificates = require("krunbook.certificates")
local next_steps = require("krunbook.next_steps")
local time = require("krunbook.time")

local function finding(secret, certificate, fields)
  fields.object = secret
  fields.evidence = { { kind = "object", text = certificates.text(certificate) } }
  fields.next_steps = { next_steps.about(secret, "describe", "secret", secret.metadata.name) }
  return fields
end

-- What is to be said of one certificate; nil: it is good for long enough.
local function judge(secret, certificate, warn)
  local name, now = secret.metadata.name, kube.now()
  local problem, since = certificates.out_of_date(certificate, now)
  if problem then
    return finding(secret, certificate, { code = "certificate-not-valid", severity = "critical", since = since,
      cause = ("The certificate in Secret %s is not valid: %s."):format(name, problem) })
  end
  local left = certificates.left(certificate, now)
  if left and left < warn then
    return finding(secret, certificate, { code = "certificate-expires", severity = "warning",
      cause = ("The certificate in Secret %s expires in %s, at %s."):format(name, time.duration(left), certificate.notAfter) })
  elseif certificate.keyMatches == false then
    return finding(secret, certificate, { code = "certificate-key-differs", severity = "critical",
      cause = ("The key in Secret %s is not that of its certificate."):format(name) })
  end
end

return {
  name = "certificate-expiry",
  summary = "Which certificates expire soon?",
  args = { warn = { type = "duration", default = "504h", help = "tell of what expires within this: 504h are three weeks" } },
  needs = { "list secrets" },
  findings = { "certificate-not-valid", "certificate-expires", "certificate-key-differs", "certificate-unreadable" },
  examples = { "krunbook run ./certificate-expiry.lua -A", "krunbook run ./certificate-expiry.lua -n shop --warn 168h" },

  run = function(ctx, args)
    local list = kube.list("secrets", { all_namespaces = ctx.all_namespaces, labels = ctx.labels,
      fields = { type = certificates.TYPE } })
    for secret in list do
      local certificate = certificates.of(secret)
      local found = certificate and not certificate.error and judge(secret, certificate, args.warn)
      if found then
        ctx:finding(found)
      elseif certificate and certificate.error then
        ctx:finding { code = "certificate-unreadable", severity = "critical", object = secret,
          cause = ("Secret %s holds no certificate: %s."):format(secret.metadata.name, certificate.error),
          next_steps = { next_steps.about(secret, "describe", "secret", secret.metadata.name) } }
      elseif certificate then
        ctx:healthy(secret)
      else
        ctx:unknown { what = "the certificate of Secret " .. secret.metadata.name, reason = "not-recorded" }
      end
    end
  end,
}
