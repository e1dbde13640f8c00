"""`krunbook test`: cases beside runbooks, specs of Lua modules, and what is said of those that fail."""
import json
import shutil
import xml.etree.ElementTree

import jsonschema
import pytest

from harness import ROOT, krunbook

CASE = ROOT / "tests" / "runbooks" / "pod-status" / "bad-args"
RUNBOOK = """return { name = "mine", summary = "x", needs = { "get,list pods" }, findings = { "mine-pending" },
  run = function(ctx)
    for _, pod in ctx:targets("pods") do
      ctx:finding { code = "mine-pending", severity = "warning", object = pod, cause = "It says <Pending> & \\27[31mwaits." }
    end
  end }"""


@pytest.fixture
def team(tmp_path):
    """A team's folder with one runbook and one case."""
    (tmp_path / "mine.lua").write_text(RUNBOOK)
    case = tmp_path / "mine.tests" / "pending"
    shutil.copytree(CASE / "snapshot", case / "snapshot")
    write(case, {"title": "a pod", "namespace": "shop", "exit": 1, "findings": [
        {"code": "mine-pending", "severity": "warning", "object": "Pod/shop/web", "contains": ["<Pending>"]}]})
    return tmp_path


def write(case, document):
    (case / "case.json").write_text(json.dumps(document, indent=2))


def run(*arguments, home, **more):
    return krunbook("test", *arguments, home=home, **more)


def test_a_case_that_holds_passes(team):
    for what in ((), (".",), ("mine.lua",), ("mine.tests",), ("mine.tests/pending/case.json",), (team,)):
        result = run(*what, home=team)
        assert result.code == 0 and result.out == "ok    mine/pending\n1 of 1 passed\n", result


def test_a_name_stands_for_the_runbook_that_run_finds(tmp_path):
    shutil.copytree(CASE, tmp_path / "pod-status" / "bad-args")
    assert run("pod-status", home=tmp_path).code == 0
    shutil.copytree(CASE, tmp_path / "any" / "where")
    document = json.loads((CASE / "case.json").read_text())
    write(tmp_path / "any" / "where", {**document, "runbook": "pod-status"})
    assert run("any", home=tmp_path).code == 0


@pytest.mark.parametrize("change, words", [
    ({"findings": []}, "+ warning  mine-pending on Pod/shop/web x1: It says <Pending>"),
    ({"exit": 0}, "- exit 0\n      + exit 1"),
    ({"healthy": ["Pod/shop/web"]}, "- healthy: Pod/shop/web"),
    ({"unknown": ["events of"]}, "- unknown: events of"),
    ({"namespace": "other"}, "- warning  mine-pending on Pod/shop/web x1"),
    ({"findings": [{"code": "mine-pending", "object": "Pod/shop/web", "contains": ["gone"]}]}, "says: gone"),
    ({"findings": [{"code": "mine-pending", "object": "Pod/shop/web", "severity": "critical"}]},
     "- critical mine-pending on Pod/shop/web x1\n      + warning  mine-pending"),
    ({"findings": [{"code": "mine-pending", "object": "Pod/shop/web", "chain": ["Service/shop/x"]}]},
     "- the chain of mine-pending on Pod/shop/web: Service/shop/x")])
def test_what_differs_is_shown_and_update_writes_it(team, change, words):
    path = team / "mine.tests" / "pending" / "case.json"
    before = json.loads(path.read_text())
    write(path.parent, {**before, **change})
    result = run(home=team)
    assert result.code == 2 and "FAIL  mine/pending" in result.out and words in result.out, result
    assert run("--update", home=team).code == 0
    assert run(home=team).code == 0
    after = json.loads(path.read_text())
    assert after["title"] == before["title"], "what was not run stays"
    if change.get("namespace") is None:
        assert [finding["code"] for finding in after["findings"]] == ["mine-pending"], after


def test_update_leaves_what_holds_as_it_was_written(team):
    path = team / "mine.tests" / "pending" / "case.json"
    before = path.read_text()
    assert run("--update", home=team).code == 0
    assert path.read_text() == before


@pytest.mark.parametrize("text, words", [
    ("{", "case.json:1: "), ("[]", "no JSON object"), ('{"args": []}', "exit, the exit status, is missing"),
    ('{"exit": 0, "args": [1]}', "args must be strings"), ('{"exit": 0, "snapshot": "nowhere"}', "no snapshot nowhere"),
    ('{"exit": 0, "snapshot": 1}', "snapshot must be a string"),
    ('{"exit": 0, "args": ["--nosuch", "x"]}', "no argument --nosuch")])
def test_a_case_that_cannot_be_run_is_an_error_and_no_failure(team, text, words):
    (team / "mine.tests" / "pending" / "case.json").write_text(text)
    result = run(home=team)
    assert words in result.out, result
    assert result.code == (2 if "nosuch" in text else 3), result


