"""`krunbook repl`: lines of Lua, from a pipe and from a terminal."""
import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest

from harness import INSTRUMENTED, NEW_SNAPSHOT, PROGRAM, environment

ON_DEMO = ("repl", "--snapshot", str(NEW_SNAPSHOT), "-n", "zoo")


def lines(text, home, arguments=ON_DEMO):
    return subprocess.run([PROGRAM, *arguments], input=text.encode(), capture_output=True, env=environment(home), cwd=home,
                          timeout=60, check=False)


def said(text, home, code=0):
    done = lines(text, home)
    assert done.returncode == code, done
    return done.stdout.decode()


@pytest.mark.parametrize("text, wanted", [
    ("1 + 1\n", "2\n"), ("x = 5\nx * 2\n", "10\n"), ("x = 1 y = x + 1 print(y)\n", "2\n"), ("1, 'a'\n", "1\na\n"), ("\n  \n", ""),
    ("for i = 1, 2 do\n  print(i)\nend\n", "1\n2\n"), ("{ b = 1, a = { 2, 3 } }\n", "{\n  a = {\n    2\n    3\n  }\n  b = 1\n}\n"),
    ('kube.get("pods", "exit-1").status.phase\n', "Running\n"), ('kube.get("pods", "nix")\n', "nil\n"),
    ('require("krunbook.pods").status(kube.get("pods", "oom"))\n', "CrashLoopBackOff\n"), ("2", "2\n")])
def test_a_line_says_what_it_gives(text, wanted, tmp_path):
    assert said(text, tmp_path) == wanted


def test_a_list_is_shown_as_its_objects(tmp_path):
    out = said('kube.list("deployments")\nkube.list("pods", { labels = "none=such" })\n', tmp_path)
    assert out == "Deployment zoo/crashing\nnone\n"


@pytest.mark.parametrize("mistake, words", [
    ("nosuch", "undefined variable 'nosuch'"), ("x = = 1", "unexpected symbol"), ("os.exit(1)", "undefined variable 'os'"),
    ("error('no')", "no"), ("error({})", "without a message"), ('kube.get("nosuchkind", "x")', "nosuchkind"),
    ('("x"):rep(1 << 30)', ""), ("while true do end", "limit reached"), ("local t = {} while true do t[#t + 1] = {} end", "limit reached"),
    ("while true do pcall(function() while true do end end) end", "limit reached")])
def test_a_mistake_harms_no_line_after_it(mistake, words, tmp_path):
    done = lines(f"x = 7\n{mistake}\nx\n", tmp_path, (*ON_DEMO, "--max-cpu", "300ms"))
    assert done.returncode == 3 and done.stdout == b"7\n", done
    assert words in done.stderr.decode() and b"traceback" not in done.stderr, done


def test_every_line_asks_the_cluster_anew(new, tmp_path):
    """Within a line an answer is remembered; the next line may stand an hour later."""
    line = 'kube.get("pod", "error").kind == kube.get("pod", "error").kind\n'
    done = lines(line * 3, tmp_path, ("repl", "--kubeconfig", new.folder / "token.kubeconfig"))
    assert done.stdout == b"true\n" * 3, done
    assert [entry["path"] for entry in new.audit] == ["/api/v1/namespaces/default/pods/error"] * 3


def test_every_line_has_the_limits_anew(tmp_path):
    """Each takes half of what one may; together they take far more."""
    line = "for i = 1, 50000000 do end\n"
    assert said(line * 4 + "'done'\n", tmp_path) == "done\n"


def test_what_is_shown_harms_no_terminal_and_holds_no_secret(tmp_path):
    done = lines("'\\27[31m'\n{ ['\\27x'] = '\\27]0;x\\7' }\nprint('\\27[2J')\nerror('\\27[31m')\n'password=SECRETTWO'\n", tmp_path)
    assert b"\x1b" not in done.stdout + done.stderr and b"SECRETTWO" not in done.stdout, done


