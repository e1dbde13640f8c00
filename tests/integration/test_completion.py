"""What can stand where somebody types: by the program's own answers, and in real shells."""
import os
import pty
import re
import select
import shutil
import socket
import subprocess
import time

import pytest
import yaml

import harness
from harness import NEW_SNAPSHOT, ROOT, environment, krunbook


PATIENT = {"KRUNBOOK_COMPLETION_TIMEOUT": "50s"}  # these machines are busy


def offered(*words, home, env=None, directive=4):
    result = krunbook("__complete", *words, home=home, env={**PATIENT, **(env or {})})
    *lines, last = result.out.splitlines()
    assert result.code == 0 and not result.err and last == f":{directive}", result
    return [line.split("\t")[0] for line in lines]


OFFLINE = ("output", "verbose", "runbook-path", "help", "version")  # of a command that asks no cluster


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    return krunbook("help", "-o", "json", home=tmp_path_factory.mktemp("home")).report


def test_every_command_and_each_of_its_flags_is_offered(tables, tmp_path):
    assert offered("", home=tmp_path) == [command["name"] for command in tables["commands"]]
    for command in tables["commands"]:
        own = ["--" + flag["name"] for flag in command["flags"]]
        flags = offered(command["name"], "--", home=tmp_path)
        others = ["--" + flag["name"] for flag in tables["flags"] if not command["offline"] or flag["name"] in OFFLINE]
        assert sorted(flags) == sorted(own + [flag for flag in others if flag not in own])


@pytest.mark.parametrize("words, expected", [
    (["ru"], ["run"]), (["--demo", "ru"], ["run"]), (["-n", "ru"], []),
    (["run", "pod"], ["pod-status"]), (["show", "wh"], ["why"]), (["show", "why", ""], []), (["new", ""], []),
    (["run", "pod-status", "--dep"], ["--deployment"]), (["run", "service", "--dep"], []),
    (["run", "pod-status", "service", "--ser"], ["--server", "--service"]),
    (["run", "pod-status", "--demo", "service", "--dep"], ["--deployment"]),
    (["run", "pod-status", "--pod", "x", "service", "--dep"], []),
    (["run", "pod-status", "--demo", "-n", "zoo", "--pod", "o"], ["oom"]),
    (["run", "pod-status", "--demo", "--namespace=zoo", "--pod=o"], ["--pod=oom"]),
    (["run", "why", "--demo", "--target", "service/wrong-s"], ["service/wrong-selector"]),
    (["run", "pod-status", "--demo", "-n", "zoo", "--owner", "deploy/c"], ["deploy/crashing"]),
    (["run", "pod-status", "--demo", "-n", "zoo", "--owner=pod/oom,deploy/"], ["--owner=pod/oom,deploy/crashing"]),
    (["run", "--notify-format", ""], ["alertmanager", "json", "slack"]), (["merge", "--notify-format=s"], ["--notify-format=slack"]),
    (["run", "--demo", "-n", "ti"], ["tight"]), (["-o", "js", ], ["json"]), (["run", "-o", "html", "-o", "jun"], ["junit"]),
    (["list", "-o", ""], ["json", "text", "yaml"]), (["events", "--demo", "deploy/no-"], []),
    (["probe", "--demo", "runn"], ["running"]), (["logs", "--snapshot", str(NEW_SNAPSHOT), "-n", "zoo", "ini"], ["init-fail"]),
    (["completion", ""], ["bash", "fish", "zsh"]), (["help", "sn"], ["snapshot"]), (["doc", "krunbook.pod"], ["krunbook.pods"]),
    (["snapshot", "--demo", "ingress"], ["ingress-nginx"]), (["run", "no-such", "--pod", ""], None), (["nothing", "x"], []),
    (["run", "--explain=tr"], []), (["run", "--no-such=x"], []), (["run", "pod-status", "--demo", "--snapshot", "x", "--pod", ""], [])])
def test_what_is_offered(words, expected, tmp_path):
    directive = 16 if words[0] == "snapshot" else 4
    found = offered(*words, home=tmp_path, directive=directive)
    assert expected is None or sorted(found) == expected


@pytest.mark.parametrize("words, directive", [
    (["lint", ""], 0), (["test", ""], 0), (["--snapshot", ""], 16), (["run", "./"], 0), (["run", "-o", "html="], 0),
    (["--kubeconfig="], 0)])
def test_files_and_folders_are_left_to_the_shell(words, directive, tmp_path):
    assert offered(*words, home=tmp_path, directive=directive) == []


