"""Writing a runbook: `krunbook new`, `lint`, `doc` and `diff`."""
import json
import pathlib

import jsonschema
import pytest

from harness import HOSTILE, ROOT, krunbook


def test_new_makes_a_runbook_that_lints_and_passes_its_case(tmp_path):
    result = krunbook("new", "check-it", home=tmp_path)
    assert result.code == 0 and "krunbook test check-it.lua" in result.out, result
    assert krunbook("lint", "check-it.lua", home=tmp_path).out == ""
    assert krunbook("test", "check-it.lua", home=tmp_path).code == 0
    assert krunbook("run", "./check-it.lua", "--demo", "-n", "zoo", "-o", "json", home=tmp_path).report["exit_code"] == 1
    # The case can fail: its deciding number taken away takes the finding away.
    pods = tmp_path / "check-it.tests/restarts-often/snapshot/namespaces/shop/pods.json"
    pods.write_text(pods.read_text().replace('"restartCount": 5', '"restartCount": 1'))
    assert krunbook("test", home=tmp_path).code == 2


def test_new_writes_over_nothing(tmp_path):
    (tmp_path / "mine.tests" / "restarts-often").mkdir(parents=True)
    (tmp_path / "mine.tests" / "restarts-often" / "case.json").write_text("{}")
    result = krunbook("new", "mine", home=tmp_path)
    assert result.code == 3 and "case.json is there already" in result.err, result
    assert not (tmp_path / "mine.lua").exists()
    assert (tmp_path / "mine.tests" / "restarts-often" / "case.json").read_text() == "{}"


@pytest.mark.parametrize("name", ["Mine", "a b", "..", "../", "a/", "é", "x" * 64, "a.lua.lua"])
def test_new_takes_only_names(name, tmp_path):
    result = krunbook("new", name, home=tmp_path)
    assert result.code == 3 and not list(tmp_path.iterdir()), result


GOOD = """local pods = require("krunbook.pods")
return {
  name = "mine", summary = "Is it?", args = { pod = { type = "string", help = "this one" } }, needs = { "get,list pods" }, findings = { "mine-broken" },
  run = function(ctx, args)
    for _, pod in ctx:targets("pods", args.pod) do
      if pods.status(pod) ~= "Running" then
        ctx:finding { code = "mine-broken", severity = "warning", object = pod, cause = "It is not." }
      end
    end
  end,
}
"""


