-- Does DNS work in this cluster? Asks three things, each only as far as the one before it leaves it open: is the DNS Service there, are
-- its pods ready and listening, and do they complain of the servers above them. Pods that cannot resolve names say so in their own logs:
-- with --namespace those are read, too.
local next_steps = require("krunbook.next_steps")
local pods = require("krunbook.pods")

local LABEL = "k8s-app=kube-dns" -- CoreDNS keeps the name of what it replaced
local TAIL = 200

-- What CoreDNS writes when those that it forwards to do not answer.
local upstream_trouble = { "plugin/errors: .* i/o timeout", "plugin/errors: .* connection refused", "plugin/errors: .* no route to host",
  "plugin/loop: Loop %(" }

-- How programs say that a name could not be resolved.
local resolver_trouble = { "[Tt]emporary failure in name resolution", "no such host", "[Cc]ould not resolve host", "getaddrinfo E%u+",
  "UnknownHostException", "server misbehaving", "bad address '" }

-- The last line of a log that one of the patterns fits, and how many do.
local function complaint(log, patterns)
  local found, count = nil, 0
  for line in log.text:gmatch("[^\n]+") do
    for _, pattern in ipairs(patterns) do
      if line:find(pattern) then
        found, count = line, count + 1
        break
      end
    end
  end
  return found, count
end

-- The Service's port for DNS over TCP: a port-forward speaks TCP. What it is called is up to whoever installed it.
local function tcp_port(service)
  for _, port in ipairs(service.spec.ports or {}) do
    if (port.protocol or "TCP") == "TCP" then
      return port.name or port.port
    end
  end
end

-- Whether somebody listens where the Service sends to.
local function is_listening(ctx, service, args)
  local port = tcp_port(service)
  if not args.probe or not port then
    return true
  end
  local probe, unknown, why = kube.probe(service, { port = port, scheme = "tcp" })
  if not probe then
    if not unknown then
      ctx:unknown { what = "whether DNS listens on port " .. port, reason = "undetermined", message = why }
    end
    return false
  elseif probe.result == "open" then
    return true
  end
  ctx:finding {
    code = "dns-not-listening", severity = "critical", object = service,
    chain = { service, { kind = "Pod", namespace = service.metadata.namespace, name = probe.pod } },
    cause = ("Pod %s does not take connections on port %d: %s."):format(probe.pod, probe.port, probe.result),
    evidence = { probe.message }, next_steps = { next_steps.about(service, "logs", "-l", LABEL) },
  }
  return false
end

-- Whether the pods of the cluster's DNS are well.
local function look_at_servers(ctx, service, args)
  local ready, count = 0, 0
  for pod in kube.list("pods", { namespace = service.metadata.namespace, labels = service.spec.selector }) do
    count = count + 1
    local condition = pods.condition(pod, "Ready")
    ready = ready + (condition and condition.status == "True" and 1 or 0)
    local log = kube.logs(pod, { container = pod.spec.containers[1].name, tail = TAIL })
    local line, times = complaint(log or { text = "" }, upstream_trouble)
    if line then
      ctx:finding {
        code = "dns-upstream-failing", severity = "warning", object = pod, owner = service,
        cause = ("The servers that Pod %s forwards to do not answer it (%d such lines)."):format(pod.metadata.name, times),
        evidence = { { kind = "log", text = line } },
        next_steps = { next_steps.about(pod, "get", "configmap", "coredns", "-o", "yaml") .. "  # forward: where to" },
      }
    end
  end
  if ready == 0 then
    ctx:finding {
      code = "dns-down", severity = "critical", object = service,
      cause = count == 0 and "The cluster's DNS has no pods." or ("None of the %d pods of the cluster's DNS is ready."):format(count),
      next_steps = { next_steps.about(service, "get", "pods", "-l", LABEL),
        "krunbook run service --service " .. service.metadata.name .. " -n " .. service.metadata.namespace },
    }
  elseif is_listening(ctx, service, args) then
    ctx:healthy(service)
  end
end

-- Pods that run, and complain that a name does not resolve.
local function look_at_clients(ctx)
  for _, pod in ctx:targets("pods") do
    local container = (pod.spec.containers or {})[1]
    local log = pod.status.phase == "Running" and kube.logs(pod, { container = container.name, tail = TAIL })
    local line = log and complaint(log, resolver_trouble)
    if line then
      ctx:finding {
        code = "dns-lookup-fails", severity = "warning", object = pod, container = container.name,
        cause = ("Container %s could not resolve a name."):format(container.name), evidence = { { kind = "log", text = line } },
        next_steps = { next_steps.about(pod, "exec", pod.metadata.name, "-c", container.name, "--", "cat", "/etc/resolv.conf") },
      }
    end
  end
end

return {
  name = "dns-check",
  summary = "Does DNS work in this cluster?",
  args = {
    clients = { type = "boolean", default = false, help = "read the logs of the namespace's pods for names that do not resolve" },
    probe = { type = "boolean", default = true, help = "--no-probe: do not connect to the DNS pods" },
  },
  needs = { "list services in all namespaces", "get services", "get,list pods", "get pods/log", "get,create pods/portforward" },
  findings = { "dns-missing", "dns-down", "dns-not-listening", "dns-upstream-failing", "dns-lookup-fails" },
  examples = { "krunbook run ./dns-check.lua", "krunbook run ./dns-check.lua --clients -n shop" },

  run = function(ctx, args)
    local services, unknown = kube.list("services", { namespace = "kube-system", labels = LABEL }):all()
    for _, service in ipairs(services) do
      look_at_servers(ctx, service, args)
    end
    if #services == 0 and not unknown then
      ctx:finding { code = "dns-missing", severity = "critical", object = { kind = "Namespace", name = "kube-system" },
        cause = "There is no Service with the label " .. LABEL .. " in kube-system.",
        next_steps = { next_steps.kubectl("kube-system", "get", "services") } }
    end
    if args.clients then
      look_at_clients(ctx)
    end
  end,
}
