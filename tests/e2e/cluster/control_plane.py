"""etcd, the API server with its audit log on, controllers and scheduler, on the first node."""
import json
import signal

from . import layout
from .processes import is_alive, kubectl, start, stop, wait_for

ETCD = "http://127.0.0.1:2379"

AUDIT_POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
                "rules": [{"level": "None", "userGroups": ["system:nodes", "system:serviceaccounts:kube-system"]},
                          {"level": "None", "users": ["admin", "system:apiserver", "system:kube-scheduler",
                                                      "system:kube-controller-manager", "system:kube-proxy"]},
                          {"level": "Metadata"}]}


def start_etcd(node):
    own = layout.PROGRAMS / "etcd"
    start(node, "etcd", own if own.is_file() else "etcd", "--data-dir", layout.STATE / "etcd", "--listen-client-urls", ETCD,
          "--advertise-client-urls", ETCD, "--listen-peer-urls", "http://127.0.0.1:2380", "--unsafe-no-fsync")


def start_api_server(node):
    pki = layout.PKI
    policy = layout.STATE / "audit-policy.json"
    policy.write_text(json.dumps(AUDIT_POLICY))
    start(node, "apiserver", layout.PROGRAMS / "kube-apiserver", f"--etcd-servers={ETCD}", "--bind-address=0.0.0.0",
          f"--advertise-address={layout.API_ADDRESS}", "--secure-port=6443", f"--tls-cert-file={pki}/apiserver.crt",
          f"--tls-private-key-file={pki}/apiserver.key", f"--client-ca-file={pki}/ca.crt",
          "--authorization-mode=Node,RBAC", "--service-account-issuer=https://kubernetes.default.svc",
          f"--service-account-key-file={pki}/sa.pub", f"--service-account-signing-key-file={pki}/sa.key",
          f"--service-cluster-ip-range={layout.SERVICE_RANGE}", f"--kubelet-client-certificate={pki}/admin.crt",
          f"--kubelet-client-key={pki}/admin.key", "--kubelet-preferred-address-types=InternalIP",
          f"--audit-policy-file={policy}", f"--audit-log-path={layout.AUDIT_LOG}")


def is_ready():
    return "ok" in kubectl("get", "--raw", "/readyz", timeout=10)


def start_managers(node):
    own = f"--service-account-private-key-file={layout.PKI}/sa.key"
    start(node, "controller-manager", layout.PROGRAMS / "kube-controller-manager",
          f"--kubeconfig={layout.STATE}/controller-manager.conf", f"--root-ca-file={layout.PKI}/ca.crt", own,
          "--use-service-account-credentials=true", "--bind-address=127.0.0.1", "--leader-elect=false")
    start(node, "scheduler", layout.PROGRAMS / "kube-scheduler", f"--kubeconfig={layout.STATE}/scheduler.conf",
          "--bind-address=127.0.0.1", "--leader-elect=false")


def is_back(node):
    """After an outage. An API server that finds no etcd, or one that is not yet itself again, ends: it is started anew."""
    for name, begin in (("etcd", start_etcd), ("apiserver", start_api_server)):
        if not is_alive(name):
            begin(node)
    return is_ready()


def up(node):
    start_etcd(node)
    start_api_server(node)
    wait_for("kube-apiserver", is_ready, 180)
    start_managers(node)


def stop_api_server(number=signal.SIGTERM):
    stop("apiserver", number)


def stop_etcd():
    stop("etcd", signal.SIGKILL)