def test_no_space_follows_a_word_that_goes_on(tmp_path):
    assert offered("run", "why", "--demo", "--target", "deploy", home=tmp_path, directive=6) == ["deployment/"]


def test_a_runbooks_own_values_are_offered(tmp_path):
    (tmp_path / "mine.lua").write_text(
        'return { name = "mine", args = { how_deep = { type = "enum", values = { "flat", "far" } } }, run = function() end }')
    assert offered("run", "./mine.lua", "--how", home=tmp_path) == ["--how-deep"]
    assert offered("run", "./mine.lua", "--how-deep", "fl", home=tmp_path) == ["flat"]


def test_a_live_cluster_tells_namespaces_and_pods_and_is_only_read(new, tmp_path):
    cluster = ("--kubeconfig", new.folder / "admin.kubeconfig")
    assert offered(*cluster, "-n", "kube-s", home=tmp_path) == ["kube-system"]
    assert offered(*cluster, "-n", "zoo", "run", "pod-status", "--pod", "oo", home=tmp_path) == ["oom"]
    new.tables = False
    assert offered(*cluster, "-n", "zoo", "run", "pod-status", "--pod", "oo", home=tmp_path) == ["oom"]
    assert offered(*cluster, "-n", "zoo", "events", "nosuchkind/", home=tmp_path) == []
    assert {entry["method"] for entry in new.audit} == {"GET"}
    before = len(new.audit)
    assert offered(*cluster, "--record", tmp_path / "made", "-n", "kube-s", home=tmp_path) == ["kube-system"]
    assert len(new.audit) > before and not (tmp_path / "made").exists()


def test_whoever_is_refused_is_offered_nothing(new, tmp_path):
    assert offered("--kubeconfig", new.folder / "alice.kubeconfig", "-n", "", home=tmp_path) == []


