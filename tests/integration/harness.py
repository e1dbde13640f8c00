"""Runs the program as a person would, and says what its report holds."""
import json
import os
import pathlib
import subprocess
import sys
import threading
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
    def __init__(self, code, out, err, seconds, usage):
        self.code, self.out, self.err = code, out, err
        self.seconds = seconds
        self.cpu_seconds = usage.ru_utime + usage.ru_stime
        self.peak_mib = usage.ru_maxrss / 1024

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


def start(arguments, home, env=None, cwd=None, stdin=subprocess.DEVNULL):
    return subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=stdin, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=environment(home, env), cwd=cwd or home)


def finish(process, began, timeout=60):
    """Waits for the end and what it cost. A program that does not end is killed and is a failure."""

    texts = {}

    def read(name, stream):
        texts[name] = stream.read()

    readers = [threading.Thread(target=read, args=("out", process.stdout)),
               threading.Thread(target=read, args=("err", process.stderr))]
    for reader in readers:
        reader.start()
    killer = threading.Timer(timeout, process.kill)
    killer.start()
    try:
        _, wait_status, usage = os.wait4(process.pid, 0)
    finally:
        killer.cancel()
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(wait_status)
    for reader in readers:
        reader.join(10)
    result = Result(process.returncode, texts["out"].decode(), texts["err"].decode(errors="replace"), seconds, usage)
    assert process.returncode >= 0, f"ended by signal {-process.returncode} after {seconds:.1f} s: {result}"
    return result


def krunbook(*arguments, home, env=None, cwd=None, timeout=60):
    began = time.monotonic()
    return finish(start(arguments, home, env, cwd), began, timeout)


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


# What a finding may honestly become when its log or events cannot be read: the more general one.
VAGUER = {"crash-on-start", "crash-late", "not-ready"}