def test_there_being_no_test_is_no_success(tmp_path):
    for arguments in ((), ("nowhere",), ("--only", "x", CASE)):
        assert run(*arguments, home=tmp_path).code == 3
    (tmp_path / "a.lua").write_text(RUNBOOK)
    result = run("a.lua", home=tmp_path)
    assert result.code == 3 and "a.tests" in result.err, result


def test_a_runbook_that_loops_harms_only_its_own_case(team):
    shutil.copytree(team / "mine.tests", team / "loops.tests")
    shutil.copy(ROOT / "tests" / "hostile" / "endless-loop.lua", team / "loops.lua")
    result = run(home=team)
    assert result.code == 2 and "FAIL  loops/pending" in result.out and "ok    mine/pending" in result.out, result
    assert "limit reached" in result.out, result


SPEC = """return {
  ["it holds"] = function(check) check.equal({ a = 1 }, { a = 1 }) end,
  ["it does not"] = function(check) check.equal("x", "y", "the letter") end,
  ["nor here"] = function(check) check.is(false, "that") end,
  ["a primitive is the test's own"] = function(check)
    kube.get = function() return { kind = "Pod" } end
    check.equal("Pod", kube.get("pods", "x").kind)
  end,
  ["and only its own"] = function(check) check.is(kube.get("pods", "x") == nil) end,
}"""


def test_specs_run_in_the_sandbox(tmp_path):
    (tmp_path / "x_spec.lua").write_text(SPEC)
    result = run(home=tmp_path)
    assert result.code == 2 and "3 of 5 passed" in result.out, result
    assert 'the letter: wanted "x", got "y"' in result.out and "that does not hold" in result.out, result
    (tmp_path / "x_spec.lua").write_text('return { x = function() os.exit(0) end }')
    result = run(home=tmp_path)
    assert result.code == 2 and "undefined variable 'os'" in result.out, result
    (tmp_path / "x_spec.lua").write_text("return {")
    result = run(home=tmp_path)
    assert result.code == 3 and "x_spec.lua:1:" in result.out, result


def test_the_projects_specs_hold_in_the_program(tmp_path):
    result = run(ROOT / "tests" / "spec", home=tmp_path)
    assert result.code == 0, result


def test_machines_read_the_results_whatever_they_hold(team):
    (team / "x_spec.lua").write_text('return { ["a <b> & \\"c\\" # \\27[31m\\n\\xff]]>"] = function(check) '
                                     'check.is(false, "\\0\\1 ]]> </failure>") end }')
    write(team / "mine.tests" / "pending", {"exit": 0, "namespace": "shop"})
    result = run("-o", "junit", home=team)
    suite = xml.etree.ElementTree.fromstring(result.out).find("testsuite")
    assert result.code == 2 and (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "2", "0"), result
    assert "\x1b" not in result.out and "</failure>" in suite.findall("testcase/failure")[1].text, result
    result = run("-o", "tap", home=team)
    lines = result.out.splitlines()
    assert lines[1] == "1..2" and all(line[0] in "#on1T" for line in lines) and "\x1b" not in result.out, result
    document = run("-o", "json", home=team).report
    assert (document["schema"], document["failed"]) == ("krunbook.test/v1", 2), document
    jsonschema.validate(document, json.loads((ROOT / "docs" / "results.schema.json").read_text()))
    assert run("-o", "yaml", home=team).code == 3


def record(*words, home, name="it"):
    return run("--record", name, "--", *words, home=home)


def test_a_case_is_made_of_a_run_on_a_snapshot(tmp_path):
    result = record("run", "pod-status", "--demo", "-n", "zoo", "--deployment", "crashing", home=tmp_path)
    assert result.code == 0 and "ok    pod-status/it" in result.out, result
    case = tmp_path / "pod-status.tests" / "it"
    document = json.loads((case / "case.json").read_text())
    assert (document["namespace"], document["args"], document["exit"]) == ("zoo", ["--deployment", "crashing"], 2), document
    assert [finding["code"] for finding in document["findings"]] == ["crash-on-start"], document
    # Just what the run asked for: nothing of Secrets, no other namespace.
    files = {str(path.relative_to(case / "snapshot")) for path in case.rglob("*") if path.is_file() and path.name != "case.json"}
    assert "namespaces/zoo/pods.json" in files and not any("secrets" in name or "default" in name for name in files), files
    again = record("run", "pod-status", "--demo", "-n", "zoo", home=tmp_path)
    assert again.code == 3 and "already" in again.err, again


def test_a_case_is_made_of_a_run_on_a_live_cluster(new, tmp_path):
    (tmp_path / "mine.lua").write_text(RUNBOOK)
    result = record("run", "./mine.lua", "--kubeconfig", new.folder / "admin.kubeconfig", "-n", "default", home=tmp_path)
    assert result.code == 0 and "ok    mine/it" in result.out, result
    document = json.loads((tmp_path / "mine.tests" / "it" / "case.json").read_text())
    assert document["namespace"] == "default" and len(document["findings"]) == 4, document
    assert "kubeconfig" not in json.dumps(document)


