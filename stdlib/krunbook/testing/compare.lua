-- What a case of `krunbook test` expects, beside what its run reported: the lines in which they differ. A case is what its case.json
-- holds (docs/writing-runbooks.md), a report is krunbook.report/v1.
local M = {}

---An object as cases write it: "Pod/shop/web-1/app".
---@param object table
---@param without_container? boolean
---@return string
function M.reference(object, without_container)
  local parts = {}
  for _, field in ipairs({ "kind", "namespace", "name", "container" }) do
    local value = object[field]
    if value and value ~= "" and not (without_container and field == "container") then
      parts[#parts + 1] = value
    end
  end
  return table.concat(parts, "/")
end

---What all sections of a report list, one after another.
---@param report table
---@param what string  "findings", "healthy", "unknown", "errors"
---@return table[]
function M.all(report, what)
  local all = {}
  for _, section in ipairs(report.sections or {}) do
    table.move(section[what] or {}, 1, #(section[what] or {}), #all + 1, all)
  end
  return all
end

-- Everything that a finding says to people.
local function text_of(finding)
  local lines = { finding.cause }
  for _, evidence in ipairs(finding.evidence or {}) do
    lines[#lines + 1] = evidence.text
  end
  table.move(finding.next_steps or {}, 1, #(finding.next_steps or {}), #lines + 1, lines)
  for _, object in ipairs(finding.objects or {}) do
    lines[#lines + 1] = M.reference(object)
  end
  return table.concat(lines, "\n")
end

---The words of a wanted finding's `contains` that the finding does not say.
---@param wanted table
---@param finding table
---@return string[]
function M.unsaid(wanted, finding)
  local text, missing = text_of(finding), {}
  for _, words in ipairs(wanted.contains or {}) do
    if not text:find(words, 1, true) then
      missing[#missing + 1] = words
    end
  end
  return missing
end

---Whether a finding is the wanted one. The container of its object may be left out in the case.
---@param wanted table
---@param finding table
---@return boolean
function M.matches(wanted, finding)
  return wanted.code == finding.code and (wanted.severity or finding.severity) == finding.severity
    and (wanted.object == M.reference(finding.object) or wanted.object == M.reference(finding.object, true))
    and (wanted.count or 1) == finding.count
end

---The objects that led to a finding, as a case writes them: "Service/shop/web", "Pod/shop/web-1 (broken)".
---@param finding table
---@return string[]
function M.chain(finding)
  local chain = {}
  for i, link in ipairs(finding.chain or {}) do
    chain[i] = M.reference(link) .. (link.broken and " (broken)" or "")
  end
  return chain
end

---Takes the finding that is wanted out of a list; nil when it is not there.
---@param wanted table
---@param left table[]
---@return table|nil
function M.take(wanted, left)
  for i, finding in ipairs(left) do
    if M.matches(wanted, finding) then
      return table.remove(left, i)
    end
  end
end

---A finding in a line.
---@param finding table
---@return string
function M.line(finding)
  return ("%-8s %s on %s x%d"):format(finding.severity, finding.code, M.reference(finding.object), finding.count)
end

local function wanted_line(wanted)
  return ("%-8s %s on %s x%d"):format(wanted.severity or "any", wanted.code or "?", wanted.object or "?", wanted.count or 1)
end

local function compare_details(wanted, finding, lines)
  local about = ("%s on %s"):format(wanted.code, wanted.object)
  local chain = table.concat(M.chain(finding), " -> ")
  if wanted.chain and table.concat(wanted.chain, " -> ") ~= chain then
    lines[#lines + 1] = ("- the chain of %s: %s"):format(about, table.concat(wanted.chain, " -> "))
    lines[#lines + 1] = ("+ the chain of %s: %s"):format(about, chain)
  end
  if wanted.cause_code and wanted.cause_code ~= finding.cause_code then
    lines[#lines + 1] = ("- the cause within %s: %s"):format(about, wanted.cause_code)
    lines[#lines + 1] = ("+ the cause within %s: %s"):format(about, finding.cause_code or "none")
  end
  for _, words in ipairs(M.unsaid(wanted, finding)) do
    lines[#lines + 1] = ("- %s says: %s"):format(about, words)
    lines[#lines + 1] = "+ it says: " .. text_of(finding):gsub("\n", "\n          ")
  end
end

---Errors of the report itself and of its sections, as text.
---@param report table
---@return string[]
function M.errors(report)
  local texts = {}
  for _, list in ipairs({ report.errors or {}, M.all(report, "errors") }) do
    for _, problem in ipairs(list) do
      texts[#texts + 1] = problem.message or "an error without a message"
    end
  end
  return texts
end

local function compare_healthy(wanted, report, lines)
  local healthy = {}
  for _, object in ipairs(M.all(report, "healthy")) do
    healthy[M.reference(object)] = true
  end
  for _, name in ipairs(wanted.healthy or {}) do
    if not healthy[name] then
      lines[#lines + 1] = "- healthy: " .. name
    end
  end
end

local function compare_unknown(wanted, unknown, lines)
  for _, words in ipairs(wanted.unknown or {}) do
    local found = false
    for _, text in ipairs(unknown) do
      found = found or text:find(words, 1, true) ~= nil
    end
    if not found then
      lines[#lines + 1] = "- unknown: " .. words
    end
  end
end

-- What could not be determined, as text.
local function unknown_of(report)
  local texts = {}
  for i, entry in ipairs(M.all(report, "unknown")) do
    texts[i] = ("%s: %s%s"):format(entry.what, entry.reason, entry.message and " (" .. entry.message .. ")" or "")
  end
  return texts
end

---Lines with "-" are expected and not there, with "+" there and not expected; none when the case holds.
---@param question {case: table, report: table, exit: integer}
---@return {differences: string[]}
function M.run(question)
  local wanted, report, lines = question.case, question.report, {}
  local left, unknown = M.all(report, "findings"), unknown_of(report)
  for _, problem in ipairs(wanted.errors and {} or M.errors(report)) do
    lines[#lines + 1] = "+ error: " .. problem
  end
  for _, each in ipairs(wanted.findings or {}) do
    local finding = M.take(each, left)
    if finding then
      compare_details(each, finding, lines)
    else
      lines[#lines + 1] = "- " .. wanted_line(each)
    end
  end
  for _, finding in ipairs(left) do
    lines[#lines + 1] = ("+ %s: %s"):format(M.line(finding), finding.cause)
  end
  compare_healthy(wanted, report, lines)
  compare_unknown(wanted, unknown, lines)
  if question.exit ~= wanted.exit then
    lines[#lines + 1] = ("- exit %s"):format(tostring(wanted.exit))
    lines[#lines + 1] = ("+ exit %d"):format(question.exit)
    for _, text in ipairs(unknown) do
      lines[#lines + 1] = "+ unknown: " .. text
    end
  end
  return { differences = lines }
end

return M
