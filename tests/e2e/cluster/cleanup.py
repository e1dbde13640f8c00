"""Takes everything away that a cluster of ours left, whether it was stopped in order or killed."""
import os
import pathlib
import re
import signal
import subprocess
import time

from . import layout, network
from .processes import Failed, run

CGROUPS = pathlib.Path("/sys/fs/cgroup")


def kill(pids):
    for pid in pids:
        try:
            os.kill(int(pid), signal.SIGKILL)
        except (ProcessLookupError, ValueError):
            pass


def shims():
    """containerd's helpers outlive it; each names our socket."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if any(str(node.socket) in words for node in layout.NODES) and "shim" in words[0]:
            found.append(folder.name)
    return found


def our_cgroups():
    return [pathlib.Path(folder) for node in layout.NODES for base in (CGROUPS, *CGROUPS.glob("*/"))
            if (base / node.netns).is_dir() for folder, _, _ in os.walk(base / node.netns, topdown=False)]


def kill_all():
    for node in layout.NODES:
        kill(run("ip", "netns", "pids", node.netns, check=False).split())
    kill(shims())
    for folder in our_cgroups():
        try:
            kill((folder / "cgroup.procs").read_text().split())
        except OSError:
            pass


def unmount():
    mounts = re.findall(rf" ({re.escape(str(layout.STATE))}/\S*)", pathlib.Path("/proc/mounts").read_text())
    for path in sorted(mounts, reverse=True):
        subprocess.run(["umount", "-l", path], capture_output=True, check=False)


def remove_cgroups():
    for folder in our_cgroups():
        try:
            folder.rmdir()
        except OSError:
            pass


def down():
    if layout.STATE.exists() and not layout.MARK.exists():
        raise Failed(f"{layout.STATE} is there and was not made by these tests: move it away")
    for _ in range(10):
        kill_all()
        time.sleep(0.5)
        unmount()
        run("rm", "-rf", "--one-file-system", layout.STATE, check=False)
        if not layout.STATE.exists():
            break
    network.down()
    remove_cgroups()
    if layout.STATE.exists():
        raise Failed(f"{layout.STATE} could not be removed")
