"""Runbooks within runbooks: how many there may be, and that the end of one is the end of that one alone."""
import harness

CHILD = """return { name = "child", summary = "reads on", run = function(ctx)
  for i = 1, 40 do kube.get("pods", "no-such-" .. i) end
end }"""
MIDDLE = """return { name = "middle", summary = "runs another, and meets a limit meanwhile", run = function(ctx)
  kube.parallel({ function() ctx:run("child") end, function()
    kube.get("pods", "running")
    while true do end
  end })
end }"""
OUTER = """return { name = "outer", summary = "goes on after one that failed", run = function(ctx)
  local result = ctx:run("middle")
  for i = 1, 80 do kube.get("pods", "none-" .. i) end
  ctx:finding({ code = "went-on", severity = "info", object = { kind = "Pod", name = "x" }, cause = result.status })
end }"""
MANY = """return { name = "many", summary = "runs many", run = function(ctx)
  local list = {}
  for i = 1, 700 do list[i] = i end
  local seen = 0
  kube.parallel(list, function()
    local found = #ctx:run("one").healthy
    seen = seen + found
  end)
  ctx:finding({ code = "counted", severity = "info", object = { kind = "Pod", name = "x" }, cause = tostring(seen) })
end }"""
ONE = """return { name = "one", summary = "looks at one pod", run = function(ctx)
  ctx:healthy(kube.get("pods", "running"))
end }"""


def run(name, tmp_path):
    for runbook, text in (("child", CHILD), ("middle", MIDDLE), ("outer", OUTER), ("many", MANY), ("one", ONE)):
        (tmp_path / f"{runbook}.lua").write_text(text)
    return harness.krunbook("run", name, "--runbook-path", tmp_path, "--snapshot", harness.NEW_SNAPSHOT, "-o", "json",
                            home=tmp_path)


def test_one_that_meets_a_limit_leaves_those_around_it_and_within_it(tmp_path):
    result = run("outer", tmp_path)
    assert harness.codes(result.report) == {"went-on"}, result
    assert any("middle" in error["message"] for error in result.report["sections"][0]["errors"]), result
    assert result.code == 3, result


def test_there_may_be_hundreds(tmp_path):
    result = run("many", tmp_path)
    found = result.report["sections"][0]["findings"]
    assert [finding["cause"] for finding in found] == ["700"], result
    assert result.code == 0, result
