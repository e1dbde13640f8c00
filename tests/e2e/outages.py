"""The API server stopped, restarted, cut off, or without its etcd, at moments spread over a run: the report says what it
could not determine, and nothing that is not so."""
import json
import pathlib
import signal
import subprocess
import time

import access
import rights
import runner
from cluster import certificates, control_plane, layout, node
from cluster.processes import signal_daemon, start, wait_for

RELAY = pathlib.Path(__file__).resolve().parent / "cluster" / "relay.py"
RELAY_ADDRESS = "127.0.0.1:7443"
MOMENTS = 20


class Cut:
    """The connections are reset, and new ones too, until it is over."""
    name = "the connection cut"

    def begin(self):
        signal_daemon("relay", signal.SIGUSR1)

    def end(self):
        signal_daemon("relay", signal.SIGUSR2)


class Stopped:
    name = "the API server stopped"

    def begin(self):
        control_plane.stop_api_server(signal.SIGKILL)

    def end(self):
        control_plane.start_api_server(layout.NODES[0])


class Restarted:
    name = "the API server restarted"

    def begin(self):
        control_plane.stop_api_server(signal.SIGTERM)
        control_plane.start_api_server(layout.NODES[0])

    def end(self):
        pass


class Frozen:
    """It takes connections, and never answers."""
    name = "the API server frozen"

    def begin(self):
        signal_daemon("apiserver", signal.SIGSTOP)

    def end(self):
        signal_daemon("apiserver", signal.SIGCONT)


class WithoutEtcd:
    name = "etcd stopped"

    def begin(self):
        control_plane.stop_etcd()

    def end(self):
        control_plane.start_etcd(layout.NODES[0])


KINDS = [Cut, Stopped, WithoutEtcd, Frozen, Restarted]


def identity(thing):
    return thing["kind"], thing.get("namespace"), thing["name"]


class Watch:
    """Asks about every namespace, and compares with what was found undisturbed."""

    def __init__(self, reach, cases, folder):
        self.reach = reach
        config = certificates.kubeconfig(certificates.by_certificate("krunbook"), name="relay",
                                         server=f"https://{RELAY_ADDRESS}")
        path = folder / "relay.conf"
        path.write_text(json.dumps(config))
        self.command = [*reach.prefix, str(access.PROGRAM), "run", "pod-status", "-A", "-o", "json", "--request-timeout",
                        "4s", "--timeout", "15s", "--kubeconfig", str(path)]
        self.expected = rights.Expected(cases)
        self.expected.may_also("quota-exceeded", "creation-refused")  # controllers lose their own rights for a while
        for code in ("creation-refused", "cronjob-not-scheduled"):
            self.expected.may_also_with("CronJob", code)
        start(layout.NODES[0], "relay", "python3", RELAY, RELAY_ADDRESS, f"{layout.API_ADDRESS}:6443")
        wait_for("the relay", lambda: self.ask(None, 0)[0] != 3, 60)
        begun = time.monotonic()
        _, report = self.ask(None, 0)
        self.lasts = time.monotonic() - begun
        self.sick = {identity(finding["object"]) for finding in runner.every(report, "findings")
                     if finding["code"] not in rights.ENDINGS}

    def ask(self, outage, after):
        """(exit status, report) of a run in which the outage begins after so many seconds."""
        with subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}) as process:
            if outage:
                time.sleep(after)
                outage.begin()
            out, errors = process.communicate(timeout=120)
        try:
            return process.returncode, json.loads(out)
        except ValueError:
            return process.returncode, {"sections": [], "errors": [{"message": errors}]}

    def problems(self, status, report):
        wrong = [f"found what is not there: {code} in {namespace}"
                 for namespace, code in self.expected.exceeded_by(report)]
        wrong += [f"calls healthy what is not: {'/'.join(str(part) for part in identity(thing))}"
                  for thing in runner.every(report, "healthy") if identity(thing) in self.sick]
        gaps = runner.every(report, "unknown") + runner.every(report, "errors") + report.get("errors", [])
        seen = {identity(finding["object"]) for finding in runner.every(report, "findings")}
        # Of pods on a node that has not been heard of through an outage, the node is what is told.
        on_lost_node = any(finding["code"] == "node-lost" for finding in runner.every(report, "findings"))
        if not gaps and not on_lost_node and not self.sick <= seen:
            wrong.append("it says nothing of what it could not see")
        if status not in (2, 3):
            wrong.append(f"exit status {status}")
        if status == 3 and not any((gap.get("message") or gap.get("reason") or "").strip() for gap in gaps):
            wrong.append("exit status 3 without a message")
        return wrong

    def moment(self, number):
        outage = KINDS[number % len(KINDS)]()
        after = self.lasts * number / MOMENTS
        status, report = self.ask(outage, after)
        outage.end()
        wait_for("the API server", lambda: control_plane.is_back(layout.NODES[0]), 120)
        wait_for("the first node", lambda: node.is_ready(layout.NODES[0]), 120)
        wrong = self.problems(status, report)
        gaps = len(runner.every(report, "unknown") + runner.every(report, "errors") + report.get("errors", []))
        text = (f"{outage.name} after {after:.2f} s: exit status {status}, {len(runner.every(report, 'findings'))} findings, "
                f"{gaps} gaps")
        return not wrong, text + "".join(f"\n         {problem}" for problem in wrong)
