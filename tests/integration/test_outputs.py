"""Where reports go: several at once, into files, which are whole or not there."""
import json
import os
import re
import signal
import stat
import time

import pytest

import harness
from harness import NEW_SNAPSHOT, krunbook

RUN = ("run", "pod-status", "--pod", "error", "--snapshot", NEW_SNAPSHOT)


def run(*arguments, home):
    return krunbook(*RUN, *arguments, home=home)


def test_several_at_once(tmp_path):
    result = run("-o", "text", "-o", "json=report.json", "-o", "html=report.html", home=tmp_path)
    assert result.code == 2 and "CRITICAL crash-bad-command" in result.out, result
    assert json.loads((tmp_path / "report.json").read_text())["exit_code"] == 2
    assert (tmp_path / "report.html").read_text().endswith("</html>\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json"], "nothing else is left"


def test_only_files_leave_stdout_empty(tmp_path):
    result = run("-o", "json=report.json", home=tmp_path)
    assert result.code == 2 and not result.out and not result.err, result


@pytest.mark.parametrize("arguments, words", [
    (("-o", "json", "-o", "yaml"), "-o json and -o yaml both go to stdout; give one a file: -o yaml=FILE"),
    (("-o", "json=-", "-o", "text"), "both go to stdout"),
    (("-o", "htlm"), "nearest: html"), (("-o", "excel"), "there are text, json, jsonl, yaml, junit"),
    (("-o", "json="), "needs a file"), (("-o", "json=nowhere/x"), "no folder nowhere"),
    (("-o", "html=."), "is a folder"),
    (("-o", "html=/dev/null"), "is no file that can be replaced"), (("-o", "template"), "template=FILE"),
    (("-o", "template=none.lua"), "there is no template none.lua"),
    (("-o", "json=x", "-o", "html=x"), "x is named twice")], ids=" ".join)
def test_what_is_asked_wrongly(arguments, words, tmp_path):
    result = run(*arguments, home=tmp_path)
    text = result.err or result.out
    assert result.code == 3 and words in text, result
    assert not list(tmp_path.iterdir()), "no file is touched"


def test_a_file_that_cannot_be_written_is_an_error_and_hides_nothing(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "slow.lua").write_text("""return { name = "slow", run = function(ctx)
      local pod = kube.get("pod", "running")
      ctx:healthy(pod)
    end }""")
    # The folder goes while the run is under way: the template, read at the end, is a pipe that waits for it.
    pipe = tmp_path / "template.lua"
    os.mkfifo(pipe)
    process = harness.start(["run", tmp_path / "slow.lua", "--snapshot", NEW_SNAPSHOT,
                             "-o", f"template={pipe}={tmp_path}/t", "-o", f"html={folder}/r.html", "-o", "json"], tmp_path)
    with open(pipe, "w") as stream:
        folder.rmdir()
        stream.write("return function(report) return report.status end")
    result = harness.finish(process, time.monotonic())
    report = result.report
    assert result.code == report["exit_code"] == 3 and report["status"] == "unknown", result
    assert "r.html" in report["errors"][0]["message"] and "r.html" in result.err
    assert report["sections"][0]["healthy"] and (tmp_path / "t").read_text() == "ok"


def test_an_old_report_is_replaced_whole(tmp_path):
    path, link = tmp_path / "real.json", tmp_path / "link.json"
    path.write_text("old")
    link.symlink_to(path)
    before = path.stat().st_ino
    mask = os.umask(0o022)
    os.umask(mask)
    assert run("-o", "json=link.json", home=tmp_path).code == 2
    assert link.is_symlink() and json.loads(path.read_text()) and path.stat().st_ino != before
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_what_stops_a_run_is_in_the_files_too(new, tmp_path):
    """A cron job's metrics must not say for ever what was found last."""
    result = krunbook("run", "pod-status", "--kubeconfig", "nowhere", "-o", "prometheus=k.prom", home=tmp_path)
    assert result.code == 3 and "nowhere" in result.err and "krunbook_exit_code 3" in (tmp_path / "k.prom").read_text()


@pytest.mark.parametrize("source, words", [
    ("return 7", "it returns number: it ends with 'return function(report) ... end'"),
    ("return function() return {} end", "it gives table, not a string"),
    ("return function(report) return kube.get('pod', 'x') end", "undefined variable 'kube'"),
    ("return function(report) return require('krunbook.time') end", "there are no modules here"),
    ("return function() return io.open('/etc/passwd') end", "undefined variable 'io'"),
    ("return function() while true do end end", "limit reached"),
    ("return function() return ('x'):rep(2 ^ 29) end", "memory"),
    ("return function(", "template.lua:1"), ("\x1bLua", "template.lua")])
def test_a_template_that_is_none_or_does_harm(source, words, tmp_path):
    (tmp_path / "template.lua").write_text(source)
    result = run("-o", "template=template.lua", home=tmp_path)
    assert result.code in (2, 3) and words in result.err and "template.lua" in result.err, result
    assert not result.out


def test_a_template_writes_what_it_likes_but_is_given_nothing_harmful(tmp_path):
    (tmp_path / "template.lua").write_text("""
      return function(report)
        return "a,b\\r\\n" .. report.sections[1].findings[1].object.name .. ",\\27[0m\\r\\n"
      end""")
    result = run("-o", "template=template.lua=out.csv", home=tmp_path)
    assert result.code == 2 and (tmp_path / "out.csv").read_bytes() == b"a,b\r\nerror,\x1b[0m\r\n", result


def test_the_template_of_the_manual(tmp_path):
    page = (harness.ROOT / "docs" / "outputs.md").read_text()
    (tmp_path / "csv.lua").write_text(re.search(r"```lua\n(.*?)```", page, re.DOTALL)[1])
    assert run("-o", "template=csv.lua=out.csv", home=tmp_path).code == 2
    assert (tmp_path / "out.csv").read_bytes() == b"severity,code,object\r\ncritical,crash-bad-command,Pod/error\r\n"


def test_the_manual_names_every_format(tmp_path):
    page = (harness.ROOT / "docs" / "outputs.md").read_text()
    listed = krunbook("help", "run", home=tmp_path).out.split("Formats of -o\n")[1].split("\n")
    names = [line.split()[0] for line in listed if line.strip()]
    assert len(names) == 12 and all(re.search(rf"^\| `{name}(=FILE)?` \|", page, re.MULTILINE) for name in names), names


def test_ctrl_c_still_writes_every_file(new, tmp_path):
    new.faults.set([{"path": "/api", "kind": "hang"}])
    began = time.monotonic()
    process = harness.start(["run", "pod-status", "--kubeconfig", new.folder / "token.kubeconfig", "-o", "json=r.json",
                             "-o", "nagios"], tmp_path)
    while not new.audit:
        assert time.monotonic() - began < 10
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    result = harness.finish(process, began)
    assert result.code == json.loads((tmp_path / "r.json").read_text())["exit_code"] == 130, result
    assert result.out.startswith("KRUNBOOK UNKNOWN")
