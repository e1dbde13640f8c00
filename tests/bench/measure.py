#!/usr/bin/python3
"""What pod-status -A costs on generated clusters: wall and CPU time, peak memory, requests and bytes.

    tests/bench/measure.py [--pods 500,5000] [--broken 200] [--runs 3] [--live] [--instructions] [--json FILE]

Each cluster is a snapshot, written once into --keep (or a folder that is removed). With --live the tests' API server
answers from it, over TLS: what asking costs is seen there, beside reading a folder. Times are medians, and tell something
only where nothing else runs; --instructions counts with callgrind what no neighbour changes, and takes its time. An
earlier build is measured with KRUNBOOK=..."""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import generate

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get("KRUNBOOK", ROOT / "build" / "krunbook"))
COST = ROOT / "tests" / "integration" / "measure.py"
COLUMNS = ("pods", "wall_s", "cpu_s", "peak_mib", "lua_mib", "requests", "mib_read", "findings", "exit", "instructions_m")


@contextlib.contextmanager
def source(snapshot, live):
    """The arguments that say where the cluster is."""
    if not live:
        yield ["--snapshot", str(snapshot)]
        return
    sys.path.insert(0, str(ROOT / "tests" / "server"))
    from apiserver import ApiServer
    with tempfile.TemporaryDirectory() as folder, ApiServer(snapshot, pathlib.Path(folder)) as server:
        yield ["--kubeconfig", str(server.folder / "admin.kubeconfig")]


def command(cluster):
    return [PROGRAM, "run", "pod-status", "-A", *cluster, "-o", "json", "-v"]


def run(cluster):
    """One run: what it cost, and its report."""
    with tempfile.NamedTemporaryFile() as cost, tempfile.TemporaryDirectory() as home:
        began = time.monotonic()
        done = subprocess.run([sys.executable, "-S", "-E", str(COST), cost.name, *command(cluster)], capture_output=True,
                              text=True, env={"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C.UTF-8"}, check=False)
        wall = time.monotonic() - began
        spent = json.load(cost)
    report = json.loads(done.stdout)
    section = report["sections"][0]
    for error in section["errors"]:
        print(f"error: {error['message'].splitlines()[0]}", file=sys.stderr)
    lua = re.search(r"(\d+) KiB at most in Lua", done.stderr)
    return {"wall_s": round(wall, 2), "cpu_s": round(spent["cpu_seconds"], 2), "peak_mib": round(spent["peak_mib"], 1),
            "lua_mib": round(int(lua.group(1)) / 1024, 1) if lua else None, "requests": section["spent"]["requests"],
            "mib_read": round(section["spent"]["bytes"] / (1 << 20), 1), "findings": len(section["findings"]),
            "exit": done.returncode}


def instructions(cluster):
    """Millions, as callgrind counts them."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command(cluster)],
                              capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": home}, check=False)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1)) // 1000000


def measure(cluster, options):
    runs = [run(cluster) for _ in range(options.runs)]
    row = dict(runs[0])
    for name in ("wall_s", "cpu_s", "peak_mib"):
        row[name] = statistics.median(one[name] for one in runs)
    row["instructions_m"] = instructions(cluster) if options.instructions else None
    return row


def print_table(rows):
    widths = [max(len(column), *(len(str(row[column])) for row in rows)) for column in COLUMNS]
    for line in [dict(zip(COLUMNS, COLUMNS)), *rows]:
        print("  ".join(str("-" if line[column] is None else line[column]).rjust(width)
                        for column, width in zip(COLUMNS, widths)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pods", default="500,5000", help="sizes, with commas")
    parser.add_argument("--broken", type=int, default=200)
    parser.add_argument("--namespaces", type=int, default=40)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--live", action="store_true", help="over TLS, from the tests' API server")
    parser.add_argument("--instructions", action="store_true")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures there too")
    parser.add_argument("--keep", type=pathlib.Path, help="keep the snapshots there")
    options = parser.parse_args()
    folder = options.keep or pathlib.Path(tempfile.mkdtemp())
    rows = []
    for pods in map(int, options.pods.split(",")):
        snapshot = folder / f"{pods}-{options.broken}-{options.namespaces}"
        if not snapshot.exists():
            generate.write_snapshot(snapshot, pods, options.broken, options.namespaces)
        with source(snapshot, options.live) as cluster:
            rows.append({"pods": pods, **measure(cluster, options)})
    print_table(rows)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    if not options.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
