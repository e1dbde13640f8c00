"""A snapshot folder as the state of an API server: objects, selectors, pages, logs."""
import base64
import json
import pathlib
import re

import status
from resources import Catalogue

FIELDS = {
    "pods": ("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
             "status.phase", "status.podIP", "status.nominatedNodeName"),
    "events": ("involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
               "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
               "reportingComponent", "source", "type"),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase",),
    "secrets": ("type",),
    "replicasets": ("status.replicas",),
    "replicationcontrollers": ("status.replicas",),
    "jobs": ("status.successful",),
}


class BadRequest(Exception):
    pass


def _field(item, path):
    if path == "source":
        return item.get("source", {}).get("component", "")
    for part in path.split("."):
        item = item.get(part) if isinstance(item, dict) else None
        if item is None:
            return ""
    return str(item).lower() if isinstance(item, bool) else str(item)


def field_matcher(resource, selector):
    allowed = ("metadata.name", "metadata.namespace") + FIELDS.get(resource.name, ())
    tests = []
    for part in filter(None, selector.split(",")):
        path, operator, value = re.match(r"([^!=]*)(!=|==|=)(.*)", part).groups()
        if path not in allowed:
            raise BadRequest(f"field label not supported: {path}")
        tests.append((path, operator != "!=", value))
    return lambda item: all((_field(item, path) == value) == wanted for path, wanted, value in tests)


def label_matcher(selector):
    tests = []
    for part in filter(None, (piece.strip() for piece in re.split(r",(?![^(]*\))", selector))):
        inside = re.fullmatch(r"(\S+)\s+(in|notin)\s*\(([^)]*)\)", part)
        if inside:
            key, word, values = inside.groups()
            values = {value.strip() for value in values.split(",")}
            tests.append((key, values, word == "in", False))
            continue
        equal = re.fullmatch(r"([^!=\s]+)\s*(!=|==|=)\s*(\S*)", part)
        if equal:
            key, operator, value = equal.groups()
            tests.append((key, {value}, operator != "!=", False))
        elif re.fullmatch(r"!?\s*[\w./-]+", part):
            tests.append((part.lstrip("! "), None, not part.startswith("!"), True))
        else:
            raise BadRequest(f"unable to parse requirement: found '{part}', expected: !, identifier, or 'end of string'")

    def matches(item):
        labels = item["metadata"].get("labels") or {}
        for key, values, wanted, only_presence in tests:
            hit = key in labels if only_presence else labels.get(key) in values
            if hit != wanted:
                return False
        return True
    return matches


def continue_token(version, start):
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": start + "\0"})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def token_start(token):
    try:
        decoded = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return decoded["start"].rstrip("\0")
    except (ValueError, KeyError, TypeError):
        raise BadRequest("invalid continue token: continue key is not valid: invalid character '\\u009e' looking for "
                         "beginning of value") from None


