#!/usr/bin/python3
"""krunbook beside kubectl and curl on a generated cluster in a real API server: wall and CPU time, peak memory, requests, bytes.

    tests/bench/compare.py [--pods 500,5000] [--broken 200] [--rounds 9] [--services 1000] [--json FILE]
                           [--kube-bin FOLDER] [--kubeconfig FILE] [--before PROGRAM]

Starts etcd and kube-apiserver (from --kube-bin, $KUBE_BIN or PATH), fills them, measures all programs in turn, round after
round, and prints medians and the ratios that the goals are about. With --kubeconfig it fills and measures that API server
instead, once: it has to be empty, and one that no controllers work on. --before measures an earlier build beside this one."""
import argparse
import json
import os
import pathlib
import random
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

import cluster
import fill

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get("KRUNBOOK", ROOT / "build" / "krunbook"))
COST = ROOT / "tests" / "integration" / "measure.py"
SETTLED = 40  # seconds: by then no pod passes for one that only just began
CURL_PAGE = 500
COLUMNS = ("wall_ms", "cpu_ms", "peak_mib", "requests", "kib")
# What krunbook is held to: (column, against whom, the ratio at most)
GOALS = {
    "one pod": [("wall_ms", "kubectl", 1 / 8), ("cpu_ms", "kubectl", 1 / 15), ("peak_mib", "curl", 1.4)],
    "all pods": [("wall_ms", "curl", 0.8), ("wall_ms", "kubectl", 1 / 12), ("kib", "curl", 1 / 8)],
    "recording": [("wall_ms", "curl", 1.5)],
    "replay": [("wall_ms", "live", 0.5)],
}


class Source:
    """The API server, and what is asked of it."""

    def __init__(self, kubeconfig, home, before=None):
        self.kubeconfig, self.home, self.before, self.snapshot = kubeconfig, home, before, None
        self.api = fill.Api(kubeconfig)
        self.base = f"https://{self.api.address.netloc}{self.api.address.path}"

    def pages(self):
        """The addresses of all pages of the list of pods: curl is given what only the page before can tell."""
        path, found, token = f"/api/v1/pods?limit={CURL_PAGE}", [], ""
        while True:
            address = path + (f"&continue={urllib.parse.quote(token)}" if token else "")
            found.append(self.base + address)
            token = self.api.ask("GET", address)["metadata"].get("continue")
            if not token:
                return found

    def curl(self, addresses):
        """One process, one connection; nothing compressed, and not as curl, for which the server indents its JSON."""
        tls = self.api.files
        given = self.home / "curl.conf"
        given.write_text("".join(f'url = "{address}"\noutput = "/dev/null"\n' for address in addresses))
        return ["curl", "-s", "-A", "bench", "--cacert", tls["ca"], "--cert", tls["cert"], "--key", tls["key"],
                "-w", "%{size_download}\\n", "--config", str(given)]

    def kubectl(self, *commands):
        """Several commands, as one row."""
        return ["sh", "-c", "; ".join(shlex.join(["kubectl", "--kubeconfig", str(self.kubeconfig), *command]) + " >/dev/null"
                                      for command in commands)]

    def krunbook(self, *arguments):
        """This build, and the one before."""
        more = ["run", *arguments, "--kubeconfig", str(self.kubeconfig), "-o", "json", "-v=6"]
        return {"krunbook": [PROGRAM, *more], **({"before": [str(self.before), *more]} if self.before else {})}

    def recording(self):
        """Into a new folder each time; the last one is what is replayed. None is removed before the end: where very many files
        were removed just now, ext4 takes long to find room for new ones."""
        self.snapshot = pathlib.Path(tempfile.mkdtemp(dir=self.home)) / "snapshot"
        return [PROGRAM, "snapshot", "-A", "--no-probes", "--kubeconfig", str(self.kubeconfig), "-o", "json", "-v=6",
                str(self.snapshot)]

    def replay(self):
        return [PROGRAM, "run", "pod-status", "-A", "--snapshot", str(self.snapshot), "-o", "json"]

    def scenarios(self, services):
        """{scenario: {who: command}}."""
        events = self.api.ask("GET", "/api/v1/events?limit=500&fieldSelector=reason%3DBackOff")["items"]
        crashing = next(event["involvedObject"] for event in events if event["count"] == 40)
        of, name = ["-n", crashing["namespace"]], crashing["name"]
        address = f"{self.base}/api/v1/namespaces/{of[1]}/pods/{name}"
        found = {
            "one pod": {
                **self.krunbook("pod-status", "--pod", name, *of),
                "kubectl": self.kubectl(["get", "pod", name, *of, "-o", "json"], ["describe", "pod", name, *of],
                                        ["logs", name, *of, "-c", "app"], ["logs", name, *of, "-c", "app", "--previous"]),
                "curl": lambda: self.curl([address])},
            "all pods": {
                **self.krunbook("pod-status", "-A"),
                "kubectl": self.kubectl(["get", "pods", "-A", "-o", "json"]),
                "kubectl's table": self.kubectl(["get", "pods", "-A"]),
                "curl": lambda: self.curl(self.pages())},
            "recording": {"krunbook": self.recording, "curl": lambda: self.curl(self.pages())},
            "replay": {"krunbook": self.replay, "live": self.krunbook("pod-status", "-A")["krunbook"]}}
        if services:
            found["services"] = self.krunbook("service", "-A", "--no-probe")
            found["ingresses"] = self.krunbook("ingress", "-A", "--no-probe")
            found["both"] = self.krunbook("service", "ingress", "-A", "--no-probe")
        return found

    def run(self, who, command):
        """What one run cost."""
        command = command() if callable(command) else command
        cost = self.home / "cost"
        done = subprocess.run([sys.executable, "-I", "-S", str(COST), str(cost), *_found(command)], capture_output=True,
                              text=True, check=False, env={"PATH": os.environ["PATH"], "HOME": str(self.home)})
        spent = json.loads(cost.read_text())
        row = {"wall_ms": spent["wall_seconds"] * 1000, "cpu_ms": spent["cpu_seconds"] * 1000,
               "peak_mib": spent["peak_mib"], "requests": None, "kib": None}
        if who in ("krunbook", "before", "live"):  # what went over the wire, by the trace of requests
            for section in json.loads(done.stdout).get("sections", ()):
                for error in section["errors"]:
                    print(f"error: {error['message'].splitlines()[0]}", file=sys.stderr)
            sizes = [int(size) for size in re.findall(r"HTTP \d+, (\d+) bytes", done.stderr)]
            row["requests"], row["kib"] = len(sizes), sum(sizes) / 1024
        elif who == "curl":
            sizes = [int(line) for line in done.stdout.split()]
            row["requests"], row["kib"] = len(sizes), sum(sizes) / 1024
        return row


