"""The table of cases: cases.yaml and the manifests, made into objects to apply and codes to expect."""
import dataclasses
import pathlib
import re

import yaml

HERE = pathlib.Path(__file__).resolve().parent
LABEL = "e2e.krunbook/case"
CLUSTER_WIDE = {"PersistentVolume", "RuntimeClass", "IngressClass", "ValidatingWebhookConfiguration", "Namespace"}


class Mistake(Exception):
    """In the table or a manifest."""


def change(value, path, new):
    """Sets the member at a path such as spec/containers/0/image; "~1" is a slash in a name; null removes."""
    steps = [step.replace("~1", "/") for step in path.split("/")]
    for step in steps[:-1]:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, ValueError) as error:
            raise Mistake(f"{path}: there is no {step}") from error
    last = int(steps[-1]) if isinstance(value, list) else steps[-1]
    if new is None:
        del value[last]
    else:
        value[last] = new


def broken(objects, faults):
    """The objects with the faults in them; a fault that finds nothing to break is a mistake."""
    named = {f"{one['kind']}/{one['metadata']['name']}": one for one in objects}
    for name, changes in (faults or {}).items():
        if name not in named:
            raise Mistake(f"no {name} to break")
        if changes is None:
            del named[name]
            continue
        for path, new in changes.items():
            change(named[name], path, new)
    return list(named.values())


@dataclasses.dataclass
class Case:
    id: str
    manifest: str
    namespace: str
    objects: list
    expect: list
    exit: int
    until: dict
    runs: list  # [runbook, argument...] each
    then: list = dataclasses.field(default_factory=list)
    then_before_run: str = ""
    also: list = dataclasses.field(default_factory=list)
    says: list = dataclasses.field(default_factory=list)
    unknown: list = dataclasses.field(default_factory=list)  # reasons that the report may give
    only: str = ""
    stage: int = 1

    @property
    def is_twin(self):
        return self.exit == 0


def filled(value, words):
    """A document with words that stand for something replaced, in names and texts."""
    if isinstance(value, dict):
        return {filled(key, words): filled(one, words) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, words) for one in value]
    if isinstance(value, str):
        return re.sub(r"\b(" + "|".join(words) + r")\b", lambda at: words[at[1]], value)
    return value


def manifest(name, words):
    text = (HERE / "manifests" / f"{name}.yaml").read_text()
    objects = [filled(one, words) for one in yaml.safe_load_all(text) if one]
    for one in objects:
        if one["kind"] not in CLUSTER_WIDE:
            one["metadata"].setdefault("namespace", words["NAMESPACE"])
        elif one["kind"] != "Namespace":
            one["metadata"].setdefault("labels", {})[LABEL] = words["NAMESPACE"]
    return objects


def fault(row, fill):
    words = {"NAMESPACE": f"e2e-{row['id']}", **fill}
    row = filled(row, words)
    return Case(id=row["id"], manifest=row["manifest"], namespace=words["NAMESPACE"], until=row["until"],
                objects=broken(manifest(row["manifest"], words), row.get("break")),
                expect=sorted(row["expect"]), exit=row.get("exit", 2),
                runs=[[row.get("runbook", "pod-status"), *row.get("args", [])]],
                also=row.get("also", []), then=row.get("then", []), then_before_run=row.get("then_before_run", ""),
                says=[str(said) for said in row.get("says", [])],
                only=row.get("only", ""), stage=row.get("stage", 1))


def twin(row, fill):
    words = {"NAMESPACE": f"e2e-healthy-{row['manifest']}", **fill}
    return Case(id=f"{row['manifest']} (healthy)", manifest=row["manifest"],
                namespace=words["NAMESPACE"], objects=manifest(row["manifest"], words), expect=[], exit=0,
                until={"healthy": True, **row.get("until", {})}, runs=row.get("runs", [["pod-status"]]),
                then=row.get("then", []), only=row.get("only", ""), stage=row.get("stage", 1))


def load(fill):
    """All cases; fill maps words of the manifests (WEBHOOK) to what they stand for here."""
    rows = yaml.safe_load((HERE / "cases.yaml").read_text())
    twins = {row["manifest"] for row in rows["twins"]}
    found = []
    for row in rows["faults"]:
        if row["manifest"] not in twins:
            raise Mistake(f"{row['id']}: {row['manifest']} has no healthy twin")
        try:
            found.append(fault(row, fill))
        except Mistake as error:
            raise Mistake(f"{row['id']}: {error}") from error
    found += [twin(row, fill) for row in rows["twins"]]
    return found
