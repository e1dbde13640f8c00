"""krunbook snapshot: what it takes, offline, gives the verdicts that the cluster gave; and no secrets."""
import json
import shutil

import pytest

from harness import NEW_SNAPSHOT, findings, healthy, krunbook

ALL = ("run", "pod-status.lua", "-A")


def offline(folder, *arguments, home):
    return krunbook(*arguments, "--snapshot", folder, "-o", "json", home=home)


@pytest.fixture
def taken(cluster, run, tmp_path):
    folder = tmp_path / "taken"
    result = run(cluster, "token", "snapshot", "-A", folder)
    assert result.code == 0, result
    return folder


def test_the_same_verdicts_offline(taken, cluster, run, tmp_path):
    live = run(cluster, "token", *ALL).report
    result = offline(taken, *ALL, home=tmp_path)
    assert findings(result.report) == findings(live) and findings(live), result
    assert healthy(result.report) == healthy(live)


def test_one_namespace_covers_that_namespace_only(new, run, tmp_path):
    folder = tmp_path / "zoo"
    assert run(new, "token", "snapshot", "-n", "zoo", folder).code == 0
    live = run(new, "token", "run", "pod-status.lua", "-n", "zoo").report
    result = offline(folder, "run", "pod-status.lua", "-n", "zoo", home=tmp_path)
    assert findings(result.report) == findings(live)
    assert offline(folder, "run", "pod-status.lua", "-n", "default", home=tmp_path).code == 3


def test_all_namespaces_of_a_snapshot_are_those_that_it_holds(tmp_path):
    """Everything in them is judged, and one unknown says that nobody knows of the others."""
    result = offline(NEW_SNAPSHOT, *ALL, home=tmp_path)
    single = [offline(NEW_SNAPSHOT, "run", "pod-status.lua", "-n", namespace, home=tmp_path).report
              for namespace in ("default", "ingress-nginx", "tight", "zoo")]
    assert findings(result.report) == sorted(row for report in single for row in findings(report))
    assert healthy(result.report) == sorted(name for report in single for name in healthy(report))
    unknown = result.report["sections"][0]["unknown"]
    assert {entry["reason"] for entry in unknown} == {"not-recorded"}
    assert {entry["message"] for entry in unknown} == {
        "the snapshot holds these namespaces only: default, ingress-nginx, tight, zoo"}
    text = krunbook(*ALL, "--demo", home=tmp_path)
    assert text.code == 2 and text.out.count("UNKNOWN") == 1, text


def test_a_namespace_that_does_not_exist_is_named_with_the_nearest(tmp_path):
    for arguments in ((), ("--pod", "oom")):
        result = offline(NEW_SNAPSHOT, "run", "pod-status.lua", "-n", "zooo", *arguments, home=tmp_path)
        (entry,) = result.report["sections"][0]["unknown"]
        assert result.code == 3 and entry["message"] == 'no namespace "zooo"; nearest: "zoo"', result


def test_what_was_refused_stays_refused(new, run, tmp_path):
    folder = tmp_path / "alice"
    result = run(new, "alice", "snapshot", "-n", "default", folder)
    assert result.code == 3 and (folder / "snapshot.json").exists(), result
    replay = offline(folder, "run", "pod-status.lua", "--pod", "error", home=tmp_path)
    assert replay.code in (2, 3)
    reasons = {entry["reason"] for section in replay.report["sections"] for entry in section["unknown"]}
    assert reasons and reasons <= {"forbidden", "not-recorded"}, replay


@pytest.mark.parametrize("path", ["events", ""], ids=["some refused", "all refused"])
@pytest.mark.parametrize("output", ["text", "json"])
def test_a_secret_in_a_refusal_is_masked(path, output, new, tmp_path):
    new.faults.set([{"path": path, "kind": "status", "status": 403, "message": "denied by password=hunter2hunter2"}])
    result = krunbook("snapshot", "-n", "zoo", "--no-probes", tmp_path / "taken", "-o", output,
                      "--kubeconfig", new.folder / "token.kubeconfig", home=tmp_path)
    assert result.code == 3 and "denied by password=***" in result.out + result.err, result
    assert "hunter2" not in result.out + result.err
    assert not any("hunter2" in file.read_text() for file in (tmp_path / "taken").rglob("*.json"))


def test_no_folder_is_left_of_a_snapshot_that_failed(new, run, tmp_path):
    folder = tmp_path / "failed"
    result = run(new, "stranger", "snapshot", "-A", folder)
    assert result.code == 3 and not (folder / "snapshot.json").exists(), result


def test_a_folder_with_something_in_it_is_not_touched(new, run, tmp_path):
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "mine").write_text("mine")
    assert run(new, "token", "snapshot", "-A", folder).code == 3
    assert [path.name for path in folder.iterdir()] == ["mine"]


def test_the_snapshot_is_readable_json_with_its_coverage(taken):
    meta = json.loads((taken / "snapshot.json").read_text())
    assert meta["covered"] and meta["taken_at"].endswith("Z")
    assert {"resource": "pods", "namespace": "*"} in meta["covered"]
    for path in taken.rglob("*.json"):
        assert path.read_text().count("\n") > 3 or path.stat().st_size < 200, f"{path} is not made for reading"


