"""`krunbook snapshot` of the live cluster, and every case again on it: the same codes."""
import dataclasses
import json
import pathlib

import runner
import states


def record(reach, folder, *words):
    status, _, errors = reach.krunbook("snapshot", *words, folder, flags=reach.recorder_flags, timeout=600)
    if status not in (0, 3):
        raise runner.Failed(f"krunbook snapshot: {errors.strip()}")
    return status


def held_by(folder, namespace):
    """What the snapshot holds of the namespace, as states.py asks it."""
    held = {kind: [] for kind in ("Pod", "Event", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job",
                               "ReplicationController")}
    for kind in held:
        for path in (pathlib.Path(folder) / "namespaces" / namespace).glob(f"{kind.lower()}s.*json"):
            held[kind] += [{"kind": kind, **one} for one in json.loads(path.read_text())["items"]]
    return held


def is_in_state(folder, case):
    """A pod that crashes runs now and then: the snapshot may have come at the wrong moment for a case."""
    timeless = {name: value for name, value in case.until.items() if name != "event"}
    return not states.missing(held_by(folder, case.namespace), timeless)


def asks_page(run):
    """Which page an application is to be asked for only the person knows, who asks: no snapshot holds the answer."""
    return run[0] == "service" and "--path" in run


def asked_of_page(case):
    return dataclasses.replace(case, expect=[], exit=3, says=[], unknown=["not-recorded"])


def replay(reach, folder, case):
    """On the snapshot of all, or, where that was taken at another moment, on one of the namespace in its state."""
    if not is_in_state(folder, case):
        folder = folder.parent / f"snapshot-{case.namespace}"
        missing = runner.wait(reach, case)
        if missing:
            return [runner.never_came(case, missing)]
        record(reach, folder, "-n", case.namespace)
    results = []
    for run in case.runs:
        result = runner.ask(reach, asked_of_page(case) if asks_page(run) else case, flags=["--snapshot", folder], run=run)
        result.command += " (snapshot)"
        results.append(result)
    return results
