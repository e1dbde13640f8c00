local time = require("krunbook.time")

return {
  ["RFC 3339 is read with fractions and offsets"] = function(check)
    check.equal(0, time.parse("1970-01-01T00:00:00Z"))
    check.equal(1769846400, time.parse("2026-01-31T08:00:00Z"))
    check.equal(1769846400, time.parse("2026-01-31T08:00:00.123456Z"))
    check.equal(1769846400, time.parse("2026-01-31T09:00:00+01:00"))
    check.equal(1709164800, time.parse("2024-02-29T00:00:00Z"))
  end,
  ["what is no time gives nil"] = function(check)
    check.equal(nil, time.parse("soon"))
    check.equal(nil, time.parse(nil))
  end,
  ["the year 1970 of a container that never started is no start"] = function(check)
    check.equal(nil, time.between("1970-01-01T00:00:00Z", "2026-01-31T08:00:00Z"))
    check.equal(90, time.between("2026-01-31T08:00:00Z", "2026-01-31T08:01:30Z"))
  end,
  ["ages read as kubectl writes them"] = function(check)
    for seconds, text in pairs({ [45] = "45s", [119] = "119s", [150] = "2m30s", [180] = "3m", [700] = "11m", [10900] = "3h1m",
      [36000] = "10h", [500000] = "5d" }) do
      check.equal(text, time.age(seconds))
    end
  end,
}
