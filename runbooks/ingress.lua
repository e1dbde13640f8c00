-- Why does this Ingress not answer? From the outside inwards: its class, the class's controller, then each host and path to the Service and
-- on, through the runbook `service`, to the pods behind it; and the certificates of its TLS. What is known of failures is in
-- krunbook.checks.ingress_*, which controllers there are in krunbook.ingress_controllers.
local backend = require("krunbook.checks.ingress_backend")
local class = require("krunbook.checks.ingress_class")
local codes = require("krunbook.codes")
local conflict = require("krunbook.checks.ingress_conflict")
local controller = require("krunbook.checks.ingress_controller")
local findings = require("krunbook.findings")
local hosts = require("krunbook.checks.ingress_hosts")
local ingresses = require("krunbook.ingresses")
local needs = require("krunbook.needs")
local policies = require("krunbook.checks.ingress_policies")
local probe = require("krunbook.checks.ingress_probe")
local rejected = require("krunbook.checks.ingress_rejected")
local tls = require("krunbook.checks.ingress_tls")

-- "host shop.example.com, path /cart"
local function request_text(args)
  return (args.host and "host " .. args.host or "any host") .. (args.path and ", path " .. args.path or "")
end

-- Those of them that this run tells of: classes and conflicts are seen from all of them together, also with --shard.
local function own(ctx, records)
  local mine = {}
  for _, record in ipairs(records) do
    mine[#mine + 1] = ctx:in_shard(record.object.metadata.namespace) and record or nil
  end
  return mine
end

-- The Ingresses that are meant; with --host or --path, the parts of them that take such a request.
local function chosen(ctx, args)
  local records = {}
  for i, ingress in ctx:targets("ingresses", args.ingress, { beyond_shard = true }) do
    records[i] = ingresses.read(ingress)
  end
  if not (args.host or args.path) or #records == 0 then
    return records
  end
  local taking = ingresses.taking(records, args.host, args.path)
  if #taking == 0 then
    ctx:unknown({ what = "a rule for " .. request_text(args), reason = "absent",
      message = ("none of the %d Ingresses looked at takes it: %s"):format(#records, ingresses.names(records)) })
  end
  return taking
end

return {
  name = "ingress",
  summary = "Why does this Ingress not answer?",
  description = "Follows an Ingress from its class and controller through each host and path to the Service and the pods behind it, and "
    .. "names the first thing that is broken.",
  args = {
    ingress = { type = "string", help = "this Ingress" },
    host = { type = "string", help = "only what takes requests for this host" },
    path = { type = "string", help = "only what takes requests for this path" },
    probe = { type = "boolean", help = "send each rule's request through the controller, and compare with what the backend answers; "
      .. "else the backends' ports are only connected to, and with --no-probe not even that" },
  },
  needs = needs.of("ingress", "service", "pod"),
  findings = codes.names("ingress", "service", "pod"),
  examples = {
    "krunbook run ingress --ingress shop",
    "krunbook run ingress --host shop.example.com --path /cart",
    "krunbook run ingress --ingress shop --probe",
    "krunbook run ingress -A",
  },
  run = function(ctx, args)
    local records, gathered = chosen(ctx, args), findings.new(ctx)
    if #records == 0 then
      return
    end
    local mine, found_policies = own(ctx, records), nil
    class.check(ctx, records, gathered)
    kube.parallel({
      function() controller.check(ctx, records, gathered) end,
      function() found_policies = backend.check(ctx, mine, args.probe ~= false, gathered) end,
      function() tls.check(ctx, mine, gathered) end,
      function() rejected.check(mine, gathered) end,
      function() hosts.check(mine, records, gathered, not (args.ingress or ctx.labels)) end,
    })
    conflict.check(records, gathered)
    if args.probe then
      probe.check(ctx, mine, args, gathered)
    end
    policies.check(ctx, mine, found_policies, gathered)
    for _, record in ipairs(mine) do
      if not record.doubt then
        ctx:healthy(record.object)
      end
    end
    gathered:report()
  end,
}
