-- Objects as they may be taken for granted, though an API server, or whoever edited a snapshot, has left a part of them out.
local M = {}

---The object, with the tables metadata, spec and status.
---@generic T: Object
---@param object T
---@return T
function M.whole(object)
  for _, part in ipairs({ "metadata", "spec", "status" }) do
    if type(object[part]) ~= "table" then
      object[part] = {}
    end
  end
  return object
end

---The same for each of a list.
---@generic T: Object
---@param list T[]
---@return T[]
function M.all_whole(list)
  for _, object in ipairs(list) do
    M.whole(object)
  end
  return list
end

---The objects to look at, one after another: ctx:targets without their numbers.
---@param ctx Context
---@param kind string
---@return fun(): Object|nil
function M.each(ctx, kind)
  local targets = ctx:targets(kind)
  return function()
    local _, object = targets()
    return object
  end
end

---The same of a further kind: where there is none, that says nothing of the namespace.
---@param ctx Context
---@param kind string
---@return fun(): Object|nil
function M.all(ctx, kind)
  return ctx.sharded and M.each(ctx, kind) or kube.list(kind, { all_namespaces = ctx.all_namespaces, labels = ctx.labels })
end

return M
