local events = require("krunbook.events")

local list = {
  { reason = "Failed", message = "Failed to pull image: refused", first = "2026-01-31T08:00:00Z", last = "2026-01-31T08:01:00Z" },
  { reason = "BackOff", message = "Back-off pulling", first = "2026-01-31T07:59:00Z", last = "2026-01-31T08:02:00Z" },
  { reason = "Failed", message = "Failed to pull image: 401", first = "2026-01-31T08:03:00Z", last = "2026-01-31T08:03:00Z" },
}

return {
  ["the newest that fits is the last one"] = function(check)
    check.equal("Failed to pull image: 401", events.newest(list, "Failed").message)
    check.equal("Failed to pull image: refused", events.newest(list, "Failed", "refused").message)
    check.equal(nil, events.newest(list, "Killing"))
    check.equal(nil, events.newest(nil, "Failed"))
  end,
  ["the first time is the earliest, whichever came last"] = function(check)
    check.equal("2026-01-31T07:59:00Z", events.first_seen(list, { "Failed", "BackOff" }))
  end,
  ["an event without a fieldPath is of the whole pod"] = function(check)
    check.is(events.of_container({ object = {} }, "web"))
    check.is(events.of_container({ object = { fieldPath = "spec.containers{web}" } }, "web"))
    check.is(not events.of_container({ object = { fieldPath = "spec.containers{sidecar}" } }, "web"))
  end,
}
