"""krunbook probe, events and logs: the primitives from the shell, for people and for scripts."""
import json
import os
import pty
import shutil
import signal
import time

import jsonschema
import pytest

import harness
from apps import Apps
from harness import NEW_SNAPSHOT, krunbook

SCHEMA = json.loads((harness.ROOT / "docs" / "answers.schema.json").read_text())
ESCAPE = "\x1b"


@pytest.fixture
def ask(tmp_path):
    """ask(*arguments): (exit status, document), which keeps to its schema."""
    def call(*arguments, snapshot=NEW_SNAPSHOT):
        result = krunbook(*arguments, "--snapshot", snapshot, "-o", "json", home=tmp_path)
        jsonschema.validate(result.report, SCHEMA)
        assert result.code == result.report["exit_code"], result
        return result.code, result.report
    return call


@pytest.fixture
def text(tmp_path):
    def call(*arguments, snapshot=NEW_SNAPSHOT):
        return krunbook(*arguments, "--snapshot", snapshot, home=tmp_path)
    return call


@pytest.fixture
def changed(tmp_path):
    """A copy of the snapshot, with one file of its default namespace changed."""
    def make(name, change):
        folder = tmp_path / "changed"
        shutil.copytree(NEW_SNAPSHOT, folder, dirs_exist_ok=True)
        path = folder / "namespaces" / "default" / name
        path.write_text(change(path.read_text()))
        return folder
    return make


def test_a_schema_is_a_schema():
    jsonschema.validators.validator_for(SCHEMA).check_schema(SCHEMA)


# -- probe ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [
    "running:80", "pod/running:80", "po/running:web", "service/running-service:http", "svc/running-service:80",
    "pod/running:80/"])
def test_a_probe_says_what_was_answered_and_how_soon(target, ask):
    code, report = ask("probe", target)
    [probe] = report["probes"]
    assert code == 0 and "Services" in report["note"]
    assert (probe["target"], probe["pod"], probe["port"], probe["path"]) == (target, "running", 80, "/")
    assert (probe["result"], probe["status"], probe["body"]) == ("answered", 200, "Welcome to nginx!\n")
    assert probe["latency_ms"] >= 0 and probe["headers"]["content-type"] == "text/plain"


def test_people_get_a_few_lines(text):
    result = text("probe", "service/running-service:http")
    assert result.code == 0 and not result.err
    first, *more = result.out.splitlines()
    assert first == "service/running-service:http, port 80 of Pod default/running: answered 200 in 1 ms (GET /)"
    assert "  Welcome to nginx!" in more and "NetworkPolicies" in more[-1]


def test_people_are_shown_the_beginning_of_a_long_line(text, changed):
    snapshot = changed("probes.json", lambda probes: probes.replace("Welcome to nginx!\\n", "\u00e4" * 2000))
    shown = [line for line in text("probe", "running:80", snapshot=snapshot).out.splitlines() if "\u00e4" in line]
    assert shown == ["  " + "\u00e4" * 80 + " ..."]


@pytest.mark.parametrize("arguments, code, result", [
    (("running:80", "--expect", "200"), 0, "answered"), (("running:80", "--expect", "204"), 2, "answered"),
    (("running:80", "--tcp"), 0, "open"), (("service/running-service:http", "--tcp"), 0, "open"),
    (("running:8080", "--tcp"), 2, "refused"), (("running:8080",), 2, "refused"),
    (("service/wrong-port:80", "--tcp"), 2, "refused"), (("pod/error:80", "--tcp"), 2, "refused"),
    (("running:80", "--host", "shop.example.com"), 0, "answered"),
    (("running:81",), 3, "unknown"), (("running:80", "--path", "/healthz"), 3, "unknown"),
    (("running:80", "--https"), 3, "unknown"), (("running:80/healthz",), 3, "unknown"), (("pending:80",), 3, "unknown"),
    (("podz/running:80",), 3, "unknown"), (("nope:80",), 3, "absent"), (("service/nope:80",), 3, "absent"),
    (("service/wrong-selector:80",), 3, "absent"), (("service/running-service:81",), 3, "absent"),
    (("service/wrong-port-name:80",), 3, "absent")], ids=lambda value: " ".join(value) if isinstance(value, tuple) else None)
