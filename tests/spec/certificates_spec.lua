local certificates = require("krunbook.certificates")
local time = require("krunbook.time")

local now = time.parse("2026-03-10T12:00:00Z")

local function covers(names, host)
  return certificates.covers({ dnsNames = names }, host)
end

return {
  ["a wildcard stands for one whole label, the first"] = function(check)
    check.is(covers({ "*.example.com" }, "shop.example.com"))
    check.is(covers({ "*.Example.com" }, "Shop.example.COM"))
    check.is(not covers({ "*.example.com" }, "example.com"))
    check.is(not covers({ "*.example.com" }, "a.b.example.com"))
    check.is(not covers({ "s*.example.com" }, "shop.example.com"))
    check.is(not covers({ "*" }, "shop"))
  end,
  ["a wildcard host is covered by the same wildcard alone"] = function(check)
    check.is(covers({ "*.example.com" }, "*.example.com"))
    check.is(not covers({ "shop.example.com" }, "*.example.com"))
    check.is(not covers({ "*.example.com" }, "*.shop.example.com"))
  end,
  ["a common name counts for nobody"] = function(check)
    check.is(not certificates.covers({ subject = "CN=shop.example.com", dnsNames = {} }, "shop.example.com"))
    check.is(not certificates.covers({ subject = "CN=shop.example.com" }, "shop.example.com"))
  end,
  ["before, within and after its time"] = function(check)
    local facts = { notBefore = "2026-03-01T00:00:00Z", notAfter = "2026-04-01T00:00:00Z" }
    check.equal(nil, certificates.out_of_date(facts, now))
    check.is(certificates.out_of_date(facts, time.parse("2026-02-28T00:00:00Z")):find("only from", 1, true))
    local problem, since = certificates.out_of_date(facts, time.parse("2026-04-03T00:00:00Z"))
    check.equal("2026-04-01T00:00:00Z", since)
    check.is(problem:find("2 d ago", 1, true) or problem:find("48 h ago", 1, true), problem)
    check.equal(nil, certificates.out_of_date({}, now))
  end,
  ["how long it is still good"] = function(check)
    check.equal(3600, certificates.left({ notAfter = "2026-03-10T13:00:00Z" }, now))
    check.equal(nil, certificates.left({ notAfter = "2026-03-10T11:00:00Z" }, now))
    check.equal(nil, certificates.left({}, now))
  end,
  ["which keys a Secret lacks"] = function(check)
    check.equal({}, certificates.missing_keys({ data = { ["tls.crt"] = "", ["tls.key"] = "" } }))
    check.equal({ "tls.key" }, certificates.missing_keys({ data = { ["tls.crt"] = "" } }))
    check.equal({ "tls.crt", "tls.key" }, certificates.missing_keys({}))
  end,
}
