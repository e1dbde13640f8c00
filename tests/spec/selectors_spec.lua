local selectors = require("krunbook.selectors")

local labels = { app = "web", tier = "front", weight = "5" }

return {
  ["an empty selector matches everything"] = function(check)
    check.is(selectors.matches(labels, {}))
    check.is(selectors.matches(nil, nil))
  end,
  ["every label must match"] = function(check)
    check.is(selectors.matches(labels, { matchLabels = { app = "web" } }))
    check.is(not selectors.matches(labels, { matchLabels = { app = "web", tier = "back" } }))
  end,
  ["expressions have Kubernetes' meaning for absent labels"] = function(check)
    local cases = {
      { "app", "In", { "web", "api" }, true }, { "app", "NotIn", { "web" }, false }, { "zone", "NotIn", { "a" }, true },
      { "app", "Exists", nil, true }, { "zone", "DoesNotExist", nil, true }, { "zone", "In", { "a" }, false },
      { "weight", "Gt", { "4" }, true }, { "weight", "Lt", { "4" }, false }, { "zone", "Gt", { "4" }, false },
    }
    for _, case in ipairs(cases) do
      check.equal(case[4], selectors.meets(labels, { key = case[1], operator = case[2], values = case[3] }), case[1] .. " " .. case[2])
    end
  end,
  ["it is written as kubectl's -l takes it"] = function(check)
    check.equal("a=b,c in (d,e)", selectors.text({ matchLabels = { a = "b" }, matchExpressions = {
      { key = "c", operator = "In", values = { "d", "e" } } } }))
  end,
}
