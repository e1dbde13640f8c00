-- A case rewritten to what its run reported: `krunbook test --update` and `--record`. What still holds stays as it was written.
local compare = require("krunbook.testing.compare")

local M = {}

local HEALTHY_MAX = 20 -- a new case names so many; of more, a person chooses

-- The wanted finding with what differs corrected; words that are no longer said go.
local function corrected(wanted, finding)
  local unsaid, contains = {}, {}
  for _, words in ipairs(compare.unsaid(wanted, finding)) do
    unsaid[words] = true
  end
  for _, words in ipairs(wanted.contains or {}) do
    contains[#contains + 1] = not unsaid[words] and words or nil
  end
  wanted.contains = #contains > 0 and contains or nil
  wanted.chain = wanted.chain and compare.chain(finding)
  wanted.cause_code = wanted.cause_code and finding.cause_code
  return wanted
end

local function new(finding)
  return { code = finding.code, severity = finding.severity, object = compare.reference(finding.object), count = finding.count,
    cause_code = finding.cause_code }
end

local function findings(case, report)
  local list, left = {}, compare.all(report, "findings")
  for _, wanted in ipairs(case.findings or {}) do
    local finding = compare.take(wanted, left)
    list[#list + 1] = finding and corrected(wanted, finding) or nil
  end
  for _, finding in ipairs(left) do
    list[#list + 1] = new(finding)
  end
  return list
end

local function healthy(case, report)
  local names, seen = {}, {}
  for _, object in ipairs(compare.all(report, "healthy")) do
    local name = compare.reference(object)
    seen[name] = true
    names[#names + 1] = name
  end
  if not case.healthy then
    return not case.findings and #names > 0 and #names <= HEALTHY_MAX and names or nil
  end
  local kept = {}
  for _, name in ipairs(case.healthy) do
    kept[#kept + 1] = seen[name] and name or nil
  end
  return kept
end

local function unknown(case, report)
  local kept, text = {}, {}
  for i, entry in ipairs(compare.all(report, "unknown")) do
    text[i] = ("%s: %s"):format(entry.what, entry.reason)
  end
  if not case.unknown then
    return not case.findings and #text > 0 and text or nil
  end
  local all = table.concat(text, "\n")
  for _, words in ipairs(case.unknown) do
    kept[#kept + 1] = all:find(words, 1, true) and words or nil
  end
  return kept
end

---The members of case.json that follow from the run; a list without entries is empty, not left out.
---@param question {case: table, report: table, exit: integer}
---@return {exit: integer, findings: table[], healthy: string[]|nil, unknown: string[]|nil}
function M.run(question)
  local case, report = question.case, question.report
  return { exit = question.exit, healthy = healthy(case, report), unknown = unknown(case, report), findings = findings(case, report) }
end

return M