def test_the_exit_status_of_a_probe(arguments, code, result, ask):
    got, report = ask("probe", *arguments)
    [probe] = report["probes"]
    assert (got, probe["result"]) == (code, result), probe
    assert code != 3 or probe["message"], probe


def test_what_cannot_be_asked_says_why(ask):
    _, report = ask("probe", "pending:80", "podz/x:80", "service/wrong-port-name:80", "service/wrong-selector:80")
    words = [probe["message"] for probe in report["probes"]]
    assert "does not have a host assigned" in words[0] and "pods" in words[1]
    assert '"wbe"' in words[2] and "web" in words[2] and "matches no pod" in words[3]
    assert "note" not in report, "nothing was shown"


def test_several_are_asked_and_the_worst_decides(ask):
    code, report = ask("probe", "running:80", "nope:80", "running:8080")
    assert code == 2 and [probe["result"] for probe in report["probes"]] == ["answered", "absent", "refused"]
    assert ask("probe", "running:80", "nope:80")[0] == 3


def test_each_ready_pod_is_asked(ask, changed):
    def twice(pods):
        document = json.loads(pods)
        running = next(item for item in document["items"] if item["metadata"]["name"] == "running")
        other = json.loads(json.dumps(running))
        other["metadata"].update(name="running-2", uid="2")
        document["items"].append(other)
        return json.dumps(document)
    snapshot = changed("pods.json", twice)
    code, report = ask("probe", "service/running-service:http", "--each", snapshot=snapshot)
    results = {probe.get("pod", "-"): probe["result"] for probe in report["probes"]}
    assert code == 3 and results == {"running": "answered", "-": "unknown"}, report
    code, report = ask("probe", "service/running-service:http", "--each")
    assert code == 0 and len(report["probes"]) == 1


@pytest.mark.parametrize("arguments, words", [
    (("probe",), "which one?"), (("probe", "running"), "running:80"), (("probe", "a/b/c:80"), "no target"),
    (("probe", "running:80", "-A"), "-A"), (("probe", "running:80", "-l", "a=b"), "-l"),
    (("probe", "running:80", "--tcp", "--path", "/"), "--tcp"), (("probe", "running:80/x", "--tcp"), "--tcp"),
    (("probe", "running:80", "--method", "POST"), "GET or HEAD"), (("probe", "running:80", "--path", "x"), "--path"),
    (("probe", "running:80", "--expect", "7"), "--expect"), (("probe", "running:80", "--timeout", "soon"), "--timeout"),
    (("events",), "which one?"), (("events", "running:80"), "none is wanted"), (("logs",), "which one?"),
    (("logs", "running", "--tail", "few"), "--tail"), (("logs", "running", "-A"), "-A")],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None)
def test_wrong_usage_exits_3_in_one_document(arguments, words, tmp_path, schema):
    result = krunbook(*arguments, "--snapshot", NEW_SNAPSHOT, "-o", "json", home=tmp_path)
    jsonschema.validate(result.report, schema)
    assert result.code == 3 and words in result.report["errors"][0]["message"], result
    result = krunbook(*arguments, "--snapshot", NEW_SNAPSHOT, home=tmp_path)
    assert result.code == 3 and words in result.err and not result.out, result


@pytest.mark.parametrize("command", ["probe", "events", "logs"])
def test_help_shows_examples(command, tmp_path):
    for arguments in ((command, "--help"), ("help", command)):
        result = krunbook(*arguments, home=tmp_path)
        assert result.code == 0 and f"  krunbook {command} " in result.out and "Exit status" in result.out
    assert command in krunbook("help", home=tmp_path).out


