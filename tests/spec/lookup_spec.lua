local lookup = require("krunbook.lookup")

-- A cluster of Secrets a to f in namespace shop, a and b of type tls; notes what it is asked.
local function cluster(refuses_lists)
  local asked = {}
  for primitive, answer in pairs({
    get = function(_, name, opts)
      asked[#asked + 1] = "get " .. opts.namespace .. "/" .. name
      if name == "secret" then
        return nil, { reason = "forbidden" }
      end
      return name:find("^[a-f]$") and { metadata = { namespace = opts.namespace, name = name } } or nil
    end,
    list = function(kind, opts)
      asked[#asked + 1] = "list " .. kind .. " " .. (opts.namespace or "everywhere")
      local names, i = opts.fields and { "a", "b" } or { "a", "b", "c", "d", "e", "f" }, 0
      if refuses_lists then
        names = {}
      end
      return setmetatable({ unknown = refuses_lists and { reason = "forbidden" } or nil }, { __call = function()
        i = i + 1
        return names[i] and { metadata = { namespace = "shop", name = names[i] } }
      end })
    end,
    parallel = function(items, fn)
      for i, item in ipairs(items) do
        fn(item, i)
      end
    end,
  }) do
    rawset(kube, primitive, answer)
  end
  local forgiven = {}
  return { can_do_without = function(_, unknown) forgiven[#forgiven + 1] = unknown end }, asked, forgiven
end

local function want(names, namespace)
  local list = {}
  for name in names:gmatch("%S+") do
    list[#list + 1] = { namespace = namespace or "shop", name = name }
  end
  return list
end

local function count(map)
  local n = 0
  for _ in pairs(map) do
    n = n + 1
  end
  return n
end

return {
  ["a few are got one by one, each once"] = function(check)
    local ctx, asked = cluster()
    local found, unknown = lookup.objects(ctx, "secrets", want("a gone a secret"))
    check.equal({ "get shop/a", "get shop/gone", "get shop/secret" }, asked)
    check.is(found["shop/a"] and not found["shop/gone"] and not unknown["shop/gone"])
    check.equal("forbidden", unknown["shop/secret"].reason)
  end,
  ["many come in one list, and what is not in it is absent"] = function(check)
    local ctx, asked = cluster()
    local found = lookup.objects(ctx, "secrets", want("a b c gone"))
    check.equal({ "list secrets shop" }, asked)
    check.equal(3, count(found))
  end,
  ["of a list of some, the others are got by name"] = function(check)
    local ctx, asked = cluster()
    local found = lookup.objects(ctx, "secrets", want("a b c gone"), { type = "tls" })
    check.equal({ "list secrets shop", "get shop/c", "get shop/gone" }, asked)
    check.equal(3, count(found))
  end,
  ["where a list is refused, they are got by name, and nothing is called absent for it"] = function(check)
    local ctx, asked, forgiven = cluster(true)
    local found, unknown = lookup.objects(ctx, "secrets", want("a b c secret"))
    check.equal(5, #asked)
    check.equal({ 3, 1 }, { count(found), count(unknown) })
    check.equal("forbidden", forgiven[1].reason)
  end,
  ["several namespaces are one list"] = function(check)
    local ctx, asked = cluster()
    local wanted = want("a b")
    for _, one in ipairs(want("a b", "other")) do
      wanted[#wanted + 1] = one
    end
    lookup.objects(ctx, "services", wanted)
    check.equal({ "list services everywhere" }, asked)
  end,
}
