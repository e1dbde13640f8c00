"""What the API server prints of objects when it is asked for a Table: kubectl's columns, as pkg/printers/internalversion of
Kubernetes 1.36 makes them, and 1.20."""
import datetime

FORMAT = "application/json;as=Table;v=v1;g=meta.k8s.io"


def _time(text):
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (AttributeError, ValueError):
        return None


def _duration(seconds):
    """HumanDuration of k8s.io/apimachinery."""
    if seconds < 0:
        return "0s" if seconds >= -1 else "<invalid>"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    for below, text in ((120, f"{seconds}s"), (600, f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"),
                        (3 * 3600, f"{minutes}m"), (8 * 3600, f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"),
                        (48 * 3600, f"{hours}h"), (8 * 86400, f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"),
                        (2 * 365 * 86400, f"{days}d")):
        if seconds < below:
            return text
    return f"{days // 365}y{days % 365}d" if days < 8 * 365 else f"{days // 365}y"


def _since(moment):
    if moment is None:
        return "<unknown>"
    return _duration(int((datetime.datetime.now(datetime.timezone.utc) - moment).total_seconds()))


def _age(item):
    return _since(_time(item["metadata"].get("creationTimestamp")))


def _condition(item, kind):
    return next((c for c in item.get("status", {}).get("conditions") or () if c.get("type") == kind), {})


def _is_true(item, kind):
    return _condition(item, kind).get("status") == "True"


def _ended(terminated):
    if terminated.get("reason"):
        return terminated["reason"]
    return f"Signal:{terminated['signal']}" if terminated.get("signal") else f"ExitCode:{terminated.get('exitCode', 0)}"


class _Pod:
    """The columns of a pod, computed as printPod does: in the order of the statuses."""

    def __init__(self, pod, old):
        self.old, self.spec, self.status = old, pod.get("spec", {}), pod.get("status", {})
        self.inits = {c.get("name"): c for c in self.spec.get("initContainers") or ()}
        self.word = self.status.get("reason") or self.status.get("phase", "")
        self.total = len(self.spec.get("containers") or ())
        self.ready, self.restarts, self.last, self.of_sidecars = 0, 0, None, (0, None)
        if not old:
            if _condition(pod, "PodScheduled").get("reason") == "SchedulingGated":
                self.word = "SchedulingGated"
            self.total += sum(map(self._is_sidecar, self.inits))
        if not self._initialising() or (not old and _is_true(pod, "Initialized")):
            self._running(pod)
        self._deleted(pod["metadata"].get("deletionTimestamp"))

    def _is_sidecar(self, name):
        return not self.old and self.inits.get(name, {}).get("restartPolicy") == "Always"

    def _restarted(self, count, last, status):
        ended = (status.get("lastState") or {}).get("terminated") or {}
        moments = [moment for moment in (last, _time(ended.get("finishedAt"))) if moment]
        return count + status.get("restartCount", 0), max(moments, default=None)

    def _initialising(self):
        for i, status in enumerate(self.status.get("initContainerStatuses") or ()):
            state, sidecar = status.get("state") or {}, self._is_sidecar(status.get("name"))
            terminated, waiting = state.get("terminated"), state.get("waiting") or {}
            self.restarts, self.last = self._restarted(self.restarts, self.last, status)
            if sidecar:
                self.of_sidecars = self._restarted(*self.of_sidecars, status)
            if terminated and terminated.get("exitCode", 0) == 0:
                continue
            if sidecar and status.get("started"):
                self.ready += bool(status.get("ready"))
                continue
            if terminated:
                self.word = "Init:" + _ended(terminated)
            elif waiting.get("reason") not in (None, "", "PodInitializing"):
                self.word = "Init:" + waiting["reason"]
            else:
                self.word = f"Init:{i}/{len(self.inits)}"
            return True
        return False

    def _running(self, pod):
        (self.restarts, self.last), runs = self.of_sidecars, False
        for status in reversed(self.status.get("containerStatuses") or ()):
            state = status.get("state") or {}
            self.restarts, self.last = self._restarted(self.restarts, self.last, status)
            if (state.get("waiting") or {}).get("reason"):
                self.word = state["waiting"]["reason"]
            elif state.get("terminated"):
                self.word = _ended(state["terminated"])
            elif status.get("ready") and "running" in state:
                runs = True
                self.ready += 1
        if self.word == "Completed" and runs:
            self.word = "Running" if _is_true(pod, "Ready") else "NotReady"

    def _deleted(self, since):
        if since and self.status.get("reason") == "NodeLost":
            self.word = "Unknown"
        elif since and (self.old or self.status.get("phase") not in ("Succeeded", "Failed")):
            self.word = "Terminating"

    def restarts_text(self):
        if self.old:
            return self.restarts
        return f"{self.restarts} ({_since(self.last)} ago)" if self.restarts and self.last else str(self.restarts)


def _pod(item, old):
    pod, gates = _Pod(item, old), item.get("spec", {}).get("readinessGates") or ()
    passed = sum(_is_true(item, gate.get("conditionType")) for gate in gates)
    ips = pod.status.get("podIPs") or [{"ip": pod.status.get("podIP")}]
    return [f"{pod.ready}/{pod.total}", pod.word, pod.restarts_text(), _age(item), ips[0].get("ip") or "<none>",
            pod.spec.get("nodeName") or "<none>", pod.status.get("nominatedNodeName") or "<none>",
            f"{passed}/{len(gates)}" if gates else "<none>"]


def _node(item, _):
    ready = _condition(item, "Ready")
    words = ["Unknown" if not ready else "Ready" if ready.get("status") == "True" else "NotReady"]
    if item.get("spec", {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    return [",".join(words), _age(item)]


def _deployment(item, _):
    status = item.get("status", {})
    return [f"{status.get('readyReplicas', 0)}/{item['spec'].get('replicas', 1)}", status.get("updatedReplicas", 0),
            status.get("availableReplicas", 0), _age(item)]


def _replica_set(item, _):
    status = item.get("status", {})
    return [item["spec"].get("replicas", 1), status.get("replicas", 0), status.get("readyReplicas", 0), _age(item)]


def _stateful_set(item, _):
    return [f"{item.get('status', {}).get('readyReplicas', 0)}/{item['spec'].get('replicas', 1)}", _age(item)]


def _daemon_set(item, _):
    status = item.get("status", {})
    counts = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable")
    return [*(status.get(count, 0) for count in counts), "<none>", _age(item)]


def _job(item, old):
    spec, done = item["spec"], item.get("status", {}).get("succeeded", 0)
    many = (spec.get("parallelism") or 0) > 1
    completions = (f"{done}/{spec['completions']}" if spec.get("completions") is not None
                   else f"{done}/1 of {spec['parallelism']}" if many else f"{done}/1")
    words = (("Complete", "Complete"), ("Failed", "Failed"), ("Suspended", "Suspended"))
    word = next((word for kind, word in words if _is_true(item, kind)), "Running")
    return ([] if old else [word]) + [completions, "1s", _age(item)]


def _other(item, _):
    return [item["metadata"].get("creationTimestamp", "")]


PRINTERS = {
    "pods": (_pod, ("Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates")),
    "nodes": (_node, ("Status", "Age")),
    "namespaces": (lambda item, _: [item.get("status", {}).get("phase", ""), _age(item)], ("Status", "Age")),
    "deployments": (_deployment, ("Ready", "Up-to-date", "Available", "Age")),
    "replicasets": (_replica_set, ("Desired", "Current", "Ready", "Age")),
    "statefulsets": (_stateful_set, ("Ready", "Age")),
    "daemonsets": (_daemon_set, ("Desired", "Current", "Ready", "Up-to-date", "Available", "Node Selector", "Age")),
    "jobs": (_job, ("Status", "Completions", "Duration", "Age")),
}


def table(resource, listed, old):
    """The list as a Table without objects; old: as 1.20 prints it."""
    printer, names = PRINTERS.get(resource, (_other, ("Created At",)))
    if resource == "jobs" and old:
        names = names[1:]
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": listed["metadata"],
            "columnDefinitions": [{"name": name, "type": "string", "format": "", "description": name, "priority": 0}
                                  for name in ("Name", *names)],
            "rows": [{"cells": [item["metadata"]["name"], *printer(item, old)], "object": None} for item in listed["items"]]}