def test_secrets_and_escapes_in_an_answer_are_harmless(ask, text, changed):
    def evil(probes):
        return probes.replace("Welcome to nginx!\\n", "password=SECRETTWO \\u001b[2J\\u009bpwned")
    snapshot = changed("probes.json", evil)
    _, report = ask("probe", "running:80", snapshot=snapshot)
    assert "SECRETTWO" not in json.dumps(report) and "pwned" in report["probes"][0]["body"]
    out = text("probe", "running:80", snapshot=snapshot).out
    assert ESCAPE not in out and "\x9b" not in out and "SECRETTWO" not in out and "pwned" in out


def test_with_explain_each_request_is_told(text):
    result = text("probe", "service/running-service:http", "--explain")
    assert "port 80 of Pod default/running -> answered 200 in 1 ms" in result.err, result


# -- events --------------------------------------------------------------------------------------------------------------


def test_events_are_those_of_the_object_in_the_order_of_time(ask):
    code, report = ask("events", "pod/error")
    [answer] = report["targets"]
    assert code == 0 and answer["result"] == "found"
    assert [event["reason"] for event in answer["events"]][-1] == "BackOff"
    assert [event["last"][:19] for event in answer["events"]] == sorted(event["last"][:19] for event in answer["events"])
    assert answer["object"] == {"kind": "Pod", "namespace": "default", "name": "error"}


def test_events_for_people(text):
    result = text("events", "error")
    assert result.code == 0 and result.out.startswith("error: 5 events\n")
    assert "Warning  BackOff x11  spec.containers{web}: Back-off restarting failed container" in result.out


def test_none_at_all_exits_0_and_no_such_object_exits_3(ask):
    code, report = ask("events", "service/running-service")
    assert code == 0 and report["targets"][0]["events"] == []
    code, report = ask("events", "service/running-service", "nope")
    assert code == 3 and report["targets"][1]["result"] == "absent"


def test_events_that_may_not_be_read_are_unknown(ask, tmp_path):
    shutil.copytree(NEW_SNAPSHOT, tmp_path / "refused")
    index = tmp_path / "refused" / "snapshot.json"
    document = json.loads(index.read_text())
    document["refused"].append({"verb": "list", "resource": "events", "namespace": "default", "status": 403,
                                "reason": "Forbidden", "message": "events is forbidden"})
    index.write_text(json.dumps(document))
    code, report = ask("events", "error", snapshot=tmp_path / "refused")
    [answer] = report["targets"]
    assert code == 3 and answer["reason"] == "forbidden" and answer["permission"] == "list events in default"


# -- logs ----------------------------------------------------------------------------------------------------------------


def test_a_log_is_its_text_and_nothing_else(text):
    result = text("logs", "error", "--previous")
    assert result.code == 0 and not result.err
    assert result.out == (NEW_SNAPSHOT / "namespaces/default/logs/error/web.previous.log").read_text()
    assert text("logs", "error", "--tail", "1").out == "Try 'sleep --help' for more information.\n"
    assert text("logs", "error", "--limit", "5").out == "sleep"


def test_a_log_as_json(ask):
    code, report = ask("logs", "error", "--previous", "-c", "web")
    [log] = report["logs"]
    assert code == 0 and (log["container"], log["previous"], log["truncated"]) == ("web", True, False)
    assert log["text"].startswith("sleep: invalid time interval")
    assert ask("logs", "error", "--limit", "5")[1]["logs"][0]["truncated"] is True


def test_no_log_is_told_on_stderr_and_exits_3(text):
    for arguments, words in ((("backoff",), "waiting to start"), (("running", "--previous"), "not found"),
                             (("nope",), 'no pod "nope"'), (("service/external", "-n", "zoo"), "db.example.com")):
        result = text("logs", *arguments)
        assert result.code == 3 and result.out == "" and words in result.err, result


