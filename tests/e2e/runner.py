"""Applies the cases, waits for their states, asks the program, and compares."""
import concurrent.futures
import dataclasses
import json
import time

import states
import table
from cluster.processes import Failed, say

AT_ONCE = 24      # cases that wait for their state together
PATIENCE = 420    # seconds for a state to come


@dataclasses.dataclass
class Result:
    case: table.Case
    command: str
    expected: str
    found: str
    problems: list
    waited: float = 0.0
    took: float = 0.0
    report: dict = dataclasses.field(default_factory=dict)

    @property
    def passed(self):
        return not self.problems


def code_of(finding):
    cause = f"/{finding['cause_code']}" if finding.get("cause_code") else ""
    return finding["code"] + cause + (f" x{finding['count']}" if finding["count"] > 1 else "")


def every(report, what):
    return [one for section in report.get("sections", []) for one in section[what]]


def words_of(report):
    """All that the findings say, as one text."""
    return json.dumps(every(report, "findings"), ensure_ascii=False).replace('\\"', '"')


def shown(codes, status):
    return f"{', '.join(codes) or 'nothing'} ({status})"


def compare(case, status, report, errors):
    """What was found, and what is wrong with it."""
    codes = sorted(code_of(finding) for finding in every(report, "findings"))
    problems = []
    if codes != sorted(case.expect) or status != case.exit:
        problems.append(f"expected {shown(case.expect, case.exit)}")
    said = words_of(report)
    problems += [f"it does not say {words!r}" for words in case.says if words not in said]
    problems += [f"unknown: {one['what']}: {one['reason']}" for one in every(report, "unknown")
                 if one["reason"] not in case.unknown]
    problems += [f"error: {one.get('message', one)}" for one in [*report.get("errors", []), *every(report, "errors")]]
    if not report:
        problems.append(f"no report: {errors.strip()[-300:]}")
    return shown(codes, status), problems


def ask(access, case, flags=None, run=None):
    """Runs the case's runbook and compares."""
    runbook, *arguments = run or case.runs[0]
    words = ["run", runbook, *arguments, "-n", case.namespace, "-o", "json"]
    begun = time.monotonic()
    status, out, errors = access.krunbook(*words, flags=flags)
    took = time.monotonic() - begun
    try:
        report = json.loads(out)
    except ValueError:
        report = {}
    found, problems = compare(case, status, report, errors)
    return Result(case, " ".join([runbook, *arguments]), shown(case.expect, case.exit), found, problems, took=took,
                  report=report)


def make_namespaces(access, cases):
    access.apply([{"apiVersion": "v1", "kind": "Namespace",
                   "metadata": {"name": case.namespace, "labels": {table.LABEL: case.namespace}}} for case in cases])
    wanted = {case.namespace for case in cases}
    for _ in range(120):
        have = set(access.kubectl("get", "serviceaccounts", "-A", "--field-selector", "metadata.name=default", "-o",
                                  "jsonpath={.items[*].metadata.namespace}").split())
        if wanted <= have:
            return
        time.sleep(0.5)
    raise Failed("the namespaces got no default service account")


def wait(access, case):
    """Until the case is in its state; the names of what never came."""
    end = time.monotonic() + PATIENCE
    missing = list(case.until)
    while time.monotonic() < end:
        missing = states.missing(access.held_by(case.namespace), case.until)
        if not missing:
            return []
        time.sleep(2)
    return missing


def failed(case, why):
    return Result(case, case.runs[0][0], shown(case.expect, case.exit), "-", [why])


def never_came(case, missing):
    return failed(case, f"not in its state after {PATIENCE} s: {', '.join(missing)}")


def ask_in_state(access, case):
    """The case's runs while it is in its state: a pod that crashes runs in between, and what was asked then does not count."""
    for _ in range(5):
        missing = wait(access, case)
        if missing:
            return [never_came(case, missing)]
        if case.then_before_run:
            access.kubectl("-n", case.namespace, *case.then_before_run.split(" "))
        results = [ask(access, case, run=run) for run in case.runs]
        if all(result.passed for result in results):
            break
        if not states.missing(access.held_by(case.namespace, not_older=0), case.until):
            break  # it was in its state all the while
    return results


def play(access, case):
    """One case from its objects to its results."""
    begun = time.monotonic()
    try:
        access.apply(case.objects, "-n", case.namespace)
        for command in case.then:
            access.kubectl("-n", case.namespace, *command.split(" "))
        results = ask_in_state(access, case)
    except Failed as failure:
        return [failed(case, str(failure))]
    for result in results:
        result.waited = time.monotonic() - begun - result.took
    return results


def slowest_first(case):
    until = case.until
    return -max(until.get("deleted", 0), until.get("init_running", 0), until.get("restarts", 0) * 25, until.get("age", 0))


def play_all(access, cases, watch=None):
    """All of them, together as far as may be; watch gets each result as it comes."""
    make_namespaces(access, cases)
    results = []
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(play, access, case) for case in sorted(cases, key=slowest_first)]
        for done in concurrent.futures.as_completed(running):
            for result in done.result():
                results.append(result)
                if watch:
                    watch(result)
    return results


def line(result):
    mark = "ok    " if result.passed else "FAILED"
    text = f"{mark} {result.case.id:30} {result.command:28} expected {result.expected}; found {result.found}"
    times = f"  [{result.waited:.0f} s, {result.took * 1000:.0f} ms]" if result.waited else ""
    return text + times + "".join(f"\n         {problem}" for problem in result.problems)


def show(result):
    say(line(result))
