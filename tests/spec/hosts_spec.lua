local hosts = require("krunbook.hosts")

local lines = {
  { "db-primary", "Error: getaddrinfo ENOTFOUND db-primary" },
  { "db.shop", "dial tcp: lookup db.shop on 10.96.0.10:53: no such host" },
  { "db", 'psql: error: could not translate host name "db" to address: Name or service not known' },
  { "db.shop.svc.cluster.local", "nslookup: can't resolve 'db.shop.svc.cluster.local'" },
  { "db.shop.svc.cluster.local", "** server can't find db.shop.svc.cluster.local: NXDOMAIN" },
  { "api", 'nginx: [emerg] host not found in upstream "api:8080" in /etc/nginx/nginx.conf:5' },
  { "db", "java.net.UnknownHostException: db: Name or service not known" },
  { "api", "curl: (6) Could not resolve host: api" },
  { "redis", "redis.exceptions.ConnectionError: Error -2 connecting to redis: Name or service not known" },
}

return {
  ["a name that is not there is taken out of what programs say"] = function(check)
    for _, row in ipairs(lines) do
      check.equal(row[1], (hosts.missing("starting\n" .. row[2] .. "\n")), row[2])
    end
  end,
  ["a name that is there, or that did not answer, is none"] = function(check)
    for _, line in ipairs({ "dial tcp 10.0.0.1:5432: connect: connection refused", "lookup db on 10.96.0.10:53: i/o timeout", "ready" }) do
      check.equal(nil, (hosts.missing(line)), line)
    end
  end,
  ["a name means a Service as DNS in a cluster resolves it"] = function(check)
    local rows = { { "db", "db/shop", true }, { "db.data", "db/data", false }, { "db.data.svc", "db/data", true },
      { "db.data.svc.cluster.local", "db/data", true }, { "db.example.com", nil, nil } }
    for _, row in ipairs(rows) do
      local service, namespace, sure = hosts.service(row[1], "shop")
      check.equal(row[2], service and service .. "/" .. namespace, row[1])
      check.equal(row[3], sure, row[1])
    end
  end,
}
