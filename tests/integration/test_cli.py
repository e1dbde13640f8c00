"""What the command line says of itself: help, names that were mistyped, what runbooks declare."""
import json
import os
import re
import subprocess

import pytest
import yaml

from harness import INSTRUMENTED, NEW_SNAPSHOT, PROGRAM, environment, krunbook, measured

COMMANDS = ("run", "list", "show", "snapshot", "test", "new", "lint", "doc", "diff", "repl", "completion", "version", "help", "probe", "events", "logs")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(command, tmp_path):
    for arguments in ((command, "--help"), ("help", command)):
        result = krunbook(*arguments, home=tmp_path)
        lines = [line.strip() for line in result.out.splitlines()]
        assert result.code == 0 and not result.err, result
        assert lines[0].startswith(f"krunbook {command}"), result
        assert any(line.startswith(f"krunbook {command}") for line in lines[1:]), "there is no example"


def test_every_command_is_in_the_help(tmp_path):
    result = krunbook("help", home=tmp_path)
    names = {line.split()[0] for line in result.out.splitlines() if line.startswith("  ") and line.split()}
    assert result.code == 0 and set(COMMANDS) <= names, result


@pytest.mark.parametrize("arguments, words", [
    (("rnu",), 'no command "rnu"; nearest: "run"'), (("help", "lists"), 'nearest: "list"'),
    (("list", "--nmespace", "x"), "nearest: --namespace"), (("run", "pod-staus"), 'nearest: "pod-status"'),
    (("run", "pod-status", "--demo", "--pd", "x"), "nearest: --pod"),
    (("run", "pod-status", "--demo", "--nmespace", "x"), "nearest: --namespace"),
    (("run", "pod-status", "--demo", "-x"), "no flag -x"), (("version", "x"), "takes no arguments"),
    (("help", "run", "x"), "takes one name"), (("list", "x"), "takes no names"), (("show",), "name of one runbook"),
    (("run", "pod-status", "--demo", "-n", "zoo", "-A"), "exclude each other"),
    (("run", "pod-status", "--demo", "-o", "ymal"), "nearest: yaml"),
    (("list", "-o", "html"), "list takes -o text, json or yaml"),
    (("run", "--pod", "x", "pod-status", "--demo"), "come after its name")],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_what_is_mistyped_is_told_with_the_nearest(arguments, words, tmp_path):
    result = krunbook(*arguments, home=tmp_path)
    assert result.code == 3 and words in result.err and not result.out, result


@pytest.mark.parametrize("arguments, words", [
    (("--owner", "foo"), "KIND/NAME"), (("--owner", "service/headless"), "no pod is its own"),
    (("--owner", "deploymnt/web"), "did you mean deployment"),
    (("--pod", "oom", "--deployment", "crashing"), "give one of them")])
def test_arguments_that_cannot_be_followed_are_unknown(arguments, words, tmp_path):
    result = krunbook("run", "pod-status", *arguments, "-n", "zoo", "--snapshot", NEW_SNAPSHOT, home=tmp_path)
    assert result.code == 3 and words in result.out and "traceback" not in result.out, result
    assert result.out.count("UNKNOWN") == 1, result


@pytest.mark.parametrize("target", ["web", "/web", "pod/", "a/b/c", ""])
def test_a_target_that_is_no_object_is_told_as_a_mistake_of_the_command_line(target, tmp_path):
    result = krunbook("run", "why", "--target", target, "--demo", home=tmp_path)
    assert result.code == 3 and f'--target takes KIND/NAME, such as ingress/shop or deploy/api, not "{target}"' in result.out
    assert "traceback" not in result.out + result.err, result


def test_a_commands_own_flag_stands_before_one_of_all_commands(tmp_path):
    result = krunbook("help", "rbac", home=tmp_path)
    shown = [line for line in result.out.splitlines() if "--cluster " in line and line.startswith("  ")]
    assert len([line for line in shown if "ClusterRole" in line]) == 1 and "kubeconfig's cluster" not in result.out, result
    role = krunbook("rbac", "pod-status", "--cluster", "-n", "x", home=tmp_path)
    assert role.code == 0 and "kind: ClusterRole\n" in role.out, role


def test_help_is_data_too(tmp_path):
    program = krunbook("help", "-o", "json", home=tmp_path).report
    assert program["schema"] == "krunbook.help/v1"
    assert {command["name"] for command in program["commands"]} >= set(COMMANDS)
    assert {runbook["name"] for runbook in program["runbooks"]} >= {"pod-status", "service", "ingress", "why"}
    assert {status["status"] for status in program["exit_statuses"]} == {0, 1, 2, 3, 130}
    assert {"text", "json", "junit"} <= {format["name"] for format in program["formats"]}
    flags = {flag["name"]: flag for flag in program["flags"]}
    assert flags["namespace"]["letter"] == "n" and flags["as-group"]["repeated"] and flags["timeout"]["type"] == "duration"
    text = krunbook("help", home=tmp_path).out
    assert all(f"--{flag}" in text for flag in flags)
    for arguments in (("help", "probe"), ("probe", "--help")):
        command = krunbook(*arguments, "-o", "json", home=tmp_path).report
        assert {**command, "schema": None} == {**next(c for c in program["commands"] if c["name"] == "probe"), "schema": None}
    assert krunbook("--help", "-o", "json", home=tmp_path).report == program


def test_what_runbooks_declare_is_data_too(tmp_path):
    listed = json.loads(krunbook("list", "-o", "json", home=tmp_path).out)
    for runbook in listed:
        shown = [krunbook(*arguments, "-o", "json", home=tmp_path) for arguments in (
            ("show", runbook["name"]), ("show", runbook["name"]), ("run", runbook["name"], "--help"))]
        assert all(result.code == 0 and json.loads(result.out) == runbook for result in shown), shown
        assert shown[0].out == shown[1].out, "the order changes from run to run"
        args = list(runbook["metadata"]["args"])
        assert args == sorted(args)


def test_a_snapshots_result_is_data_too(new, run, tmp_path):
    result = run(new, "alice", "snapshot", "-n", "default", tmp_path / "taken")
    said = json.loads(result.out)
    assert result.code == 3 and said["folder"] == str(tmp_path / "taken") and said["answers"] > 20, result
    assert any(text.startswith("secrets in default: forbidden") for text in said["refused"]), result


def trace(home, *arguments):
    report = krunbook("run", "pod-status", *arguments, "--explain", "-o", "json", "--snapshot", NEW_SNAPSHOT, home=home).report
    return [(step["depth"], step["asked"], step["showed"]) for step in report["sections"][0]["steps"]]


def test_explain_shows_each_question_and_what_answered_it(tmp_path):
    steps = trace(tmp_path, "--pod", "error")
    asked = [step[1] for step in steps]
    assert (0, "has a node taken it?", "yes, lab-node") in steps and (0, "container web: is its image there?", "yes") in steps
    assert steps[-1] == (0, "container web: why did it end?", "crash-bad-command"), steps
    assert "log of container web of Pod default/error (previous)" in asked
    assert any("Scheduled" in (step[2] or "") and "BackOff x11" in step[2] for step in steps), "which events there were"


def test_explain_keeps_apart_what_was_looked_at_together(tmp_path):
    steps = trace(tmp_path, "-n", "zoo")
    begun = [number for number, step in enumerate(steps) if step[1].startswith("pod zoo/")]
    assert len(begun) > 15 and all(steps[number][0] == 1 for number in begun)
    oom = next(number for number in begun if steps[number][1] == "pod zoo/oom")
    within = steps[oom + 1:begun[begun.index(oom) + 1]]
    assert ("container eater: why did it end?", "oom-killed") in [step[1:] for step in within], within
    assert all(step[0] >= 2 for step in within) and len(within) == len(set(within)), within


def test_what_a_runbook_may_compute_can_be_less(tmp_path):
    path = tmp_path / "thinks.lua"
    path.write_text("return { name = 'thinks', summary = 'Thinks.', run = function() while true do end end }")
    result = measured("run", path, "--snapshot", NEW_SNAPSHOT, "--max-cpu", "100ms", home=tmp_path)
    assert result.code == 3 and re.search(r"thinks\.lua:1: limit reached: more than 100 ms of CPU", result.out), result
    assert INSTRUMENTED or result.cpu_seconds < 1, result


def test_nothing_takes_the_place_of_a_closed_standard_file(new, tmp_path):
    """What -v says would go into the pipe of Ctrl-C, say, and wake the program without end."""
    new.faults.set([{"path": "zoo/(pods|events)", "kind": "slow", "seconds": 1}])
    report = tmp_path / "report.json"
    process = subprocess.Popen(["sh", "-c", 'exec "$0" "$@" >&- 2>&-', PROGRAM, "run", "pod-status.lua", "-n", "zoo", "-v2",
                                "--kubeconfig", new.folder / "token.kubeconfig", "-o", f"json={report}"],
                               stdin=subprocess.DEVNULL, env=environment(tmp_path))
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 2 == json.loads(report.read_text())["exit_code"]
    assert INSTRUMENTED or usage.ru_utime + usage.ru_stime < 0.7, usage


@pytest.mark.parametrize("arguments", [
    ("list",), ("show", "why"), ("version",), ("help", "events"), ("help",), ("events", "error", "--demo"),
    ("logs", "error", "--demo"), ("probe", "running:80", "--demo"), ("events", "nope", "--demo"), ("doc", "krunbook.time"),
    ("lint", "/nowhere.lua")], ids=" ".join)
def test_yaml_says_what_json_says(arguments, tmp_path):
    told = {form: krunbook(*arguments, "-o", form, home=tmp_path) for form in ("json", "yaml")}
    assert told["json"].code == told["yaml"].code, told
    as_json, as_yaml = json.loads(told["json"].out), yaml.safe_load(told["yaml"].out)
    for document in (as_json, as_yaml):
        if isinstance(document, dict) and document.get("schema") == "krunbook.report/v1":
            document["taken_at"] = None  # an error's report: when it was made
    assert as_json and as_json == as_yaml


def test_a_role_may_be_asked_for_as_the_yaml_that_it_is(tmp_path):
    plain, asked = krunbook("rbac", "why", home=tmp_path), krunbook("rbac", "why", "-o", "yaml", home=tmp_path)
    assert asked.code == 0 and asked.out == plain.out, asked


def test_a_command_that_asks_no_cluster_shows_no_flags_about_one(tmp_path):
    offline, online = (krunbook("help", command, home=tmp_path).out for command in ("lint", "events"))
    assert "--kubeconfig" not in offline and "--runbook-path" in offline
    assert "--kubeconfig" in online and "--runbook-path" in online


def test_an_empty_namespace_is_a_mistake_of_the_command_line(tmp_path):
    result = krunbook("run", "pod-status", "--demo", "-n", "", home=tmp_path)
    assert result.code == 3 and "-n needs the name of a namespace" in result.err and not result.out, result


def test_a_context_that_is_mistyped_is_told_without_more_words(tmp_path):
    (tmp_path / "config").write_text(json.dumps({"kind": "Config", "contexts": [{"name": "prod", "context": {"cluster": "prod"}}]}))
    mistyped = krunbook("run", "pod-status", "--kubeconfig", tmp_path / "config", "--context", "prdo", home=tmp_path)
    assert mistyped.code == 3 and mistyped.err.endswith('nearest: "prod"\n'), mistyped
    unread = krunbook("run", "pod-status", "--kubeconfig", tmp_path / "none", home=tmp_path)
    assert unread.code == 3 and "--demo" in unread.err, unread


def test_help_that_cannot_be_written_says_so(tmp_path):
    with open("/dev/full", "w") as full:
        result = subprocess.run([PROGRAM, "help"], stdout=full, stderr=subprocess.PIPE, text=True, env=environment(tmp_path))
    assert result.returncode == 3 and "cannot write to stdout" in result.stderr
