local next_steps = require("krunbook.next_steps")

local function pod(annotations)
  return { kind = "Pod", metadata = { namespace = "shop", name = "web", annotations = annotations }, spec = { nodeName = "node-1" } }
end

return {
  ["commands are for the run's own cluster"] = function(check)
    check.equal("kubectl -n shop logs web -c app --previous", next_steps.logs(pod(), "app", true))
    rawset(kube, "kubectl", "kubectl --context prod")
    check.equal("kubectl --context prod -n shop describe pod web", next_steps.describe(pod()))
    check.equal("kubectl --context prod describe node node-1", next_steps.describe_node("node-1"))
    rawset(kube, "kubectl", nil)
  end,
  ["words are quoted for a shell"] = function(check)
    check.equal("kubectl -n shop get pod 'a b'", next_steps.kubectl("shop", "get", "pod", "a b"))
    check.equal([[kubectl get pod 'it'\''s']], next_steps.kubectl(nil, "get", "pod", "it's"))
  end,
  ["what is corrected depends on what makes the pod"] = function(check)
    check.equal("kubectl -n shop edit deployment web  # correct the image", next_steps.correct(pod(), { kind = "Deployment",
      namespace = "shop", name = "web" }, "the image"))
    check.equal("kubectl -n shop get pod web -o yaml > web.yaml  # in it, correct the image; then: kubectl replace --force -f web.yaml",
      next_steps.correct(pod(), nil, "the image"))
    check.is(next_steps.correct(pod(), { kind = "Job", namespace = "shop", name = "load" }, "the image"):find("manifest of Job load", 1, true))
    check.is(next_steps.correct(pod({ ["kubernetes.io/config.mirror"] = "x" }), { kind = "Node", name = "node-1" }, "the image")
      :find("on node node-1: correct the image in the static pod's manifest", 1, true))
  end,
}
