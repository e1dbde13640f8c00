-- Why a controller could not create its pods: the API server's words, taken apart.
local next_steps = require("krunbook.next_steps")
local phrases = require("krunbook.phrases")

local M = {}

---Who refused, in the order in which they are looked for. A team adds its own admission's words here.
---@type {kind: string, code: string, any: string[], cause: string}[]
M.refusals = {
  { kind = "quota", code = "quota-exceeded", any = { "exceeded quota", "failed quota" }, cause = "a ResourceQuota is exhausted" },
  { kind = "LimitRange", code = "creation-refused", any = { "usage per Container", "usage per Pod", "per PersistentVolumeClaim",
    "limit to request ratio" }, cause = "a LimitRange refuses what it asks for" },
  { kind = "PodSecurity", code = "creation-refused", any = { "violates PodSecurity", "PodSecurityPolicy", "unable to validate against any",
    "security context constraint" },
    cause = "the namespace's PodSecurity level refuses it" },
  { kind = "ServiceAccount", code = "creation-refused", any = { "error looking up service account" },
    cause = "its ServiceAccount does not exist" },
  { kind = "webhook", code = "creation-refused", any = { "failed calling webhook", "failed to call webhook" },
    cause = "an admission webhook that has to agree does not answer" },
  { kind = "webhook", code = "creation-refused", any = { "admission webhook" }, cause = "an admission webhook refuses it" },
  { kind = "policy", code = "creation-refused", any = { "ValidatingAdmissionPolicy" }, cause = "an admission policy refuses it" },
  { kind = "namespace", code = "creation-refused", any = { "because it is being terminated" }, cause = "its namespace is being deleted" },
  { kind = "PriorityClass", code = "creation-refused", any = { "no PriorityClass with name" }, cause = "its PriorityClass does not exist" },
  { kind = "RuntimeClass", code = "creation-refused", any = { "RuntimeClass" }, cause = "its RuntimeClass is not accepted" },
}

-- What none of the words above tells is the API server's answer as it stands.
local other = { kind = "other", code = "creation-refused", cause = "the API server refuses it" }

---Who refused, by the words of an event or condition that says that something could not be created.
---@param message string
---@return {kind: string, code: string, cause: string}
function M.refusal(message)
  return phrases.first(M.refusals, message) or other
end

-- A webhook is a Service, which its URL names: https://NAME.NAMESPACE.svc:443/path.
local function look_at_webhook(message)
  local service, namespace = message:match('https?://([%w%-]+)%.([%w%-]+)%.svc[:/]')
  if service then
    return next_steps.kubectl(namespace, "get", "endpoints,pods") .. ("  # what stands behind Service %s"):format(service)
  end
  return next_steps.kubectl(nil, "get", "validatingwebhookconfigurations,mutatingwebhookconfigurations")
end

---Where to look at what refused.
---@param refusal {kind: string}
---@param message string
---@param namespace string
---@return string
function M.look(refusal, message, namespace)
  if refusal.kind == "webhook" then
    return look_at_webhook(message)
  elseif refusal.kind == "LimitRange" then
    return next_steps.kubectl(namespace, "describe", "limitrange")
  elseif refusal.kind == "namespace" then
    return next_steps.kubectl(nil, "get", "namespace", namespace, "-o", "yaml") .. "  # its conditions say what holds it back"
  elseif refusal.kind == "PodSecurity" then
    return next_steps.kubectl(nil, "get", "namespace", namespace, "--show-labels")
  elseif refusal.kind == "ServiceAccount" then
    return next_steps.kubectl(namespace, "get", "serviceaccounts")
  elseif refusal.kind == "PriorityClass" then
    return next_steps.kubectl(nil, "get", "priorityclasses")
  elseif refusal.kind == "RuntimeClass" then
    return next_steps.kubectl(nil, "get", "runtimeclasses")
  elseif refusal.kind == "policy" then
    return next_steps.kubectl(nil, "get", "validatingadmissionpolicies")
  end
  return next_steps.kubectl(namespace, "get", "events", "--sort-by=.lastTimestamp")
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
