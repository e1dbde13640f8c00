"""Runs the program as a person would, and says what its report holds."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get("KRUNBOOK", ROOT / "build" / "krunbook"))
NEW_SNAPSHOT = ROOT / "examples" / "clusters" / "procedures"
OLD_SNAPSHOT = ROOT / "tests" / "clusters" / "kubernetes-1.20"
HOSTILE = ROOT / "tests" / "hostile"
sys.path.insert(0, str(ROOT / "tests" / "server"))

# Sanitizers and valgrind need room and time that the program does not.
INSTRUMENTED = bool(os.environ.get("KRUNBOOK_INSTRUMENTED"))
PASSED_ON = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE")


class Result:
    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err = code, out, err
        self.seconds = seconds
        self.cpu_seconds = self.peak_mib = None  # of measured() only

    @property
    def report(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise AssertionError(f"stdout is not one JSON document: {self.out[:2000]!r}\nstderr: {self.err[:2000]}") \
                from None

    def __repr__(self):
        return f"exit {self.code}\nstdout: {self.out[:6000]}\nstderr: {self.err[:3000]}"


def environment(home, more=None):
    """Nothing of who runs the tests reaches the program: no kubeconfig, no library, no proxy."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, "HOME": str(home), "LC_ALL": "C.UTF-8", **(more or {})}


def start(arguments, home, env=None, cwd=None, before=()):
    return subprocess.Popen([*before, PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=environment(home, env), cwd=cwd or home)


def finish(process, began, timeout=60):
    """Waits for the end. A program that does not end is killed and is a failure."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"still running after {timeout} s") from None
    seconds = time.monotonic() - began
    result = Result(process.returncode, out.decode(), err.decode(errors="replace"), seconds)
    assert process.returncode >= 0, f"ended by signal {-process.returncode} after {seconds:.1f} s: {result}"
    return result


def krunbook(*arguments, home, env=None, cwd=None, timeout=60):
    began = time.monotonic()
    return finish(start(arguments, home, env, cwd), began, timeout)


def measured(*arguments, home, env=None, cwd=None, timeout=60):
    """The same, and what it cost."""
    began = time.monotonic()
    with tempfile.NamedTemporaryFile() as file:
        before = (sys.executable, "-S", "-E", str(ROOT / "tests" / "integration" / "measure.py"), file.name)
        result = finish(start(arguments, home, env, cwd, before), began, timeout)
        cost = json.load(file)
    assert result.code < 128 or result.code == 130, f"ended by a signal: {result}"
    result.cpu_seconds, result.peak_mib = cost["cpu_seconds"], cost["peak_mib"]
    return result


def reference(thing):
    """{"kind": "Pod", "namespace": "default", "name": "error", "container": "web"} as Pod/default/error."""
    return "/".join(thing[part] for part in ("kind", "namespace", "name") if thing.get(part))


def findings(report):
    """What was concluded, so that two runs can be compared: no times, no texts."""
    return sorted((section["runbook"]["name"], finding["code"], finding["severity"], reference(finding["object"]),
                   finding["object"].get("container") or "", finding["count"])
                  for section in report["sections"] for finding in section["findings"])


def healthy(report):
    return sorted(reference(thing) for section in report["sections"] for thing in section["healthy"])


def unknown(report):
    return sorted((entry["what"], entry["reason"]) for section in report["sections"] for entry in section["unknown"])


def codes(report):
    return {row[1] for row in findings(report)}


def complaints(report):
    """Everything that says that this report is not the whole truth."""
    return (report["errors"] + [error for section in report["sections"] for error in section["errors"]]
            + [entry for section in report["sections"] for entry in section["unknown"]])


def never_wrong(result, faultless):
    """The promise over every fault: the report equals that of the run without one, or says that something is unknown;
    and it never concludes what the other did not."""
    report = result.report
    if not complaints(report):
        assert findings(report) == findings(faultless) and healthy(report) == healthy(faultless), result
        assert result.code == faultless["exit_code"], result
        return True
    assert result.code in (2, 3), result
    extra = set(findings(report)) - set(findings(faultless))
    vaguer = {row for row in extra if row[1] in VAGUER}
    assert extra == vaguer, f"concluded only because of a fault: {extra}\n{result}"
    assert not set(healthy(report)) - set(healthy(faultless)), result
    return False


# What a finding may honestly become when its log, its events or its pods cannot be read: the more general one.
VAGUER = {"crash-on-start", "crash-late", "not-ready", "service-no-ready-endpoints"}
