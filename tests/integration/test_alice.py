"""alice may get and list pods in default, and nothing else."""
import pytest

from harness import codes, findings

RUNBOOK_THAT_FORGETS = """
return {
  name = "forgets",
  summary = "Looks at the events, and does not care that it could not.",
  run = function(ctx)
    for _ in kube.list("events") do
    end
    local services = kube.list("services"):all()
    local log = kube.logs(kube.get("pod", "running"))
    if #services == 0 and not log then
      ctx:healthy({ kind = "Namespace", name = "default" })
    end
  end,
}
"""


def permissions(report):
    return {entry["permission"] for section in report["sections"] for entry in section["unknown"]}


def test_what_needs_no_events_and_no_logs_is_found(cluster, run):
    report = run(cluster, "alice", "run", "pod-status.lua").report
    assert "unschedulable-resources" in codes(report)
    crashed = [row for row in findings(report) if row[3] == "Pod/default/error"]
    assert len(crashed) == 1 and crashed[0][1].startswith("crash-"), crashed


def test_why_a_pull_failed_needs_events_only_where_the_state_does_not_say(new, old, run):
    """Since 1.32 the waiting state quotes the error; before, only an event did."""
    assert "image-not-found" in codes(run(new, "alice", "run", "pod-status.lua", "--pod", "backoff").report)
    result = run(old, "alice", "run", "pod-status.lua", "--pod", "backoff")
    assert result.code == 3 and not findings(result.report), result
    assert "list events in default" in permissions(result.report), result


def test_what_could_not_be_read_is_unknown_and_names_the_permission(cluster, run):
    result = run(cluster, "alice", "run", "pod-status.lua", "--pod", "error")
    assert result.code in (2, 3)
    assert "get pods/log in default" in permissions(result.report), result
    reasons = {entry["reason"] for section in result.report["sections"] for entry in section["unknown"]}
    assert reasons == {"forbidden"}


@pytest.mark.parametrize("arguments", [
    ("--pod", "error"), ("--pod", "backoff"), ("--pod", "pending"), (), ("-n", "zoo"), ("-A",), ("--pod", "nope"),
    ("--owner", "deployment/web"), ("-n", "zoo", "--deployment", "crashing")])
def test_nothing_ever_exits_0_for_what_she_may_not_see(arguments, cluster, run):
    result = run(cluster, "alice", "run", "pod-status.lua", *arguments)
    assert result.code in (2, 3), result
    if arguments in (("-n", "zoo"), ("-A",)):
        assert not findings(result.report) and result.code == 3, result


def test_a_namespace_that_she_may_not_list_is_not_an_empty_one(cluster, run):
    result = run(cluster, "alice", "run", "pod-status.lua", "-n", "zoo")
    assert any("list pods in zoo" in permission for permission in permissions(result.report)), result


def test_a_runbook_that_ignores_its_unknowns_still_exits_3(cluster, run, tmp_path):
    path = tmp_path / "forgets.lua"
    path.write_text(RUNBOOK_THAT_FORGETS)
    result = run(cluster, "alice", "run", path)
    assert result.code == 3 and result.report["status"] == "unknown", result
    assert len(permissions(result.report)) == 3, result


def test_who_may_read_it_all_gets_no_unknowns(cluster, run):
    report = run(cluster, "admin", "run", "pod-status.lua", "--pod", "error").report
    assert permissions(report) == set() and "crash-bad-command" in codes(report)
