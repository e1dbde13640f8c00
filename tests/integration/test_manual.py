"""The manual pages: all that the tables have is in them, and man can read them."""
import re
import subprocess

import pytest

from harness import ROOT, krunbook

# What the program reads of a terminal, or hands on to those that it starts, is no setting of its own.
NO_SETTINGS = {"TERM", "HOME"}


def rendered(roff):
    """The page as a person reads it, on lines that end nowhere."""
    shown = subprocess.run(["mandoc", "-Tutf8", "-O", "width=900"], input=roff, capture_output=True, text=True, check=True)
    return re.sub(".\b", "", shown.stdout)


@pytest.fixture(scope="module", params=["krunbook", "krunbook-runbook"])
def page(request, tmp_path_factory):
    result = krunbook("help", "--man", request.param, home=tmp_path_factory.mktemp("home"))
    assert result.code == 0 and not result.err, result
    return request.param, result.out


def test_man_finds_nothing_to_warn_of(page):
    checked = subprocess.run(["mandoc", "-Tlint", "-Wwarning"], input=page[1], capture_output=True, text=True)
    assert checked.returncode == 0 and not checked.stdout, checked.stdout


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    return rendered(krunbook("help", "--man", home=home).out), krunbook("help", "-o", "json", home=home).report


def test_every_command_flag_format_and_runbook_is_in_the_manual(program):
    text, tables = program
    for command in tables["commands"]:
        assert re.search(rf"^ +krunbook {command['name']}\b.*\[flags\]$", text, re.M), command["name"]
        assert re.search(rf"^   krunbook {re.escape((command['name'] + ' ' + command['operands']).strip())}$", text, re.M)
        for example in re.findall(r"^  (.+)$", command["details"], re.M):
            assert example.strip() in text, example
    for flag in tables["flags"] + [flag for command in tables["commands"] for flag in command["flags"]]:
        letter = f"-{flag['letter']}, " if flag["letter"] else ""
        assert re.search(rf"^ +{letter}--{flag['name']}{' ' + re.escape(flag['value']) if flag['value'] else ''}\s", text, re.M), flag
        assert " ".join(flag["help"].split()) in " ".join(text.split()), flag
    for named in tables["formats"] + tables["runbooks"] + [{"name": str(each["status"])} for each in tables["exit_statuses"]]:
        assert re.search(rf"^ +{named['name']}\s", text, re.M), named


def test_every_environment_variable_that_is_read_is_in_the_manual(program):
    read = {name for file in (ROOT / "src").rglob("*.c") for name in re.findall(r'getenv\("(\w+)"\)', file.read_text())}
    assert "KUBECONFIG" in read
    assert [name for name in sorted(read - NO_SETTINGS) if name not in program[0]] == []


def test_every_primitive_is_in_the_manual_of_runbooks(tmp_path):
    text = rendered(krunbook("help", "--man", "krunbook-runbook", home=tmp_path).out)
    declared = {name: (ROOT / "stdlib" / "meta" / f"{name}.lua").read_text() for name in ("kube", "ctx")}
    functions = re.findall(r"^function (kube\.\w+)", declared["kube"], re.M)
    functions += ["ctx:" + name for name in re.findall(r"^function Context:(\w+)", declared["ctx"], re.M)]
    assert len(functions) > 15 and [name for name in functions if f"{name}(" not in text] == []
    types = [each["name"] for each in krunbook("help", "-o", "json", home=tmp_path).report["argument_types"]]
    assert len(types) > 5 and all(re.search(rf"^ +{name}\s", text, re.M) for name in types)


def test_words_of_a_runbook_cannot_become_requests_of_roff(tmp_path):
    (tmp_path / "hostile.lua").write_text(
        'return { name = "hostile", summary = ".so /etc/passwd\\n.\\\\\\" \\\\n(.x \'br", run = function() end }\n')
    out = krunbook("help", "--man", "--runbook-path", tmp_path, home=tmp_path).out
    assert "hostile" in out and not re.search(r"^[.']so", out, re.M) and "\\n(" not in out, out


def test_a_page_that_there_is_not_is_told(tmp_path):
    result = krunbook("help", "--man", "krunbok", home=tmp_path)
    assert result.code == 3 and "krunbook-runbook" in result.err, result
