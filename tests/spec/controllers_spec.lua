local controllers = require("krunbook.controllers")

local function kind(message)
  local refusal = controllers.refusal(message)
  return refusal and refusal.code .. ", " .. refusal.kind
end

local before = 'Error creating: pods "web-6c8b7d5f49-x" is forbidden: '

return {
  ["who refuses is told by the words"] = function(check)
    check.equal("quota-exceeded, quota", kind(before .. "exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1"))
    check.equal("quota-exceeded, quota", kind(before .. "failed quota: small: must specify limits.cpu"))
    check.equal("creation-refused, LimitRange", kind(before .. "maximum cpu usage per Container is 1, but limit is 2"))
    check.equal("creation-refused, PodSecurity", kind(before .. 'violates PodSecurity "restricted:latest": privileged'))
    check.equal("creation-refused, ServiceAccount", kind(before .. 'error looking up service account shop/x: serviceaccount "x" not found'))
    check.equal("creation-refused, webhook", kind('Error creating: admission webhook "w.example" denied the request: no'))
    check.equal("creation-refused, webhook", kind('Error creating: Internal error occurred: failed calling webhook "w.example"'))
    check.equal("creation-refused, policy", kind(before .. "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"))
    check.equal("creation-refused, PriorityClass", kind(before .. "no PriorityClass with name critical was found"))
    check.equal("creation-refused, namespace", kind(before .. "unable to create new content in namespace shop because it is being terminated"))
    check.equal("creation-refused, other", kind("Error creating: etcdserver: request timed out"))
  end,
  ["a quota's refusal is taken apart"] = function(check)
    local name, details = controllers.quota(before .. "exceeded quota: small, requested: limits.cpu=1,pods=1, used: limits.cpu=4,pods=3, "
      .. "limited: limits.cpu=4,pods=9")
    check.equal("small", name)
    check.equal("requested limits.cpu=1,pods=1, used limits.cpu=4,pods=3, allowed limits.cpu=4,pods=9", details)
    name, details = controllers.quota(before .. "failed quota: small: must specify limits.cpu for: app")
    check.equal("small", name)
    check.equal("must specify limits.cpu for: app", details)
  end,
  ["the refused pod's random name is not part of the words"] = function(check)
    check.equal("exceeded quota: small", controllers.words("(combined from similar events): " .. before .. "exceeded quota: small"))
  end,
}
