-- What the runbooks need to be allowed. One that runs another needs what that one needs, too.
local M = {}

---To tell why pods do not run.
M.pod = {
  "get,list pods", "get pods/log", "list events", "get,list replicasets.apps", "get,list deployments.apps", "get,list statefulsets.apps",
  "get,list daemonsets.apps", "get,list jobs.batch", "get,list cronjobs.batch", "get,list replicationcontrollers",
  "get,list nodes", "get,list namespaces", "get,list persistentvolumeclaims", "get persistentvolumes",
  "get storageclasses.storage.k8s.io", "get resourcequotas", "get serviceaccounts", "get secrets", "get,list services",
  "list networkpolicies.networking.k8s.io",
}

---To tell why Services do not answer, beside that.
M.service = {
  "get,list services", "list endpointslices.discovery.k8s.io", "list endpoints", "get,create pods/portforward",
  "list ciliumnetworkpolicies.cilium.io", "list networkpolicies.crd.projectcalico.org",
  "list ciliumclusterwidenetworkpolicies.cilium.io in all namespaces", "list globalnetworkpolicies.crd.projectcalico.org in all namespaces",
  "list adminnetworkpolicies.policy.networking.k8s.io in all namespaces",
  "list clusternetworkpolicies.policy.networking.k8s.io in all namespaces",
}

---To tell why Ingresses do not answer, beside both: their controllers may run in any namespace.
M.ingress = {
  "get,list ingresses.networking.k8s.io", "list ingressclasses.networking.k8s.io", "list secrets", "list namespaces",
  "list pods in all namespaces", "list deployments.apps in all namespaces", "list daemonsets.apps in all namespaces",
  "list statefulsets.apps in all namespaces",
}

---Those of these groups, each once: a runbook's `needs`. needs.of("pod", "list secrets") adds one to a group's.
---@param ... "pod"|"service"|"ingress"|string  a group, or a need
---@return string[]
function M.of(...)
  local list, seen = {}, {}
  for _, group in ipairs({ ... }) do
    for _, need in ipairs(M[group] or { group }) do
      if not seen[need] then
        seen[need] = true
        list[#list + 1] = need
      end
    end
  end
  return list
end

return M
