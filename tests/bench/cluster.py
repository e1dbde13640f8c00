"""A Kubernetes API server with its etcd, on loopback, and nothing else: no controller and no node changes what is written
into it. What would be asked of a kubelet, logs, a small server here answers."""
import http.server
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "server"))
from certificates import Authority  # noqa: E402

UP_WITHIN = 120  # seconds
KUBECONFIG = """apiVersion: v1
kind: Config
clusters: [{{name: bench, cluster: {{server: "https://127.0.0.1:{port}", certificate-authority: {folder}/ca.crt,
  disable-compression: true}}}}]
users: [{{name: admin, user: {{client-certificate: {folder}/admin.crt, client-key: {folder}/admin.key}}}}]
contexts: [{{name: bench, context: {{cluster: bench, user: admin}}}}]
current-context: bench
"""


def programs(kube_bin):
    """kube-apiserver and etcd, or None where they are not there."""
    path = os.pathsep.join([str(kube_bin)] * bool(kube_bin) + [os.environ["PATH"]])
    found = []
    for name in ("kube-apiserver", "etcd"):
        at = next((pathlib.Path(folder) / name for folder in path.split(os.pathsep)
                   if os.access(pathlib.Path(folder) / name, os.X_OK)), None)
        if at is None:
            return None
        found.append(str(at))
    return found


def _free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Kubelet:
    """Answers for logs: {"namespace/pod/container" or ".../container.previous": text}."""

    def __init__(self, folder, logs):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # headers and text go out apart: the text must not wait for the headers' ACK

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                previous = urllib.parse.parse_qs(url.query).get("previous", ["false"])[0] == "true"
                text = logs.get(url.path.removeprefix("/containerLogs/") + (".previous" if previous else ""), "").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / "server.crt", folder / "server.key")
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()


class Cluster:
    """with Cluster(folder, programs(...)) as cluster: ... cluster.kubeconfig."""

    def __init__(self, folder, found):
        self.folder = pathlib.Path(folder).resolve()
        self._apiserver, self._etcd = found
        self._running = []
        self.logs = {}
        self.kubeconfig = self.folder / "kubeconfig"

    def _start(self, name, *command):
        with open(self.folder / f"{name}.log", "wb") as log:
            self._running.append(subprocess.Popen([*command], stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def _wait(self):
        tls = ssl.create_default_context(cafile=self.folder / "ca.crt")
        tls.load_cert_chain(self.folder / "admin.crt", self.folder / "admin.key")
        until = time.monotonic() + UP_WITHIN
        while True:
            try:
                with urllib.request.urlopen(f"https://127.0.0.1:{self.port}/readyz", context=tls, timeout=5):
                    return
            except OSError:
                ended = [process for process in self._running if process.poll() is not None]
                if ended or time.monotonic() > until:
                    raise RuntimeError(f"the API server does not come up: see {self.folder}/*.log") from None
                time.sleep(0.3)

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        authority = Authority(self.folder, "ca")
        authority.server("server")
        authority.client("admin", "system:masters")
        self.kubelet = Kubelet(self.folder, self.logs)
        self.port, client, peer = _free_port(), _free_port(), _free_port()
        self.kubeconfig.write_text(KUBECONFIG.format(port=self.port, folder=self.folder))
        at, keys = f"http://127.0.0.1:{client}", self.folder
        self._start("etcd", self._etcd, "--data-dir", str(keys / "etcd"), "--listen-client-urls", at,
                    "--advertise-client-urls", at, "--listen-peer-urls", f"http://127.0.0.1:{peer}",
                    "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
                    "--initial-cluster", f"default=http://127.0.0.1:{peer}",
                    "--quota-backend-bytes", str(8 << 30))
        self._start("apiserver", self._apiserver, "--etcd-servers", at, "--bind-address=127.0.0.1",
                    "--advertise-address=127.0.0.1", f"--secure-port={self.port}", f"--cert-dir={keys}",
                    f"--tls-cert-file={keys}/server.crt", f"--tls-private-key-file={keys}/server.key",
                    f"--client-ca-file={keys}/ca.crt", f"--kubelet-client-certificate={keys}/admin.crt",
                    f"--kubelet-client-key={keys}/admin.key", "--kubelet-preferred-address-types=InternalIP",
                    "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={keys}/ca.key",
                    f"--service-account-signing-key-file={keys}/ca.key", "--service-cluster-ip-range=10.96.0.0/12",
                    "--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount", "--event-ttl=24h")
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self._running):
            process.terminate()
        for process in self._running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()
        self.kubelet.stop()
