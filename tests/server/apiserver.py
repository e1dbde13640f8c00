#!/usr/bin/python3
"""A small Kubernetes API server for tests: serves a snapshot folder over TLS, on loopback, read-only, with faults on demand.

    tests/server/apiserver.py SNAPSHOT FOLDER [--port N] [--faults FILE.json]

writes certificates and kubeconfigs into FOLDER, prints the server's URL and serves until Ctrl-C. Tests start it inside
themselves: with ApiServer(snapshot, folder) as server.

Whoever asks is authenticated (client certificate, bearer token, basic, or X-Remote-User from a front proxy on the plain
port), impersonates where allowed, and is authorised: admin may read everything, alice may get and list pods in default.
It answers GETs and the one access review; all else is refused. Every request is in `audit`, and in FOLDER/audit.jsonl.
"""
import argparse
import asyncio
import base64
import gzip
import json
import pathlib
import ssl
import sys
import threading
import time

from aiohttp import web

import kubeconfigs
import status
import tables
from certificates import Authority
from cluster import Cluster
from faults import KINDS, Faults
from portforward import Forwards
from resources import AGGREGATED

COMPRESSED_FROM = 128 * 1024
REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RULES = {"alice": [({"get", "list"}, "", "pods", "default")]}
OPEN_PATHS = ("/version", "/api", "/apis", "/healthz", "/livez", "/readyz")


class Target:
    """What a path asks for."""

    def __init__(self, group, version, namespace, resource, name, subresource):
        self.group, self.version, self.namespace = group, version, namespace
        self.resource, self.name, self.subresource = resource, name, subresource
        self.verb = "get" if name else "list"


def parse_target(path):
    parts = [part for part in path.split("/") if part]
    if len(parts) >= 3 and parts[0] == "api":
        group, version, rest = "", parts[1], parts[2:]
    elif len(parts) >= 4 and parts[0] == "apis":
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = None
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    rest += [None] * (3 - len(rest))
    return Target(group, version, namespace, rest[0], rest[1], rest[2])


