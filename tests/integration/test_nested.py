"""ctx:run: a runbook within a runbook, in the run's namespace or another."""
import pytest

from harness import NEW_SNAPSHOT, krunbook

INNER = """
return { name = "inner", summary = "which pods there are", run = function(ctx)
  for _, pod in ctx:targets("pods") do ctx:healthy(pod) end
end }
"""
OUTER = """
return { name = "outer", summary = "runs inner", run = function(ctx)
  for _, object in ipairs(ctx:run("inner"%s).healthy) do ctx:healthy(object) end
end }
"""


@pytest.fixture
def nested(tmp_path):
    def call(more, *arguments):
        (tmp_path / "inner.lua").write_text(INNER)
        (tmp_path / "outer.lua").write_text(OUTER % more)
        return krunbook("run", tmp_path / "outer.lua", "--runbook-path", tmp_path, "--snapshot", NEW_SNAPSHOT, "-o", "json",
                        *arguments, home=tmp_path)
    return call


def namespaces(result):
    return {entry["namespace"] for section in result.report["sections"] for entry in section["healthy"]}


def test_it_looks_where_the_run_looks(nested):
    assert namespaces(nested("", "-n", "default")) == {"default"}
    assert namespaces(nested(", nil, {}", "-n", "zoo")) == {"zoo"}


def test_it_looks_in_the_namespace_it_is_given_alone(nested):
    assert namespaces(nested(', {}, { namespace = "ingress-nginx" }', "-n", "default")) == {"ingress-nginx"}
    assert namespaces(nested(', {}, { namespace = "ingress-nginx" }', "-A")) == {"ingress-nginx"}


@pytest.mark.parametrize("more, words", [
    (', {}, { namespace = 1 }', "takes a namespace as"),
    (', {}, "zoo"', "takes a namespace as"),
    (', {}, { namespaces = "zoo" }', 'no option "namespaces"'),
])
def test_misuse_is_told_at_the_runbooks_line(more, words, nested):
    result = nested(more)
    [error] = result.report["sections"][0]["errors"]
    assert result.code == 3 and words in error["message"] and "outer.lua:3:" in error["message"], result
