"""Writing a runbook: `krunbook new` and `krunbook lint`."""
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
                                  b"return '\xff\x1b[31m' .. os\n", b"local \x1b[31m = 1", b"return {" + b"{}," * 60000 + b"}"],
                         ids=range(10))
def test_lint_ends_on_any_bytes_and_harms_no_terminal(text, tmp_path):
    result = lint(tmp_path, text)
    assert result.code in (0, 2) and "\x1b" not in result.out and not result.err, result


def test_a_hostile_runbook_ends_its_own_look_alone(tmp_path):
    result = krunbook("lint", HOSTILE / "endless-declaration.lua", HOSTILE / "requires-endless.lua", HOSTILE / "forgotten-end.lua",
                      "-o", "json", home=tmp_path)
    files = result.report["files"]
    assert result.code == 2 and len(files) == 3, result
    assert "limit reached" in files[0]["problems"][0]["message"], files
    assert files[2]["problems"][0]["line"] == 7, files


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    assert krunbook("lint", "nowhere/x.lua", home=tmp_path).code == 3
    assert krunbook("lint", home=tmp_path).code == 3
