-- What findings can be: the code, how grave it is, and what it means. A code is an interface: people filter and count by it, so it
-- never changes meaning.
local M = {}

---Of pods, and of what makes them.
---@type table<string, {severity: string, means: string}>
M.pod = {
  ["image-not-found"] = { severity = "critical", means = "no such repository, tag or digest" },
  ["image-pull-denied"] = { severity = "critical", means = "the registry refuses: credentials" },
  ["image-name-invalid"] = { severity = "critical", means = "the image's name cannot be parsed" },
  ["image-never-pull"] = { severity = "critical", means = "not on the node, and the pod forbids pulling it" },
  ["image-inspect-failed"] = { severity = "critical", means = "the runtime cannot read the image on the node" },
  ["registry-unavailable"] = { severity = "critical", means = "the registry cannot be reached or does not serve" },
  ["start-command-invalid"] = { severity = "critical", means = "the file of the command cannot be run" },
  ["crash-bad-command"] = { severity = "critical", means = "it starts, and complains of its own command line" },
  ["crash-on-start"] = { severity = "critical", means = "it ends soon after each start" },
  ["crash-late"] = { severity = "critical", means = "it ends after it ran for a while" },
  ["main-process-exits"] = { severity = "critical", means = "it ends with status 0 again and again" },
  ["oom-killed"] = { severity = "critical", means = "killed for want of memory" },
  ["liveness-killed"] = { severity = "critical", means = "restarted by its liveness or startup probe" },
  ["init-container-failed"] = { severity = "critical", means = "an init container fails" },
  ["init-container-waiting"] = { severity = "warning", means = "an init container runs and runs" },
  ["post-start-waiting"] = { severity = "warning", means = "its postStart hook runs and runs" },
  ["container-config-missing"] = { severity = "critical", means = "a ConfigMap, Secret, key or setting is missing" },
  ["volume-mount-failed"] = { severity = "critical", means = "a volume cannot be attached or mounted" },
  ["runtime-failed"] = { severity = "critical", means = "the node's container runtime cannot make the container" },
  ["sandbox-failed"] = { severity = "critical", means = "the pod's network or sandbox cannot be set up" },
  ["not-ready"] = { severity = "warning", means = "it runs, and its readiness probe fails" },
  ["unschedulable-resources"] = { severity = "warning", means = "no node has what it asks for" },
  ["unschedulable-node-selector"] = { severity = "warning", means = "no node has the labels it asks for" },
  ["unschedulable-taint"] = { severity = "warning", means = "nodes have taints that it does not tolerate" },
  ["unschedulable-affinity"] = { severity = "warning", means = "affinity or topology rules allow no node" },
  ["unschedulable-cordoned"] = { severity = "warning", means = "nodes are cordoned" },
  ["unschedulable-ports"] = { severity = "warning", means = "its host port is taken on every node" },
  ["unschedulable-volume"] = { severity = "warning", means = "it waits for a volume" },
  ["unschedulable-scheduler"] = { severity = "warning", means = "no scheduler takes it" },
  ["quota-exceeded"] = { severity = "critical", means = "a ResourceQuota refuses the pod" },
  ["creation-refused"] = { severity = "critical", means = "admission refuses the pod" },
  ["readiness-gate-pending"] = { severity = "warning", means = "a readiness gate is not met" },
  ["rollout-stuck"] = { severity = "warning", means = "a rollout does not get on" },
  ["scheduling-gated"] = { severity = "warning", means = "a scheduling gate holds it back" },
  ["evicted"] = { severity = "warning", means = "its node turned it away" },
  ["deadline-exceeded"] = { severity = "warning", means = "it ran for longer than activeDeadlineSeconds" },
  ["terminating-stuck"] = { severity = "warning", means = "it does not go away" },
  ["node-lost"] = { severity = "warning", means = "its node does not report" },
  ["restarts-recent"] = { severity = "warning", means = "it runs, after several recent restarts" },
  ["cronjob-not-scheduled"] = { severity = "warning", means = "it makes no Jobs when its schedule says so" },
  ["job-failed"] = { severity = "critical", means = "the Job failed" },
}

---Of Services.
M.service = {
  ["service-selector-mismatch"] = { severity = "critical", means = "its selector matches no pod" },
  ["service-no-ready-endpoints"] = { severity = "critical", means = "none of its pods is ready" },
  ["service-target-port-wrong"] = { severity = "critical", means = "nobody listens where it sends to, or no container has that port's name" },
  ["service-port-missing"] = { severity = "critical", means = "it has no such port" },
  ["service-not-answering"] = { severity = "critical", means = "its pods take the connection, and do not answer as they should" },
  ["service-external-name-wrong"] = { severity = "critical", means = "it stands for a name that does not resolve" },
  ["service-load-balancer-pending"] = { severity = "warning", means = "nobody has given it an address outside the cluster" },
  ["service-endpoints-stale"] = { severity = "warning", means = "ready pods are missing from its endpoints" },
  ["service-blocked-by-policy"] = { severity = "warning", means = "NetworkPolicies let nobody in to its pods" },
}