class ApiServer:
    def __init__(self, snapshot, folder, port=0, faults=()):
        self.folder = pathlib.Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cluster = Cluster(snapshot)
        self.faults = Faults(faults)
        self.forwards = Forwards()
        self.tables = True  # whether lists may be had as tables
        self.page_max = None  # caps every page, however many objects were asked for
        self.audit = []
        self.tokens = {"adm1nT0kenQ2hR8xVw5z": "admin", "al1ceT0kenJ7kP3mNd4q": "alice"}
        self.passwords = {("admin", "admin-password"): "admin"}
        self.port, self.plain_port = port, 0
        self._make_certificates()
        self._audit_file = open(self.folder / "audit.jsonl", "a", encoding="utf-8")

    def _make_certificates(self):
        self.ca = Authority(self.folder, "ca")
        self.other_ca = Authority(self.folder, "other-ca")
        self.ca.server("server")
        self.ca.server("elsewhere", hosts=("kube.example.com",))
        self.ca.server("expired", expired=True)
        self.ca.client("admin", "system:masters")
        self.ca.client("alice")
        self.other_ca.client("stranger", "system:masters")

    # -- starting and stopping ---------------------------------------------------------------------------------------

    def tls(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{certificate}.crt", self.folder / f"{certificate}.key")
        context.load_verify_locations(self.folder / "ca.crt")
        context.verify_mode = ssl.CERT_OPTIONAL
        context.set_alpn_protocols(["http/1.1"])
        return context

    async def start(self):
        app = web.Application(client_max_size=1 << 20)
        app.router.add_route("*", "/{path:.*}", self.handle)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        self.port = await self._listen(self.tls("server"), self.port)
        self.expired_port = await self._listen(self.tls("expired"), 0)
        self.elsewhere_port = await self._listen(self.tls("elsewhere"), 0)
        self.plain_port = await self._listen(None, 0)
        self.url = f"https://127.0.0.1:{self.port}"
        kubeconfigs.write_all(self)

    async def _listen(self, tls, port):
        site = web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=tls, shutdown_timeout=0.1)
        await site.start()
        return site._server.sockets[0].getsockname()[1]

    def __enter__(self):
        """Serves from a thread of its own, so that a test can go on."""
        self._loop = asyncio.new_event_loop()
        started = threading.Event()

        def serve():
            asyncio.set_event_loop(self._loop)
            self._loop.set_exception_handler(self._report)
            self._loop.run_until_complete(self.start())
            started.set()
            self._loop.run_forever()
            self._loop.run_until_complete(self._stop())
            self._loop.close()

        self._thread = threading.Thread(target=serve, daemon=True)
        self._thread.start()
        if not started.wait(20):
            raise RuntimeError("the API server did not start")
        return self

    async def _stop(self):
        await self._runner.cleanup()
        hanging = asyncio.all_tasks() - {asyncio.current_task()}
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)

    @staticmethod
    def _report(_, context):
        """Clients that go away in the middle are what tests do; anything else is a defect of this server."""
        if not isinstance(context.get("exception"), (OSError, asyncio.CancelledError)):
            print(f"API server: {context}", file=sys.stderr, flush=True)

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._audit_file.close()

    # -- who asks ----------------------------------------------------------------------------------------------------

    def _authenticate(self, request):
        """(user, groups), or None: 401."""
        authorization = request.headers.get("Authorization", "")
        scheme, _, value = authorization.partition(" ")
        certificate = request.transport.get_extra_info("peercert") if request.transport else None
        if certificate:
            subject = {key: text for part in certificate["subject"] for key, text in part}
            return subject["commonName"], [subject.get("organizationName", "")]
        if scheme == "Bearer":
            user = self.tokens.get(value)
        elif scheme == "Basic":
            name, _, password = base64.b64decode(value).decode().partition(":")
            user = self.passwords.get((name, password))
        elif request.transport and not request.transport.get_extra_info("ssl_object"):
            user = request.headers.get("X-Remote-User", "system:anonymous")
        else:
            user = "system:anonymous"
        if user is None:
            return None
        return user, ["system:masters"] if user == "admin" else []

    @staticmethod
    def _allowed(user, groups, verb, group, resource, namespace):
        if "system:masters" in groups:
            return True
        return any(verb in verbs and group == rule_group and resource == rule_resource and namespace == rule_namespace
                   for verbs, rule_group, rule_resource, rule_namespace in RULES.get(user, []))

    def _identify(self, request):
        """(user, groups, refusal)."""
        who = self._authenticate(request)
        if who is None:
            return None, [], (401, status.unauthorized())
        user, groups = who
        as_user = request.headers.get("Impersonate-User")
        if as_user is None:
            return user, groups, None
        if "system:masters" not in groups:
            return user, groups, (403, status.forbidden(user, "impersonate", "", "users", None, None, as_user))
        as_groups = request.headers.getall("Impersonate-Group", [])
        return as_user, ["system:masters"] if as_user == "admin" else as_groups, None

    # -- what is answered --------------------------------------------------------------------------------------------

    async def handle(self, request):
        entry = {"began": time.monotonic(), "method": request.method, "path": request.path, "query": request.query_string,
                 "headers": sorted(name.lower() for name in request.headers),
                 "impersonate": {name: request.headers.getall(name) for name in dict.fromkeys(request.headers)
                                 if name.lower().startswith("impersonate-")},
                 "agent": request.headers.get("User-Agent", "")}
        user, groups, refusal = self._identify(request)
        entry["user"] = user
        self.audit.append(entry)
        self._audit_file.write(json.dumps(entry) + "\n")
        self._audit_file.flush()

        async def answer():
            if refusal:
                return self._respond(request, *refusal)
            answered = await self._answer(request, user, groups)
            return answered if isinstance(answered, web.StreamResponse) else self._respond(request, *answered)

        rule = self.faults.pick(request.path_qs)
        try:
            return await (answer() if rule is None else KINDS[rule["kind"]](request, rule, answer))
        finally:
            entry["ended"] = time.monotonic()

    @staticmethod
    def _respond(request, code, body, content_type=None):
        if code == 204:
            return web.Response(status=204)
        if isinstance(body, bytes):
            data, content_type = body, content_type or "text/plain"
        elif isinstance(body, str):
            data, content_type = body.encode(), content_type or "text/plain; charset=utf-8"
        else:
            data, content_type = json.dumps(body).encode() + b"\n", content_type or "application/json"
        headers = {"Content-Type": content_type, "Audit-Id": "00000000-0000-0000-0000-000000000000"}
        if len(data) > COMPRESSED_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
            data = gzip.compress(data, 1)
            headers["Content-Encoding"] = "gzip"
        return web.Response(status=code, body=data, headers=headers)

    async def _answer(self, request, user, groups):
        if request.method == "POST" and request.path == REVIEW:
            if request.content_type != "application/json":
                return 415, status.status(415, "UnsupportedMediaType", "the body of the request was in an unknown format "
                                          "- accepted media types include: application/json", {})
            return self._review(await request.json(), user, groups)
        if request.method != "GET":
            return 405, status.status(405, "MethodNotAllowed", "the server does not allow this method", {})
        path = request.path.rstrip("/")
        if path in OPEN_PATHS or path.startswith(("/api", "/apis")) and parse_target(path) is None:
            if user == "system:anonymous" and path not in ("/version", "/healthz", "/livez", "/readyz"):
                return 403, status.forbidden_path(user, path)
            return self._discover(path, request.headers.get("Accept", ""))
        target = parse_target(path)
        if target is None:
            return 404, "404 page not found\n"
        if not self._allowed(user, groups, target.verb, target.group,
                             target.resource + (f"/{target.subresource}" if target.subresource else ""),
                             target.namespace):
            return 403, status.forbidden(user, target.verb, target.group, target.resource, target.subresource,
                                         target.namespace, target.name)
        if target.subresource == "portforward" and target.resource == "pods":
            code, pod = self._read(parse_target(path.rpartition("/")[0]), request.query)
            return (code, pod) if code != 200 else await self.forwards.answer(request, pod, request.query.getall("ports", []))
        return self._as_table(request, target, self._read(target, request.query))

    def _as_table(self, request, target, answer):
        """The answer as a Table, where the request is for nothing else."""
        if target.name or request.headers.get("Accept") != tables.FORMAT or answer[0] != 200:
            return answer
        if not self.tables:
            return 406, status.status(406, "NotAcceptable", "only the following media types are accepted: application/json", {})
        return 200, tables.table(target.resource, answer[1], self.cluster.minor == "20")

    def _discover(self, path, accept):
        catalogue = self.cluster.catalogue
        if path == "/version":
            return 200, self.cluster.version()
        if path in ("/healthz", "/livez", "/readyz"):
            return 200, "ok"
        if path in ("/api", "/apis"):
            if catalogue.aggregated and "apidiscovery.k8s.io" in accept and "v=v2;" in accept:
                return 200, catalogue.aggregated_list(path == "/api"), AGGREGATED
            return 200, catalogue.plain_core() if path == "/api" else catalogue.plain_groups()
        parts = path.strip("/").split("/")
        if parts[0] == "apis" and len(parts) == 2 and parts[1] in catalogue.groups():
            return 200, {"kind": "APIGroup", "apiVersion": "v1",
                         **catalogue.plain_group(parts[1], catalogue.groups()[parts[1]])}
        group, version = ("", parts[1]) if parts[0] == "api" else (parts[1], parts[-1])
        listed = catalogue.plain_resources(group, version)
        return (200, listed) if listed else (404, "404 page not found\n")

    def _read(self, target, query):
        catalogue = self.cluster.catalogue
        resource = catalogue.find(target.group, target.version, target.resource)
        if resource is None:
            if target.group and not catalogue.of(target.group, target.version):
                # A group that has another version answers with a Status, one that nobody serves with plain text.
                if target.group not in catalogue.groups():
                    return 404, "404 page not found\n"
            return 404, status.no_such_resource()
        if target.subresource == "log" and resource.name == "pods":
            return self.cluster.log(target.namespace, target.name, query)
        if target.subresource:
            return 404, status.no_such_resource()
        if target.name:
            return self.cluster.get(resource, target.version, target.namespace, target.name)
        return self.cluster.list(resource, target.version, target.namespace, query, self.page_max)

    def _review(self, document, user, groups):
        asked = document["spec"]["resourceAttributes"]
        resource = asked.get("resource", "") + (f"/{asked['subresource']}" if asked.get("subresource") else "")
        allowed = self._allowed(user, groups, asked.get("verb"), asked.get("group", ""), resource,
                                asked.get("namespace") or None)
        return 201, {**document, "status": {"allowed": allowed}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("snapshot")
    parser.add_argument("folder")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--faults", help="a JSON file: a list of faults, see faults.py")
    options = parser.parse_args()
    faults = json.loads(pathlib.Path(options.faults).read_text()) if options.faults else ()
    with ApiServer(options.snapshot, options.folder, options.port, faults) as server:
        print(f"{server.url} kubeconfigs in {server.folder}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.exit(0)


if __name__ == "__main__":
    main()
