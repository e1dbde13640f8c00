local ways_out = require("krunbook.ways_out")

local function may(rules, what)
  return ways_out.may_let_out({ { egress = rules } }, what)
end

return {
  ["what a program waited for is in the last line that says so"] = function(check)
    local lines = {
      { "name", "Error: getaddrinfo EAI_AGAIN db" }, { "name", "psql: error: could not translate host name: Temporary failure in name resolution" },
      { "name", "dial tcp: lookup db on 10.96.0.10:53: read udp 10.1.0.4:41000->10.96.0.10:53: i/o timeout" },
      { "connection", "dial tcp 10.96.4.2:5432: i/o timeout" }, { "connection", "Error: connect ETIMEDOUT 10.96.4.2:5432" },
      { "connection", "connection to server at \"db\" (10.96.4.2), port 5432 failed: Connection timed out" },
      { nil, "Error: getaddrinfo ENOTFOUND db" }, { nil, "dial tcp 10.0.0.1:5432: connect: connection refused" }, { nil, "" },
    }
    for _, row in ipairs(lines) do
      check.equal(row[1], ways_out.waited_for("starting\n" .. row[2] .. "\nbye\n"), row[2])
    end
  end,
  ["no policy and a rule without ports let out to everything"] = function(check)
    check.is(ways_out.may_let_out({}, "name"))
    check.is(may({ {} }, "name") and may({ { to = {}, ports = {} } }, "connection"))
    check.is(not may({}, "name") and not may({}, "connection"))
  end,
  ["DNS is a port of its own, and of the pods behind it"] = function(check)
    for _, port in ipairs({ 53, 5353, "dns" }) do
      check.is(may({ { ports = { { port = port, protocol = "UDP" } } } }, "name"), tostring(port))
    end
    check.is(not may({ { ports = { { port = 443 } } } }, "name"))
    check.is(may({ { ports = { { port = 1, endPort = 65535 } } } }, "name"))
  end,
  ["a port other than that of DNS may be the one a Service leads to"] = function(check)
    check.is(may({ { ports = { { port = 8080 } } } }, "connection"))
    check.is(not may({ { ports = { { port = 53, protocol = "UDP" }, { port = 53 } } } }, "connection"))
    check.is(may({ { ports = { { port = "db" } } } }, "connection"))
  end,
}
