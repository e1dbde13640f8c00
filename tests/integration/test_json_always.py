"""-o json is one valid document on stdout, whatever happens."""
import jsonschema
import pytest

import harness
from harness import NEW_SNAPSHOT, complaints, krunbook

LOOP = 'return { name = "loop", summary = "Does not end.", run = function() while true do end end }'
BAD = 'return { name = "bad", summary = "Fails.", run = function() error("it broke") end }'
UNENDED = 'return { name = "unended", run = function()\n'


@pytest.fixture
def valid(schema):
    def check(result, code):
        report = result.report
        jsonschema.validate(report, schema)
        assert result.code == report["exit_code"] == code, result
        return report
    return check


def write(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("arguments", [
    ("run",), ("run", "--no-such-flag"), ("run", "no-such-runbook"), ("run", "./nowhere.lua"),
    ("run", "pod-status.lua", "--podd", "x"), ("run", "pod-status.lua", "--pod"), ("no-such-command",), (),
    ("run", "pod-status.lua", "--request-timeout", "soon"), ("run", "pod-status.lua", "--snapshot", "/nowhere"),
    ("run", "pod-status.lua", "--kubeconfig", "/nowhere"), ("run", "pod-status.lua"), ("snapshot",),
    ("snapshot", "/proc/nowhere", "-A"), ("show", "no-such-runbook")],
    ids=lambda arguments: " ".join(arguments) or "nothing")
def test_of_what_was_asked_wrongly(arguments, valid, tmp_path):
    report = valid(krunbook(*arguments, "-o", "json", home=tmp_path), 3)
    assert report["errors"], report


@pytest.mark.parametrize("source", [BAD, UNENDED, "return 7", "", "\x1bLua", "local x = nope.nope return {}"])
def test_of_a_runbook_that_fails(source, valid, tmp_path):
    path = write(tmp_path, "bad.lua", source)
    result = krunbook("run", path, "--snapshot", NEW_SNAPSHOT, "-o", "json", home=tmp_path)
    assert complaints(valid(result, 3)), result
    assert "bad.lua" in result.out


def test_of_a_limit_that_is_hit(valid, tmp_path):
    path = write(tmp_path, "loop.lua", LOOP)
    result = krunbook("run", path, "--snapshot", NEW_SNAPSHOT, "-o", "json", home=tmp_path)
    assert complaints(valid(result, 3)), result


def test_of_a_wall_clock_that_ran_out(new, run, valid):
    new.faults.set([{"path": "/api", "kind": "hang"}])
    result = run(new, "token", "run", "pod-status.lua", "--timeout", "1s")
    assert complaints(valid(result, 3)) and result.seconds < 6, result


@pytest.mark.parametrize("content", ["", "not: [yaml", "{}", "current-context: nowhere", "\0", "- a list"])
def test_of_a_kubeconfig_that_is_none(content, valid, tmp_path):
    path = write(tmp_path, "config", content)
    result = krunbook("run", "pod-status.lua", "--kubeconfig", path, "-o", "json", home=tmp_path)
    assert valid(result, 3)["errors"], result


@pytest.mark.parametrize("name", ["wrong-ca", "expired", "elsewhere", "stranger"])
def test_of_a_server_that_cannot_be_used(name, new, run, valid):
    assert complaints(valid(run(new, name, "run", "pod-status.lua"), 3))


def test_of_a_refused_connection(new, run, valid):
    assert complaints(valid(run(new, "token", "run", "pod-status.lua", "--server", "https://127.0.0.1:1"), 3))


def test_of_what_is_found(cluster, run, valid):
    valid(run(cluster, "token", "run", "pod-status.lua", "-A"), 2)


def test_of_a_healthy_pod(cluster, run, valid):
    assert valid(run(cluster, "token", "run", "pod-status.lua", "--pod", "running"), 0)["status"] == "ok"


def test_of_two_runbooks_one_of_which_fails(valid, tmp_path):
    path = write(tmp_path, "bad.lua", BAD)
    report = valid(krunbook("run", path, "pod-status.lua", "-n", "zoo", "--snapshot", NEW_SNAPSHOT, "-o", "json",
                            home=tmp_path), 2)
    assert len(report["sections"]) == 2
    assert report["sections"][0]["errors"] and not report["sections"][1]["errors"]


def test_with_explain_and_verbose_too(valid, tmp_path):
    valid(krunbook("run", "pod-status.lua", "--pod", "error", "--snapshot", NEW_SNAPSHOT, "-o", "json", "--explain",
                   "-v", "-v", home=tmp_path), 2)


def test_ctrl_c(new, tmp_path, valid):
    import signal
    import time
    new.faults.set([{"path": "/api", "kind": "hang"}])
    began = time.monotonic()
    process = harness.start(["run", "pod-status.lua", "--kubeconfig", new.folder / "token.kubeconfig", "-o", "json"],
                            tmp_path)
    while not new.audit:
        assert time.monotonic() - began < 10
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert complaints(valid(harness.finish(process, began), 130))
