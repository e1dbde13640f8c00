-- Why a controller could not create its pods: the API server's words, taken apart.
local M = {}

---Who refused, in the order in which they are looked for. A team adds its own admission's words here.
---@type {kind: string, code: string, any: string[], cause: string}[]
M.refusals = {
  { kind = "quota", code = "quota-exceeded", any = { "exceeded quota", "failed quota" }, cause = "a ResourceQuota is exhausted" },
  { kind = "LimitRange", code = "creation-refused", any = { "usage per Container", "usage per Pod", "per PersistentVolumeClaim",
    "limit to request ratio" }, cause = "a LimitRange refuses what it asks for" },
  { kind = "PodSecurity", code = "creation-refused", any = { "violates PodSecurity", "PodSecurityPolicy", "unable to validate against any" },
    cause = "the namespace's PodSecurity level refuses it" },
  { kind = "ServiceAccount", code = "creation-refused", any = { "error looking up service account", "serviceaccount" },
    cause = "its ServiceAccount does not exist" },
  { kind = "webhook", code = "creation-refused", any = { "admission webhook", "failed calling webhook" },
    cause = "an admission webhook refuses it" },
  { kind = "other", code = "creation-refused", any = { "is forbidden", "is invalid", "admission" }, cause = "the API server refuses it" },
}

---@param message string
---@return table|nil
function M.refusal(message)
  for _, refusal in ipairs(M.refusals) do
    for _, needle in ipairs(refusal.any) do
      if message:find(needle, 1, true) then
        return refusal
      end
    end
  end
end

---What a quota's refusal says: its name, and for each resource what was requested, used and allowed.
---@param message string
---@return string|nil name, string details
function M.quota(message)
  local name = message:match("exceeded quota: ([^,%s]+)") or message:match("failed quota: ([^:%s]+)")
  local requested, used, limited = message:match("requested: (.-), used: (.-), limited: (.+)$")
  if requested then
    return name, ("requested %s, used %s, allowed %s"):format(requested, used, limited)
  end
  return name, message:match("must specify .+$") or ""
end

---The refusal itself, without what names the pod that was never made.
---@param message string
---@return string
function M.words(message)
  local words = message:gsub("^%(combined from similar events%): ", "")
  words = words:gsub('^.-is forbidden: ', ""):gsub("^Error creating: ", "")
  return words
end

return M
