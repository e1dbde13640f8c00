"""The server's tables only save reading: over every recording and case the verdicts are the same with them and without, and
where a server refuses them everything is read."""
import json
import re

import pytest

import tables
from apiserver import ApiServer
from harness import NEW_SNAPSHOT, ROOT, findings, krunbook, unknown
from merged import Merge


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    folder = tmp_path_factory.mktemp("everything")
    Merge(folder / "cluster")
    with ApiServer(folder / "cluster", folder / "server") as server:
        yield server


@pytest.fixture(scope="module")
def always_by_name(tmp_path_factory):
    """Where to look for a krunbook.overview that reads no list instead of many objects."""
    source = (ROOT / "stdlib" / "krunbook" / "overview.lua").read_text()
    changed, count = re.subn(r"local WORTH_ALL = \d+", "local WORTH_ALL = 0", source)
    assert count == 1
    module = tmp_path_factory.mktemp("path") / "krunbook" / "overview.lua"
    module.parent.mkdir()
    module.write_text(changed)
    return module.parent.parent


def report(server, home, *more):
    server.audit.clear()
    result = krunbook("run", "pod-status", "-A", "--kubeconfig", server.folder / "admin.kubeconfig", "-o", "json", *more, home=home)
    assert result.report["errors"] == [] and result.report["sections"][0]["errors"] == [], result
    return result.report


def verdicts(document):
    section = document["sections"][0]
    return {"findings": findings(document), "unknown": unknown(document), "healthy": section["healthy_count"],
            "starting": sorted(thing["name"] for thing in section.get("starting", ())), "exit": document["exit_code"]}


def asked_for_tables(server):
    return [entry for entry in server.audit if "includeObject=None" in entry["query"]]


def whole(server, home):
    document = report(server, home, "--full-lists")
    assert asked_for_tables(server) == []
    return verdicts(document)


def differences(found, before, after):
    """What was found otherwise than by the full lists, which were read before and after: what is young grows older meanwhile."""
    wrong = {}
    for key in ("findings", "unknown", "starting"):
        more = [row for row in found[key] if row not in before[key] and row not in after[key]]
        less = [row for row in before[key] if row in after[key] and row not in found[key]]
        if more or less:
            wrong[key] = (more, less)
    for key in ("healthy", "exit"):
        if not min(before[key], after[key]) <= found[key] <= max(before[key], after[key]):
            wrong[key] = (found[key], before[key])
    return wrong


def compared(server, home, *more):
    """A run with tables, and how it differs from those without."""
    before = whole(server, home)
    found = verdicts(report(server, home, *more))
    asked = list(server.audit)
    after = whole(server, home)
    assert len(found["findings"]) > 50
    return asked, differences(found, before, after)


@pytest.mark.parametrize("old", [False, True])
def test_verdicts_on_every_case_are_those_of_the_full_lists(everything, always_by_name, tmp_path, old):
    everything.cluster.minor = "20" if old else "36"  # how tables are printed
    asked, wrong = compared(everything, tmp_path, "--runbook-path", always_by_name)
    assert any("includeObject=None" in entry["query"] for entry in asked)
    assert wrong == {}


def test_namespaces_of_which_much_is_broken_are_read_as_a_list(everything, tmp_path):
    asked, wrong = compared(everything, tmp_path)
    assert any(re.search(r"/namespaces/[^/]+/pods$", entry["path"]) and "includeObject" not in entry["query"] for entry in asked)
    assert wrong == {}


def test_a_server_without_tables_is_read_in_full(everything, tmp_path):
    before = whole(everything, tmp_path)
    everything.tables = False
    found = verdicts(report(everything, tmp_path))
    assert asked_for_tables(everything)
    everything.tables = True
    assert differences(found, before, whole(everything, tmp_path)) == {}


def test_the_test_servers_columns_are_the_real_ones():
    pod = json.loads((NEW_SNAPSHOT / "namespaces" / "default" / "pods.json").read_text())
    printed = {row["cells"][0]: row["cells"] for row in tables.table("pods", {"metadata": {}, **pod}, False)["rows"]}
    assert printed["error"][1:3] == ["0/1", "CrashLoopBackOff"] and printed["error"][3].startswith("6 (")
    assert printed["backoff"][1:4] == ["0/1", "ImagePullBackOff", "0"] and printed["backoff"][6] == "lab-node"
    assert printed["pending"][1:] == ["0/1", "Pending", "0", printed["pending"][4], "<none>", "<none>", "<none>", "<none>"]
    assert printed["running"][1:3] == ["1/1", "Running"]
