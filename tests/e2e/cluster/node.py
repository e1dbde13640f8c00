"""A node: containerd and a kubelet, and on the first one kube-proxy, so that Service addresses answer."""
import json
import pathlib

from . import layout
from .processes import inside, kubectl, pid_of, run, start, stop, wait_for

CGROUPS = pathlib.Path("/sys/fs/cgroup")

CONTAINERD = """version = 2
root = "{state}/root"
state = "{state}/run"
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  netns_mounts_under_state_dir = true
  restrict_oom_score_adj = true # a machine without CAP_SYS_RESOURCE cannot lower it
  sandbox_image = "registry.local/pause:1"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{state}/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{state}/certs.d"
"""

MIRROR = f"""server = "http://{layout.PUBLIC_REGISTRY}"
[host."http://{layout.PUBLIC_REGISTRY}"]
  capabilities = ["pull", "resolve"]
"""


def network_plugin(node):
    return {"cniVersion": "0.4.0", "name": "e2e", "plugins": [
        {"type": "bridge", "bridge": "cni0", "isGateway": True,
         "ipam": {"type": "host-local", "dataDir": f"{node.state}/ipam", "ranges": [[{"subnet": node.pods}]],
                  "routes": [{"dst": "0.0.0.0/0"}]}}]}


# Folders that a kubelet takes for its own, whatever it is told: it removes the logs of pods that it does not know.
SHARED = ["/var/log/pods", "/var/log/containers"]


def start_mounts(node):
    """A mount namespace, in which the shared folders are the node's own; it lasts as long as a process that sleeps."""
    script = []
    for folder in SHARED:
        ours = node.state / "log" / pathlib.Path(folder).name
        ours.mkdir(parents=True)
        script.append(f"mkdir -p {folder} && mount --bind {ours} {folder}")
    ready = node.state / "mounted"
    script.append(f"touch {ready} && exec sleep infinity")
    start(node, f"mounts-{node.number}", "unshare", "--mount", "--propagation", "slave", "sh", "-c", " && ".join(script))
    wait_for("the mount namespace", ready.exists, 10)


def start_within(node, name, *command):
    holder = pid_of(f"mounts-{node.number}")
    start(node, name, "nsenter", f"--mount=/proc/{holder}/ns/mnt", *command)


def start_containerd(node):
    start_mounts(node)
    for folder in ("cni", "certs.d/docker.io", "kubelet"):
        (node.state / folder).mkdir(parents=True)
    (node.state / "certs.d/docker.io/hosts.toml").write_text(MIRROR)
    (node.state / "cni/10-e2e.conflist").write_text(json.dumps(network_plugin(node)))
    (node.state / "containerd.toml").write_text(CONTAINERD.format(state=node.state, socket=node.socket))
    start_within(node, f"containerd-{node.number}", "containerd", "-c", node.state / "containerd.toml")
    wait_for("containerd", lambda: "Server" in run(*inside(node, "ctr", "-a", node.socket, "version")), 60)


def make_cgroups(node):
    """A cgroup of its own in every hierarchy, so that no other kubelet's pods are touched."""
    if (CGROUPS / "cgroup.controllers").exists():
        controllers = (CGROUPS / "cgroup.controllers").read_text().split()
        (CGROUPS / "cgroup.subtree_control").write_text(" ".join("+" + one for one in controllers))
        (CGROUPS / node.netns).mkdir(exist_ok=True)
        return
    for hierarchy in CGROUPS.iterdir():
        ours = hierarchy / node.netns
        try:
            ours.mkdir(exist_ok=True)
            for file in ("cpuset.cpus", "cpuset.mems"):
                if (hierarchy / file).exists():
                    (ours / file).write_text((hierarchy / file).read_text())
        except OSError:
            pass  # a hierarchy that cannot be written to is not the kubelet's either


def kubelet_configuration(node):
    pki = layout.PKI
    newer = {"failCgroupV1": False} if layout.minor_version() >= 31 else {}
    return {**newer, "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "address": node.address,
            "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True},
                               "x509": {"clientCAFile": f"{pki}/ca.crt"}},
            "authorization": {"mode": "Webhook"}, "tlsCertFile": f"{pki}/serving-{node.name}.crt",
            "tlsPrivateKeyFile": f"{pki}/serving-{node.name}.key", "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{node.netns}", "enforceNodeAllocatable": [], "failSwapOn": False, "maxPods": 250,
            "serializeImagePulls": False, "registryPullQPS": 0,
            # What the kubelet has to tell is told at once, however many pods begin together.
            "eventRecordQPS": 200, "eventBurst": 500, "kubeAPIQPS": 100, "kubeAPIBurst": 200,
            "clusterDNS": ["10.96.0.10"], "containerLogMaxSize": "1Mi", "containerLogMaxFiles": 2, "nodeStatusUpdateFrequency": "5s",
            "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"}}


def is_ready(node):
    return "True" in kubectl("get", "node", node.name, "-o", "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}")


def start_kubelet(node):
    make_cgroups(node)
    configuration = node.state / "kubelet.json"
    configuration.write_text(json.dumps(kubelet_configuration(node)))
    start_within(node, f"kubelet-{node.number}", layout.PROGRAMS / "kubelet", f"--config={configuration}",
          f"--kubeconfig={layout.STATE}/{node.name}.conf", f"--root-dir={node.state}/kubelet",
          f"--node-ip={node.address}", f"--hostname-override={node.name}",
          *(["--container-runtime=remote"] if layout.minor_version() < 24 else []),
          f"--container-runtime-endpoint=unix://{node.socket}",
          *([f"--register-with-taints={node.taint}"] if node.taint else []))
    wait_for(f"node {node.name}", lambda: is_ready(node), 120)


def stop_kubelet(node):
    stop(f"kubelet-{node.number}")


def start_proxy(node):
    start(node, "proxy", layout.PROGRAMS / "kube-proxy", f"--kubeconfig={layout.STATE}/proxy.conf",
          "--proxy-mode=iptables", "--cluster-cidr=10.244.0.0/16", f"--hostname-override={node.name}",
          "--bind-address=127.0.0.1", "--conntrack-max-per-core=0", "--conntrack-tcp-timeout-established=0s",
          "--conntrack-tcp-timeout-close-wait=0s")
