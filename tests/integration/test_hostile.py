"""A bad runbook harms only itself: a clear message with file and line, exit 3, bounded time and memory, and the next
runbook of the same invocation unharmed."""
import concurrent.futures
import re

import pytest

import harness
from harness import HOSTILE, INSTRUMENTED, NEW_SNAPSHOT, findings, healthy, measured

RUNBOOKS = sorted(HOSTILE.glob("*.lua"))
SHOWN = ("endless-loop", "string-rep-bomb", "table-bomb", "pathological-pattern", "table-move", "deep-recursion", "error-nil",
         "forgotten-end", "global-typo", "colliding-keys", "memory-then-healthy", "large-error", "nested-memory")
CPU_SECONDS, PEAK_MIB = 5, 64
# Sanitizers look for what goes wrong on the way to a limit, and need not wait for that of the program as it is shipped.
SHORTER = ("--max-cpu", "500ms") if INSTRUMENTED else ()
FINE = """return { name = "fine", summary = "Is fine.", run = function(ctx) ctx:healthy(kube.get("pod", "running")) end }"""
LOGGER = """return { name = "logger", summary = "Reads a log.", run = function(ctx)
  local pod = kube.get("pod", "error")
  local log = kube.logs(pod, { container = "web" })
  ctx:step("log", log and tostring(#log.text) .. (log.truncated and " truncated" or "") or "none")
  ctx:healthy(pod)
end }
"""
FINDINGS = """return { name = "findings", summary = "Finds too much.", run = function(ctx)
  local pod = kube.get("pod", "error")
  for i = 1, 1000000 do
    ctx:finding({ code = "crash-on-start", severity = "critical", object = pod, cause = "number " .. i, key = tostring(i) })
  end
end }
"""


@pytest.fixture
def fine(tmp_path):
    path = tmp_path / "fine.lua"
    path.write_text(FINE)
    return path


def bounded(result):
    if not INSTRUMENTED:
        assert result.cpu_seconds <= CPU_SECONDS, f"{result.cpu_seconds:.1f} s of CPU"
        assert result.peak_mib <= PEAK_MIB, f"{result.peak_mib:.0f} MiB"
    return result


def test_there_are_hostile_runbooks():
    assert len(RUNBOOKS) >= 20, "tests/hostile is nearly empty"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Each of them with a fine one after it, two at a time: what counts is CPU time."""
    home = tmp_path_factory.mktemp("hostile")
    fine_one = home / "fine.lua"
    fine_one.write_text(FINE)

    def one(path):
        return measured("run", path, fine_one, "--snapshot", NEW_SNAPSHOT, "-o", "json", "--explain", *SHORTER, home=home,
                        env={"KRUNBOOK_PATH": str(HOSTILE)}, timeout=120)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(zip(RUNBOOKS, pool.map(one, RUNBOOKS)))


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_it_ends_as_an_error_of_that_runbook_alone(path, results):
    result = bounded(results[path])
    assert result.code == 3, result
    hostile, other = result.report["sections"]
    messages = " ".join(str(error) for error in hostile["errors"])
    assert re.search(rf"({re.escape(path.name)}|modules/\w+\.lua):[1-9]", messages), messages
    assert not other["errors"] and not other["unknown"] and other["status"] == "ok", other
    assert [harness.reference(thing) for thing in other["healthy"]] == ["Pod/default/running"]


@pytest.mark.parametrize("name", SHOWN)
def test_its_message_in_text_names_file_and_line(name, tmp_path):
    result = bounded(measured("run", HOSTILE / f"{name}.lua", "--snapshot", NEW_SNAPSHOT, home=tmp_path,
                              env={"KRUNBOOK_PATH": str(HOSTILE)}))
    assert result.code == 3 and re.search(rf"{name}\.lua:[1-9]", result.out), result
    assert "\x1b" not in result.out, result


def test_hostile_ones_do_not_add_up(fine, tmp_path):
    """What one that was left in mid-work holds stays taken: of several, what the first one held is the most."""
    paths = [HOSTILE / f"{name}.lua" for name in ("colliding-keys", "endless-loop", "table-bomb", "memory-then-healthy")]
    result = measured("run", *paths, fine, "--snapshot", NEW_SNAPSHOT, "-o", "json", home=tmp_path, timeout=120)
    assert result.code == 3 and [len(section["errors"]) for section in result.report["sections"]] == [1, 1, 1, 1, 0], result
    assert result.report["sections"][-1]["status"] == "ok"


SLOW_TO_COMPILE = {  # each takes the compiler the square of its length
    "branches": "local a\nif a then\n" + "elseif a then\n" * 18000 + "end\n",
    "jumps": "do " + "goto a " * 15000 + "::a:: end " + "".join(f"do local x{i} ::l{i}:: end " for i in range(5000)),
}


@pytest.mark.parametrize("name", SLOW_TO_COMPILE)
def test_a_source_that_is_slow_to_compile_is_bounded(name, fine, tmp_path):
    path = tmp_path / "slow.lua"
    path.write_text(SLOW_TO_COMPILE[name])
    result = bounded(measured("run", path, fine, "--snapshot", NEW_SNAPSHOT, "-o", "json", home=tmp_path))
    assert result.code == 3 and result.report["sections"][1]["status"] == "ok", result
    path.write_text(SLOW_TO_COMPILE[name] * 2)
    result = bounded(measured("run", path, fine, "--snapshot", NEW_SNAPSHOT, "-o", "json", home=tmp_path))
    assert result.code == 3 and "too large" in str(result.report["sections"][0]["errors"]), result
    assert result.report["sections"][1]["status"] == "ok"


def test_a_million_findings_are_bounded(fine, tmp_path):
    path = tmp_path / "findings.lua"
    path.write_text(FINDINGS)
    result = bounded(measured("run", path, fine, "--snapshot", NEW_SNAPSHOT, "-o", "json", home=tmp_path))
    first, other = result.report["sections"]
    assert result.code == 2 and first["errors"] and 0 < len(first["findings"]) < 1000000
    assert re.search(r"findings\.lua:[45]: limit reached", str(first["errors"])), first["errors"]
    assert other["status"] == "ok"


@pytest.mark.parametrize("line", ["all work and no play makes a dull log", "x" * 100000, "\\x1b[31m", "\\0"],
                         ids=["lines", "long-lines", "escapes", "zeros"])
def test_a_log_of_1_gb_is_cut(line, new, tmp_path):
    def live(*arguments):
        return measured(*arguments, "--kubeconfig", new.folder / "token.kubeconfig", "-o", "json", home=tmp_path)

    new.faults.set([{"path": r"/log(\?|$)", "kind": "flood", "bytes": 1 << 30, "line": line}])
    path = tmp_path / "logger.lua"
    path.write_text(LOGGER)
    result = bounded(live("run", path, "--explain"))
    assert result.code in (0, 3) and (healthy(result.report) or result.report["sections"][0]["errors"]), result
    assert new.faults.rules[0]["seen"] == 1
    result = bounded(live("run", "pod-status.lua", "--pod", "error"))
    assert result.code in (2, 3) and len(findings(result.report)) == 1, result
