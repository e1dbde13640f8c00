"""The program as a CronJob: an image of nothing but the program and the libraries that it loads, and the manifest that is
shipped, examples/kubernetes/krunbook.yaml. The log is the report."""
import json

import yaml

import access
import states
from cluster import images, layout
from cluster.processes import Failed, wait_for

SHIPPED = access.ROOT / "examples" / "kubernetes" / "krunbook.yaml"
IMAGE = "docker.io/library/krunbook:e2e"


def fill(root):
    images.copy_program(access.PROGRAM, root)
    place = root / str(access.PROGRAM).lstrip("/")
    (root / "usr/bin").mkdir(parents=True, exist_ok=True)
    place.rename(root / "usr/bin/krunbook")


def shipped():
    return list(yaml.safe_load_all(SHIPPED.read_text()))


def adapted(reach):
    """The shipped objects with our image, every minute; a server that has no CronJob of batch/v1 gets batch/v1beta1."""
    objects = shipped()
    for one in objects:
        if one["kind"] != "CronJob":
            continue
        one["spec"]["schedule"] = "* * * * *"
        container = one["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
        container["image"] = IMAGE.rsplit("/", 1)[1]
        container["args"] += ["-o", "json"]
        one["apiVersion"] = reach.cronjob_version()
    return objects


def rules_differ(rules):
    """Whether the shipped ClusterRole is another than the runbooks need by what they declare."""
    (role,) = (one for one in shipped() if one["kind"] == "ClusterRole")
    return role["rules"] != rules


def begin(reach):
    for file in [images.build(IMAGE, fill, ["/usr/bin/krunbook"])]:
        images.load(layout.NODES[0], [file])
    reach.apply(adapted(reach))


def ended(reach):
    return [pod for pod in json.loads(reach.kubectl("-n", "krunbook", "get", "pods", "-o", "json"))["items"]
            if pod["status"].get("phase") in ("Succeeded", "Failed")]


def report(reach):
    """(exit status, report) of the first Job that has ended."""
    wait_for("the CronJob's first pod", lambda: ended(reach), 180)
    (pod, *_) = ended(reach)
    log = reach.kubectl("-n", "krunbook", "logs", pod["metadata"]["name"])
    status = states.containers(pod)[0]["state"]["terminated"]["exitCode"]
    try:
        return status, json.loads(log)
    except ValueError as error:
        raise Failed(f"the CronJob's log is no report: {log[:300]}") from error


def end(reach):
    reach.kubectl("-n", "krunbook", "delete", "cronjob", "krunbook", check=False)