def _found(command):
    """The program by its path: it is started without a shell."""
    for folder in os.environ["PATH"].split(os.pathsep):
        path = os.path.join(folder, command[0])
        if os.access(path, os.X_OK):
            return [path, *command[1:]]
    raise SystemExit(f"there is no {command[0]}")


def measure(source, options):
    """{scenario: {who: medians}}; the programs take turns, so that what disturbs one disturbs all. In no fixed order: the API
    server collects its garbage after so many answers, and always after the same program's it would be that one's time."""
    found, order = {}, random.Random(1)
    for scenario, commands in source.scenarios(options.services).items():
        rows = {who: [] for who in commands}
        for _ in range(options.rounds + 1):
            for who, command in order.sample(list(commands.items()), len(commands)):
                rows[who].append(source.run(who, command))
        found[scenario] = {who: {column: _median(all_rows[1:], column) for column in COLUMNS}  # the first one warms up
                           for who, all_rows in rows.items()}
    return found


def _median(rows, column):
    known = [row[column] for row in rows if row[column] is not None]
    return round(statistics.median(known), 1) if known else None


def ratios(scenario, rows):
    """[(text, value, goal)]."""
    return [(f"{column} of krunbook / {who}", round(rows["krunbook"][column] / rows[who][column], 3), round(most, 3))
            for column, who, most in GOALS.get(scenario, ())]


def show(pods, found):
    print(f"{pods} pods")
    print("  " + "".rjust(28) + "".join(column.rjust(12) for column in COLUMNS))
    for scenario, rows in found.items():
        for who, row in rows.items():
            cells = ("-" if row[column] is None else f"{row[column]:,.0f}" if column == "requests" else f"{row[column]:,.1f}"
                     for column in COLUMNS)
            print("  " + f"{scenario}: {who}".ljust(28) + "".join(cell.rjust(12) for cell in cells))
        for text, value, goal in ratios(scenario, rows):
            print(f"    {text}: {value} (goal: {goal}){'' if value <= goal else ', missed'}")
    print(flush=True)


def one_size(pods, options, found, folder):
    """Fills a server, and measures."""
    def work(kubeconfig, port, logs):
        began = time.monotonic()
        fill.Filler(fill.Api(kubeconfig), port, logs).fill(pods, options.broken, options.namespaces, options.services)
        print(f"filled with {pods} pods in {time.monotonic() - began:.0f} s", file=sys.stderr)
        time.sleep(SETTLED)
        return measure(Source(kubeconfig, folder, options.before), options)

    if options.kubeconfig:
        return work(options.kubeconfig, 10250, {})
    with cluster.Cluster(folder / f"cluster-{pods}", found) as server:
        return work(server.kubeconfig, server.kubelet.port, server.logs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pods", default="500,5000", help="sizes, with commas")
    parser.add_argument("--broken", type=int, default=200)
    parser.add_argument("--namespaces", type=int, default=41)
    parser.add_argument("--services", type=int, default=1000, help="so many Services, and Ingresses to them")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--kube-bin", default=os.environ.get("KUBE_BIN"), help="where kube-apiserver is")
    parser.add_argument("--kubeconfig", type=pathlib.Path)
    parser.add_argument("--before", type=pathlib.Path, help="an earlier build of the program")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures there too")
    options = parser.parse_args()
    found = None if options.kubeconfig else cluster.programs(options.kube_bin)
    if not options.kubeconfig and not found:
        raise SystemExit("there is no kube-apiserver, or no etcd: name their folder with --kube-bin, or give a --kubeconfig")
    result = []
    with tempfile.TemporaryDirectory() as folder:
        for pods in map(int, options.pods.split(",")):
            figures = one_size(pods, options, found, pathlib.Path(folder))
            show(pods, figures)
            result.append({"pods": pods, "broken": options.broken, "namespaces": options.namespaces, "figures": figures,
                           "ratios": {scenario: ratios(scenario, rows) for scenario, rows in figures.items()}})
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
