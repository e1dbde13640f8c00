"""What is installed works from any folder without the sources; so does the program alone."""
import gzip
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from harness import INSTRUMENTED, NEW_SNAPSHOT, PASSED_ON, PROGRAM, ROOT


def call(program, *arguments, cwd):
    """With an empty environment: no HOME, no PATH."""
    env = {name: os.environ[name] for name in PASSED_ON if name in os.environ and name != "PATH"}
    return subprocess.run([program, *arguments], env=env, cwd=cwd, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run(["cmake", "--install", pathlib.Path(PROGRAM).parent, "--prefix", prefix], check=True, capture_output=True)
    return prefix


@pytest.mark.parametrize("name", ["krunbook", "kubectl-krunbook"])
def test_what_is_installed_runs_the_demo_from_any_folder(name, installed, tmp_path):
    result = call(installed / "bin" / name, "run", "pod-status", "--pod", "error", "--demo", "-o", "json", cwd="/")
    section = json.loads(result.stdout)["sections"][0]
    assert result.returncode == 2 and [finding["code"] for finding in section["findings"]] == ["crash-bad-command"], result
    assert section["runbook"]["path"].startswith(str(installed)) and str(ROOT) not in result.stdout
    listed = json.loads(call(installed / "bin" / name, "list", "-o", "json", cwd=tmp_path).stdout)
    assert {place["name"] for place in listed} >= {"pod-status", "service", "ingress", "why"}
    assert all(place["path"].startswith(str(installed)) and "error" not in place for place in listed), listed


def test_a_team_begins_to_write_without_the_sources(installed, tmp_path):
    program = installed / "bin" / "krunbook"
    for arguments in (("new", "mine"), ("lint", "mine.lua"), ("test", "mine.lua")):
        result = call(program, *arguments, cwd=tmp_path)
        assert result.returncode == 0, result
    settings = json.loads((tmp_path / ".luarc.json").read_text())
    assert all((pathlib.Path(folder) / "meta" / "kube.lua").exists() for folder in settings["workspace.library"]), settings
    for case in ("certificate-expiry", "dns-check"):
        result = call(program, "test", installed / "share" / "doc" / "krunbook" / "examples" / "team" / f"{case}.lua", cwd="/")
        assert result.returncode == 0, result


def test_editors_find_the_declarations(installed):
    folder = installed / "share" / "krunbook"
    settings = json.loads((folder / ".luarc.json").read_text())
    assert [(folder / path / "meta" / "kube.lua").exists() for path in settings["workspace.library"]] == [True]


@pytest.mark.skipif(INSTRUMENTED, reason="an instrumented program prints nothing to install")
def test_manual_and_completions_are_what_the_program_prints(installed, tmp_path):
    program, share = installed / "bin" / "krunbook", installed / "share"
    for file, words in (("bash-completion/completions/krunbook", ("completion", "bash")),
                        ("bash-completion/completions/kubectl-krunbook", ("completion", "bash")),
                        ("zsh/site-functions/_krunbook", ("completion", "zsh")),
                        ("fish/vendor_completions.d/krunbook.fish", ("completion", "fish")),
                        ("doc/krunbook/docs/library.md", ("doc",)),
                        ("man/man1/krunbook.1.gz", ("help", "--man")), ("man/man1/kubectl-krunbook.1.gz", ("help", "--man")),
                        ("man/man7/krunbook-runbook.7.gz", ("help", "--man", "krunbook-runbook"))):
        data = (share / file).read_bytes()
        text = (gzip.decompress(data) if file.endswith(".gz") else data).decode()
        assert text == call(program, *words, cwd=tmp_path).stdout and len(text) > 500, file


def test_the_program_alone_runs_the_shipped_runbooks_and_has_no_demo(tmp_path):
    folder = tmp_path / "empty" / "machine"
    folder.mkdir(parents=True)
    program = shutil.copy(PROGRAM, folder)
    listed = json.loads(call(program, "list", "-o", "json", cwd=folder).stdout)
    elsewhere = [place for place in listed if not place["path"].startswith("embedded:runbooks/")]
    assert len(listed) >= 4 and not elsewhere, listed
    result = call(program, "run", "pod-status", "--pod", "error", "--snapshot", NEW_SNAPSHOT, "-o", "json", cwd=folder)
    findings = json.loads(result.stdout)["sections"][0]["findings"]
    assert result.returncode == 2 and [finding["code"] for finding in findings] == ["crash-bad-command"], result
    demo = call(program, "run", "pod-status", "--demo", cwd=folder)
    assert demo.returncode == 3 and "the snapshot of --demo is not installed" in demo.stderr and not demo.stdout, demo
    assert os.listdir(folder) == ["krunbook"]