@pytest.mark.parametrize("way", ["deaf", "plugin"])
def test_a_cluster_that_does_not_answer_is_waited_for_a_second_or_two(way, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        user = {"token": "x"} if way == "deaf" else {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "sleep", "args": ["20"], "interactiveMode": "Never"}}
        scheme = "http" if way == "deaf" else "https"  # nobody signs in without TLS
        config = {"clusters": [{"name": "c", "cluster": {"server": f"{scheme}://127.0.0.1:{deaf.getsockname()[1]}"}}],
                  "users": [{"name": "u", "user": user}], "current-context": "x",
                  "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}]}
        (tmp_path / "config").write_text(yaml.safe_dump(config))
        began = time.monotonic()
        result = krunbook("__complete", "--kubeconfig", tmp_path / "config", "-n", "", home=tmp_path)
    assert result.code == 0 and not result.err and result.out in ("", ":4\n"), result
    assert time.monotonic() - began < (30 if harness.INSTRUMENTED else 10)


def test_a_plugin_that_is_waited_for_no_more_is_not_left_behind(tmp_path):
    plugin = tmp_path / "plugin"
    plugin.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    plugin.chmod(0o755)
    config = {"clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}], "current-context": "x",
              "users": [{"name": "u", "user": {"exec": {"apiVersion": "client.authentication.k8s.io/v1",
                                                        "command": str(plugin), "interactiveMode": "Never"}}}],
              "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}]}
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    result = krunbook("__complete", "--kubeconfig", tmp_path / "config", "-n", "", home=tmp_path)
    assert result.code == 0 and not result.err and result.out in ("", ":4\n"), result
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


HOSTILE = ["$(touch pwned)", "`touch pwned`", "a b", "a;b", "a'b", 'a"b', "a\\b", "a\nb", "a\tb", "-x", "=x", "~x", "a*", "\x1b[2J",
           "a&b", "a|b", "a>b", "!x", "#x", "{a,b}", "é", ""]
CONTEXTS = ["prod@eu", "arn:aws:eks:eu:1:cluster/shop"]


@pytest.fixture
def kubeconfig(tmp_path):
    config = {"contexts": [{"name": name, "context": {"cluster": "$(touch pwned)\x1b[2J\n:9"}} for name in HOSTILE + CONTEXTS]}
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    return {"KUBECONFIG": str(tmp_path / "config")}


def test_a_word_that_a_shell_would_take_for_more_is_left_out(kubeconfig, tmp_path):
    assert sorted(offered("--context", "", home=tmp_path, env=kubeconfig)) == sorted(CONTEXTS)
    out = krunbook("__complete", "--context", "", home=tmp_path, env={**PATIENT, **kubeconfig}).out
    assert "\x1b" not in out and len(out.splitlines()) == len(CONTEXTS) + 1, out


def test_kubectl_asks_by_a_name_of_its_own(tmp_path):
    (tmp_path / "kubectl_complete-krunbook").symlink_to(harness.PROGRAM)
    (tmp_path / "kubectl-krunbook").symlink_to(harness.PROGRAM)
    asked = subprocess.run([tmp_path / "kubectl_complete-krunbook", "run", "pod"], env=environment(tmp_path, PATIENT),
                           capture_output=True, text=True)
    assert asked.returncode == 0 and re.fullmatch(r"pod-status\t.*\n:4\n", asked.stdout), asked
    run = subprocess.run([tmp_path / "kubectl-krunbook", "list"], env=environment(tmp_path), capture_output=True, text=True)
    assert run.returncode == 0 and "pod-status" in run.stdout, run


class Shell:
    """An interactive shell in a terminal, with the completion that the program prints."""

    RC = {"bash": (".bashrc", ["bash", "-i"], "source <(krunbook completion bash)\n"),
          "zsh": (".zshrc", ["zsh", "-i"], "autoload -U compinit; compinit -u; source <(krunbook completion zsh)\n"),
          "fish": (".config/fish/config.fish", ["fish", "-i"], "krunbook completion fish | source\n")}

    def __init__(self, name, home, env):
        if not shutil.which(name):
            pytest.skip(f"there is no {name} here")
        rc, self.argv, text = self.RC[name]
        (home / rc).parent.mkdir(parents=True, exist_ok=True)
        (home / rc).write_text(text)
        (home / "bin").mkdir()
        (home / "bin" / "krunbook").symlink_to(harness.PROGRAM)
        self.home, self.out = home, b""
        self.env = {**environment(home, {**PATIENT, **env}), "PATH": f"{home}/bin:{os.environ['PATH']}", "TERM": "dumb"}

    def __enter__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(self.home)
            os.execvpe(self.argv[0], self.argv, self.env)
        os.write(self.fd, b"echo READ''Y\n")
        self.until(r"^READY\s*$")
        return self

    def __exit__(self, *_):
        os.kill(self.pid, 9)
        os.close(self.fd)
        os.waitpid(self.pid, 0)

    def text(self):
        plain = re.sub(rb"\x1b(\[[0-9;?]*[a-zA-Z]|[()][0-9A-B]|[=>]|\][^\x07\x1b]*(\x07|\x1b\\))", b"", self.out)
        return plain.decode(errors="replace").replace("\r", "\n")

    def until(self, pattern, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.text(), re.M)
            if found:
                return found
            if select.select([self.fd], [], [], 0.1)[0]:
                self.out += os.read(self.fd, 65536)
        raise AssertionError(f"waited for {pattern}: {self.text()}")

    def completed(self, typed):
        """What the line is once Tab was pressed: Ctrl-A goes to its beginning, and echo shows it."""
        self.out = b""
        os.write(self.fd, typed.encode() + b"\t")
        time.sleep(0.3)
        os.write(self.fd, b"\x01echo LINE: \x05 END\n")
        return self.until(r"^LINE: (.*?) *END *$").group(1)


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_in_a_real_shell(name, kubeconfig, tmp_path):
    with Shell(name, tmp_path, kubeconfig) as shell:
        for typed, expected in [
                ("krunbook run pod-st", "krunbook run pod-status"),
                ("krunbook run pod-status --demo -n zoo --pod oo", "krunbook run pod-status --demo -n zoo --pod oom"),
                ("krunbook run pod-status --demo -n zoo --pod=oo", "krunbook run pod-status --demo -n zoo --pod=oom"),
                ("krunbook run why --demo --target service/wrong-s", "krunbook run why --demo --target service/wrong-selector"),
                ("krunbook --context arn:aws:eks:e", "krunbook --context arn:aws:eks:eu:1:cluster/shop"),
                ("krunbook --demo --namesp", "krunbook --demo --namespace"),
                ("krunbook run ./conf", "krunbook run ./config")]:
            assert shell.completed(typed) == expected
        # Whatever answers in its place: nothing of that is run.
        (tmp_path / "bin" / "krunbook").unlink()
        (tmp_path / "bin" / "krunbook").write_text("#!/bin/sh\necho 'x$(touch pwned)'\necho ':a[$(touch pwned)]'\n")
        (tmp_path / "bin" / "krunbook").chmod(0o755)
        shell.completed("krunbook run y")
    assert not (tmp_path / "pwned").exists()
