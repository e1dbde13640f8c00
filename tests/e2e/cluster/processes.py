"""Commands and daemons, in the network namespace of a node."""
import os
import pathlib
import signal
import subprocess
import sys
import time

from . import layout


class Failed(Exception):
    """What could not be done, in words for the person who runs the tests."""


def run(*command, text=None, check=True, timeout=300, **options):
    """Runs a command to its end and gives its stdout."""
    done = subprocess.run([str(word) for word in command], input=text, capture_output=True, text=True, check=False,
                          timeout=timeout, **options)
    if check and done.returncode != 0:
        raise Failed(f"{' '.join(str(word) for word in command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def inside(node, *command):
    # nsenter, not "ip netns exec": that hides /sys/fs/cgroup from the kubelet.
    return ["nsenter", f"--net=/var/run/netns/{node.netns}", *command]


def kubectl(*words, **options):
    return run(*inside(layout.NODES[0], "kubectl", "--kubeconfig", layout.ADMIN, *words), **options)


def start(node, name, *command):
    """Starts a daemon: its log and its pid are kept under its name."""
    with open(layout.LOGS / name, "a", encoding="utf-8") as log:
        process = subprocess.Popen([str(word) for word in inside(node, *command)], stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, start_new_session=True, cwd="/")
    (layout.PIDS / name).write_text(str(process.pid))


def pid_of(name):
    return int((layout.PIDS / name).read_text())


def namespace_of(pid):
    try:
        return os.stat(f"/proc/{pid}/ns/net").st_ino
    except OSError:
        return None


def our_namespaces():
    found = set()
    for node in layout.NODES:
        path = pathlib.Path("/var/run/netns") / node.netns
        if path.exists():
            found.add(path.stat().st_ino)
    return found


def signal_daemon(name, number):
    """Sends a signal to a daemon, unless its pid is by now somebody else's."""
    try:
        pid = pid_of(name)
    except (OSError, ValueError):
        return
    if namespace_of(pid) in our_namespaces():
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def reap(pid):
    """Collects a daemon that has ended, if it was this process's child, so that it no longer counts as there."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def is_alive(name):
    try:
        pid = pid_of(name)
    except (OSError, ValueError):
        return False
    reap(pid)
    return namespace_of(pid) in our_namespaces()


def stop(name, number=signal.SIGTERM, seconds=20):
    signal_daemon(name, number)
    end = time.monotonic() + seconds
    while is_alive(name) and time.monotonic() < end:
        time.sleep(0.1)
    signal_daemon(name, signal.SIGKILL)
    (layout.PIDS / name).unlink(missing_ok=True)


def wait_for(what, check, seconds):
    """Asks until it holds; what never does is a failure that says where to look."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if check():
                return
        except (Failed, subprocess.TimeoutExpired):
            pass
        time.sleep(0.5)
    raise Failed(f"{what} did not come up within {seconds} s; the logs are in {layout.LOGS}")


def say(text):
    print(text, file=sys.stderr, flush=True)
