-- A gate for a pipeline: after `kubectl apply`, let the next step go on only when the new version serves.
--
--   kubectl rollout status deployment/shop --timeout=5m; krunbook run ./deploy-gate.lua --deployment shop --path /healthz
--
-- Exit status 0 opens the gate. Everything else keeps it shut: 2 says that the version is bad, 3 that nobody can tell, which is no
-- reason to go on either.
local next_steps = require("krunbook.next_steps")
local needs = require("krunbook.needs")
local pods = require("krunbook.pods")
local time = require("krunbook.time")

-- Why the Deployment's own status keeps the gate shut; nil: it does not.
local function unfinished(deployment)
  local status, wanted = deployment.status or {}, deployment.spec.replicas or 1
  if (status.observedGeneration or 0) < (deployment.metadata.generation or 0) then
    return "the controller has not seen its newest version yet"
  elseif wanted == 0 then
    return "it is scaled to 0: nothing of it serves"
  elseif (status.updatedReplicas or 0) < wanted or (status.availableReplicas or 0) < wanted then
    return ("%d of %d replicas are updated, %d available"):format(status.updatedReplicas or 0, wanted, status.availableReplicas or 0)
  elseif (status.replicas or 0) > wanted then
    return ("%d pods of an older version are still there"):format(status.replicas - wanted)
  end
end

-- How each pod that is not well explains itself: "image-not-found on web-1 (…)".
local function reasons(ctx, deployment)
  local inner = ctx:run("pod-status", { deployment = deployment.metadata.name }, { namespace = deployment.metadata.namespace })
  local texts = {}
  for i, finding in ipairs(inner.findings) do
    texts[i] = { kind = "object", text = ("%s: %s"):format(finding.code, finding.cause) }
  end
  return texts, inner.findings[1] and inner.findings[1].code
end

local function shut(ctx, deployment, why, evidence, cause_code)
  ctx:finding {
    code = "gate-shut", severity = "critical", object = deployment, cause_code = cause_code, evidence = evidence,
    cause = ("Deployment %s must not go on: %s."):format(deployment.metadata.name, why),
    next_steps = { next_steps.about(deployment, "rollout", "undo", "deployment/" .. deployment.metadata.name) },
  }
end

-- Pods that were restarted since they were made: a version that crashes once a minute looks available in between.
local function restarted(deployment, within)
  for pod in kube.list("pods", { namespace = deployment.metadata.namespace, labels = deployment.spec.selector.matchLabels }) do
    for _, status in ipairs(pod.status.containerStatuses or {}) do
      local ended = (status.lastState or {}).terminated
      local ago = ended and time.between(ended.finishedAt, kube.now())
      if ago and ago < within then
        return pod, ("container %s of pod %s ended %s ago with exit code %d"):format(status.name, pod.metadata.name, time.duration(ago),
          ended.exitCode)
      end
    end
  end
end

-- What the application answers; nil: as it should, or nobody asked.
local function bad_answer(deployment, args)
  if not args.path then
    return nil
  end
  local probe, unknown, why = kube.probe(deployment, { port = args.port, path = args.path, expect = args.expect })
  if unknown then
    return nil -- it is in the report by itself, and the exit status is then not 0
  elseif not probe then
    return why or "there is nothing to ask"
  elseif probe.result ~= "answered" or not probe.expected then
    return ("GET %s on port %s: %s"):format(args.path, tostring(args.port), probe.status and "status " .. probe.status or probe.result)
  end
end

return {
  name = "deploy-gate",
  summary = "May the pipeline go on with this version?",
  args = {
    deployment = { type = "string", required = true, help = "the Deployment that was changed" },
    settled = { type = "duration", default = "2m", help = "a container that ended within this keeps the gate shut" },
    path = { type = "string", help = "ask the application for this path, through a port-forward" },
    port = { type = "string", default = "80", help = "of its pods, by number or name" },
    expect = { type = "integer", default = 200, help = "the HTTP status that is wanted" },
  },
  needs = needs.of("pod", "get,create pods/portforward"),
  findings = { "gate-shut" },
  examples = { "krunbook run ./deploy-gate.lua --deployment shop --path /healthz --port http -n prod" },

  run = function(ctx, args)
    for _, deployment in ctx:targets("deployments", args.deployment) do
      local why = unfinished(deployment)
      local pod, crash = restarted(deployment, args.settled)
      local answer = not why and not pod and bad_answer(deployment, args)
      if why then
        shut(ctx, deployment, why, reasons(ctx, deployment))
      elseif pod then
        shut(ctx, deployment, crash, { pods.status(pod) })
      elseif answer then
        shut(ctx, deployment, answer)
      else
        ctx:healthy(deployment)
      end
    end
  end,
}