---Of Ingresses.
M.ingress = {
  ["ingress-controller-missing"] = { severity = "critical", means = "no pod of the controller of its class is there" },
  ["ingress-controller-down"] = { severity = "critical", means = "no pod of its controller is ready" },
  ["ingress-class-unknown"] = { severity = "critical", means = "there is no such IngressClass" },
  ["ingress-class-missing"] = { severity = "warning", means = "it names no class, and there is no default" },
  ["ingress-backend-service-missing"] = { severity = "critical", means = "it sends to a Service that is not there" },
  ["ingress-backend-port-missing"] = { severity = "critical", means = "it sends to a port that the Service does not have" },
  ["ingress-host-without-paths"] = { severity = "critical", means = "it names a host, and sends what comes for it nowhere" },
  ["ingress-tls-host-not-served"] = { severity = "warning", means = "it has a certificate for a host that no rule takes" },
  ["ingress-backend-no-endpoints"] = { severity = "critical", means = "it sends to a Service without ready endpoints" },
  ["ingress-blocked-by-policy"] = { severity = "warning", means = "NetworkPolicies do not let its controller in to its backend's pods" },
  ["ingress-tls-secret-missing"] = { severity = "critical", means = "the Secret with its certificate is not there" },
  ["ingress-tls-invalid"] = { severity = "warning", means = "its certificate's Secret is of another type, incomplete, expired, or for other hosts" },
  ["ingress-tls-expires-soon"] = { severity = "info", means = "its certificate expires soon" },
  ["ingress-rejected"] = { severity = "critical", means = "its controller says that it cannot serve it as it is written" },
  ["ingress-path-conflict"] = { severity = "info", means = "another Ingress takes the same host and path for another Service" },
  ["ingress-not-answering"] = { severity = "critical", means = "asked through its controller, it does not answer as its backend does" },
}

---Of HorizontalPodAutoscalers.
M.autoscaler = {
  ["autoscaler-target-missing"] = { severity = "warning", means = "what it scales is not there" },
  ["autoscaler-not-scaling"] = { severity = "warning", means = "its metrics cannot be had, or its target cannot be scaled" },
  ["autoscaler-at-maximum"] = { severity = "info", means = "it would give its target more than maxReplicas" },
}

local groups = { "pod", "service", "ingress", "autoscaler" }

---Every code.
M.all = {}
for _, group in ipairs(groups) do
  for code, known in pairs(M[group]) do
    M.all[code] = known
  end
end

---Adds a team's own codes, or says anew how grave a known one is: codes.extend { ["db-unreachable"] = { severity = "critical", means = "…" } }.
---Of a known code `means` may be left out. It holds for the runbook that calls it, and for what that requires.
---@param more table<string, {severity: "critical"|"warning"|"info", means: string|nil}>
function M.extend(more)
  for code, entry in pairs(more) do
    local known = M.all[code]
    if entry.severity ~= "critical" and entry.severity ~= "warning" and entry.severity ~= "info" then
      error(("codes.extend: the severity of %s is critical, warning or info"):format(code), 2)
    elseif not known and type(entry.means) ~= "string" then
      error(("codes.extend: %s is a new code: say what it means"):format(code), 2)
    end
    M.all[code] = { severity = entry.severity, means = entry.means or known.means }
  end
end

---How grave a code is; a code of a team's own is a warning.
---@param code string
---@return string
function M.severity(code)
  local known = M.all[code]
  return known and known.severity or "warning"
end

---Codes with how grave they are and what they mean, a line each, as `krunbook show` prints them; of a code that is a runbook's own
---nothing more is known.
---@param question {codes: string[]}
---@return {lines: string[]}
function M.describe(question)
  local lines, width = {}, 0
  for _, code in ipairs(question.codes) do
    width = math.max(width, math.min(#code, 40))
  end
  for i, code in ipairs(question.codes) do
    local known = M.all[code]
    lines[i] = known and ("%s%s  %-8s  %s"):format(code, (" "):rep(width - #code), known.severity, known.means) or code
  end
  return { lines = lines }
end

---The codes of these groups, sorted: what a runbook's `findings` lists. codes.names("pod", "quota-nearly-used") adds one to a group's.
---@param ... "pod"|"service"|"ingress"|"autoscaler"|string  a group, or a code
---@return string[]
function M.names(...)
  local names = {}
  for _, group in ipairs({ ... }) do
    for code in pairs(M[group] or { [group] = true }) do
      names[#names + 1] = code
    end
  end
  table.sort(names)
  return names
end

return M
