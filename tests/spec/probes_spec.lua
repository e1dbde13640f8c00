local probes = require("krunbook.probes")

return {
  ["what is good depends on what was asked"] = function(check)
    check.is(probes.is_good({ result = "open" }))
    check.is(probes.is_good({ result = "closed" }), "closed, on a connection on which nothing was said,")
    check.is(not probes.is_good({ result = "closed" }, "/"))
    for _, result in ipairs({ "refused", "reset", "timeout", "not-http" }) do
      check.is(not probes.is_good({ result = result }), result)
    end
  end,
  ["an application's no is an answer, its failure is none"] = function(check)
    check.is(probes.is_good({ result = "answered", status = 404 }, "/"))
    check.is(not probes.is_good({ result = "answered", status = 500 }, "/"))
  end,
  ["evidence quotes the runtime's words, or the first line that came"] = function(check)
    check.equal("TCP, port 80 of Pod shop/web-0, through a port-forward: refused: connection refused",
      probes.evidence({ result = "refused", pod = "web-0", port = 80, message = "connection refused" }, "TCP", "shop").text)
    check.equal("HTTP GET /, port 80 of Pod shop/web-0, through a port-forward: HTTP 503 in 4 ms: down",
      probes.evidence({ result = "answered", status = 503, latency_ms = 4, pod = "web-0", port = 80, body = "down\nmore" }, "HTTP GET /",
        "shop").text)
    check.equal("open", probes.result({ result = "open" }), "of a probe that was written by hand, and tells no time,")
    check.equal("TCP, port 80 of Pod shop/web-0, through a port-forward: no answer in time",
      probes.evidence({ result = "timeout", pod = "web-0", port = 80, body = "\1\2" }, "TCP", "shop").text)
  end,
}