def test_of_several_containers_the_first_is_taken_and_said(text, ask):
    result = text("logs", "deploy/crashing", "-n", "zoo", "--previous")
    assert result.code == 0 and "panic" in result.out and "sidecar" in result.err and "-c" in result.err
    _, report = ask("logs", "deploy/crashing", "-n", "zoo", "--previous")
    assert report["logs"][0]["containers"] == ["app", "sidecar"]


def test_several_logs_say_whose_they_are(text):
    result = text("logs", "error", "backoff")
    assert result.code == 3 and result.out.startswith("==> error web <==\nsleep:") and "backoff" in result.err


def test_a_log_is_masked_raw_to_a_pipe_and_harmless_on_a_terminal(text, tmp_path):
    shutil.copytree(NEW_SNAPSHOT, tmp_path / "evil")
    log = tmp_path / "evil" / "namespaces/default/logs/error/web.log"
    log.write_text(f"password=SECRETTWO {ESCAPE}[2Jpwned\n")
    assert text("logs", "error", snapshot=tmp_path / "evil").out == f"password=*** {ESCAPE}[2Jpwned\n"
    read, write = pty.openpty()
    process = harness.subprocess.Popen([harness.PROGRAM, "logs", "error", "--snapshot", tmp_path / "evil"], stdout=write,
                                       env=harness.environment(tmp_path))
    assert process.wait(30) == 0
    shown = os.read(read, 4096).decode()
    os.close(read)
    os.close(write)
    assert ESCAPE not in shown and "\\x1b[2Jpwned" in shown and "SECRETTWO" not in shown, shown


# -- live ----------------------------------------------------------------------------------------------------------------


def test_events_and_logs_of_a_live_cluster(cluster, run):
    result = run(cluster, "token", "events", "error")
    jsonschema.validate(result.report, SCHEMA)
    reasons = {event["reason"] for event in result.report["targets"][0]["events"]}
    assert result.code == 0 and {"Scheduled", "BackOff"} <= reasons, result
    result = run(cluster, "token", "logs", "error", "--previous")
    assert result.code == 0 and "invalid time interval" in result.report["logs"][0]["text"], result


def test_what_alice_may_not_read_names_the_permission(cluster, run):
    for command, permission in (("events", "list events in default"), ("logs", "get pods/log in default")):
        result = run(cluster, "alice", command, "running")
        [answer] = result.report["targets" if command == "events" else "logs"]
        assert result.code == 3 and answer["reason"] == "forbidden" and answer["permission"] == permission, result


@pytest.fixture(scope="module")
def apps(tmp_path_factory):
    with Apps(tmp_path_factory.mktemp("apps")) as started:
        yield started


@pytest.fixture
def live(cluster, apps, run):
    """live(behaviour, *arguments): krunbook probe, while an application behaves so at port 80 of the pod "running"."""
    def call(behaviour, *arguments, tls=False, kubeconfig="token"):
        cluster.forwards.clear()
        if behaviour:
            cluster.forwards.targets[("default", "running", 80)] = apps.start(behaviour, tls)
        result = run(cluster, kubeconfig, "probe", *arguments)
        jsonschema.validate(result.report, SCHEMA)
        assert result.code == result.report["exit_code"], result
        return result.code, result.report["probes"]
    return call


@pytest.mark.parametrize("behaviour, arguments, code, result", [
    ("web", ("pod/running:80",), 0, "answered"), ("web", ("service/running-service:http", "--each"), 0, "answered"),
    ("web", ("running:80/teapot", "--expect", "418"), 0, "answered"), ("web", ("running:80/teapot", "--expect", "200"), 2, "answered"),
    ("web", ("running:80", "--method", "HEAD"), 0, "answered"), ("web", ("running:80", "--tcp"), 0, "open"),
    (None, ("running:80",), 2, "refused"), (None, ("running:80", "--tcp"), 2, "refused"),
    ("silent", ("running:80", "--timeout", "1s"), 2, "timeout"), ("closes", ("running:80",), 2, "closed"),
    ("greets", ("running:80",), 2, "not-http"), ("greets", ("running:80", "--https"), 2, "not-http"),
    ("endless", ("running:80",), 0, "answered"), ("web", ("pending:80",), 3, "unknown"), ("web", ("nope:80",), 3, "absent")],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value))
