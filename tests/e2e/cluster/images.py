"""The images that the manifests use, made of this machine's own files: nothing is fetched."""
import hashlib
import io
import json
import os
import pathlib
import platform
import re
import shutil
import tarfile
import tempfile

from . import layout
from .processes import inside, run

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
FAULTS = pathlib.Path(__file__).parent / "images"
TOOLS = ["sleep", "sh", "bash", "cat", "ls", "echo", "true", "false", "touch", "head", "wc", "date"]

PAUSE = "registry.local/pause:1"
NGINX = "docker.io/library/nginx:latest"
FAULTY = "docker.io/library/krunbook-e2e:1"  # programs that cannot be run or come to grief: see images/
PRIVATE = f"{layout.PRIVATE_REGISTRY}/private/app:1"
PUSHED = {f"{layout.PUBLIC_REGISTRY}/library/nginx:latest": (), f"{layout.PUBLIC_REGISTRY}/library/nginx:stable": (),
          PRIVATE: ("--user", f"{layout.PULLER}:{layout.PASSWORD}")}

NGINX_CONFIGURATION = """worker_processes 1; error_log /dev/stderr; pid /run/nginx.pid;
events {}
http {
  access_log /dev/stdout;
  server { listen 80; location / { return 200 "Welcome to nginx!\\n"; } }
}
"""


def copy_program(program, root):
    """A program and the libraries that it loads, each at its own place."""
    program = pathlib.Path(program)
    libraries = re.findall(r"(/\S+)", run("ldd", program, check=False))
    for file in [program, *map(pathlib.Path, libraries)]:
        if file.is_file():
            to = root / str(file).lstrip("/")
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(os.path.realpath(file), to)


def base(root):
    """sh and friends, and nginx with a page on port 80."""
    for folder in ("bin", "etc", "tmp", "usr/sbin", "var/log/nginx", "var/lib/nginx", "run", "etc/nginx"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for tool in TOOLS:
        copy_program(f"/bin/{tool}", root)
    copy_program("/usr/sbin/nginx", root)
    (root / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\nwww-data:x:33:33::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n")
    (root / "etc/nginx/nginx.conf").write_text(NGINX_CONFIGURATION)


def faulty(root):
    """What images/ holds: a program that crashes, one that eats memory, two files that cannot be run."""
    base(root)
    (root / "app").mkdir()
    for source in FAULTS.glob("*.c"):
        run("gcc", "-static", "-O1", "-o", root / "app" / source.stem, source)
    (root / "app/not-executable").write_text("#!/bin/sh\necho started\n")
    (root / "app/no-program").write_text("neither a program nor a script\n")
    (root / "app/no-program").chmod(0o755)


def pause(root):
    run("gcc", "-static", "-O1", "-o", root / "pause", FAULTS.parent / "pause.c")


def archive(name, root, command):
    """A one-layer image as a file that containerd imports."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.add(root, arcname=".")
    config = json.dumps({"architecture": ARCHITECTURE, "os": "linux",
                         "config": {"Cmd": command, "Env": ["PATH=/usr/sbin:/usr/bin:/bin"]},
                         "rootfs": {"type": "layers",
                                    "diff_ids": ["sha256:" + hashlib.sha256(layer.getvalue()).hexdigest()]}})
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}])
    path = layout.STATE / "images" / (re.sub(r"[^a-z0-9]+", "-", name) + ".tar")
    path.parent.mkdir(exist_ok=True)
    with tarfile.open(path, mode="w") as tar:
        for part, content in (("manifest.json", manifest.encode()), ("config.json", config.encode()),
                              ("layer.tar", layer.getvalue())):
            entry = tarfile.TarInfo(part)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


def build(name, fill, command):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        root.chmod(0o755)
        fill(root)
        run("chmod", "-R", "a+rX", root)
        return archive(name, root, command)


def build_all():
    return [build(PAUSE, pause, ["/pause"]), build(NGINX, base, ["nginx", "-g", "daemon off;"]),
            build(FAULTY, faulty, ["sleep", "1000000"])]


def ctr(node, *words):
    return run(*inside(node, "ctr", "-a", node.socket, "-n", "k8s.io", *words))


def load(node, files):
    for file in files:
        ctr(node, "images", "import", file)


def push(node):
    """Fills the registries; what was tagged for that is taken off again, so that a pod's pull is a real one."""
    for name, credentials in PUSHED.items():
        ctr(node, "images", "tag", NGINX, name)
        ctr(node, "images", "push", "--plain-http", *credentials, name)
        ctr(node, "images", "rm", name)
