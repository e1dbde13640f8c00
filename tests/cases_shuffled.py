"""Replaces every name in a copy of a snapshot at random, the same name by the same new one everywhere.

Names: of objects, namespaces, containers, ports, volumes and nodes, UIDs, IPs, label keys and values, images (registry,
repository, tag). They are replaced where they are names: in the fields that hold names, in file names, and in messages
of Kubernetes, where a plain word ("error", "web", "pending") counts as a name only in the phrases that Kubernetes puts
names into. Commands, environment values and what applications log stay as they are, and so do Kubernetes' own words:
reasons, types, well-known label keys, kube-system.
"""
import json
import pathlib
import re
import string

WELL_KNOWN = re.compile(r"(^|\.)(kubernetes|k8s)\.io/|^(pod-template-hash|controller-uid|job-name|controller-revision-hash|"
                        r"statefulset\.kubernetes\.io/.*|pod-template-generation)$")
# Well-known keys whose values are names.
NAME_VALUED = re.compile(r"hostname$|job-name$|service-name$|metadata\.name$|pod-template-hash$|controller-uid$|"
                         r"pod-name$|controller-revision-hash$|/name$|/instance$")
KEPT_NAMES = {"*", "kube-system", "kube-root-ca.crt", "", "kubernetes", "default-scheduler"}
KEPT_PORTS = re.compile(r"https?$|https?-")  # such a name says what the port speaks
# Where a port may be named: of a container, a Service and its endpoints, a probe, an Ingress' backend.
PORT_FIELDS = {"targetPort", "servicePort", "port"}
NAME_FIELDS = {"name", "namespace", "claimName", "secretName", "configMapName", "serviceAccountName", "serviceAccount",
               "nodeName", "volumeName", "storageClassName", "hostname", "serviceName", "ingressClassName",
               "priorityClassName", "generateName", "nominatedNodeName", "host"}
# Fields called "name" that hold no name of a thing in the cluster.
NOT_NAMES = {"env", "ports", "resource", "httpHeaders", "configMapKeyRef.key"}
TEXT_FIELDS = {"message", "note"}
VERBATIM = {"command", "args", "env", "managedFields", "data", "reason", "type", "kind", "apiVersion", "phase", "status",
            "action", "component", "reportingComponent", "controller", "provisioner", "exec", "capacity", "allocatable"}
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
LABEL_MAPS = {"labels", "matchLabels", "nodeSelector"}
IP = re.compile(r"\d+\.\d+\.\d+\.\d+")
HOST = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?|localhost(:\d+)?|[\w.-]+:\d+")