class Cluster:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.meta = json.loads((self.folder / "snapshot.json").read_text())
        version = self.meta.get("version") or "v1.36.2"
        self.git_version = version["gitVersion"] if isinstance(version, dict) else version
        major, minor = re.match(r"v?(\d+)\.(\d+)", self.git_version).groups()
        self.minor = minor
        self.catalogue = Catalogue(f"{major}.{minor}" if minor == "20" else "1.36")
        self.objects = {}  # (group, resource) -> {(namespace, name): object}
        self.resource_version = 1000
        for path in sorted((self.folder / "cluster").glob("*.json")):
            self._load(path, False)
        for path in sorted((self.folder / "namespaces").glob("*/*.json")):
            if path.name != "probes.json":
                self._load(path, True)

    def _load(self, path, namespaced):
        name, _, group = path.name[:-len(".json")].partition(".")
        document = json.loads(path.read_text())
        resource = self.catalogue.named(group, name)
        if resource is None:
            version = document["apiVersion"].rpartition("/")[2]
            resource = self.catalogue.add(group, name, document["kind"][:-len("List")], namespaced, version)
        table = self.objects.setdefault((group, name), {})
        for item in document["items"]:
            table[(item["metadata"].get("namespace", ""), item["metadata"]["name"])] = item

    def version(self):
        return {"major": "1", "minor": self.minor, "gitVersion": self.git_version, "gitCommit": "0", "gitTreeState": "",
                "buildDate": "1970-01-01T00:00:00Z", "goVersion": "go1.20", "compiler": "gc", "platform": "linux/amd64"}

    def get(self, resource, version, namespace, name):
        item = self.objects.get((resource.group, resource.name), {}).get((namespace or "", name))
        if item is None:
            return 404, status.not_found(resource, name)
        return 200, {"kind": resource.kind, "apiVersion": resource.group_version(version), **item}

    def list(self, resource, version, namespace, query, page_max=None):
        try:
            fields = field_matcher(resource, query.get("fieldSelector", ""))
            labels = label_matcher(query.get("labelSelector", ""))
            start = token_start(query["continue"]) if query.get("continue") else None
            limit = int(query.get("limit") or 0)
        except (BadRequest, ValueError) as error:
            return 400, status.bad_request(str(error))
        if page_max and limit:
            limit = min(limit, page_max)
        table = self.objects.get((resource.group, resource.name), {})
        found = [(f"{key[0]}/{key[1]}", item) for key, item in sorted(table.items())
                 if (namespace is None or key[0] == namespace) and fields(item) and labels(item)]
        if start is not None:
            found = [(key, item) for key, item in found if key > start]
        metadata = {"resourceVersion": str(self.resource_version)}
        if limit and len(found) > limit:
            metadata["continue"] = continue_token(self.resource_version, found[limit - 1][0])
            if not query.get("fieldSelector") and not query.get("labelSelector"):
                metadata["remainingItemCount"] = len(found) - limit
            found = found[:limit]
        items = [{key: value for key, value in item.items() if key not in ("kind", "apiVersion")} for _, item in found]
        return 200, {"kind": resource.kind + "List", "apiVersion": resource.group_version(version),
                     "metadata": metadata, "items": items}

    def log(self, namespace, name, query):
        """(status, body): text or a Status, as the API server and the kubelet behind it answer."""
        pods = self.catalogue.named("", "pods")
        pod = self.objects.get(("", "pods"), {}).get((namespace, name))
        if pod is None:
            return 404, status.not_found(pods, name)
        spec = pod["spec"]
        names = [entry["name"] for entry in spec.get("initContainers", []) + spec["containers"]]
        container = query.get("container")
        if not container:
            if len(names) > 1:
                chosen = [entry["name"] for entry in spec["containers"]]
                inits = [entry["name"] for entry in spec.get("initContainers", [])]
                tail = f" or one of the init containers: [{' '.join(inits)}]" if inits else ""
                return 400, status.bad_request(f"a container name must be specified for pod {name}, choose one of: "
                                               f"[{' '.join(chosen)}]{tail}")
            container = names[0]
        if container not in names:
            return 400, status.bad_request(f"container {container} is not valid for pod {name}")
        if not spec.get("nodeName"):
            return 204, ""
        previous = query.get("previous") in ("true", "1")
        path = (self.folder / "namespaces" / namespace / "logs" / name
                / (container + (".previous" if previous else "") + ".log"))
        if path.exists():
            return 200, self._cut(path.read_bytes(), query)
        for entry in self.meta.get("logs", []):
            if (entry["namespace"], entry["pod"], entry["container"], entry.get("previous", False)) \
                    == (namespace, name, container, previous):
                return entry["status"], status.bad_request(entry.get("message", ""))
        return self._no_log(pod, name, container, previous)

    @staticmethod
    def _cut(text, query):
        if query.get("tailLines"):
            lines = text.splitlines(keepends=True)
            tail = int(query["tailLines"])
            text = b"".join(lines[-tail:]) if tail else b""
        if query.get("limitBytes"):
            text = text[:int(query["limitBytes"])]
        return text

    @staticmethod
    def _no_log(pod, name, container, previous):
        states = {}
        for entry in pod["status"].get("initContainerStatuses", []) + pod["status"].get("containerStatuses", []):
            states[entry["name"]] = entry
        entry = states.get(container, {})
        if previous and not entry.get("lastState", {}).get("terminated"):
            return 400, status.bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
        waiting = entry.get("state", {}).get("waiting")
        if waiting and not entry.get("lastState", {}).get("terminated"):
            reason = waiting.get("reason", "ContainerCreating")
            if reason in ("ErrImagePull", "ImagePullBackOff"):
                reason = "trying and failing to pull image"
            return 400, status.bad_request(f'container "{container}" in pod "{name}" is waiting to start: {reason}')
        identity = (entry.get("lastState", {}).get("terminated") or {}).get("containerID", "containerd://0")
        if previous or waiting:
            return 200, f"unable to retrieve container logs for {identity}".encode()
        return 200, b""
