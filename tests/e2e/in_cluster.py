"""The program as a CronJob, and in shards: an image of nothing but the program and the libraries that it loads, and the manifests
that are shipped, examples/kubernetes/krunbook.yaml and shards.yaml. The logs are the reports."""
import copy
import json

import yaml

import access
import states
from cluster import images, layout
from cluster.processes import Failed, wait_for

FOLDER = access.ROOT / "examples" / "kubernetes"
SHARDS = "app=krunbook-shards"
IMAGE = "docker.io/library/krunbook:e2e"


def fill(root):
    images.copy_program(access.PROGRAM, root)
    place = root / str(access.PROGRAM).lstrip("/")
    (root / "usr/bin").mkdir(parents=True, exist_ok=True)
    place.rename(root / "usr/bin/krunbook")


def shipped():
    return list(yaml.safe_load_all((FOLDER / "krunbook.yaml").read_text()))


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


def shards_objects(indexed):
    """The shipped Job with our image; a server before 1.21 has no Indexed Jobs: of what theirs would make, the pods."""
    job = yaml.safe_load((FOLDER / "shards.yaml").read_text())
    job["metadata"]["name"] = job["metadata"].pop("generateName") + "e2e"
    template = job["spec"]["template"]
    (container,) = template["spec"]["containers"]
    container["image"] = IMAGE.rsplit("/", 1)[1]
    if indexed:
        return [job]
    pods = []
    for index in range(job["spec"]["completions"]):
        pod = {"apiVersion": "v1", "kind": "Pod", **copy.deepcopy(template)}
        pod["metadata"].update(namespace=job["metadata"]["namespace"], name=f"{job['metadata']['name']}-{index}")
        pod["spec"]["containers"][0]["env"] = [{"name": "JOB_COMPLETION_INDEX", "value": str(index)}]
        pods.append(pod)
    return pods


def merged(reach, folder):
    """(exit status, the report of all shards, as `krunbook merge` makes it)."""
    objects = shards_objects(layout.minor_version() >= 24)
    reach.apply(objects)

    def done():
        held = json.loads(reach.kubectl("-n", "krunbook", "get", "pods", "-l", SHARDS, "-o", "json"))["items"]
        return len(held) == 3 and all(pod["status"].get("phase") in ("Succeeded", "Failed") for pod in held)

    wait_for("the shards", done, 120)
    logs = folder / "shards.json"
    logs.write_text(reach.kubectl("-n", "krunbook", "logs", "-l", SHARDS, "--tail=-1"))
    reach.kubectl("-n", "krunbook", "delete", "jobs,pods", "-l", SHARDS, "--wait=false")
    status, out, errors = reach.krunbook("merge", logs, "-o", "json", flags=[])
    try:
        return status, json.loads(out)
    except ValueError as error:
        raise Failed(f"the shards' logs make no report: {errors or out[:300]}") from error


def end(reach):
    reach.kubectl("-n", "krunbook", "delete", "cronjob", "krunbook", check=False)