def lint(folder, text, name="mine.lua"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return krunbook("lint", name, home=folder)


@pytest.mark.parametrize("old, new, line, words", [
    ("pods.status(pod) ~=", "pods.status(pod ~=", 6, "')' expected near 'then'"),
    ("for _, pod in", "for _, pod in ipairs(podz) or", 5, "undefined variable 'podz'"),
    ("      if pods", "      found = true\n      if pods", 6, "global variable 'found' is assigned"),
    ("local pods =", "local spare = 1\nlocal pods =", 1, "variable spare is never used"),
    ("local pods =", "local function spare() end\nlocal pods =", 1, "function spare is never used"),
    ("krunbook.pods", "krunbook.podz", 1, "krunbook.podz"),
    ("pods.status", "pods.statuss", 6, "krunbook.pods has no statuss; nearest: status"),
    ("pods.status(pod)", "string.startswith(pod.kind)", 6, "string has no startswith"),
    ("pods.status(pod)", "kube.fetch(pod.kind)", 6, "kube has no fetch"),
    ("ctx:targets", "ctx:target", 5, "ctx has no target; nearest: targets"),
    ('name = "mine", ', "", 2, "name is missing"),
    ('summary = "Is it?", ', "", 2, "summary is missing"),
    ('help = "this one"', "", 3, "argument pod has no help"),
    ('type = "string"', 'type = "strin"', 1, "args.pod.type must be"),
    ("args.pod)", "args.pood)", 5, "argument pood is not declared"),
    ('"get,list pods"', '"get pods"', 5, 'needs does not say "list pods"'),
    ("pods.status(pod)", "#kube.events(pod)", 6, 'needs does not say "list events"'),
    ("pods.status(pod)", 'kube.get("deploy", pod.kind)', 6, 'needs does not say "get deployments.apps"'),
    ("pods.status(pod)", "kube.logs(pod)", 6, 'needs does not say "get pods/log"'),
    ("pods.status(pod)", 'ctx:run("service").status', 6, "needs does not say all that service needs"),
    ('"warning"', '"severe"', 7, "severity severe is none"),
    ('code = "mine-broken"', 'code = "mine-brokn"', 7, "code mine-brokn is not declared"),
    (', cause = "It is not."', "", 7, "the finding has no cause"),
    ("summary =", "sumary =", 1, "sumary")])
def test_lint_tells_each_mistake_with_its_line(old, new, line, words, tmp_path):
    assert old in GOOD
    result = lint(tmp_path, GOOD.replace(old, new, 1))
    assert result.code == 2 and any(text.startswith(f"mine.lua:{line}: ") and words in text
                                    for text in result.out.splitlines()), result


def test_lint_has_nothing_to_say_of_what_is_well(tmp_path):
    assert lint(tmp_path, GOOD).out == ""
    shipped = [*ROOT.glob("runbooks/*.lua"), *ROOT.glob("stdlib/krunbook/**/*.lua"), *ROOT.glob("tests/spec/*_spec.lua")]
    result = krunbook("lint", *shipped, home=tmp_path)
    assert result.code == 0 and result.out == "", result
    assert krunbook("lint", "pod-status", home=tmp_path).code == 0, "a name is a runbook's"


def test_lint_reads_modules_beside_the_runbook(tmp_path):
    lint(tmp_path, "return { is_bad = function() return true end }", "team/rules.lua")
    text = GOOD.replace('"krunbook.pods"', '"rules"').replace("pods.status(pod) ~=", "pods.is_bad() ~=")
    assert lint(tmp_path, text, "team/mine.lua").out == ""
    result = lint(tmp_path, text.replace("is_bad", "is_good"), "team/mine.lua")
    assert "rules has no is_good" in result.out, result


@pytest.mark.parametrize("text", [b"", b"\x00\xff", b"\x1bLua", b"return", b"x" * 300000, b"--[[" * 1000, b"return " + b"(" * 5000,
                                  b"return '\xff\x1b[31m' .. os\n", b"local \x1b[31m = 1", b"return {" + b"{}," * 15000 + b"}"],
                         ids=range(10))
def test_lint_ends_on_any_bytes_and_harms_no_terminal(text, tmp_path):
    result = lint(tmp_path, text)
    assert result.code in (0, 2) and "\x1b" not in result.out and not result.err, result


def test_a_hostile_runbook_ends_its_own_look_alone(tmp_path):
    result = krunbook("lint", HOSTILE / "endless-declaration.lua", HOSTILE / "requires-endless.lua", HOSTILE / "forgotten-end.lua",
                      "-o", "json", home=tmp_path)
    jsonschema.validate(result.report, json.loads((ROOT / "docs" / "results.schema.json").read_text()))
    files = result.report["files"]
    assert result.code == 2 and len(files) == 3, result
    assert "limit reached" in files[0]["problems"][0]["message"], files
    assert files[2]["problems"][0]["line"] == 7, files


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    assert krunbook("lint", "nowhere/x.lua", home=tmp_path).code == 3
    assert krunbook("lint", home=tmp_path).code == 3


def test_everything_a_runbook_can_call_is_documented(tmp_path):
    result = krunbook("doc", "--check", home=tmp_path)
    assert result.code == 0 and result.out == "", result
    markdown = krunbook("doc", home=tmp_path).out
    for words in ("### kube.get(kind, name, opts)", "### Context:finding(finding)", "## krunbook.pods", "### pods.status(pod)",
                  "### class Finding", "### log_patterns.extend(list)"):
        assert words in markdown, words


@pytest.mark.parametrize("text, words", [
    ("-- Ours.\nlocal M = {}\n\n---What it does.\n---@param a string\nfunction M.f(a, b) end\n\nreturn M\n",
     "ours.lua:6: ours.f is undocumented: a ---@param b is missing"),
    ("-- Ours.\nlocal M = {}\n\nfunction M.f() end\n\nreturn M\n", "ours.lua:4: ours.f is undocumented"),
    ("-- Ours.\nlocal M = {}\n\nM.x = 1\n\nreturn M\n", "ours.lua:4: ours.x is undocumented"),
    ("local M = {}\nreturn M\n", "ours.lua:1: it does not say what it is for")])
def test_what_is_undocumented_in_a_teams_module_is_told(text, words, tmp_path):
    (tmp_path / "stdlib" / "team").mkdir(parents=True)
    path = tmp_path / "stdlib" / "team" / "ours.lua"
    path.write_text(text)
    result = krunbook("doc", "--check", "--runbook-path", tmp_path, home=tmp_path)
    assert result.code == 2 and words in result.out, result
    assert "## team.ours" in krunbook("doc", "team.ours", "--runbook-path", tmp_path, home=tmp_path).out
    path.write_text("-- Ours.\nlocal M = {}\n\n---What it does.\n---@param a string\nfunction M.f(a) end\n\n---@type integer\nM.x = 1\n\n"
                    "return M\n")
    assert krunbook("doc", "--check", "--runbook-path", tmp_path, home=tmp_path).code == 0


def test_an_editor_finds_the_declarations(tmp_path):
    assert krunbook("new", "team/a", home=tmp_path).code == 0
    settings = json.loads((tmp_path / "team" / ".luarc.json").read_text())
    for name in ("kube", "ctx"):
        assert (pathlib.Path(settings["workspace.library"][0]) / "meta" / f"{name}.lua").is_file(), settings
    (tmp_path / "team" / ".luarc.json").write_text("{}")
    assert krunbook("new", "team/b", home=tmp_path).code == 0
    assert (tmp_path / "team" / ".luarc.json").read_text() == "{}"


def test_an_overlay_is_compared_with_what_it_shadows(tmp_path):
    source = (ROOT / "runbooks" / "service.lua").read_text()
    team = tmp_path / "team"
    team.mkdir()
    (team / "service.lua").write_text(source.replace("Why does this Service not answer?", "Why \x1b[31m not?", 1))
    result = krunbook("diff", "service", "--runbook-path", team, home=tmp_path)
    lines = result.out.splitlines()
    assert result.code == 1 and lines[0].startswith("--- ") and lines[1] == f"+++ {team}/service.lua", result
    assert [line[0] for line in lines[3:] if line[0] != " "] == ["-", "+"] and "\x1b" not in result.out, result
    for arguments in (("diff", "pod-status"), ("diff",), ("diff", "nosuch")):
        assert krunbook(*arguments, home=tmp_path).code == 3


def test_lint_says_what_luacheck_says_besides_where_it_is_installed(tmp_path):
    (tmp_path / "mine.lua").write_text("local spare = 1\nif spare then end\nlocal other = 2\nreturn {}\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    without = krunbook("lint", "mine.lua", home=tmp_path, env={"PATH": str(programs)})
    assert without.out == "mine.lua:3: variable other is never used\n", without
    (programs / "luacheck").write_text("#!/bin/sh\nprintf '%s\\n' 'nonsense' 'other.lua:1:1: x' 'mine.lua:2:4: empty if branch' "
                                       "\"mine.lua:3:7: unused variable 'other'\" 'mine.lua:x:1: y' 'mine.lua:4:1: \x1b[31m'\nexit 1\n")
    (programs / "luacheck").chmod(0o755)
    result = krunbook("lint", "mine.lua", home=tmp_path, env={"PATH": str(programs)})
    assert result.code == 2 and result.out == ("mine.lua:2: empty if branch\nmine.lua:3: variable other is never used\n"
                                               "mine.lua:4: \\x1b[31m\n"), result
    (programs / "luacheck").write_text("#!/bin/sh\nkill -9 $$\n")
    assert krunbook("lint", "mine.lua", home=tmp_path, env={"PATH": str(programs)}).out == without.out


def test_show_says_what_a_runbook_takes_needs_and_finds(tmp_path):
    out = krunbook("show", "pod-status", home=tmp_path).out
    assert "--pod string" in out and "get,list pods" in out and "krunbook run pod-status -A" in out, out
    assert any(line.split() == ["oom-killed", "critical", "killed", "for", "want", "of", "memory"] for line in out.splitlines()), out
    own = krunbook("show", ROOT / "examples" / "team" / "deploy-gate.lua", home=tmp_path).out
    assert "\n  gate-shut\n" in own, own


def test_the_runbook_of_the_readme_is_in_order_and_finds_something(tmp_path):
    (tmp_path / "restarts.lua").write_text((ROOT / "README.md").read_text().split("```lua\n")[1].split("```")[0])
    lint = krunbook("lint", "restarts.lua", home=tmp_path, cwd=tmp_path)
    assert lint.code == 0 and not lint.out, lint
    run = krunbook("run", "./restarts.lua", "--demo", "-n", "zoo", "--least", "3", home=tmp_path, cwd=tmp_path)
    assert run.code == 1 and "warning restarts-often  Pod zoo/" in run.out, run
