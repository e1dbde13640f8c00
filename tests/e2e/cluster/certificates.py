"""A certificate authority, and a certificate and kubeconfig for each who signs in."""
import base64
import json

from . import layout
from .processes import run

CLUSTER = "e2e"


def authority():
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3", "-subj", "/CN=e2e-ca",
        "-keyout", layout.PKI / "ca.key", "-out", layout.PKI / "ca.crt")
    run("openssl", "genrsa", "-out", layout.PKI / "sa.key", "2048")
    run("openssl", "rsa", "-in", layout.PKI / "sa.key", "-pubout", "-out", layout.PKI / "sa.pub")


def certificate(name, common_name, organisation="", alternatives=(), days=3):
    key, request, made = (layout.PKI / f"{name}.{kind}" for kind in ("key", "csr", "crt"))
    extensions = layout.PKI / f"{name}.ext"
    extensions.write_text("extendedKeyUsage=serverAuth,clientAuth\n"
                          + (f"subjectAltName={','.join(alternatives)}\n" if alternatives else ""))
    subject = (f"/O={organisation}" if organisation else "") + f"/CN={common_name}"
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", subject)
    run("openssl", "x509", "-req", "-in", request, "-CA", layout.PKI / "ca.crt", "-CAkey", layout.PKI / "ca.key",
        "-CAcreateserial", "-days", days, "-out", made, "-extfile", extensions)


def encoded(file):
    return base64.b64encode(file.read_bytes()).decode()


def kubeconfig(user, *, name="e2e", server=layout.API_SERVER, namespace=None, proxy=None):
    """A kubeconfig as data; user is its user entry."""
    cluster = {"server": server, "certificate-authority-data": encoded(layout.PKI / "ca.crt")}
    context = {"cluster": CLUSTER, "user": name}
    if proxy:
        cluster["proxy-url"] = proxy
    if namespace:
        context["namespace"] = namespace
    return {"apiVersion": "v1", "kind": "Config", "clusters": [{"name": CLUSTER, "cluster": cluster}],
            "users": [{"name": name, "user": user}], "contexts": [{"name": name, "context": context}],
            "current-context": name}


def by_certificate(name):
    return {"client-certificate-data": encoded(layout.PKI / f"{name}.crt"),
            "client-key-data": encoded(layout.PKI / f"{name}.key")}


def sign_in(name, common_name, organisation=""):
    """A client certificate with a kubeconfig NAME.conf in the state folder."""
    certificate(name, common_name, organisation)
    path = layout.STATE / f"{name}.conf"
    path.write_text(json.dumps(kubeconfig(by_certificate(name), name=name)))
    return path


def all_of_them():
    authority()
    one, two = layout.NODES
    certificate("apiserver", "kube-apiserver", "k8s",
                ["DNS:localhost", "DNS:kubernetes", "DNS:kubernetes.default.svc", "IP:127.0.0.1",
                 f"IP:{layout.SERVICE_API}", f"IP:{layout.API_ADDRESS}"])
    certificate("admission", "admission", "e2e", [f"IP:{layout.API_ADDRESS}"])
    for node in (one, two):
        certificate(f"serving-{node.name}", f"system:node:{node.name}", "system:nodes", [f"IP:{node.address}"])
        sign_in(node.name, f"system:node:{node.name}", "system:nodes")
    certificate("shop", "shop.example.com", alternatives=["DNS:shop.example.com"], days=365)
    sign_in("admin", "admin", "system:masters")
    sign_in("controller-manager", "system:kube-controller-manager")
    sign_in("scheduler", "system:kube-scheduler")
    sign_in("proxy", "system:kube-proxy")
    sign_in("krunbook", "krunbook", "krunbook")  # no rights until the tests give some
