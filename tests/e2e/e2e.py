"""The end-to-end tests: brings a cluster up, plays every case of the table, and what else README.md says; takes it down.

    script/e2e [-k PART] [--keep]      -k: only cases with PART in their name; --keep: leave the cluster up
"""
import argparse
import concurrent.futures
import fcntl
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import access
import audit
import example
import in_cluster
import offline
import outages
import rights
import runner
import table
import ways_in
from cluster import __main__ as cluster
from cluster import certificates, cleanup, layout, node
from cluster.processes import Failed, say

HERE = pathlib.Path(__file__).resolve().parent


class Tally:
    """What passed and what failed, shown as it comes."""

    def __init__(self):
        self.passed = self.failed = 0
        self.begun = time.monotonic()

    def add(self, passed, text):
        self.passed += passed
        self.failed += not passed
        say(f"{'ok    ' if passed else 'FAILED'} {text}")

    def result(self, result):
        self.passed += result.passed
        self.failed += not result.passed
        say(runner.line(result))

    def step(self, text):
        say(f"\n== {text} [{time.monotonic() - self.begun:.0f} s]")


def codes_by_namespace(report):
    return {(one["object"].get("namespace") or "", one["code"]) for one in runner.every(report, "findings")}


class Session:
    """One run of the tests on one cluster."""

    def __init__(self, reach, cases, folder, has_own, whole):
        """has_own: the cluster is the tests' own; whole: all cases are played, and what else there is to test."""
        self.reach, self.cases, self.folder, self.has_own = reach, cases, folder, has_own
        self.whole = whole and has_own
        self.tally, self.results = Tally(), []
        self.runbooks = sorted({run[0] for case in cases for run in case.runs})
        self.rules = []

    def of_stage(self, *stages):
        return [case for case in self.cases if case.stage in stages]

    def keep(self, result):
        self.results.append(result)
        self.tally.result(result)

    def play(self, cases):
        if cases:
            runner.play_all(self.reach, cases, self.keep)

    def grant(self):
        self.tally.step("the program's user gets what krunbook rbac prints")
        self.rules = rights.grant(self.reach, self.runbooks)

    def second_node(self):
        if not self.has_own or not self.of_stage(2, 3):
            return
        self.tally.step("a second node, kept for pods that tolerate it")
        cluster.add_second_node()
        self.play(self.of_stage(2))

    def lose_node(self):
        lost = self.of_stage(3)
        if not self.has_own or not lost:
            return
        self.tally.step("the second node is lost")
        for case in lost:
            whole = runner.dataclasses.replace(case, until={"healthy": True})
            runner.make_namespaces(self.reach, [case])
            self.reach.apply(case.objects, "-n", case.namespace)
            if runner.wait(self.reach, whole):
                self.tally.add(False, f"{case.id}: its pod never ran")
        node.stop_kubelet(layout.NODES[1])
        self.play(lost)

    def permissions(self):
        self.tally.step("one permission less: the report names it, and finds nothing else")
        asked = rights.questions(self.of_stage(0, 1, 2))
        everywhere = [["run", runbook, "-A"] for runbook in self.runbooks if runbook != "why"]  # it wants one target
        everything = rights.permissions(self.rules)
        expected = rights.Expected(self.cases)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(rights.without, self.reach, number, one, everything, everywhere + asked, expected)
                    for number, one in enumerate(everything)]
            for job in concurrent.futures.as_completed(jobs):
                self.tally.add(*job.result())

    def snapshot(self):
        self.tally.step("krunbook snapshot, and every case again on it")
        recorded = self.folder / "snapshot"
        offline.record(self.reach, recorded, "-A")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(offline.replay, self.reach, recorded, case)
                    for case in self.of_stage(0, 1, 2)]
            for job in concurrent.futures.as_completed(jobs):
                for result in job.result():
                    self.keep(result)

    def ways_in(self):
        case = next(case for case in self.of_stage(1) if not case.is_twin)
        self.tally.step(f"ways in: each asks about {case.id}")
        for name, way in ways_in.WaysIn(self.reach, case, self.folder).all():
            found, problems = way()
            self.tally.add(not problems, f"{name}: {found}" + "".join(f"\n         {one}" for one in problems))

    def in_cluster(self):
        """Begun early, asked for late: a CronJob begins with a minute."""
        status, report = in_cluster.report(self.reach)
        in_cluster.end(self.reach)
        self.judge("as a CronJob", status, report)
        before = self.all_at_once()
        status, report = in_cluster.merged(self.reach, self.folder)
        after = self.all_at_once()
        self.judge("as three shards, merged", status, report)
        parts = codes_by_namespace(report)
        apart = sorted((before & after) - parts | parts - (before | after))  # what stood all the while; what never did
        self.tally.add(not apart, f"three shards tell what one run does: {len(parts)} codes in namespaces"
                       + "".join(f"\n         {where} {code}" for where, code in apart))

    def all_at_once(self):
        return codes_by_namespace(json.loads(self.reach.krunbook("run", "pod-status", "service", "ingress", "-A", "-o", "json")[1]))

    def judge(self, what, status, report):
        """A report on all namespaces."""
        wrong = rights.Expected(self.cases).exceeded_by(report)
        found = runner.every(report, "findings")
        right = status == 2 and found and not wrong and not report["errors"]
        wrong = [f"found what is not there: {one}" for one in wrong]
        wrong += [f"{one['what']}: {one['reason']}" for one in runner.every(report, "unknown")]
        self.tally.add(right, f"{what}: exit status {status}, {len(found)} findings"
                       + "".join(f"\n         {one}" for one in wrong))

    def example(self):
        self.tally.step("the example that is shipped, against the same objects here")
        for namespace in example.NAMESPACES:
            for runbook in ("pod-status", "service", "ingress"):
                self.tally.add(*example.compare(self.reach, runbook, namespace))

    def outages(self):
        self.tally.step("the API server and etcd fail in mid-run")
        watch = outages.Watch(self.reach, self.cases, self.folder)
        for number in range(outages.MOMENTS):
            self.tally.add(*watch.moment(number))

    def audit(self):
        if not self.has_own:
            return
        self.tally.step("what the audit log says of the program")
        counts, forbidden = audit.read(layout.AUDIT_LOG)
        for asked in forbidden:
            self.tally.add(False, f"audit: {' '.join(asked)} x{counts[asked]}")
        others = sorted(asked for asked in counts if asked[0] not in audit.READS)
        self.tally.add(bool(counts) and not forbidden,
                       f"audit: {sum(counts.values())} requests of the program; but for get and list: "
                       + (", ".join(f"{' '.join(asked)} x{counts[asked]}" for asked in others) or "none"))

    def beside_the_slow(self):
        """All that is asked while the slow cases are on their way."""
        if self.whole:
            example.begin(self.reach)
        self.tally.step("every case, live")
        self.play(self.of_stage(1))
        if self.whole:
            in_cluster.begin(self.reach)
            self.ways_in()
        self.second_node()
        if self.whole:
            self.permissions()
            self.in_cluster()

    def run(self):
        self.grant()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            slow = pool.submit(self.play, self.of_stage(0))
            self.beside_the_slow()
            slow.result()
        if self.whole:
            self.example()
        self.snapshot()
        self.lose_node()
        if self.whole:
            self.outages()
        self.audit()