@pytest.fixture
def secrets(new):
    """A cluster that holds secrets where they are found in practice."""
    objects = new.cluster.objects
    secret = {"metadata": {"name": "db", "namespace": "zoo", "uid": "5ec", "creationTimestamp": "2026-11-23T17:00:00Z",
                           "annotations": {"kubectl.kubernetes.io/last-applied-configuration": '{"data":{"p":"aHVudGVyMg=="}}'}},
              "type": "Opaque", "data": {"password": "aHVudGVyMg=="}}
    objects[("", "secrets")] = {("zoo", "db"): secret}
    config = {"metadata": {"name": "settings", "namespace": "zoo", "uid": "c0f",
                           "creationTimestamp": "2026-11-23T17:00:00Z"}, "data": {"file": "hunter2-in-a-configmap"}}
    objects[("", "configmaps")][("zoo", "settings")] = config
    pod = next(item for key, item in objects[("", "pods")].items() if key[0] == "zoo")
    before = pod["spec"]["containers"][0].get("env")
    pod["spec"]["containers"][0]["env"] = [{"name": "DB_PASSWORD", "value": "hunter2-in-env"}]
    yield new
    del objects[("", "secrets")], objects[("", "configmaps")][("zoo", "settings")]
    pod["spec"]["containers"][0]["env"] = before or []


def everything_in(folder):
    return "\n".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


def test_no_secret_enters_a_snapshot(secrets, run, tmp_path):
    folder = tmp_path / "taken"
    assert run(secrets, "token", "snapshot", "-A", folder).code == 0
    text = everything_in(folder)
    for word in ("aHVudGVyMg", "hunter2-in-a-configmap", "hunter2-in-env", "adm1nT0kenQ2hR8xVw5z"):
        assert word not in text, word


def test_redact_masks_the_environment(secrets, run, tmp_path):
    folder = tmp_path / "redacted"
    pod = next(item for key, item in secrets.cluster.objects[("", "pods")].items() if key[0] == "zoo")
    pod["spec"]["containers"][0]["env"] = [{"name": "INTERNAL_HOST", "value": "very-private.internal"}]
    assert run(secrets, "token", "snapshot", "-A", folder, "--redact").code == 0
    assert "very-private.internal" not in everything_in(folder)


# -- probes: of a recording, recorded again ------------------------------------------------------------------------------

ASKED = {  # what Services lead to, containers declare, and probes ask
    "default": {"running:80": "open", "running:8080": "refused"},
    "zoo": {"not-ready:80": "open", "not-ready:8080": "refused"},
}


def probed(folder, namespace):
    path = folder / "namespaces" / namespace / "probes.json"
    probes = json.loads(path.read_text())["probes"] if path.exists() else []
    assert all(probe["scheme"] == "tcp" for probe in probes), "nothing is sent"
    return {f"{probe['pod']}:{probe['port']}": probe["result"] for probe in probes}


def record_again(snapshot, folder, *arguments, home):
    return krunbook("snapshot", folder, "--snapshot", snapshot, *arguments, home=home)


def test_the_ports_that_runbooks_ask_are_recorded(tmp_path):
    result = record_again(NEW_SNAPSHOT, tmp_path / "again", "-n", "default,zoo", home=tmp_path)
    assert "of Pod" not in result.out, result
    assert probed(tmp_path / "again", "default") == ASKED["default"]
    zoo = probed(tmp_path / "again", "zoo")
    assert zoo.items() >= ASKED["zoo"].items() and "liveness-kill:8081" not in zoo, "no Service leads there"


def test_without_probes_no_port_is_asked(tmp_path):
    record_again(NEW_SNAPSHOT, tmp_path / "again", "-n", "default", "--no-probes", home=tmp_path)
    assert probed(tmp_path / "again", "default") == {}
    assert (tmp_path / "again" / "namespaces" / "default" / "pods.json").exists()


def test_port_forwards_that_are_refused_are_told_once_a_namespace(tmp_path):
    shutil.copytree(NEW_SNAPSHOT, tmp_path / "refusing")
    (tmp_path / "refusing/namespaces/default/probes.json").unlink()
    index = tmp_path / "refusing" / "snapshot.json"
    document = json.loads(index.read_text())
    document["refused"].append({"verb": "get", "resource": "pods/portforward", "namespace": "default", "status": 403,
                                "reason": "Forbidden", "message": "no port-forwards for you"})
    index.write_text(json.dumps(document))
    result = record_again(tmp_path / "refusing", tmp_path / "again", "-n", "default,zoo", home=tmp_path)
    assert result.code == 3 and result.out.count("no port-forwards for you") == 1, result
    again = json.loads((tmp_path / "again" / "snapshot.json").read_text())
    assert [entry["namespace"] for entry in again["refused"] if entry["resource"] == "pods/portforward"] == ["default"]
    assert probed(tmp_path / "again", "zoo"), "the others are asked"
