-- pod-status as this team has it: the shipped one, with what the team knows of its own programs added. Nothing of it is copied, so it gets
-- better with every release. Its name is that of the shipped one: in a folder of --runbook-path it takes its place, also where service and
-- ingress ask for it. `krunbook list` says so.
local codes = require("krunbook.codes")
local log_patterns = require("krunbook.log_patterns")
local shipped = require("runbooks.pod-status") -- the one that this one shadows
local thresholds = require("krunbook.thresholds")

-- How grave things are here: codes of our own, and known ones that we take otherwise.
codes.extend {
  ["migration-missing"] = { severity = "critical", means = "the database has not been migrated to what the program needs" },
  ["licence-expired"] = { severity = "critical", means = "the licence server says no" },
  ["restarts-recent"] = { severity = "info" },
}

-- What lines of our programs' logs mean.
log_patterns.extend {
  { pattern = "ERROR: schema version %d+ is older than %d+", code = "migration-missing",
    cause = "its database has not been migrated yet", next_steps = { "run the Job migrate of this release, then delete the pod" } },
  { pattern = "licence .* expired", code = "licence-expired", cause = "the licence has run out",
    next_steps = { "renew it: #platform knows how" } },
  { pattern = "missing DATABASE_URL", code = "migration-missing", cause = "it was deployed without its database" },
}

-- Our images are large.
thresholds.pulling = 600

return {
  name = "pod-status",
  summary = shipped.summary,
  description = shipped.description .. " Knows the log lines of our own programs.",
  args = shipped.args,
  needs = shipped.needs,
  findings = codes.names("pod", "migration-missing", "licence-expired"),
  examples = shipped.examples,
  run = shipped.run,
}