def test_what_a_live_port_does(behaviour, arguments, code, result, live):
    got, [probe] = live(behaviour, *arguments)
    assert (got, probe["result"]) == (code, result), probe


def test_a_live_certificate_is_shown_and_secrets_are_masked(live, new, apps, tmp_path):
    code, [probe] = live("web", "running:80", "--https", "--host", "web.example.com", tls=True)
    assert code == 0 and "web.example.com" in probe["certificate"]["dnsNames"], probe
    _, [probe] = live("web", "running:80/echo?password=SECRETTWO", "--host", "shop.example.com")
    assert "SECRETTWO" not in json.dumps(probe) and "shop.example.com" in probe["body"], probe
    new.forwards.targets[("default", "running", 80)] = apps.start("web", tls=True)
    text = krunbook("probe", "running:80", "--https", "--kubeconfig", new.folder / "token.kubeconfig", home=tmp_path).out
    assert "certificate" in text and "not verified" in text, text


def test_alice_is_told_what_a_probe_needs(live):
    code, [probe] = live("web", "running:80", kubeconfig="alice")
    assert code == 3 and probe["reason"] == "forbidden", probe
    assert probe["permission"] == "get,create pods/portforward in default", probe


def test_sixty_four_at_once(live):
    code, probes = live("web", *(f"running:80/echo?{number}" for number in range(64)))
    assert code == 0 and [f"/echo?{number} " in probe["body"] for number, probe in enumerate(probes)] == [True] * 64


def test_ctrl_c_ends_a_probe_at_once(new, apps, tmp_path, schema):
    new.forwards.clear()
    new.forwards.targets[("default", "running", 80)] = apps.start("silent")
    began = time.monotonic()
    process = harness.start(["probe", "running:80", "--timeout", "60s", "--kubeconfig", new.folder / "token.kubeconfig",
                             "-o", "json"], tmp_path)
    while not new.forwards.open:
        assert time.monotonic() - began < 10
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    result = harness.finish(process, began)
    jsonschema.validate(result.report, schema)
    assert result.code == 130 and result.seconds < 10, result


def test_a_live_snapshot_says_which_ports_are_open(new, apps, run, tmp_path):
    new.forwards.clear()
    new.forwards.targets[("default", "running", 80)] = apps.start("web")
    assert run(new, "token", "snapshot", "-n", "default", tmp_path / "taken").code == 0
    probes = json.loads((tmp_path / "taken/namespaces/default/probes.json").read_text())["probes"]
    assert {(probe["port"], probe["scheme"], probe["result"]) for probe in probes} == {(80, "tcp", "open"), (8080, "tcp", "refused")}
    assert new.forwards.sent == [], "nothing is sent into a port"
    again = krunbook("probe", "running:80", "--tcp", "--snapshot", tmp_path / "taken", home=tmp_path)
    assert again.code == 0 and "open" in again.out


@pytest.mark.parametrize("arguments, words", [
    (("events", "eror"), 'there is no pod "eror" in namespace default; nearest: "error"'),
    (("events", "pod/oom"), 'there is no pod "oom" in namespace default; there is one in namespace zoo'),
    (("logs", "eror", "-n", "defualt"), 'there is no namespace "defualt"; nearest: "default"'),
    (("events", "node/lab-nod"), 'there is no node "lab-nod"; nearest: "lab-node"'),
    (("probe", "service/runing-service:80"), '"runing-service" in namespace default; nearest: "running-service"'),
    (("events", "zzz"), 'there is no pod "zzz" in namespace default\n')], ids=lambda value: value if isinstance(value, str) else " ".join(value))
def test_what_is_absent_is_told_with_what_may_have_been_meant(arguments, words, text):
    result = text(*arguments)
    assert result.code == 3 and words in result.out + result.err, result
