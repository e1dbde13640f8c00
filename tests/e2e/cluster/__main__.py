"""The cluster of the end-to-end tests, by hand.

    python3 -m cluster up        start it: etcd, the control plane, two registries, two nodes
    python3 -m cluster down      stop it, and remove all that it made
    python3 -m cluster run C...  a command on its first node, with KUBECONFIG set to its administrator

From the folder tests/e2e, as root. script/bootstrap e2e installs what it needs; kube-build builds Kubernetes."""
import os
import pathlib
import sys

from . import cleanup, control_plane, images, layout, network, node, registries
from .certificates import all_of_them
from .processes import Failed, inside, kubectl, say, start, wait_for

DAEMONS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet"]


def begin():
    missing = [name for name in DAEMONS if not (layout.PROGRAMS / name).is_file()]
    if missing:
        raise Failed(f"{layout.PROGRAMS} lacks {', '.join(missing)}: run tests/e2e/kube-build")
    cleanup.down()
    layout.STATE.mkdir(parents=True, mode=0o700)
    layout.MARK.touch()
    for folder in (layout.LOGS, layout.PIDS, layout.PKI):
        folder.mkdir()


def start_admission(first):
    start(first, "admission", sys.executable, pathlib.Path(__file__).parent / "admission.py", layout.API_ADDRESS,
          layout.ADMISSION_PORT, layout.PKI / "admission.crt", layout.PKI / "admission.key")


def join(one, files):
    node.start_containerd(one)
    images.load(one, files)
    node.start_kubelet(one)


def up():
    begin()
    os.umask(0o022)
    first = layout.NODES[0]
    network.up()
    all_of_them()
    control_plane.up(first)
    registries.up(first)
    start_admission(first)
    files = images.build_all()
    node.start_containerd(first)
    images.load(first, files)
    images.push(first)
    node.start_proxy(first)
    node.start_kubelet(first)
    wait_for("the default service account", lambda: kubectl("get", "serviceaccount", "default"), 60)
    say(f"cluster: up; kubeconfig {layout.ADMIN}")


def add_second_node():
    join(layout.NODES[1], sorted((layout.STATE / "images").glob("*.tar")))


def main():
    command, words = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    try:
        if command == "up":
            up()
        elif command == "down":
            cleanup.down()
        elif command == "join":
            add_second_node()
        elif command == "run" and words:
            os.environ["KUBECONFIG"] = str(layout.ADMIN)
            os.execvp("nsenter", inside(layout.NODES[0], *words))
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except Failed as failure:
        say(f"cluster: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
