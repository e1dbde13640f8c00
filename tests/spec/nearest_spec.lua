local nearest = require("krunbook.nearest")

local function pod(name, labels)
  return { kind = "Pod", metadata = { namespace = "shop", name = name, labels = labels } }
end

-- The pods' names and what differs, the nearest first: "a,b app=nginx|app".
local function found(wanted, all)
  local lines = {}
  for i, near in ipairs(nearest.pods(wanted, nearest.alike(all))) do
    local names, differs = {}, {}
    for j, one in ipairs(near.pods) do
      names[j] = one.metadata.name
    end
    for j, one in ipairs(near.differs) do
      differs[j] = ("%s=%s|%s"):format(one.has_key or "", one.has or "", one.key)
    end
    lines[i] = table.concat(names, ",") .. " " .. table.concat(differs, " ")
  end
  return lines
end

return {
  ["a swap of neighbours is one letter apart"] = function(check)
    check.equal(1, nearest.distance("ngnix", "nginx"))
    check.equal(0, nearest.distance("web", "web"))
    check.equal(3, nearest.distance("", "web"))
    check.equal(2, nearest.distance("wbe1", "web"))
    check.equal(3, nearest.distance("kitten", "sitting"))
  end,
  ["the nearer value comes first"] = function(check)
    check.equal({ "b app=nginx|app", "a app=redis|app" }, found({ app = "ngnix" }, { pod("a", { app = "redis" }), pod("b", { app = "nginx" }) }))
  end,
  ["more labels that match are nearer than one that nearly does"] = function(check)
    check.equal({ "b version=v1|version", "a app=wbe|app version=v9|version" }, found({ app = "web", version = "v2" },
      { pod("a", { app = "wbe", version = "v9" }), pod("b", { app = "web", version = "v1" }) }))
  end,
  ["the right value under another key is nearer than another value"] = function(check)
    check.equal({ "b app.kubernetes.io/name=web|app", "a app=db|app" }, found({ app = "web" },
      { pod("a", { app = "db" }), pod("b", { ["app.kubernetes.io/name"] = "web" }) }))
  end,
  ["a label that is absent is the farthest, and what has nothing alike is not near at all"] = function(check)
    check.equal({ "a =|tier" }, found({ app = "web", tier = "front" }, { pod("a", { app = "web" }), pod("b", {}), pod("c", nil) }))
  end,
  ["pods that differ in the same way are named together"] = function(check)
    check.equal({ "a,b,c app=wbe|app" }, found({ app = "web" }, { pod("a", { app = "wbe", hash = "1" }), pod("b", { app = "wbe", hash = "1" }),
      pod("c", { app = "wbe", hash = "2" }) }))
  end,
  ["the nearest name is one that differs in few letters"] = function(check)
    check.equal("running-service", nearest.name("runing-service", { "kubernetes", "running-service", "wrong-port" }))
    check.equal("web", nearest.name("wbe", { "api", "web" }))
    check.equal(nil, nearest.name("payments", { "web", "api" }))
    check.equal("web-a", nearest.name("web", { "web-b", "web-a", "web" }))
    check.equal(nil, nearest.name("web", {}))
  end,
}
