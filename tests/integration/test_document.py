"""docs/writing-runbooks.md: every command in it is run, in order, in an empty folder, and says what the document shows."""
import re
import subprocess

import harness
from harness import ROOT

DOCUMENT = ROOT / "docs" / "writing-runbooks.md"
BLOCK = re.compile(r"```(sh|lua|text)\n(.*?)```", re.DOTALL)
STATUS = re.compile(r"\s+# exit status (\d+)$")
FILE = re.compile(r"Put this into `([\w./-]+)`:\s*$")


def blocks():
    """[(kind, text, what stands before it)] in the document's order."""
    text = DOCUMENT.read_text()
    return [(match.group(1), match.group(2), text[:match.start()].rstrip()) for match in BLOCK.finditer(text)]


def run(line, folder, path):
    wanted = STATUS.search(line)
    done = subprocess.run(["sh", "-c", STATUS.sub("", line)], cwd=folder, capture_output=True, text=True, timeout=60, check=False,
                          env={**harness.environment(folder / "home"), "PATH": path})
    assert done.returncode == int(wanted.group(1) if wanted else 0), f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_a_newcomer_gets_from_nothing_to_a_tested_runbook(tmp_path):
    folder, programs = tmp_path / "work", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    (programs / "krunbook").symlink_to(harness.PROGRAM)
    path = f"{programs}:/usr/bin:/bin"
    said, commands = "", 0
    for kind, text, before in blocks():
        if kind == "lua":
            (folder / FILE.search(before).group(1)).write_text(text)
        elif kind == "text":
            for line in text.splitlines():
                assert line in said, f"the document shows {line!r}, but the commands said:\n{said}"
        else:
            said = "".join(run(line, folder, path) for line in text.splitlines())
            commands += len(text.splitlines())
    assert commands > 20
