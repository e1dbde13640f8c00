local quantities = require("krunbook.quantities")

return {
  ["suffixes are decimal or binary"] = function(check)
    check.equal(0.5, quantities.parse("500m"))
    check.equal(64 * 2.0 ^ 30, quantities.parse("64Gi"))
    check.equal(1e9, quantities.parse("1G"))
    check.equal(1000.0, quantities.parse("1e3"))
    check.equal(32, quantities.parse(32))
    check.is(quantities.parse("16316228Ki") == 16316228 * 1024)
  end,
  ["what is no quantity gives nil"] = function(check)
    check.equal(nil, quantities.parse("lots"))
    check.equal(nil, quantities.parse(""))
    check.equal(nil, quantities.parse("12Qi"))
  end,
  ["amounts are written for a person"] = function(check)
    check.equal("32 CPU", quantities.text("cpu", 32))
    check.equal("3.92 CPU", quantities.text("cpu", 3.92))
    check.equal("64Gi", quantities.text("memory", 64 * 2 ^ 30))
    check.equal("110 pods", quantities.text("pods", 110))
    check.equal("1 nvidia.com/gpu", quantities.text("nvidia.com/gpu", 1))
  end,
}