def print_table(results):
    """The table: a line a case, expected and found."""
    print("\n| case | asked | expected | found | | came after | answered in |\n|---|---|---|---|---|---|---|")
    for one in sorted(results, key=lambda result: (result.command.endswith("(snapshot)"), result.case.is_twin)):
        print(f"| {one.case.id} | `{one.command}` | {one.expected} | {one.found} | {'ok' if one.passed else 'FAILED'} | "
              f"{f'{one.waited:.0f} s' if one.waited else ''} | {one.took * 1000:.0f} ms |")


def cannot():
    """Why this machine can have no cluster; empty when it can."""
    if os.geteuid() != 0:
        return "it takes root: namespaces and cgroups are made"
    for program in ("etcd", "containerd", "runc", "kubectl", "docker-registry", "htpasswd", "nginx", "iptables", "ip",
                    "nsenter", "unshare", "gcc"):
        if not any(os.access(pathlib.Path(folder) / program, os.X_OK) for folder in os.environ["PATH"].split(":")):
            return f"there is no {program}: script/bootstrap e2e installs it"
    if not os.access("/sys/fs/cgroup", os.W_OK):
        return "/sys/fs/cgroup cannot be written to: no cgroups for the kubelet"
    done = subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True, text=True, check=False)
    return f"namespaces cannot be made: {done.stderr.strip()}" if done.returncode else ""


