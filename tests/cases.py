#!/usr/bin/python3
"""Runs the cases of tests/runbooks: a folder RUNBOOK/CASE with a case.json, run on a snapshot, compared with what it says.

    tests/cases.py [-k PART] [--shuffled [--seed N]] [--removed] [--keep DIR]

case.json: {"title": what it shows, "snapshot": DIR (from the case's folder, else from the repository's root),
"args": [...], "namespace": NS, "all_namespaces": true, "exit": N, "findings": [{"code", "severity",
"object": "Pod/default/error/container", "count", "contains": [...], "chain": ["Service/default/x",
"Pod/default/error (broken)"], "cause_code"}] complete, in any order, "healthy": ["Pod/default/x"],
"unknown": ["part of what could not be determined"], "decided_by": [...] (see cases_removed.py)}

Two more things hold for every case, so that no verdict hangs on a name: --shuffled replaces all names at random and
expects the same codes (cases_shuffled.py); --removed takes the deciding evidence away and expects the code to go.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = os.path.abspath(os.environ.get("KRUNBOOK", ROOT / "build" / "krunbook"))
CASES = ROOT / "tests" / "runbooks"
AT_ONCE = 2


class Case:
    def __init__(self, path):
        self.path = path
        self.folder = path.parent
        self.runbook = path.parent.parent.name
        self.name = f"{self.runbook}/{path.parent.name}"
        self.wanted = json.loads(path.read_text())
        beside = self.folder / self.wanted.get("snapshot", "snapshot")
        self.snapshot = beside if beside.exists() else ROOT / self.wanted["snapshot"]
        self.args = [str(argument) for argument in self.wanted.get("args", [])]
        self.namespace = self.wanted.get("namespace")
        self.findings = self.wanted.get("findings", [])

    def command(self, snapshot, args=None, namespace=None):
        command = [PROGRAM, "run", f"{self.runbook}.lua", *(self.args if args is None else args),
                   "--snapshot", str(snapshot), "-o", "json"]
        if namespace or self.namespace:
            command += ["-n", namespace or self.namespace]
        if self.wanted.get("all_namespaces"):
            command.append("-A")
        return command


def all_cases(part=""):
    return [case for case in (Case(path) for path in sorted(CASES.glob("*/*/case.json"))) if part in case.name]


def run(command):
    """(exit status, report); a report that is none is a failure of the case."""
    with tempfile.TemporaryDirectory() as home:
        kept = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=home, check=False,
                              env={**kept, "HOME": home, "LC_ALL": "C.UTF-8"})
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        return done.returncode, {"sections": [], "errors": [{"message": done.stdout[-500:] + done.stderr[-1500:]}]}


def reference(thing):
    return "/".join(thing[part] for part in ("kind", "namespace", "name", "container") if thing.get(part))


def of(report, what):
    return [entry for section in report["sections"] for entry in section[what]]


def text_of(finding):
    return "\n".join([finding["cause"], *(entry["text"] for entry in finding["evidence"]),
                      *finding["next_steps"], *(reference(thing) for thing in finding["objects"])])


def problems_of_run(report):
    texts = [error.get("message", str(error)) for error in report["errors"] + of(report, "errors")]
    return [f"error: {text}" for text in texts]


def matches(wanted, finding):
    """An object may be given without its container."""
    seen = reference(finding["object"])
    return (wanted["code"] == finding["code"] and wanted.get("severity", finding["severity"]) == finding["severity"]
            and (seen == wanted["object"] or reference({**finding["object"], "container": None}) == wanted["object"])
            and wanted.get("count", 1) == finding["count"])


def chain_of(finding):
    return [reference(link) + (" (broken)" if link.get("broken") else "") for link in finding["chain"]]


def differences_within(wanted, finding):
    about = f"{wanted['code']} on {wanted['object']}"
    lines = []
    if "chain" in wanted and wanted["chain"] != chain_of(finding):
        lines.append(f"- the chain of {about} is {' -> '.join(chain_of(finding))}, not {' -> '.join(wanted['chain'])}")
    if "cause_code" in wanted and wanted["cause_code"] != finding["cause_code"]:
        lines.append(f"- the cause within {about} is {finding['cause_code']}, not {wanted['cause_code']}")
    return lines


def line_of(finding):
    return f"{finding['severity']:8} {finding['code']} on {reference(finding['object'])} × {finding['count']}"


def compare(case, code, report):
    """What differs, a line each; nothing when the case holds."""
    lines = problems_of_run(report) if not case.wanted.get("errors") else []
    left = of(report, "findings")
    for wanted in case.findings:
        hit = next((finding for finding in left if matches(wanted, finding)), None)
        if hit is None:
            lines.append(f"- missing: {wanted.get('severity', 'any'):8} {wanted['code']} on {wanted['object']} × "
                         f"{wanted.get('count', 1)}")
            continue
        left.remove(hit)
        shown = text_of(hit)
        lines += differences_within(wanted, hit)
        lines += [f"- {wanted['code']} on {wanted['object']} does not say {words!r}, but:\n    "
                  + shown.replace("\n", "\n    ") for words in wanted.get("contains", []) if words not in shown]
    lines += [f"+ not expected: {line_of(finding)}: {finding['cause']}" for finding in left]
    healthy = {reference(thing) for thing in of(report, "healthy")}
    lines += [f"- not healthy: {name}" for name in case.wanted.get("healthy", []) if name not in healthy]
    unknown = [f"{entry['what']}: {entry['reason']}" for entry in of(report, "unknown")]
    lines += [f"- not unknown: {words}" for words in case.wanted.get("unknown", [])
              if not any(words in line for line in unknown)]
    if code != case.wanted["exit"]:
        lines.append(f"- exit {case.wanted['exit']}, got {code}" + "".join(f"\n    unknown {line}" for line in unknown))
    return lines


def check(case, _):
    return compare(case, *run(case.command(case.snapshot)))


def codes(report):
    return sorted((finding["severity"], finding["code"], finding["count"]) for finding in of(report, "findings"))


def check_shuffled(case, options):
    from cases_shuffled import Shuffle
    shuffle = Shuffle(case.snapshot, random.Random(f"{options.seed} {case.name}"))
    folder = pathlib.Path(options.work) / "shuffled" / case.name
    shuffle.write(folder)
    args = shuffle.arguments(case.args)
    code, report = run(case.command(folder, args, shuffle.name(case.namespace) if case.namespace else None))
    wanted = codes(run(case.command(case.snapshot))[1])
    lines = problems_of_run(report) if not case.wanted.get("errors") else []
    lines += [f"- gone: {row}" for row in wanted if row not in codes(report)]
    lines += [f"+ new: {line_of(finding)}: {finding['cause']}" for finding in of(report, "findings")
              if (finding["severity"], finding["code"], finding["count"]) not in wanted]
    if not lines and codes(report) != wanted:
        lines.append(f"- {wanted}, got {codes(report)}")
    if code != case.wanted["exit"]:
        lines.append(f"- exit {case.wanted['exit']}, got {code}")
    return [f"(seed {options.seed}, in {folder})"] + lines if lines else []


def check_removed(case, options):
    from cases_removed import remove
    lines = []
    for number, wanted in enumerate(case.findings):
        folder = pathlib.Path(options.work) / "removed" / case.name / str(number)
        what = remove(case, wanted, folder)
        code, report = run(case.command(folder))
        still = [finding for finding in of(report, "findings") if matches(wanted, finding)]
        if still:
            lines.append(f"- without {what}, {wanted['code']} on {wanted['object']} is still concluded, from: "
                         + " | ".join(f"{entry['kind']}: {entry['text'][:150]}" for entry in still[0]["evidence"]))
        if code == 0 and not of(report, "healthy") and not case.wanted.get("findings_may_vanish"):
            lines.append(f"- without {what}, nothing was concluded and nothing is unknown, and yet the exit is 0")
    return lines


def run_all(cases, checker, options):
    """{name: what differs} of every case, two at a time."""
    def one(case):
        try:
            return checker(case, options)
        except (KeyError, ValueError, OSError, subprocess.SubprocessError) as error:
            return [f"! {type(error).__name__}: {error}"]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip((case.name for case in cases), pool.map(one, cases)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-k", dest="part", default="", help="only cases whose name has this in it")
    parser.add_argument("--shuffled", action="store_true", help="with all names replaced at random")
    parser.add_argument("--removed", action="store_true", help="with the deciding evidence taken away")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--keep", dest="work", help="write the changed snapshots there, and keep them")
    options = parser.parse_args()
    temporary = None if options.work else tempfile.mkdtemp()
    options.work = options.work or temporary
    cases = all_cases(options.part)
    checker = check_shuffled if options.shuffled else check_removed if options.removed else check
    failed = 0
    for name, lines in run_all(cases, checker, options).items():
        print(f"{'not ok' if lines else 'ok'} {name}", *(f"    {line}" for line in lines), sep="\n")
        failed += bool(lines)
    if temporary:
        shutil.rmtree(temporary)
    print(f"{len(cases) - failed} of {len(cases)} cases hold" + (f" (seed {options.seed})" if options.shuffled else ""))
    sys.exit(1 if failed or not cases else 0)


if __name__ == "__main__":
    main()