@pytest.mark.parametrize("words", [("list",), ("run",), (), ("run", "nowhere", "--demo"), ("run", "pod-status", "--demo", "-o", "json"),
                                   ("run", "pod-status", "--demo", "--nosuch", "x")], ids=" ".join)
def test_what_is_no_run_leaves_no_case(words, tmp_path):
    result = record(*words, home=tmp_path)
    assert result.code == 3 and not list(tmp_path.rglob("case.json")), result
    assert record("run", "pod-status", "--demo", home=tmp_path, name="a/b").code == 3


def test_a_run_is_recorded_and_answered_again(tmp_path):
    for runbook in ("service", "ingress"):
        folder = tmp_path / runbook
        first = krunbook("run", runbook, "--demo", "-n", "zoo", "-o", "json", "--record", folder, home=tmp_path).report
        again = krunbook("run", runbook, "--snapshot", folder, "-n", "zoo", "-o", "json", home=tmp_path).report
        for report in (first, again):
            for section in report["sections"]:
                del section["cluster"], section["spent"]
        assert first == again
    assert krunbook("run", "service", "--demo", "-n", "zoo", "--record", tmp_path / "service", home=tmp_path).code == 3


BY_NAME = """return { name = "mine", summary = "x", needs = { "get,list pods" }, findings = { "mine-pending" },
  run = function(ctx)
    for _, pod in ctx:targets("pods") do
      if %s then
        ctx:finding { code = "mine-pending", severity = "warning", object = pod, cause = "It waits." }
      end
    end
  end }"""


@pytest.mark.parametrize("condition", ['pod.metadata.name == "web"', 'pod.metadata.namespace == "shop"',
                                       'pod.spec.containers[1].name == "app"', 'pod.spec.containers[1].image:find("web")'])
def test_a_verdict_that_hangs_on_a_name_is_found_by_shuffling(condition, team):
    (team / "mine.lua").write_text(BY_NAME % condition)
    write(team / "mine.tests" / "pending", {"exit": 1, "namespace": "shop", "findings": [
        {"code": "mine-pending", "object": "Pod/shop/web"}]})
    assert run(home=team).code == 0
    result = run("--shuffle", "--seed", "1", home=team)
    assert result.code == 2 and "with other names:" in result.out and "- warning  mine-pending x1" in result.out, result


def test_a_verdict_of_the_clusters_data_survives_shuffling(team, tmp_path_factory):
    temporary = tmp_path_factory.mktemp("copies")
    condition = 'pod.status.containerStatuses[1].restartCount > 5'
    (team / "mine.lua").write_text(BY_NAME % condition)
    write(team / "mine.tests" / "pending", {"exit": 1, "namespace": "shop", "findings": [
        {"code": "mine-pending", "object": "Pod/shop/web"}]})
    result = run("--shuffle", home=team, env={"TMPDIR": str(temporary)})
    assert result.code == 0 and "--seed" in result.out, result
    assert not list(temporary.iterdir()), "the copies are removed"


def test_the_shipped_runbooks_hang_on_no_name(tmp_path):
    result = run(ROOT / "tests" / "runbooks" / "pod-status", "--only", "1.36-zoo-registry-down", "--shuffle", home=tmp_path)
    assert result.code == 0, result
    assert run(ROOT / "examples", "--shuffle", home=tmp_path).code == 0


def test_what_cannot_be_rewritten_is_an_error(team):
    """A snapshot that cannot be rewritten is an error of the case, and says which file it is."""
    (team / "mine.tests" / "pending" / "snapshot" / "namespaces" / "shop" / "broken.json").write_text("{")
    result = run("--shuffle", home=team)
    assert result.code == 3 and "broken.json is no JSON document" in result.out, result


@pytest.mark.parametrize("args", [["-o", "html=evil.html"], ["--output=html=evil.html"], ["--record", "evil"], ["--kubeconfig", "evil"],
                                  ["--notify", "http://127.0.0.1:9/"], ["--snapshot", "/"], ["-A"]], ids=" ".join)
def test_what_a_case_gives_is_the_runbooks_alone(args, team):
    write(team / "mine.tests" / "pending", {"exit": 0, "namespace": "shop", "args": args})
    before = sorted(team.rglob("*"))
    result = run(home=team)
    assert result.code == 2 and "+ error: " in result.out and sorted(team.rglob("*")) == before, result
    write(team / "mine.tests" / "pending", {"exit": 0, "namespace": "shop", "runbook": args[0]})
    assert run(home=team).code in (2, 3) and sorted(team.rglob("*")) == before
