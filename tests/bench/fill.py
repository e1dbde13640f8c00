#!/usr/bin/python3
"""Fills an API server that nothing else works on with a generated cluster: through the API, statuses through their subresource.

    tests/bench/fill.py KUBECONFIG [--pods N] [--broken B] [--namespaces M] [--services S]

Made for an API server alone (cluster.py): where controllers run, they would undo what is written here. What the generator
dates before its own 'now' is dated as long before the true one; when objects were created only the server says."""
import argparse
import base64
import concurrent.futures
import datetime
import http.client
import json
import pathlib
import re
import ssl
import sys
import tempfile
import threading
import urllib.parse

import yaml

import generate

WRITERS = 8
PATHS = {"deployments.apps": "/apis/apps/v1", "replicasets.apps": "/apis/apps/v1",
         "ingresses.networking.k8s.io": "/apis/networking.k8s.io/v1",
         "ingressclasses.networking.k8s.io": "/apis/networking.k8s.io/v1"}
WITH_STATUS = {"pods", "nodes", "deployments.apps", "replicasets.apps", "ingresses.networking.k8s.io"}
TIME = re.compile(r"2026-01-\d\dT\d\d:\d\d:\d\dZ")
FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class Api:
    """The API server of a kubeconfig's current context, one kept connection for each thread."""

    def __init__(self, kubeconfig):
        config = yaml.safe_load(pathlib.Path(kubeconfig).read_text())
        named = {kind: {one["name"]: one for one in config[kind]} for kind in ("contexts", "clusters", "users")}
        context = named["contexts"][config["current-context"]]["context"]
        cluster, user = named["clusters"][context["cluster"]]["cluster"], named["users"][context["user"]]["user"]
        self.address = urllib.parse.urlsplit(cluster["server"])
        self._folder = tempfile.TemporaryDirectory()
        self.files = {"ca": self._file(cluster, "certificate-authority"), "cert": self._file(user, "client-certificate"),
                      "key": self._file(user, "client-key")}
        self.tls = ssl.create_default_context(cafile=self.files["ca"])
        self.tls.load_cert_chain(self.files["cert"], self.files["key"])
        self._kept = threading.local()

    def _file(self, holder, name):
        """What the kubeconfig names, or holds."""
        if name in holder:
            return holder[name]
        kept = pathlib.Path(self._folder.name) / name
        kept.write_bytes(base64.b64decode(holder[name + "-data"]))
        return str(kept)

    def ask(self, method, path, body=None, content_type="application/json"):
        """What was made. One that is there already is an error, as anything is that the server refuses."""
        if not hasattr(self._kept, "connection"):
            self._kept.connection = http.client.HTTPSConnection(self.address.hostname, self.address.port, context=self.tls)
        connection = self._kept.connection
        connection.request(method, self.address.path + path, body and json.dumps(body), {"Content-Type": content_type,
                                                                              "User-Agent": "fill"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {answer.status}: {text[:400].decode()}")
        return json.loads(text)


class Filler:
    def __init__(self, api, kubelet_port, logs):
        self.api, self.kubelet_port, self.logs = api, kubelet_port, logs
        slices = api.ask("GET", "/apis/discovery.k8s.io")["preferredVersion"]["groupVersion"]  # v1 is of 1.21
        self.paths = {**PATHS, "endpointslices.discovery.k8s.io": f"/apis/{slices}"}
        self.shift = datetime.datetime.utcnow() - datetime.datetime.strptime(generate.TAKEN_AT, FORMAT)

    def _now(self, thing):
        """The same, dated as long ago as it was when the generator's clock stood still."""
        def shifted(match):
            return (datetime.datetime.strptime(match.group(), FORMAT) + self.shift).strftime(FORMAT)
        return json.loads(TIME.sub(shifted, json.dumps(thing)))

    def write(self, resource, thing):
        """Creates it, and says what status it has. What was made."""
        meta = thing["metadata"]
        meta.pop("managedFields", None)  # the server writes its own
        namespace = meta.get("namespace")
        at = (f"{self.paths.get(resource, '/api/v1')}{f'/namespaces/{namespace}' if namespace else ''}"
              f"/{resource.partition('.')[0]}")
        for of_the_server in ("uid", "resourceVersion", "creationTimestamp", "generation"):
            meta.pop(of_the_server, None)
        version, kind = {**generate.KINDS, **generate.EMPTY}[resource]
        thing = self._now({"apiVersion": version if resource not in self.paths else self.paths[resource].removeprefix("/apis/"),
                           "kind": kind, **thing})
        made = self.api.ask("POST", at, thing)
        if resource in WITH_STATUS and thing.get("status"):
            self.api.ask("PATCH", f"{at}/{meta['name']}/status", {"status": thing["status"]}, "application/merge-patch+json")
        return made

    def node(self, thing):
        thing["status"]["addresses"] = [{"type": "InternalIP", "address": "127.0.0.1"}]
        thing["status"]["daemonEndpoints"] = {"kubeletEndpoint": {"Port": self.kubelet_port}}
        self.write("nodes", thing)

    def application(self, namespace, planned, services):
        """The objects of one application, with what refers to others referring to what the server made."""
        number = planned[0]
        application = generate.Application(namespace, *planned)
        lists = generate.namespace_lists(namespace, [application], services)
        uids = {}

        def write(resource, thing):
            old = thing["metadata"]["uid"]
            for owner in thing["metadata"].get("ownerReferences", ()):
                owner["uid"] = uids.get(owner["uid"], owner["uid"])
            uids[old] = self.write(resource, thing)["metadata"]["uid"]

        for resource in ("deployments.apps", "replicasets.apps", "pods"):
            for thing in lists[resource]:
                write(resource, thing)
        for event in lists["events"]:
            event["involvedObject"]["uid"] = uids[event["involvedObject"]["uid"]]
            self.write("events", event)
        for found in lists["endpointslices.discovery.k8s.io"]:
            for endpoint in found["endpoints"]:
                endpoint["targetRef"]["uid"] = uids[endpoint["targetRef"]["uid"]]
        for resource in ("services", "endpointslices.discovery.k8s.io", "ingresses.networking.k8s.io"):
            for thing in lists[resource]:
                self.write(resource, thing)
        for pod, logs in application.logs:
            for name, text in logs.items():
                self.logs[f"{namespace}/{pod['metadata']['name']}/{name}"] = text
        return number

    def fill(self, pods, broken, count, services=0):
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            spaces = generate.namespaces(count)
            list(pool.map(lambda space: self.write("namespaces", space), spaces))
            list(pool.map(self.node, generate.nodes(pods)))
            names = [space["metadata"]["name"] for space in spaces]
            for name in names:
                for resource, things in generate.namespace_lists(name, [], 0).items():
                    for thing in things:
                        self.write(resource, thing)
            for resource, things in generate.ingress_things(names[0]).items() if services else ():
                for thing in things:
                    self.write(resource, thing)
            work = [pool.submit(self.application, name, one, services)
                    for name, planned in zip(names, generate.plan(pods, broken, count)) for one in planned]
            for done, one in enumerate(concurrent.futures.as_completed(work), 1):
                one.result()
                if done % 200 == 0 and sys.stderr.isatty():
                    print(f"{done} of {len(work)} applications", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kubeconfig", type=pathlib.Path)
    parser.add_argument("--pods", type=int, default=500)
    parser.add_argument("--broken", type=int, default=20, help="how many of them, in fives")
    parser.add_argument("--namespaces", type=int, default=10)
    parser.add_argument("--services", type=int, default=0, help="so many Services, and Ingresses to them")
    options = parser.parse_args()
    Filler(Api(options.kubeconfig), 10250, {}).fill(options.pods, options.broken, options.namespaces, options.services)


if __name__ == "__main__":
    main()
