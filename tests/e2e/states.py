"""The states that cases wait for. Each is asked of what one namespace holds: {kind: [object]}; times are in seconds."""
import datetime

ASKED = "pods,events,deployments.apps,replicasets.apps,statefulsets.apps,daemonsets.apps,jobs.batch,replicationcontrollers"


def since(text):
    """Seconds since a time of the API's."""
    then = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    return (datetime.datetime.now(datetime.timezone.utc) - then).total_seconds()


def containers(pod, kinds=("initContainerStatuses", "containerStatuses")):
    return [one for kind in kinds for one in pod.get("status", {}).get(kind) or []]


def condition_of(thing, kind):
    found = (one for one in thing.get("status", {}).get("conditions") or [] if one["type"] == kind)
    return next(found, {})


def is_ready(pod):
    return condition_of(pod, "Ready").get("status") == "True" or pod["status"].get("phase") == "Succeeded"


def waiting(held, reason, count):
    return sum(one.get("state", {}).get("waiting", {}).get("reason") == reason
               for pod in held["Pod"] for one in containers(pod)) >= count


def fallen(held, least, count):
    """It was restarted so often, and has ended again: a kubelet of 1.36 may leave it Error for most of its back-off."""
    return sum(one["restartCount"] >= least and "running" not in one["state"]
               for pod in held["Pod"] for one in containers(pod)) >= count


def restarts(held, least, count):
    return sum(one["restartCount"] >= least for pod in held["Pod"] for one in containers(pod)) >= count


def event(held, reason, count):
    return sum(one["reason"] == reason for one in held["Event"]) >= count


def age(held, seconds, _):
    return held["Pod"] != [] and all(since(pod["metadata"]["creationTimestamp"]) >= seconds for pod in held["Pod"])


def unscheduled(held, seconds, count):
    return sum(condition_of(pod, "PodScheduled").get("status") == "False"
               and since(pod["metadata"]["creationTimestamp"]) >= seconds for pod in held["Pod"]) >= count


def has_run_for(pod, seconds):
    """Its containers, all of them, run for so long."""
    own = containers(pod, ["containerStatuses"])
    return own != [] and all("running" in one["state"] and since(one["state"]["running"]["startedAt"]) >= seconds
                             for one in own)


def unready(held, seconds, count):
    """It runs for so long, and is not ready."""
    return sum(not is_ready(pod) and has_run_for(pod, seconds) for pod in held["Pod"]) >= count


def ready_for(held, seconds, _):
    """Every pod is ready, and has been for so long."""
    return held["Pod"] != [] and all(is_ready(pod) and since(condition_of(pod, "Ready")["lastTransitionTime"]) >= seconds
                                     for pod in held["Pod"])


def init_running(held, seconds, count):
    return sum("running" in one["state"] and since(one["state"]["running"]["startedAt"]) >= seconds
               for pod in held["Pod"] for one in containers(pod, ["initContainerStatuses"])) >= count


def phase(held, wanted, count):
    return sum(pod["status"].get("phase") == wanted for pod in held["Pod"]) >= count


def deleted(held, seconds, count):
    return sum("deletionTimestamp" in pod["metadata"] and since(pod["metadata"]["deletionTimestamp"]) >= seconds
               for pod in held["Pod"]) >= count


def ready(held, wanted, count):
    return sum(is_ready(pod) == wanted for pod in held["Pod"]) >= count


def condition(held, wanted, _):
    """KIND/NAME/TYPE=STATUS; a NAME of * is any."""
    kind, name, rest = wanted.split("/")
    type_, status = rest.split("=")
    return any(condition_of(one, type_).get("status") == status for one in held[kind]
               if name in ("*", one["metadata"]["name"]))


def has_all(owner):
    spec, status = owner["spec"], owner.get("status", {})
    if owner["kind"] == "DaemonSet":
        return "desiredNumberScheduled" in status and status.get("numberReady", 0) == status["desiredNumberScheduled"]
    if owner["kind"] == "Job":
        return condition_of(owner, "Complete").get("status") == "True"
    return status.get("readyReplicas", 0) == spec.get("replicas", 1) == status.get("updatedReplicas", status.get("replicas"))


def healthy(held, *_):
    """Every pod is ready or done, and every owner has what it wants."""
    owners = [one for kind in ("Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicationController") for one in held[kind]]
    owners += [one for one in held["ReplicaSet"] if not one["metadata"].get("ownerReferences")]
    return (held["Pod"] != [] and all(is_ready(pod) and "deletionTimestamp" not in pod["metadata"] for pod in held["Pod"])
            and all(has_all(one) for one in owners))


STATES = {function.__name__: function for function in (
    waiting, fallen, restarts, event, age, unscheduled, unready, ready_for, init_running, phase, deleted, ready, condition, healthy)}


def missing(held, until):
    """Which of the states do not hold yet."""
    count = until.get("count", 1)
    return [name for name, value in until.items() if name != "count" and not STATES[name](held, value, count)]
