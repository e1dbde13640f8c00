"""What comes from a cluster cannot harm the terminal it is shown on, and no secret of it is shown."""
import copy
import json
import os
import re
import shutil
import subprocess

import pytest

from harness import NEW_SNAPSHOT, PROGRAM, environment, krunbook

BELL, ESCAPE, C1, OVERRIDE = "\a", "\x1b", "\x9b", "\u202e"
EVIL = f"{ESCAPE}]0;pwned{BELL}{ESCAPE}[2J{C1}31m{OVERRIDE}gnp.exe\r\x08\x7fEVIL\x00"
SECRETS = {
    "bearer": ("Authorization: Bearer abcdef0123456789.SECRETONE", "SECRETONE"),
    "password": ("connecting with password=SECRETTWO now", "SECRETTWO"),
    "url": ("dial postgres://app:SECRETTHREE@db.internal:5432/x failed", "SECRETTHREE"),
    "key": ("-----BEGIN RSA PRIVATE KEY-----\nSECRETFOUR\nMIIEabcdefg\n-----END RSA PRIVATE KEY-----", "SECRETFOUR"),
    "aws": ("aws_secret_access_key = SECRETFIVEabcdefghijklmnopqrstuvwxyz01234", "SECRETFIVE"),
    "json": ('{"token": "SECRETSIX", "level": "fatal"}', "SECRETSIX"),
}
QUOTER = """
return {
  name = "quoter",
  summary = "Quotes everything it can.",
  run = function(ctx)
    local pod = kube.get("pod", "error")
    local log = kube.logs(pod, { container = "web" })
    local evidence = { { kind = "log", text = log.text } }
    for _, event in ipairs(kube.events(pod)) do
      evidence[#evidence + 1] = event
    end
    ctx:step("looked at " .. log.text, log.text)
    ctx:finding({ code = "crash-on-start", severity = "critical", object = pod, cause = log.text, evidence = evidence,
      next_steps = { log.text } })
    print(log.text)
    error("failed: " .. log.text)
  end,
}
"""
# Everything below space but tab and newline, C1, and the marks that turn the direction of text. DEL is nothing to a
# terminal that is written to.
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x80-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def snapshot(tmp_path):
    """The shipped snapshot, into which a test writes what the pod `error` logs and what its events say."""
    folder = tmp_path / "snapshot"
    shutil.copytree(NEW_SNAPSHOT, folder)

    def write(text):
        for path in (folder / "namespaces" / "default" / "logs" / "error").iterdir():
            path.write_text(text + "\n")
        path = folder / "namespaces" / "default" / "events.json"
        document = json.loads(path.read_text())
        for event in document["items"]:
            event["message"] = text
            event["reason"] = "Failed" + (text if ESCAPE in text else "")
        path.write_text(json.dumps(document))
        return folder
    return write


@pytest.fixture
def quoter(tmp_path):
    path = tmp_path / "quoter.lua"
    path.write_text(QUOTER)
    return path


def strings(value):
    if isinstance(value, str):
        yield value
    for inner in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from strings(inner)


@pytest.mark.parametrize("flags", [(), ("--explain",), ("-v",)], ids=["plain", "explain", "verbose"])
@pytest.mark.parametrize("runbook", ["quoter", "pod-status.lua"])
def test_no_control_character_reaches_the_terminal(runbook, flags, snapshot, quoter, tmp_path):
    arguments = (quoter,) if runbook == "quoter" else (runbook, "--pod", "error")
    result = krunbook("run", *arguments, *flags, "--snapshot", snapshot(EVIL), home=tmp_path)
    assert result.code in (2, 3), result
    assert not HARMFUL.search(result.out), HARMFUL.findall(result.out)
    assert not HARMFUL.search(result.err), HARMFUL.findall(result.err)
    if runbook == "quoter":
        assert "EVIL" in result.out, result