class Shuffle:
    def __init__(self, snapshot, random):
        self.snapshot, self.random = snapshot, random
        self.names, self.exact, self.label_keys, self.images, self.ports = {}, {}, {}, {}, {}
        self.documents = {path.relative_to(snapshot): json.loads(path.read_text())
                          for path in sorted(snapshot.rglob("*.json")) if path.name != "discovery.json"}
        for path, document in self.documents.items():
            for item in document.get("items", []):
                self._collect_object(item, path.name.startswith("events"))
        self._compile()

    # -- what there is to replace ------------------------------------------------------------------------------------

    def _word(self, old):
        """A random word, as long a list of parts as the old one, ending as a StatefulSet's ordinal does."""
        parts = old.split("-")
        ordinal = f"-{parts[-1]}" if len(parts) > 1 and re.fullmatch(r"\d{1,2}", parts[-1]) else ""
        letters = "".join(self.random.choices("bcdfghjklmnpqrstvwxz", k=6))
        return letters + "".join(self.random.choices(string.digits, k=2)) + ordinal

    def name(self, old):
        if old in KEPT_NAMES or not isinstance(old, str):
            return old
        if old.endswith("-") and old[:-1] in self.names:
            return self.names[old[:-1]] + "-"
        if old not in self.names:
            self.names[old] = self._word(old)
        return self.names[old]

    def _uid(self, old):
        if old and old not in self.exact:
            hexes = "".join(self.random.choices("0123456789abcdef", k=32))
            self.exact[old] = "-".join((hexes[:8], hexes[8:12], hexes[12:16], hexes[16:20], hexes[20:]))

    def _ip(self, old):
        if old not in self.exact and IP.fullmatch(old or "") and not old.startswith(("0.", "127.")):
            self.exact[old] = f"10.{self.random.randrange(2, 250)}.{self.random.randrange(256)}." \
                              f"{self.random.randrange(2, 250)}"

    def _image(self, old):
        """[REGISTRY/]REPOSITORY[:TAG][@DIGEST]; Docker Hub stays Docker Hub, as what is said of it is its own."""
        if not old or old in self.images or old.startswith("sha256:"):
            return
        if re.search(r"[A-Z\s]", old.split("@")[0].split(":")[0]) or "::" in old:
            return  # an invalid name: what is invalid about it must stay
        rest, at, digest = old.partition("@")
        registry, slash, path = rest.partition("/")
        if not slash or not (HOST.fullmatch(registry) or registry == "localhost"):
            registry, slash, path = "", "", rest
        repository, colon, tag = path.partition(":")
        hub = registry in ("docker.io", "index.docker.io", "")
        new_path = "/".join(part if hub and part == "library" else self.name(part) for part in repository.split("/"))
        new_registry = registry
        if registry and not hub and not registry.endswith(".k8s.io"):
            host, port_colon, port = registry.partition(":")
            self.exact.setdefault(host, f"{self._word('x')}.example" if not host.endswith(".invalid")
                                  else f"{self._word('x')}.invalid")
            new_registry = self.exact[host] + port_colon + port
        if "/" in repository:
            self.exact.setdefault(f"v2/{repository}", f"v2/{new_path}")  # in URLs of the registry
        new_tag = tag if tag in ("", "latest") else self.name(tag)
        self.images[old] = new_registry + slash + new_path + colon + new_tag + at + digest
        if hub and not registry:
            full = ("library/" if "/" not in repository else "")
            self._image(f"docker.io/{full}{path}{'' if colon or at else ':latest'}{at}{digest}")
        elif colon:
            self.images.setdefault(f"{registry}{slash}{repository}", new_registry + slash + new_path)

    def _collect_object(self, item, event):
        metadata = item["metadata"]
        for field in ("name", "namespace"):
            self.name(metadata.get(field, ""))
        self._uid(metadata.get("uid"))
        if event:
            about = item.get("involvedObject", {})
            for field in ("name", "namespace"):
                self.name(about.get(field, ""))
            self._uid(about.get("uid"))
            return
        self._collect(item, "")

    def _collect(self, value, field):
        if isinstance(value, list):
            for inner in value:
                self._collect(inner, field)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key in LABEL_MAPS or key == "selector" and self._is_label_map(inner):
                    self._collect_labels(inner)
                elif key == "image" and isinstance(inner, str):
                    self._image(inner)
                elif key == "uid":
                    self._uid(inner)
                elif key == "name" and field == "ports" and isinstance(inner, str):
                    self._port(inner)
                elif key == "name" and field in ("containers", "initContainers", "volumes", "imagePullSecrets"):
                    self.name(inner)
                elif key in ("claimName", "secretName", "nodeName", "volumeName", "storageClassName") \
                        and isinstance(inner, str):
                    self.name(inner)
                elif key == "name" and field in ("configMap", "secret", "configMapKeyRef", "secretKeyRef", "configMapRef",
                                                 "secretRef", "service", "ownerReferences"):
                    self.name(inner)
                elif isinstance(inner, str):
                    self._ip(inner)
                elif key not in VERBATIM or isinstance(inner, dict) and key == "status":
                    self._collect(inner, key)

    def _class(self, old):
        """What the old annotation says is a name only where there is an IngressClass of that name."""
        classes = self.documents.get(pathlib.Path("cluster/ingressclasses.networking.k8s.io.json"), {"items": []})
        return self.name(old) if old in [item["metadata"]["name"] for item in classes["items"]] else old

    def _port(self, old):
        if old and not KEPT_PORTS.match(old):
            self.ports.setdefault(old, self._word("p"))

    @staticmethod
    def _is_label_map(value):
        return isinstance(value, dict) and all(isinstance(inner, str) for inner in value.values())

    def _collect_labels(self, labels):
        for key, value in (labels or {}).items():
            self._label_key(key)
            if isinstance(value, str):
                self._label_value(key, value)

    def _label_key(self, key):
        if not WELL_KNOWN.search(key):
            self.label_keys.setdefault(key, self._word("k"))
        return self.label_keys.get(key, key)

    def _label_value(self, key, value):
        if not isinstance(value, str) or not value or WELL_KNOWN.search(key) and not NAME_VALUED.search(key):
            return value
        if key.startswith("app.kubernetes.io/"):
            return value  # how an ingress controller is known
        return self.name(value)

    # -- messages ----------------------------------------------------------------------------------------------------

    def _compile(self):
        self.tokens = dict(self.exact)
        self.tokens.update({old: new for old, new in self.images.items() if re.search(r"[:/]", old)})
        self.tokens.update({old: new for old, new in self.names.items() if re.search(r"[a-z].*-|-.*\d", old)
                            and len(old) > 6})
        alternatives = "|".join(re.escape(old) for old in sorted(self.tokens, key=len, reverse=True))
        self.token = re.compile(rf"(?<![\w.-])({alternatives})(?![\w-]|\.\w)") if alternatives else None
        # What stands before and after a name in Kubernetes' own phrases.
        self.phrases = [re.compile(rf"({before})([\w.-]*[\w-])(?={after})") for before, after in (
            ("pod[= ]", "_"), ("_", r"\([0-9a-f]{8}-"), ("container=", r"\b"),
            ("[Cc]ontainer ", r" in pod| failed|,|$"), ("(?:Created|Started|Stopping) container:? ", "$"),
            ("Successfully assigned ", "/"), ("/", " to "), (" to ", "$"), ("quota: ", ""), ("replica set ", ""),
            ("(?:Created|Deleted) (?:pod|job): ", ""), ("ConfigMap |Secret |PVC |service account |Pod ", "/"),
            ("in namespace ", ""), ('in the namespace "', '"'), ('(?:volume|image|configmap|secret|claim|Claim|class) "', '"'),
            ('[a-z] "', '" (?:not found|is forbidden|in pod|already present|of)'), ('object "', '"/'),
            ('"/"', '" not registered'), ("StatefulSet ", " "), ("Pod ", " in StatefulSet"), ("serviceaccount ", ""),
            ("(?:manifests|tags)/", ""), ('(?:pod|task) "', '"'), ("deleting pod: ", "/"), ("/", "$"))]
        self.lists = re.compile(r"(status: |volumes=|of: |containers: )\[([^\]]*)\]")
        self.taint = re.compile(r"\{([^\s:}]+): ?([^}]*)\}")

    def text(self, old):
        """A message of Kubernetes. Every replacement is marked until the end, so that none is replaced again."""
        marks = []

        def mark(new):
            marks.append(new)
            return f"\0{len(marks) - 1}\0"

        def known(match):
            found = match.group(2)
            new = self.images.get(found) or self.names.get(found)
            return match.group(1) + mark(new) if new else match.group()

        if self.token:
            old = self.token.sub(lambda match: mark(self.tokens[match.group(1)]), old)
        for phrase in self.phrases:
            old = phrase.sub(known, old)
        old = self.lists.sub(lambda match: match.group(1) + "[" + re.sub(
            r"[\w.-]+", lambda word: mark(self.names.get(word.group(), word.group())), match.group(2)) + "]", old)
        old = self.taint.sub(lambda match: "{" + mark(self._label_key(match.group(1))) + ": "
                             + mark(self._label_value(match.group(1), match.group(2))) + "}"
                             if match.group(1) in self.label_keys else match.group(), old)
        while "\0" in old:
            old = re.sub("\0(\\d+)\0", lambda match: marks[int(match.group(1))], old)
        return old

    # -- rewriting ---------------------------------------------------------------------------------------------------

    def _labels(self, labels):
        return {self._label_key(key): self._label_value(key, value) for key, value in labels.items()}

    def _selector_rows(self, rows):
        return [{**row, "key": self._label_key(row["key"]),
                 **({"values": [self._label_value(row["key"], value) for value in row["values"]]}
                    if "values" in row else {})} for row in rows]

    def _external_name(self, old):
        """Within the cluster it is made of names: "db.shop.svc.cluster.local"."""
        inside = re.fullmatch(r"(.+)(\.svc(?:\.cluster\.local)?\.?)", old)
        if inside:
            return ".".join(self.name(label) for label in inside.group(1).split(".")) + inside.group(2)
        return self.exact.get(old, old)

    def _string(self, key, value, parent):
        if key in TEXT_FIELDS:
            return self.text(value)
        if key in ("image", "imageID"):
            return self.images.get(value, value)
        if key == "fieldPath":
            return re.sub(r"\{([^}]+)\}", lambda match: "{" + self.name(match.group(1)) + "}", value)
        if key == "externalName":
            return self._external_name(value)
        if key == "host" and parent != "source":
            return value  # of an Ingress rule, or of a probe: nobody's name here
        if key in PORT_FIELDS or key == "name" and parent in ("ports", "port"):
            return self.ports.get(value, value)
        if key in NAME_FIELDS and parent not in NOT_NAMES:
            if key == "name" and value not in self.names and parent not in ("scaleTargetRef", "targetRef"):
                return value
            return self.name(value)
        return self.exact.get(value) or self.tokens.get(value, value)

    def _rewrite(self, value, key="", parent=""):
        if isinstance(value, list):
            if key in ("matchExpressions", "matchFields"):
                return self._selector_rows(value)
            if key in ("taints", "tolerations"):
                return [{**row, **({"key": self._label_key(row["key"])} if row.get("key") else {}),
                         **({"value": self._label_value(row["key"], row["value"])} if row.get("value") else {})}
                        for row in value]
            if key == "names":  # of a node's images
                return [self.images.get(inner, inner) for inner in value]
            return [self._rewrite(inner, key, parent) if not isinstance(inner, str) else self._string(key, inner, parent)
                    for inner in value]
        if isinstance(value, dict):
            if key in LABEL_MAPS or key == "selector" and self._is_label_map(value):
                return self._labels(value)
            if key == "annotations":
                return {name: "{}" if "last-applied" in name else self._class(inner) if name == CLASS_ANNOTATION else inner
                        for name, inner in value.items()}
            return {name: inner if name in VERBATIM and not (name == "status" and isinstance(inner, dict))
                    and not (name == "exec") else self._rewrite(inner, name, key)
                    for name, inner in value.items() if name != "managedFields"}
        return self._string(key, value, parent) if isinstance(value, str) else value

    def arguments(self, given):
        """Those of the command line: names, KIND/NAME, several with commas, and what follows --port."""
        new, before = [], ""
        for argument in given:
            flag, equals, value = argument.partition("=") if argument.startswith("--") else ("", "", argument)
            names = self.ports if "--port" in (flag, before) else {**self.images, **self.names}
            new.append(flag + equals + ",".join(self._argument(one, names) for one in value.split(",")))
            before = argument
        return new

    @staticmethod
    def _argument(old, names):
        kind, slash, name = old.rpartition("/")
        return kind + slash + names.get(name, name)

    def _path(self, path):
        parts = list(path.parts)
        if parts[0] == "namespaces":
            parts[1] = self.name(parts[1])
        if len(parts) > 4 and parts[2] == "logs":
            parts[3] = self.name(parts[3])
            stem = re.fullmatch(r"(.*?)((?:\.previous)?\.log)", parts[4])
            parts[4] = self.name(stem.group(1)) + stem.group(2)
        return "/".join(parts)

    def _meta(self, meta):
        rows = {}
        for list_name in ("covered", "refused", "logs", "reviews"):
            rows[list_name] = [{key: self.text(value) if key == "message" else self.name(value)
                                if key in ("namespace", "pod", "container", "name") and isinstance(value, str) else value
                                for key, value in row.items()} for row in meta.get(list_name, [])]
        return {**meta, **rows}

    def write(self, folder):
        for path in sorted(self.snapshot.rglob("*")):
            if not path.is_file():
                continue
            relative = path.relative_to(self.snapshot)
            target = folder / self._path(relative)
            target.parent.mkdir(parents=True, exist_ok=True)
            if relative.name == "snapshot.json":
                target.write_text(json.dumps(self._meta(self.documents[relative]), indent=1))
            elif relative.name == "probes.json":
                probes = [{key: self.name(value) if key == "pod" else self.text(value) if key == "message" else value
                           for key, value in probe.items()} for probe in self.documents[relative]["probes"]]
                target.write_text(json.dumps({"probes": probes}, indent=1))
            elif relative in self.documents:
                document = self.documents[relative]
                items = [self._rewrite(item) for item in document["items"]]
                target.write_text(json.dumps({**document, "items": items}, indent=1))
            else:
                target.write_bytes(path.read_bytes())
