"""How a cluster is reached: the tests' own through its network namespace, another one through its kubeconfig."""
import collections
import json
import os
import pathlib
import subprocess
import threading
import time

import states
from cluster import layout, processes

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("KRUNBOOK", ROOT / "build" / "krunbook")).resolve()
USER = "krunbook"  # as whom the program signs in


class Access:
    def __init__(self, admin, prefix=(), program_flags=()):
        self.admin, self.prefix, self.program_flags = str(admin), list(prefix), list(program_flags)
        self._lock, self._seen, self._at = threading.Lock(), None, 0.0

    def kubectl(self, *words, **options):
        return processes.run(*self.prefix, "kubectl", "--kubeconfig", self.admin, *words, **options)

    def cronjob_version(self):
        return "batch/v1" if "cronjobs" in self.kubectl("get", "--raw", "/apis/batch/v1") else "batch/v1beta1"

    def apply(self, objects, *words):
        """Again where the server says so: a pod comes before the token of its new service account."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        for _ in range(30):
            try:
                return self.kubectl(*words, "apply", "-f", "-", text=text)
            except processes.Failed as failure:
                if "ServerTimeout" not in str(failure):
                    raise
            time.sleep(0.5)
        return self.kubectl(*words, "apply", "-f", "-", text=text)

    def krunbook(self, *words, flags=None, env=None, timeout=120, program=(PROGRAM,)):
        """(exit status, stdout, stderr) of the program, as its own user unless flags say otherwise."""
        command = [*self.prefix, *program, *words, *(self.program_flags if flags is None else flags)]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                              timeout=timeout, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent",
                                                    "LC_ALL": "C.UTF-8", **(env or {})})
        return done.returncode, done.stdout, done.stderr

    def held_by(self, namespace, not_older=2.0):
        """What the namespace holds, {kind: [object]}: one question for all cases at once, asked every few seconds."""
        with self._lock:
            if time.monotonic() - self._at > not_older:
                self._seen = self._ask()
                self._at = time.monotonic()
            return self._seen[namespace]

    def _ask(self):
        seen = collections.defaultdict(lambda: collections.defaultdict(list))
        for one in json.loads(self.kubectl("get", states.ASKED, "-A", "-o", "json"))["items"]:
            seen[one["metadata"]["namespace"]][one["kind"]].append(one)
        return seen


def own():
    """The tests' own cluster, which must be up."""
    return Access(layout.ADMIN, processes.inside(layout.NODES[0]), ["--kubeconfig", layout.STATE / f"{USER}.conf"])


def given(kubeconfig):
    """A cluster of somebody's: its kubeconfig must be an administrator's, who may impersonate."""
    return Access(kubeconfig, (), ["--kubeconfig", kubeconfig, "--as", USER])
