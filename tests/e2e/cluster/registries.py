"""Two image registries of the first node: one stands for docker.io, one wants credentials."""
from . import layout
from .processes import inside, run, start, wait_for


def up(node):
    passwords = layout.STATE / "htpasswd"
    passwords.write_text(run("htpasswd", "-Bbn", layout.PULLER, layout.PASSWORD))
    for name, address, extra in (
            ("registry", layout.PUBLIC_REGISTRY, ""),
            ("registry-private", layout.PRIVATE_REGISTRY, f"auth: {{htpasswd: {{realm: private, path: {passwords}}}}}\n")):
        configuration = layout.STATE / f"{name}.yaml"
        configuration.write_text(f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {layout.STATE}/{name}}}}}\n"
                                 f"http: {{addr: \"{address}\"}}\n{extra}")
        start(node, name, "docker-registry", "serve", configuration)
        host, port = address.split(":")
        wait_for(name, lambda to=f"/dev/tcp/{host}/{port}": run(*inside(node, "bash", "-c", f": <>{to} && echo yes")), 30)
