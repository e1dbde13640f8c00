"""Where everything of the cluster lives, and what it is called. Nothing listens outside its network namespaces."""
import os
import pathlib
import re
import subprocess

NAME = os.environ.get("KRUNBOOK_E2E_NAME", "krunbook-e2e")
STATE = pathlib.Path(os.environ.get("KRUNBOOK_E2E_STATE", f"/var/tmp/{NAME}"))
CACHE = pathlib.Path(os.environ.get("KRUNBOOK_E2E_CACHE", pathlib.Path.home() / ".cache" / "krunbook-e2e"))
# Kubernetes of another version, built elsewhere, can stand in for that of kube-build; an etcd beside it is taken too.
PROGRAMS = pathlib.Path(os.environ.get("KRUNBOOK_E2E_PROGRAMS", CACHE / "kubernetes-1.20-mended"))

# The state folder holds this file from its first moment: only a folder that has it is ever removed.
MARK = STATE / "made-by-krunbook-e2e"
LOGS, PIDS, PKI = STATE / "log", STATE / "pid", STATE / "pki"
AUDIT_LOG = STATE / "audit.log"
ADMIN = STATE / "admin.conf"

API_ADDRESS = "172.30.0.1"
API_SERVER = f"https://{API_ADDRESS}:6443"
SERVICE_RANGE = "10.96.0.0/16"
SERVICE_API = "10.96.0.1"
PUBLIC_REGISTRY = "127.0.0.1:5000"   # stands for docker.io: what it does not hold is a real "not found"
PRIVATE_REGISTRY = "127.0.0.1:5001"  # asks for credentials
PULLER, PASSWORD = "puller", "secret"
ADMISSION_PORT = 9443


def minor_version():
    """Of the programs: 20 for v1.20.2."""
    said = subprocess.run([PROGRAMS / "kubelet", "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"v1\.(\d+)", said).group(1))


class Node:
    """One of the two machines that this one plays."""

    def __init__(self, number):
        self.number = number
        self.name = f"node-{number}"
        self.netns = NAME if number == 1 else f"{NAME}-{number}"
        self.address = f"172.30.0.{number}"
        self.pods = f"10.244.{number}.0/24"
        self.state = STATE / self.name
        self.socket = self.state / "containerd.sock"
        self.taint = "" if number == 1 else "dedicated=batch:NoSchedule"


NODES = [Node(1), Node(2)]
