import concurrent.futures
import contextlib
import json
import queue
import shutil
import subprocess
import time

import jsonschema
import pytest

import harness
from apiserver import REVIEW, ApiServer

AT_ONCE = 4  # runs under faults


def only_reads(audit):
    """What the program may ever do to a cluster: read it, and ask what it may do."""
    return [entry for entry in audit
            if entry["method"] != "GET" and (entry["method"], entry["path"]) != ("POST", REVIEW)]


def _server(snapshot, folder):
    with ApiServer(snapshot, folder) as server:
        server.all_requests = []
        yield server
        assert only_reads(server.all_requests + server.audit) == []


@pytest.fixture(scope="session")
def new_server(tmp_path_factory):
    yield from _server(harness.NEW_SNAPSHOT, tmp_path_factory.mktemp("new"))


@pytest.fixture(scope="session")
def old_server(tmp_path_factory):
    yield from _server(harness.OLD_SNAPSHOT, tmp_path_factory.mktemp("old"))


def _fresh(server):
    server.all_requests += server.audit
    server.audit.clear()
    server.faults.set([])
    server.page_max = None
    server.tables = True
    (server.folder / "exec-token").write_text("adm1nT0kenQ2hR8xVw5z")
    (server.folder / "exec-more").unlink(missing_ok=True)
    (server.folder / "exec-asked").unlink(missing_ok=True)
    (server.folder / "token").write_text("adm1nT0kenQ2hR8xVw5z\n")
    server.tokens = {"adm1nT0kenQ2hR8xVw5z": "admin", "al1ceT0kenJ7kP3mNd4q": "alice"}
    return server


@pytest.fixture
def new(new_server):
    """The 1.36 cluster, without faults, its audit empty."""
    return _fresh(new_server)


@pytest.fixture(scope="module")
def under_faults(tmp_path_factory):
    """under_faults({key: (fault or None, arguments)}) runs the program on the 1.36 cluster, each run under its fault, and gives
    {key: (result, how often the fault was met)}. Several at a time, a server each: nearly all of it is waiting."""
    home = tmp_path_factory.mktemp("under-faults")
    free = queue.SimpleQueue()

    def one(fault, arguments):
        server = free.get()
        try:
            server.faults.set([fault] if fault else [])
            result = harness.krunbook(*arguments, "--kubeconfig", server.folder / "token.kubeconfig", "-o", "json", home=home)
            return result, sum(rule["seen"] for rule in server.faults.rules)
        finally:
            free.put(server)

    def call(wanted):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(wanted, pool.map(lambda row: one(*row), wanted.values())))
    with contextlib.ExitStack() as stack:
        for _ in range(AT_ONCE):
            free.put(stack.enter_context(contextlib.contextmanager(_server)(harness.NEW_SNAPSHOT,
                                                                            tmp_path_factory.mktemp("one-of-several"))))
        yield call


@pytest.fixture
def old(old_server):
    return _fresh(old_server)


@pytest.fixture(params=["new", "old"])
def cluster(request):
    """Both recordings in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def run(tmp_path):
    """run(server, kubeconfig name, *arguments): the program, asking a server, with a JSON report."""
    def call(server, name, *arguments, **more):
        path = name if "/" in str(name) else server.folder / f"{name}.kubeconfig"
        return harness.krunbook(*arguments, "--kubeconfig", path, "-o", "json", home=tmp_path, **more)
    return call


@pytest.fixture(scope="session")
def schema():
    document = json.loads((harness.ROOT / "docs" / "report.schema.json").read_text())
    jsonschema.validators.validator_for(document).check_schema(document)
    return document


def offline(snapshot, *arguments, home):
    return harness.krunbook(*arguments, "--snapshot", snapshot, "-o", "json", home=home)


@pytest.fixture(scope="session")
def expected(tmp_path_factory):
    """{snapshot: the report on the pods of zoo}, read offline, to compare live reports with."""
    home = tmp_path_factory.mktemp("offline")
    return {name: offline(snapshot, "run", "pod-status.lua", "-n", "zoo", home=home).report
            for name, snapshot in (("new", harness.NEW_SNAPSHOT), ("old", harness.OLD_SNAPSHOT))}


class Http2Front:
    """nghttpx in front of a server: TLS and HTTP/2 outside, plain HTTP/1.1 inside."""

    def __init__(self, server, folder, verify_client=False):
        assert shutil.which("nghttpx"), "nghttpx is missing: install nghttp2-proxy"
        self.log = folder / "access.log"
        self.port = _free_port()
        command = ["nghttpx", "--conf=/dev/null", "--workers=1", f"--frontend=127.0.0.1,{self.port}",
                   f"--backend=127.0.0.1,{server.plain_port}", f"--accesslog-file={self.log}",
                   "--accesslog-format=$request", "--errorlog-file=/dev/null", "--no-ocsp"]
        if verify_client:
            command += ["--verify-client", f"--verify-client-cacert={server.folder / 'ca.crt'}",
                        "--add-request-header=X-Remote-User: admin"]
        command += [str(server.folder / "server.key"), str(server.folder / "server.crt")]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f"https://127.0.0.1:{self.port}"
        _wait_for_port(self.port)

    def requests(self):
        time.sleep(0.1)  # the log is written after the answer
        return self.log.read_text().splitlines()

    def stop(self):
        self.process.terminate()
        self.process.wait(5)


def _free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for_port(port):
    import socket
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nghttpx did not start")


@pytest.fixture
def http2(tmp_path):
    fronts = []

    def make(server, **more):
        folder = tmp_path / f"front{len(fronts)}"
        folder.mkdir()
        fronts.append(Http2Front(server, folder, **more))
        return fronts[-1]
    yield make
    for front in fronts:
        front.stop()
