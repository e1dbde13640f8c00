"""The example that is shipped, examples/clusters/procedures, against the same objects on the live cluster: alike verdicts."""
import json
import re
import time

import yaml

import runner
import table

NAMESPACES = ["default", "ingress-nginx", "tight", "zoo"]
PATIENCE = 90
# The recording holds no Secrets: what is found of them live is unknown there.
NOT_RECORDED = {"ingress-tls-secret-missing"}


def begin(reach):
    for name in ("example-procedures", "example-more-faults"):
        text = (table.HERE / "manifests" / f"{name}.yaml").read_text()
        objects = list(yaml.safe_load_all(text))
        for one in objects:
            if one["kind"] not in table.CLUSTER_WIDE:
                one["metadata"].setdefault("namespace", "default")
        reach.apply(objects)


def whose(finding):
    """The object, or what owns it: pods of a Deployment have other names each time."""
    thing = finding["object"].get("owner") or finding["object"]
    return re.sub(r"-[0-9a-f]{6,10}(-[a-z0-9]{5})?$", "", f"{thing['kind']}/{thing['name']}".replace("ReplicaSet", "Deployment"))


def verdicts(reach, runbook, namespace, flags):
    _, out, errors = reach.krunbook("run", runbook, "-n", namespace, "-o", "json", flags=flags)
    try:
        report = json.loads(out)
    except ValueError as error:
        raise runner.Failed(f"{runbook} -n {namespace}: {errors.strip()}") from error
    return {f"{finding['code']} on {whose(finding)}" for finding in runner.every(report, "findings")
            if finding["code"] not in NOT_RECORDED}


def compare(reach, runbook, namespace):
    """(passed, line); a pod that crashes runs in between, so that the same may have to be asked again."""
    recorded = verdicts(reach, runbook, namespace, ["--demo"])
    end = time.monotonic() + PATIENCE
    while True:
        live = verdicts(reach, runbook, namespace, None)
        if live == recorded or time.monotonic() > end:
            break
        time.sleep(1)
    lines = [f"only in the example: {one}" for one in sorted(recorded - live)]
    lines += [f"only live: {one}" for one in sorted(live - recorded)]
    return not lines, f"the example, {runbook} in {namespace}: {len(recorded)} findings" + "".join(
        f"\n         {one}" for one in lines)
