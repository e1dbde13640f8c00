-- Names that programs could not resolve, and the Services that these names may mean.
local lookup = require("krunbook.lookup")
local next_steps = require("krunbook.next_steps")

local M = {}

local LINE = 500 -- bytes: a line that says so is short, and a long one without a space takes a pattern long

---How programs say that there is no such name. What is captured is the name. A team adds its own programs' words here.
---@type string[]
M.unresolved = {
  "getaddrinfo ENOTFOUND ([%w%.%-]+)", "lookup ([%w%.%-]+)[^\n]-: no such host", "could not translate host name \"([%w%.%-]+)\"",
  "[Cc]ould not resolve host: ([%w%.%-]+)", "UnknownHostException: ([%w%.%-]+)", "host not found in upstream \"([%w%.%-]+)",
  "can't resolve '([%w%.%-]+)'", "server can't find ([%w%.%-]+): NXDOMAIN", "bad address '([%w%.%-]+)'",
  "Unknown MySQL server host '([%w%.%-]+)'", "([%w%.%-]+): Name or service not known",
}

---The last name in a log that could not be resolved.
---@param log string
---@return string|nil
function M.missing(log)
  local found
  for line in log:gmatch("[^\n]+") do
    for _, pattern in ipairs(#line <= LINE and M.unresolved or {}) do
      local name = line:match(pattern)
      if name then
        found = name
        break
      end
    end
  end
  return found and (found:gsub("%.+$", ""))
end

---The Service that a name means within the cluster: "db", "db.shop", "db.shop.svc", "db.shop.svc.cluster.local". Of two labels the
---second may as well be a domain of the world: sure says that it is none.
---@param name string
---@param namespace string  of who asks
---@return string|nil service, string|nil namespace, boolean|nil sure
function M.service(name, namespace)
  local labels = {}
  for label in name:gmatch("[^.]+") do
    labels[#labels + 1] = label
  end
  if #labels == 1 then
    return labels[1], namespace, true
  elseif labels[3] == "svc" then
    return labels[1], labels[2], true
  elseif #labels == 2 then
    return labels[1], labels[2], false
  end
end

---What to say of a name that a program could not resolve: the Service that is not there, or that is; nil where it is none of the cluster's.
---@param ctx Context
---@param log string
---@param namespace string
---@return string|nil sentence, Evidence|nil evidence, string|nil step
function M.explain(ctx, log, namespace)
  local name = M.missing(log)
  local service, of, sure = nil, nil, nil
  if name then
    service, of, sure = M.service(name, namespace)
  end
  if not service then
    return nil
  end
  local found, unknown = kube.get("services", service, { namespace = of })
  ctx:can_do_without(unknown)
  if unknown or (not found and not sure) then
    return nil
  elseif found then
    local headless = (found.spec or {}).clusterIP == "None"
    return (" Service %s is there in namespace %s%s."):format(service, of, headless and ", headless: it has a name only while one of its "
      .. "pods is ready" or " now: it was made since, or DNS does not answer as it should"),
      { kind = "object", text = ("Service %s/%s, made at %s"):format(of, service, found.metadata.creationTimestamp or "?") },
      headless and next_steps.kubectl(of, "describe", "service", service)
        or next_steps.kubectl("kube-system", "get", "pods", "-l", "k8s-app=kube-dns")
  end
  local near = require("krunbook.nearest").name(service, lookup.names(ctx, "services", of))
  return (" There is no Service %s in namespace %s.%s"):format(service, of, near and (" The nearest is %s."):format(near) or ""),
    { kind = "object", text = ("Service %s/%s not found"):format(of, service) }, next_steps.kubectl(of, "get", "services")
end

return M
