"""Takes the deciding evidence of a finding out of a copy of its snapshot.

"decided_by", of a case's finding or of the case, is a list of what decides, each with whose it is where that is not the
finding's own object ("events of Job/zoo/fails"):

    events        the events of the object
    log           what its containers wrote, this run and the previous one
    state         its containers' states
    conditions    its conditions, or one: "condition Ready"
    object        the object itself
    probe         what its ports did when they were asked: a pod's, or those of the pods that a Service selects
    endpoints     the endpoints of a Service, in EndpointSlices and Endpoints
    spec.x.y      a field (also status.x, metadata.x); lists on the way are gone through
    node status   the conditions and taints of every node

Left out, everything that the cluster says about the object goes, and about what it owns or is owned by.
"""
import json
import re
import shutil

STATUS_KEPT = ("phase", "hostIP", "hostIPs", "podIP", "podIPs", "qosClass", "startTime", "replicas")


class Copy:
    """A snapshot folder, copied; its lists are written back when all is done."""

    def __init__(self, snapshot, folder):
        shutil.copytree(snapshot, folder, dirs_exist_ok=True)
        self.folder = folder
        self.lists = {path: json.loads(path.read_text()) for path in [*folder.glob("cluster/*.json"),
                                                                      *folder.glob("namespaces/*/*.json")]}

    def save(self):
        for path, document in self.lists.items():
            path.write_text(json.dumps(document, indent=1))

    def objects(self):
        for path, document in self.lists.items():
            if not path.name.startswith("events"):
                for item in document.get("items", []):
                    yield item.get("kind") or document["kind"][:-len("List")], path, item

    def find(self, reference):
        parts = reference.split("/")
        kind, namespace, name = (parts[0], None, parts[1]) if len(parts) == 2 else parts[:3]
        found = [item for kind_, _, item in self.objects() if kind_ == kind and item["metadata"]["name"] == name
                 and item["metadata"].get("namespace") == namespace]
        if not found:
            raise ValueError(f"no {reference} in the snapshot")
        return found[0]

    def family(self, item):
        """The object, its owners, and all that these own."""
        uids = {item["metadata"]["uid"]}
        grown = True
        while grown:
            grown = False
            for _, _, other in self.objects():
                own = other["metadata"].get("uid")
                owners = {owner["uid"] for owner in other["metadata"].get("ownerReferences", [])}
                if (own in uids and not owners <= uids) or (owners & uids and own not in uids):
                    uids |= owners | {own}
                    grown = True
        return [other for _, _, other in self.objects() if other["metadata"].get("uid") in uids]

    def remove_events(self, item):
        for path, document in self.lists.items():
            if path.name.startswith("events"):
                document["items"] = [event for event in document["items"]
                                     if event.get("involvedObject", event.get("regarding", {})).get("uid")
                                     not in (item["metadata"].get("uid"),
                                             item["metadata"].get("annotations", {}).get("kubernetes.io/config.mirror"))]

    def remove_log(self, item):
        logs = self.folder / "namespaces" / item["metadata"].get("namespace", "") / "logs" / item["metadata"]["name"]
        if logs.exists():
            shutil.rmtree(logs)

    def remove_states(self, item):
        for list_name in ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"):
            item.get("status", {}).pop(list_name, None)

    def remove_conditions(self, item, type_=None):
        status = item.get("status", {})
        status["conditions"] = [condition for condition in status.get("conditions", [])
                                if type_ and condition["type"] != type_]

    def remove_object(self, item):
        for document in self.lists.values():
            if "items" in document:
                document["items"] = [other for other in document["items"] if other is not item]

    def remove_probes(self, item):
        namespace, names = item["metadata"]["namespace"], {item["metadata"]["name"]}
        selector = item["spec"].get("selector")
        if selector:
            names = {pod["metadata"]["name"] for kind, _, pod in self.objects() if kind == "Pod"
                     and pod["metadata"]["namespace"] == namespace
                     and selector.items() <= pod["metadata"].get("labels", {}).items()}
        document = self.lists[self.folder / "namespaces" / namespace / "probes.json"]
        left = [probe for probe in document["probes"] if probe["pod"] not in names]
        if len(left) == len(document["probes"]):
            raise ValueError(f"no probe of {', '.join(sorted(names))} in the snapshot")
        document["probes"] = left

    def remove_endpoints(self, service):
        name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
        for kind, _, item in self.objects():
            metadata = item["metadata"]
            if metadata.get("namespace") != namespace:
                continue
            if kind == "EndpointSlice" and metadata.get("labels", {}).get("kubernetes.io/service-name") == name:
                item["endpoints"] = None
            elif kind == "Endpoints" and metadata["name"] == name:
                item.pop("subsets", None)

    def remove_field(self, item, path):
        first, _, rest = path.partition(".")
        first = first.removesuffix("[]")
        for holder in item if isinstance(item, list) else [item]:
            if not rest:
                holder.pop(first, None)
            elif first in holder:
                self.remove_field(holder[first], rest)

    def remove_node_status(self):
        for kind, _, item in self.objects():
            if kind == "Node":
                item.get("status", {}).pop("conditions", None)
                item.get("spec", {}).pop("taints", None)
                item.get("spec", {}).pop("unschedulable", None)

    def remove_all_said(self, item):
        for member in self.family(item):
            self.remove_events(member)
            self.remove_log(member)
            member["status"] = {key: value for key, value in member.get("status", {}).items() if key in STATUS_KEPT}
            member["metadata"].pop("deletionTimestamp", None)


def apply(copy, decision, own):
    named = re.search(r"\b([A-Z]\w+(?:/[\w.-]+)+)$", decision)
    item = copy.find(named.group(1) if named else own)
    word = re.sub(r"\s*(of\s+)?\S+/\S+$", "", decision) if named else decision
    condition = re.fullmatch(r"condition (\w+)", word)
    if condition:
        copy.remove_conditions(item, condition.group(1))
    elif word == "node status":
        copy.remove_node_status()
    elif re.match(r"(spec|status|metadata)\b", word):
        copy.remove_field(item, word)
    else:
        actions = {"events": copy.remove_events, "event": copy.remove_events, "log": copy.remove_log,
                   "logs": copy.remove_log, "state": copy.remove_states, "conditions": copy.remove_conditions,
                   "condition": copy.remove_conditions, "object": copy.remove_object, "probe": copy.remove_probes,
                   "endpoints": copy.remove_endpoints}
        if word not in actions:
            raise ValueError(f"decided_by: {decision!r} is none of those in cases_removed.py")
        actions[word](item)


def remove(case, wanted, folder):
    """Returns what was taken away, in words."""
    copy = Copy(case.snapshot, folder)
    decided_by = wanted.get("decided_by") or case.wanted.get("decided_by")
    if decided_by:
        for decision in decided_by:
            apply(copy, decision, wanted["object"])
    else:
        copy.remove_all_said(copy.find(wanted["object"]))
    copy.save()
    return ", ".join(decided_by) if decided_by else "everything said about it"
