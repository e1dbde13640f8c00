"""What is wrong with the broken pods of a generated cluster: how each fault shows in the pod's status, its events and its
logs, and the code that pod-status gives it."""

RESTARTED = "2026-01-31T07:55:00Z"
BEGAN = "2026-01-31T07:00:00Z"


def _not_ready(pod, reason="ContainersNotReady"):
    for condition in pod["status"]["conditions"]:
        if condition["type"] in ("Ready", "ContainersReady"):
            condition.update(status="False", reason=reason, message="containers with unready status: [app]",
                             lastTransitionTime=BEGAN)


def _app(pod, state, last=None, restarts=0):
    """The state of container app, the first of the two."""
    _not_ready(pod)
    status = pod["status"]["containerStatuses"][0]
    status.update(state=state, lastState={"terminated": last} if last else {}, ready=False, started=False,
                  restartCount=restarts)


def _ended(code, reason):
    return {"exitCode": code, "reason": reason, "startedAt": "2026-01-31T07:54:50Z", "finishedAt": RESTARTED,
            "containerID": "containerd://" + "0" * 64}


def crash(pod):
    _app(pod, {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=app"}},
         _ended(1, "Error"), 12)
    return ([("Warning", "BackOff", "Back-off restarting failed container app in pod", 40)],
            {"app.previous": "starting\nreading /etc/app/config.yaml\nfatal: cannot parse line 12: unknown key\n"})


def out_of_memory(pod):
    _app(pod, {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=app"}},
         _ended(137, "OOMKilled"), 7)
    return ([("Warning", "BackOff", "Back-off restarting failed container app in pod", 21)],
            {"app.previous": "starting\nloading the index\n"})


def image(pod):
    name = pod["spec"]["containers"][0]["image"]
    pod["status"]["phase"] = "Pending"
    _app(pod, {"waiting": {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{name}"'}})
    return ([("Normal", "Pulling", f'Pulling image "{name}"', 5),
             ("Warning", "Failed", f'Failed to pull image "{name}": rpc error: code = NotFound desc = failed to pull and '
              f'unpack image "{name}": failed to resolve reference "{name}": {name}: not found', 5),
             ("Warning", "Failed", "Error: ErrImagePull", 5)], {})


def config(pod):
    message = 'configmap "overrides" not found'
    pod["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "overrides"}}]
    pod["status"]["phase"] = "Pending"
    _app(pod, {"waiting": {"reason": "CreateContainerConfigError", "message": message}})
    return [("Warning", "Failed", "Error: " + message, 30)], {}


def unready(pod):
    _app(pod, {"running": {"startedAt": BEGAN}})
    pod["status"]["containerStatuses"][0]["started"] = True
    return [("Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", 300)], {}


def unschedulable(pod):
    message = "0/40 nodes are available: 40 Insufficient memory. preemption: 0/40 nodes are available."
    pod["spec"].pop("nodeName")
    pod["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "100m", "memory": "900Gi"}}
    pod["status"] = {"phase": "Pending", "qosClass": "Burstable", "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message, "lastProbeTime": None,
         "lastTransitionTime": BEGAN}]}
    return [("Warning", "FailedScheduling", message, 12)], {}


ALL = [crash, out_of_memory, image, config, unready, unschedulable]
