"""Objects that lack what those of their kind have, or hold something else: they harm no verdict but their own."""
import json
import random
import shutil

import pytest

from harness import NEW_SNAPSHOT, OLD_SNAPSHOT, findings, krunbook

KEPT = {("metadata",), ("metadata", "name"), ("metadata", "namespace"), ("kind",), ("apiVersion",)}


def paths(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def break_one(item, rng):
    """Takes a part out of an object, or puts something of another type in its place."""
    path = rng.choice([path for path in paths(item) if path not in KEPT])
    holder = item
    for key in path[:-1]:
        holder = holder[key]
    if rng.random() < 0.7 or isinstance(holder, list):
        del holder[path[-1]]
    else:
        holder[path[-1]] = rng.choice([None, "", [], {}, 7, "x"])


def broken(snapshot, folder, rng):
    shutil.copytree(snapshot, folder)
    for path in [*folder.glob("cluster/*.json"), *folder.glob("namespaces/zoo/*.json"), *folder.glob("namespaces/tight/*.json")]:
        document = json.loads(path.read_text())
        for item in document.get("items", []):
            for _ in range(rng.choice((0, 1, 1, 3))):
                break_one(item, rng)
        path.write_text(json.dumps(document))
    return folder


@pytest.mark.parametrize("seed", range(12))
def test_a_broken_object_is_no_error_of_the_runbook(seed, tmp_path):
    rng = random.Random(seed)
    folder = broken((NEW_SNAPSHOT, OLD_SNAPSHOT)[seed % 2], tmp_path / "broken", rng)
    for namespace in ("zoo", "tight"):
        result = krunbook("run", "pod-status", "-n", namespace, "--snapshot", folder, "-o", "json", home=tmp_path)
        (section,) = result.report["sections"]
        assert not section["errors"] and result.code in (2, 3), (seed, result)


def test_one_broken_pod_leaves_the_others_their_verdicts(tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(NEW_SNAPSHOT, folder)
    path = folder / "namespaces/zoo/pods.json"
    document = json.loads(path.read_text())
    oom = next(item for item in document["items"] if item["metadata"]["name"] == "oom")
    oom["status"]["containerStatuses"][0]["restartCount"] = {"not": "a number"}
    path.write_text(json.dumps(document))
    whole, result = (krunbook("run", "pod-status", "-n", "zoo", "--snapshot", snapshot, "-o", "json", home=tmp_path)
                     for snapshot in (NEW_SNAPSHOT, folder))
    assert [row for row in findings(whole.report) if row[1] != "oom-killed"] == findings(result.report), result
    (entry,) = result.report["sections"][0]["unknown"]
    assert entry["what"] == "Pod zoo/oom" and "cannot be judged" in entry["message"] and ".lua:" in entry["message"], entry
