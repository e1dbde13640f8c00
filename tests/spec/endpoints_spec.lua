local endpoints = require("krunbook.endpoints")

-- kube.list that gives these objects of a kind, or ends with an Unknown.
local function lists(by_kind)
  rawset(kube, "list", function(kind)
    local answer, i = by_kind[kind], 0
    return setmetatable({ unknown = answer.reason and answer or nil }, { __call = function()
      i = i + 1
      return answer[i]
    end })
  end)
end

local function context()
  local forgiven = {}
  return { can_do_without = function(_, unknown) forgiven[#forgiven + 1] = unknown and unknown.what end }, forgiven
end

local function slice(service, list, labels)
  labels = labels or { ["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io" }
  labels["kubernetes.io/service-name"] = service
  return { metadata = { namespace = "shop", name = service .. "-x", labels = labels }, endpoints = list }
end

local refused = { what = "endpointslices in shop", reason = "forbidden" }
local not_served = { what = "endpointslices in shop", reason = "api-missing" }
local web = { kind = "Pod", name = "web-0", uid = "1" }

return {
  ["slices of one Service are one, and ready is what does not say otherwise"] = function(check)
    lists({ ["endpointslices.discovery.k8s.io"] = { slice("web", { { addresses = { "10.0.0.1" }, conditions = {}, targetRef = web },
      { addresses = { "10.0.0.2" }, conditions = { ready = false } } }), slice("web", { { addresses = { "10.0.0.3" } } }), slice("empty", nil),
      { metadata = { namespace = "shop", name = "nobody's" } } } })
    local found, source, unknown = endpoints.read((context()), {})
    check.equal("EndpointSlices", source)
    check.equal(nil, unknown)
    check.equal({ { address = "10.0.0.1", ready = true, by_hand = false, pod_uid = "1" },
      { address = "10.0.0.2", ready = false, by_hand = false }, { address = "10.0.0.3", ready = true, by_hand = false } }, found["shop/web"].list)
    check.equal({}, found["shop/empty"].list)
  end,
  ["a slice that another than the controller manages is kept by hand"] = function(check)
    lists({ ["endpointslices.discovery.k8s.io"] = { slice("web", { { addresses = { "192.0.2.1" } } }, {}) } })
    check.is((endpoints.read((context()), {}))["shop/web"].list[1].by_hand)
  end,
  ["ports are known by name and protocol, of endpoints that are ready"] = function(check)
    local ready, not_ready = slice("db", { { addresses = { "192.0.2.1" } } }), slice("db", { { addresses = { "192.0.2.2" },
      conditions = { ready = false } } })
    ready.ports, not_ready.ports = { { port = 5432 }, { name = "dns", port = 53, protocol = "UDP" } }, { { name = "pg", port = 5432 } }
    lists({ ["endpointslices.discovery.k8s.io"] = { ready, not_ready } })
    check.equal({ ["/TCP"] = true, ["dns/UDP"] = true }, (endpoints.read((context()), {}))["shop/db"].ports)
    lists({ ["endpointslices.discovery.k8s.io"] = {}, endpoints = { { metadata = { namespace = "shop", name = "db" }, subsets = {
      { addresses = { { ip = "192.0.2.1" } }, ports = { { name = "pg", port = 5432, protocol = "TCP" } } },
      { notReadyAddresses = { { ip = "192.0.2.2" } }, ports = { { name = "metrics", port = 9187 } } } } } } })
    check.equal({ ["pg/TCP"] = true }, (endpoints.read((context()), {}))["shop/db"].ports)
  end,
  ["an old server has Endpoints, and nothing is unknown"] = function(check)
    local ctx, forgiven = context()
    lists({ ["endpointslices.discovery.k8s.io"] = not_served, endpoints = { { metadata = { namespace = "shop", name = "web", annotations = {
      ["endpoints.kubernetes.io/over-capacity"] = "truncated" } }, subsets = { { addresses = { { ip = "10.0.0.1", targetRef = web } },
      notReadyAddresses = { { ip = "10.0.0.2" } } } } } } })
    local found, source, unknown = endpoints.read(ctx, {})
    check.equal("Endpoints", source)
    check.equal(nil, unknown)
    check.equal({ "endpointslices in shop" }, forgiven)
    check.equal({ { address = "10.0.0.1", ready = true, by_hand = false, pod_uid = "1" }, { address = "10.0.0.2", ready = false, by_hand = true } },
      found["shop/web"].list)
    check.is(found["shop/web"].truncated)
  end,
  ["where no slice is written, Endpoints tell"] = function(check)
    local object = { metadata = { namespace = "shop", name = "web" }, subsets = { { addresses = { { ip = "10.0.0.1", targetRef = web } } } } }
    lists({ ["endpointslices.discovery.k8s.io"] = {}, endpoints = { object } })
    local found, source = endpoints.read((context()), {})
    check.equal("Endpoints", source)
    check.equal(1, #found["shop/web"].list)
    lists({ ["endpointslices.discovery.k8s.io"] = {}, endpoints = {} })
    check.equal("EndpointSlices", select(2, endpoints.read((context()), {})))
    local ctx, forgiven = context()
    lists({ ["endpointslices.discovery.k8s.io"] = {}, endpoints = { what = "endpoints in shop", reason = "forbidden" } })
    check.equal("EndpointSlices", select(2, endpoints.read(ctx, {})))
    check.equal({ "endpoints in shop" }, forgiven)
  end,
  ["where both are refused, the slices stay unknown"] = function(check)
    local ctx, forgiven = context()
    lists({ ["endpointslices.discovery.k8s.io"] = refused, endpoints = { what = "endpoints in shop", reason = "forbidden" } })
    local _, source, unknown = endpoints.read(ctx, {})
    check.equal(nil, source)
    check.equal(refused, unknown)
    check.equal({ "endpoints in shop" }, forgiven)
  end,
}
