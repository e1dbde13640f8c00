"""Ways to sign in, live: each must come to the verdict of one case."""
import json
import os
import pathlib

import access
import rights
import runner
from cluster import certificates, layout
from cluster.processes import start, wait_for

NAMESPACE = "krunbook-ways-in"
ACCOUNT = "reader"
PROXY = "127.0.0.1:7080"
RELAY = pathlib.Path(__file__).resolve().parent / "cluster" / "relay.py"

PLUGIN = """#!/bin/sh
# A credential plugin: what it is told comes in KUBERNETES_EXEC_INFO.
case $KUBERNETES_EXEC_INFO in *ExecCredential*) ;; *) echo "not asked as a credential plugin" >&2; exit 1 ;; esac
printf '{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", "status": {"token": "%s"}}' "$TOKEN"
"""


class WaysIn:
    """Each way is a method that gives (flags, environment) for the program; all of them are asked about one case."""

    def __init__(self, reach, case, folder):
        self.reach, self.case, self.folder = reach, case, folder
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT, "namespace": NAMESPACE}}
        bound = rights.binding(rights.cluster_role("krunbook-e2e", []), "ways-in")
        bound["subjects"] = [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": NAMESPACE}]
        reach.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, account, bound])

    def token(self):
        return self.reach.kubectl("-n", NAMESPACE, "create", "token", ACCOUNT).strip()

    def write(self, name, document):
        path = self.folder / name
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    def config(self, name, user, **more):
        return self.write(f"{name}.conf", certificates.kubeconfig(user, name=name, **more))

    def ask(self, flags, in_namespace=True, **more):
        where = ["-n", self.case.namespace] if in_namespace else []
        runbook, *arguments = self.case.runs[0]
        status, out, errors = self.reach.krunbook("run", runbook, *arguments, *where, "-o", "json", flags=flags, **more)
        try:
            report = json.loads(out)
        except ValueError:
            report = {}
        return runner.compare(self.case, status, report, errors)

    def client_certificate(self):
        return self.ask(["--kubeconfig", self.config("certificate", certificates.by_certificate("krunbook"))])

    def bearer_token(self):
        return self.ask(["--kubeconfig", self.config("token", {"token": self.token()})])

    def token_file_that_rotates(self):
        """The old token is dead when the account is made anew; the file has the new one."""
        file = self.write("token", self.token())
        flags = ["--kubeconfig", self.config("token-file", {"tokenFile": str(file)})]
        found, problems = self.ask(flags)
        if problems:
            return found, ["before the change", *problems]
        self.reach.kubectl("-n", NAMESPACE, "delete", "serviceaccount", ACCOUNT)
        self.reach.kubectl("-n", NAMESPACE, "create", "serviceaccount", ACCOUNT)
        # The server remembers for some seconds that the old one was good.
        wait_for("the old token's end", lambda: self.is_refused(file.read_text()), 60)
        found, _ = self.ask(flags)
        if not found.endswith("(3)"):
            return found, ["a token that is no longer good must end with exit status 3"]
        file.write_text(self.token())
        return self.ask(flags)

    def is_refused(self, token):
        whoever = self.write("old.conf", certificates.kubeconfig({"token": token}))
        status = self.reach.krunbook("run", "pod-status", "-n", self.case.namespace, flags=["--kubeconfig", whoever])[0]
        return status == 3

    def exec_plugin(self):
        plugin = self.write("plugin.sh", PLUGIN)
        plugin.chmod(0o755)
        user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": str(plugin),
                         "env": [{"name": "TOKEN", "value": self.token()}], "interactiveMode": "Never"}}
        return self.ask(["--kubeconfig", self.config("exec", user)])

    def impersonation(self):
        return self.ask(["--kubeconfig", layout.STATE / f"{rights.SUPERVISOR}.conf", "--as", "krunbook"])

    def proxy(self):
        first = layout.NODES[0]
        start(first, "connect-proxy", "python3", RELAY, PROXY)
        flags = ["--kubeconfig", self.config("proxy", certificates.by_certificate("krunbook"), proxy=f"http://{PROXY}")]
        log = layout.LOGS / "connect-proxy"
        wait_for("the proxy", lambda: "0 A" in self.listening(), 20)
        found, problems = self.ask(flags)
        if f"CONNECT {layout.API_ADDRESS}:6443" not in log.read_text():
            problems.append("the proxy was not asked")
        return found, problems

    @staticmethod
    def listening():
        """"0 A": a socket that listens (state 0A) on the proxy's port, by the kernel's table."""
        pid = int((layout.PIDS / "connect-proxy").read_text())
        port = f"{int(PROXY.split(':')[1]):04X}"
        table = pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
        return "0 A" if any(line.split()[1].endswith(port) and line.split()[3] == "0A" for line in table) else ""

    def namespace_of_the_context(self):
        config = self.config("context", certificates.by_certificate("krunbook"), namespace=self.case.namespace)
        return self.ask(["--kubeconfig", config], in_namespace=False)

    def two_files(self):
        whole = certificates.kubeconfig(certificates.by_certificate("krunbook"), name="split")
        users = {"apiVersion": "v1", "kind": "Config", "users": whole.pop("users")}
        files = [self.write("clusters.conf", whole), self.write("users.conf", users)]
        return self.ask([], env={"KUBECONFIG": ":".join(str(file) for file in files)})

    def plugin_of_kubectl(self):
        """kubectl finds it on the PATH by its name."""
        (self.folder / "kubectl-krunbook").symlink_to(access.PROGRAM)
        config = self.config("plugin", certificates.by_certificate("krunbook"))
        return self.ask(["--kubeconfig", config], program=("kubectl", "krunbook"),
                        env={"PATH": f"{self.folder}:{os.environ['PATH']}"})

    def all(self):
        return [(way.__name__.replace("_", " "), way) for way in (
            self.client_certificate, self.bearer_token, self.token_file_that_rotates, self.exec_plugin,
            self.impersonation, self.proxy, self.namespace_of_the_context, self.two_files, self.plugin_of_kubectl)]