@pytest.mark.parametrize("runbook", ["quoter", "pod-status.lua"])
def test_json_holds_none_either(runbook, snapshot, quoter, tmp_path):
    arguments = (quoter,) if runbook == "quoter" else (runbook, "--pod", "error")
    result = krunbook("run", *arguments, "-o", "json", "--explain", "--snapshot", snapshot(EVIL), home=tmp_path)
    assert not HARMFUL.search(result.out), "raw in the text of the document"
    assert any("EVIL" in text for text in strings(result.report)) or runbook != "quoter"


def test_names_are_made_harmless_too(tmp_path, snapshot):
    """An API server never gives such names; a snapshot of somebody else's may."""
    folder = snapshot("fine")
    path = folder / "namespaces" / "default" / "pods.json"
    document = json.loads(path.read_text())
    error = next(item for item in document["items"] if item["metadata"]["name"] == "error")
    evil = copy.deepcopy(error)
    evil["metadata"]["name"] = f"x{EVIL}"
    evil["metadata"]["uid"] = "other"
    evil["spec"]["containers"][0]["name"] = evil["status"]["containerStatuses"][0]["name"] = f"c{ESCAPE}[31m"
    document["items"].append(evil)
    path.write_text(json.dumps(document))
    for format_ in ("text", "json"):
        result = krunbook("run", "pod-status.lua", "-o", format_, "--explain", "--snapshot", folder, home=tmp_path)
        assert not HARMFUL.search(result.out + result.err), result


def test_arguments_and_paths_are_made_harmless(tmp_path):
    for arguments in (("run", f"no{ESCAPE}[31m"), (f"x{ESCAPE}[2J",), ("run", "pod-status.lua", f"--x{ESCAPE}[1m"),
                      ("run", "pod-status.lua", "--snapshot", f"/nowhere{BELL}{ESCAPE}c")):
        result = krunbook(*arguments, home=tmp_path)
        assert result.code == 3 and not HARMFUL.search(result.out + result.err), result


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("format_", ["text", "json"])
@pytest.mark.parametrize("runbook", ["quoter", "pod-status.lua"])
def test_secrets_are_masked(name, format_, runbook, snapshot, quoter, tmp_path):
    line, secret = SECRETS[name]
    arguments = (quoter,) if runbook == "quoter" else (runbook, "--pod", "error")
    result = krunbook("run", *arguments, "-o", format_, "--explain", "-v", "--snapshot", snapshot(line), home=tmp_path)
    assert result.code in (2, 3), result
    assert secret not in result.out + result.err, result
    if runbook == "quoter":
        assert "***" in result.out, result


def on_a_terminal(arguments, home):
    """(exit status, stdout, what the terminal behind stderr was sent)"""
    ours, theirs = os.openpty()
    process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
                               env=environment(home), cwd=home)
    os.close(theirs)
    shown = b""
    while True:
        try:
            more = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        shown += more
    out = process.communicate(timeout=60)[0]
    os.close(ours)
    return process.returncode, out.decode(), shown.decode()


@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_long_run_says_on_the_terminal_how_far_it_is(format_, new, tmp_path):
    new.faults.set([{"path": "/pods", "kind": "slow", "seconds": 1.8}])
    command = ("run", "pod-status.lua", "--pod", "running", "--kubeconfig", new.folder / "token.kubeconfig", "-o", format_)
    code, out, shown = on_a_terminal(command, tmp_path)
    assert code == 0 and "answers" not in out, out
    assert "1 under way; last asked: pods in default" in shown, shown
    assert shown.endswith("\r\x1b[K"), "the line is left on the terminal"


def test_a_short_run_says_nothing_of_itself(new, tmp_path):
    code, _, shown = on_a_terminal(("run", "pod-status.lua", "--pod", "running", "--kubeconfig",
                                    new.folder / "token.kubeconfig"), tmp_path)
    assert (code, shown) == (0, "")


def test_the_token_is_in_no_message(new, run):
    for faults in ([], [{"path": "/api", "kind": "status", "status": 500, "message": "got Bearer adm1nT0kenQ2hR8xVw5z"}]):
        new.faults.set(faults)
        result = run(new, "token", "run", "pod-status.lua", "--explain", "-v", "-v", "-v")
        assert "adm1nT0kenQ2hR8xVw5z" not in result.out + result.err, result