def test_what_goes_on_for_ever_is_cut(tmp_path):
    out = said("t = {} t.t = t\nt\nu = {} for i = 1, 100000 do u[i] = i end\nu\n", tmp_path)
    assert "{...}" in out and len(out.splitlines()) < 300, out[-200:]


def test_input_that_ends_within_a_statement_is_a_mistake(tmp_path):
    done = lines("for i = 1, 2 do\n", tmp_path)
    assert done.returncode == 3 and b"ends within" in done.stderr, done
    assert lines("", tmp_path, ("repl", "--snapshot", "nowhere")).returncode == 3
    assert lines("", tmp_path, (*ON_DEMO, "x")).returncode == 3
    assert lines("x" * 300000, tmp_path).returncode == 3


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, home):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(PROGRAM, [PROGRAM, *ON_DEMO], {**environment(home), "TERM": "xterm"})
        self.seen, self.at = "", 0  # what the terminal showed, and how far it was looked at
        self.until("\n> ")

    def until(self, words, seconds=60 if INSTRUMENTED else 20):
        """Waits until the terminal shows them, after what was waited for before, and gives what it showed."""
        end = time.monotonic() + seconds
        while words not in plain(self.seen)[self.at:]:
            assert time.monotonic() < end, f"{words!r} does not come: {self.seen!r}"
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.fd, 65536).decode(errors="replace")
                except OSError:
                    raise AssertionError(f"the program ended before {words!r}: {self.seen!r}") from None
        shown = plain(self.seen)[self.at:]
        self.at += shown.index(words) + len(words)
        return shown[:shown.index(words) + len(words)]

    def line(self, text, wanted=None):
        """Types a line at the prompt, and waits for what it gives and for the next prompt."""
        self.type(text + "\n")
        shown = self.until(wanted) if wanted else ""
        return shown + self.until("\n> ")

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        """Ctrl-D, again until it was read at the prompt; the exit status."""
        deadline = time.monotonic() + (60 if INSTRUMENTED else 20)
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            try:
                self.type("\x04")
                if select.select([self.fd], [], [], 0.2)[0]:
                    self.seen += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                pass
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError(f"it does not end: {self.seen!r}")


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\x1b[=>]", "", text)


def test_at_a_terminal_lines_are_edited_completed_and_remembered(tmp_path):
    terminal = Terminal(tmp_path)
    shown = terminal.line('kube.ge\t("dep\t", "crashing").spec.replicas', "\n2")
    assert 'kube.get("deployments", "crashing").spec.replicas' in shown
    terminal.line("x = 20 + 2")
    terminal.line("\x1b[A\x01yy = \x05 * 2", "krunbook:")  # the line before, edited: yy = x = 20 + 2 * 2 is a mistake
    terminal.line("x + 1", "\n23")
    assert terminal.end() == 0
    history = tmp_path / ".local" / "state" / "krunbook" / "history"
    assert "x + 1" in history.read_text().replace("\\040", " ") and history.stat().st_mode & 0o77 == 0
    again = Terminal(tmp_path)
    again.line("\x1b[A", "undefined variable 'x'")
    assert again.end() == 0


def test_ctrl_c_takes_away_the_line_alone(tmp_path):
    terminal = Terminal(tmp_path)
    terminal.line("x = 41")
    terminal.type("this is no ")
    terminal.until("this is no ")
    terminal.type("\x03")
    terminal.until("\n> ")
    terminal.line("x + 1", "\n42")
    terminal.type("print('begun') while true do end\n")
    terminal.until("\nbegun")
    terminal.type("\x03")
    terminal.until("interrupted")
    terminal.until("\n> ")
    terminal.line("x + 2", "\n43")
    assert terminal.end() == 0


def test_ctrl_d_that_comes_while_a_line_runs_ends_the_session(tmp_path):
    terminal = Terminal(tmp_path)
    terminal.type("print('begun') for i = 1, 60000000 do end\n")
    terminal.until("\nbegun")
    assert terminal.end() == 0
