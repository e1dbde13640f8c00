"""The program reads, and does nothing else. (The servers of every other file check this too, at their end.)"""
import pytest

from conftest import only_reads

WRITES = """
return {
  name = "writes",
  summary = "Tries what must not be there.",
  run = function(ctx)
    for _, name in ipairs({ "delete", "create", "patch", "apply", "update", "exec", "post", "put", "request" }) do
      if kube[name] then error("there is a kube." .. name) end
    end
    local pod = kube.get("pod", "running")
    pcall(kube.get, "pod", "running/../../../nodes/x")
    pcall(kube.get, "pods/eviction", "running")
    pcall(kube.get, "pod", "running/eviction")
    pcall(kube.get, "pod", "running?watch=true\\r\\nDELETE / HTTP/1.1")
    pcall(kube.list, "pods", { labels = "a=b&watch=true" })
    pcall(kube.list, "pods", { fields = "metadata.name=x&continue=y" })
    pcall(kube.get, "pod", "running", { namespace = "default/pods/error/exec" })
    pcall(kube.logs, pod, { container = "web&follow=true" })
    assert(kube.can("delete", "pods") ~= nil)
    ctx:healthy(pod)
  end,
}
"""


@pytest.mark.parametrize("arguments", [("pod-status.lua", "-A"), ("pod-status.lua", "--pod", "error"),
                                       ("pod-status.lua", "-n", "zoo", "--deployment", "crashing"),
                                       ("pod-status.lua", "-A", "--explain"), ("service.lua", "-A", "--no-probe")])
def test_a_run_only_reads(arguments, cluster, run):
    run(cluster, "token", "run", *arguments)
    assert cluster.audit and only_reads(cluster.audit) == []


def test_a_snapshot_only_reads(cluster, run, tmp_path):
    run(cluster, "token", "snapshot", "-A", tmp_path / "taken")
    assert len(cluster.audit) > 10 and only_reads(cluster.audit) == []


def test_a_runbook_cannot_make_it_do_more(new, run, tmp_path):
    path = tmp_path / "writes.lua"
    path.write_text(WRITES)
    result = run(new, "token", "run", path)
    assert "there is a kube." not in result.out, result
    assert new.audit and only_reads(new.audit) == []
    for entry in new.audit:
        assert "watch=" not in entry["query"] and "follow=" not in entry["query"], entry
        assert not entry["path"].endswith(("/exec", "/eviction", "/nodes/x")), entry


def test_it_says_who_it_is(new, run):
    run(new, "token", "run", "pod-status.lua", "--pod", "error")
    assert {entry["agent"].split("/")[0] for entry in new.audit} == {"krunbook"}


def test_requests_are_few(new, run):
    """A run over one pod that is fine needs no more than a few requests, and none twice."""
    run(new, "token", "run", "pod-status.lua", "--pod", "running")
    asked = [(entry["path"], entry["query"]) for entry in new.audit]
    assert len(asked) == len(set(asked)) and len(asked) <= 6, asked
