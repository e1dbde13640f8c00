local codes = require("krunbook.codes")
local log_patterns = require("krunbook.log_patterns")

-- What a test added is taken away again: both tables are shared.
local function cleanly(test)
  return function(check)
    local kept = {}
    for code, entry in pairs(codes.all) do
      kept[code] = entry
    end
    local ok, problem = pcall(test, check)
    for code in pairs(codes.all) do
      codes.all[code] = kept[code]
    end
    for i = #log_patterns.patterns, 1, -1 do
      log_patterns.patterns[i] = nil
    end
    if not ok then
      error(problem, 0)
    end
  end
end

local function fails(check, words, call, ...)
  local ok, problem = pcall(call, ...)
  check.is(not ok and tostring(problem):find(words, 1, true), tostring(problem))
end

return {
  ["as shipped nothing is known of any team's programs"] = function(check)
    check.equal(nil, (log_patterns.match("panic: no database\n")))
  end,
  ["of a log the last line that a pattern fits is taken"] = cleanly(function(check)
    codes.extend({ ["db-down"] = { severity = "critical", means = "no database" } })
    log_patterns.extend({ { pattern = "no database on %S+", code = "db-down", cause = "x" } })
    local pattern, line = log_patterns.match("no database on a\nno database on b\nbye\n")
    check.equal({ "db-down", "no database on b" }, { pattern.code, line })
    check.equal(nil, (log_patterns.match("all is well\n")))
  end),
  ["what is added later is tried first"] = cleanly(function(check)
    log_patterns.extend({ { pattern = "x", code = "crash-late", cause = "first" } })
    log_patterns.extend({ { pattern = "x", code = "crash-late", cause = "second" }, { pattern = "x", code = "crash-late", cause = "third" } })
    check.equal("second", log_patterns.match("x").cause)
  end),
  ["a pattern that cannot work is refused where it is added"] = cleanly(function(check)
    fails(check, "no cause", log_patterns.extend, { { pattern = "x", code = "crash-late" } })
    fails(check, "nothing is known of code mine", log_patterns.extend, { { pattern = "x", code = "mine", cause = "y" } })
    fails(check, "malformed", log_patterns.extend, { { pattern = "[", code = "crash-late", cause = "y" } })
    check.equal(0, #log_patterns.patterns)
  end),
  ["a code's severity can be said anew, and a new one needs a meaning"] = cleanly(function(check)
    check.equal("warning", codes.severity("restarts-recent"))
    codes.extend({ ["restarts-recent"] = { severity = "info" } })
    check.equal("info", codes.severity("restarts-recent"))
    check.is(codes.all["restarts-recent"].means)
    fails(check, "say what it means", codes.extend, { mine = { severity = "info" } })
    fails(check, "the severity of mine", codes.extend, { mine = { severity = "bad", means = "x" } })
  end),
}
