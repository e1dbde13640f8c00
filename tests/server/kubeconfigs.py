"""A kubeconfig for each way of signing in, as files of the server's folder: FOLDER/NAME.kubeconfig."""
import base64

import yaml

EXEC_PLUGIN = """#!/bin/sh
# Gives the token that the file beside it holds, and counts how often it was asked.
folder=$(dirname "$0")
echo asked >> "$folder/exec-asked"
[ -n "$KUBERNETES_EXEC_INFO" ] || { echo "no KUBERNETES_EXEC_INFO" >&2; exit 1; }
[ "$PLUGIN_SETTING" = "from the kubeconfig" ] || { echo "no PLUGIN_SETTING" >&2; exit 1; }
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"%s}}' \\
  "$(cat "$folder/exec-token")" "$(cat "$folder/exec-more" 2>/dev/null)"
"""


def document(server, cluster=None, user=None, namespace="default"):
    """A kubeconfig of one context; entries given here replace the usual ones."""
    cluster = {"server": server.url, "certificate-authority": str(server.folder / "ca.crt")} if cluster is None \
        else cluster
    return {"apiVersion": "v1", "kind": "Config", "current-context": "test",
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": namespace}}],
            "clusters": [{"name": "test", "cluster": cluster}], "users": [{"name": "test", "user": user or {}}]}


def write(server, name, content):
    path = server.folder / f"{name}.kubeconfig"
    path.write_text(yaml.safe_dump(content))
    return path


def data(path):
    return base64.b64encode(path.read_bytes()).decode()


def exec_user(server, **more):
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin.sh",
                     "env": [{"name": "PLUGIN_SETTING", "value": "from the kubeconfig"}], "interactiveMode": "Never",
                     **more}}


def write_all(server):
    folder = server.folder
    plugin = folder / "plugin.sh"
    plugin.write_text(EXEC_PLUGIN)
    plugin.chmod(0o755)
    (folder / "exec-token").write_text("adm1nT0kenQ2hR8xVw5z")
    (folder / "token").write_text("adm1nT0kenQ2hR8xVw5z\n")
    token = {"token": "adm1nT0kenQ2hR8xVw5z"}
    users = {
        "admin": {"client-certificate-data": data(folder / "admin.crt"), "client-key-data": data(folder / "admin.key")},
        "admin-files": {"client-certificate": "admin.crt", "client-key": "admin.key"},
        "alice": {"client-certificate": "alice.crt", "client-key": "alice.key"},
        "stranger": {"token": "nobody-knows-this-token"},
        "token": token,
        "token-file": {"tokenFile": "token", "token": "stale-token"},
        "basic": {"username": "admin", "password": "admin-password"},
        "exec": exec_user(server),
        "impersonate": {**token, "as": "alice", "as-groups": ["developers", "on-call"], "as-uid": "1234",
                        "as-user-extra": {"scopes": ["view", "on call"]}},
    }
    for name, user in users.items():
        write(server, name, document(server, user=user))
    ca = {"certificate-authority-data": data(folder / "ca.crt")}
    clusters = {
        "wrong-ca": {"server": server.url, "certificate-authority": "other-ca.crt"},
        "expired": {"server": f"https://127.0.0.1:{server.expired_port}", **ca},
        "elsewhere": {"server": f"https://127.0.0.1:{server.elsewhere_port}", **ca},
        "server-name": {"server": f"https://127.0.0.1:{server.elsewhere_port}", "tls-server-name": "kube.example.com",
                        **ca},
        "insecure": {"server": f"https://127.0.0.1:{server.expired_port}", "insecure-skip-tls-verify": True},
    }
    for name, cluster in clusters.items():
        write(server, name, document(server, cluster=cluster, user=token))
