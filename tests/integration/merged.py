"""All recordings and cases as the snapshot of one cluster."""
import datetime
import json
import re
import shutil

from harness import NEW_SNAPSHOT, OLD_SNAPSHOT, ROOT

MOMENT = re.compile(r"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z")


def snapshots():
    own = sorted(path.parent for path in (ROOT / "tests" / "runbooks").glob("*/*/snapshot/snapshot.json"))
    return [NEW_SNAPSHOT, OLD_SNAPSHOT, *own]


class Merge:
    """All snapshots as one cluster: the namespaces and nodes of each with a prefix of its own, all dated as if it were taken now."""

    def __init__(self, folder):
        self.folder, self.now, self.lists = folder, datetime.datetime.now(datetime.timezone.utc), {}
        (folder / "cluster").mkdir(parents=True)
        for number, snapshot in enumerate(snapshots()):
            self._add(f"c{number}-", snapshot)
        for name, document in self.lists.items():
            (folder / "cluster" / name).write_text(json.dumps(document))
        (folder / "snapshot.json").write_text(json.dumps({"schema": "krunbook.snapshot/v1", "version": "v1.36.0"}))

    def _moved(self, text, taken_at):
        shift = self.now - datetime.datetime.fromisoformat(taken_at.replace("Z", "+00:00"))

        def moved(match):
            try:
                return (datetime.datetime.fromisoformat(match[1]) + shift).strftime("%Y-%m-%dT%H:%M:%S") + (match[2] or "") + "Z"
            except (ValueError, OverflowError):
                return match[0]
        return MOMENT.sub(moved, text)

    def _add(self, prefix, snapshot):
        taken_at = json.loads((snapshot / "snapshot.json").read_text())["taken_at"]
        for path in sorted((snapshot / "cluster").glob("*.json")):
            document = json.loads(self._moved(path.read_text(), taken_at))
            if path.stem in ("nodes", "namespaces"):
                for item in document["items"]:
                    item["metadata"]["name"] = prefix + item["metadata"]["name"]
            self.lists.setdefault(path.name, {**document, "items": []})["items"] += document["items"]
        for space in sorted((snapshot / "namespaces").glob("*/")):
            self._add_namespace(prefix, space, taken_at)

    def _add_namespace(self, prefix, space, taken_at):
        into = self.folder / "namespaces" / (prefix + space.name)
        into.mkdir(parents=True)
        known = self.lists.setdefault("namespaces.json", {"apiVersion": "v1", "kind": "NamespaceList", "items": []})["items"]
        if into.name not in {item["metadata"]["name"] for item in known[-20:]}:
            known.append({"metadata": {"name": into.name}})
        if (space / "logs").exists():
            shutil.copytree(space / "logs", into / "logs")
        for path in space.glob("*.json"):
            if path.name == "probes.json":
                continue
            document = json.loads(self._moved(path.read_text(), taken_at))
            for item in document["items"]:
                self._rename(prefix, item)
            (into / path.name).write_text(json.dumps(document))

    @staticmethod
    def _rename(prefix, item):
        if isinstance(item.get("metadata"), dict):
            item["metadata"]["namespace"] = prefix + item["metadata"].get("namespace", "default")
            uid = item["metadata"].get("uid")
            item["metadata"].update({"uid": prefix + uid} if uid else {})
            for owner in item["metadata"].get("ownerReferences") or ():
                owner["uid"] = prefix + owner.get("uid", "")
        involved = item.get("involvedObject")
        if isinstance(involved, dict):
            involved["namespace"] = prefix + involved.get("namespace", "default")
            involved["uid"] = prefix + involved.get("uid", "")
        spec = item.get("spec")
        if isinstance(spec, dict) and spec.get("nodeName"):
            spec["nodeName"] = prefix + spec["nodeName"]