def sign_ins():
    """Those who ask: each may do what its role says, and all are named krunbook for the audit."""
    certificates.sign_in(rights.SUPERVISOR, rights.SUPERVISOR)
    certificates.sign_in(rights.RECORDER, rights.RECORDER)


def shop_certificate(folder):
    """For shop.example.com; see manifests/ingress.yaml."""
    return {"SHOP_CERTIFICATE": (folder / "shop.crt").read_text(), "SHOP_KEY": (folder / "shop.key").read_text()}


def take_lock():
    """For as long as this process lives: two runs of one name would take each other's cluster down."""
    layout.CACHE.mkdir(parents=True, exist_ok=True)
    lock = open(layout.CACHE / f"{layout.NAME}.lock", "w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Failed(f"another run of {layout.NAME} is on; KRUNBOOK_E2E_NAME gives this one another name") from error
    return lock


def own_cluster(wanted, keep):
    why = cannot()
    if why:
        raise Failed(f"this machine cannot run the end-to-end tests: {why}\n"
                     "     KRUNBOOK_E2E_KUBECONFIG=FILE uses another cluster, KRUNBOOK_E2E=skip leaves them out")
    lock = take_lock()
    if "KRUNBOOK_E2E_PROGRAMS" not in os.environ:
        subprocess.run([HERE / "kube-build"], check=True)
    try:
        cluster.up()
        sign_ins()
        reach = access.own()
        reach.supervisor_flags = ["--kubeconfig", layout.STATE / f"{rights.SUPERVISOR}.conf"]
        reach.recorder_flags = ["--kubeconfig", layout.STATE / f"{rights.RECORDER}.conf"]
        fill = {"WEBHOOK": f"https://{layout.API_ADDRESS}:{layout.ADMISSION_PORT}/",
                "CA": certificates.encoded(layout.PKI / "ca.crt"), "CRONJOB_VERSION": reach.cronjob_version(),
                **shop_certificate(layout.PKI)}
        return run(reach, [case for case in table.load(fill) if wanted in case.id], True, not wanted)
    finally:
        if keep:
            say(f"the cluster stays up: cd {HERE} && python3 -m cluster run kubectl get pods -A; then: cluster down")
        else:
            cleanup.down()
        lock.close()


def given_cluster(kubeconfig, wanted):
    reach = access.given(kubeconfig)
    reach.supervisor_flags = ["--kubeconfig", kubeconfig]
    reach.recorder_flags = ["--kubeconfig", kubeconfig, "--as", rights.RECORDER]
    with tempfile.TemporaryDirectory() as folder:
        layout.PKI = pathlib.Path(folder)
        certificates.authority()
        certificates.certificate("shop", "shop.example.com", alternatives=["DNS:shop.example.com"], days=365)
        fill = {"WEBHOOK": "none", "CA": "none", "CRONJOB_VERSION": reach.cronjob_version(),
                **shop_certificate(layout.PKI)}
    cases = [case for case in table.load(fill) if wanted in case.id]
    left_out = [case.id for case in cases if case.only]
    say(f"left out, as they need the tests' own cluster: {', '.join(left_out)}")
    cases = [case for case in cases if not case.only and case.stage in (0, 1)]
    try:
        return run(reach, cases, False, False)
    finally:
        reach.kubectl("delete", "namespaces,persistentvolumes,runtimeclasses", "-l", table.LABEL, "--wait=false",
                      check=False, timeout=600)


def run(reach, cases, has_own, whole):
    with tempfile.TemporaryDirectory(prefix="krunbook-e2e-") as folder:
        session = Session(reach, cases, pathlib.Path(folder), has_own, whole)
        try:
            session.run()
        except Failed as failure:
            session.tally.add(False, str(failure))
        print_table(session.results)
        tally = session.tally
        print(f"\n{time.monotonic() - tally.begun:.0f} s\n{tally.passed} passed, {tally.failed} failed")
        return 1 if tally.failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-k", dest="part", default="", help="cases with this in their name")
    parser.add_argument("--keep", action="store_true", help="leave the cluster up")
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    given = os.environ.get("KRUNBOOK_E2E_KUBECONFIG")
    try:
        if given:
            return given_cluster(given, wanted.part)
        return own_cluster(wanted.part, wanted.keep)
    except Failed as failure:
        say(f"e2e: {failure}")
        print("0 passed, 1 failed")
        return 1


if __name__ == "__main__":
    sys.exit(main())
