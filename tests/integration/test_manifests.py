"""The manifests of examples/kubernetes, and the roles that krunbook prints, as Kubernetes 1.36 takes them: a field that it does not
know is a mistake. And the image that they name, as the Dockerfile beside them makes it."""
import copy
import json
import re

import jsonschema
import pytest
import yaml

from harness import ROOT, krunbook

FOLDER = ROOT / "examples" / "kubernetes"
SCHEMA = json.loads((ROOT / "tests" / "formats" / "schemas" / "kubernetes-1.36.json").read_text())
KINDS = {(kind["group"], kind["version"], kind["kind"]): name for name, definition in SCHEMA["definitions"].items()
         for kind in definition.get("x-kubernetes-group-version-kind", ())}
SHIPPED = [(file.name, thing) for file in sorted(FOLDER.glob("*.yaml")) for thing in yaml.safe_load_all(file.read_text())]


def mistakes(thing):
    group, _, version = thing["apiVersion"].rpartition("/")
    named = KINDS[group, version, thing["kind"]]
    validator = jsonschema.Draft7Validator({"$ref": f"#/definitions/{named}", **SCHEMA})
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(thing)]


def pod_specs():
    for file, thing in SHIPPED:
        if thing["kind"] in ("CronJob", "Job"):
            yield file, (thing["spec"]["jobTemplate"]["spec"] if thing["kind"] == "CronJob" else thing["spec"])["template"]["spec"]


@pytest.mark.parametrize("file, thing", SHIPPED, ids=[f"{file}-{thing['kind']}" for file, thing in SHIPPED])
def test_a_manifest_is_as_kubernetes_takes_it(file, thing):
    assert mistakes(thing) == [], file


def test_a_wrong_field_a_wrong_type_and_a_missing_field_are_found():
    (_, job), = [one for one in SHIPPED if one[1]["kind"] == "Job"]
    for change in (lambda spec: spec.update(completionsMode="Indexed"), lambda spec: spec.update(parallelism="3"),
                   lambda spec: spec.pop("template")):
        wrong = copy.deepcopy(job)
        change(wrong["spec"])
        assert len(mistakes(wrong)) == 1


@pytest.mark.parametrize("arguments", [("--cluster",), ("-n", "shop")])
def test_a_role_that_is_printed_is_as_kubernetes_takes_it(tmp_path, arguments):
    printed = krunbook("rbac", "pod-status", "service", "ingress", *arguments, home=tmp_path)
    roles = list(yaml.safe_load_all(printed.out))
    assert roles != [] and [mistake for role in roles for mistake in mistakes(role)] == []


def test_the_image_runs_as_the_manifests_say():
    text = (FOLDER / "Dockerfile").read_text()
    (user,), (command,) = re.findall(r"^USER (\d+):", text, re.M), re.findall(r"^CMD (.*)$", text, re.M)
    for file, spec in pod_specs():
        (container,) = spec["containers"]
        assert container["securityContext"]["runAsUser"] == int(user), file
        assert container["args"][0] == json.loads(command)[0] and "command" not in container, file
        assert container["image"] in text, file
    for script in re.findall(r"^RUN (script/\w+)", text, re.M):
        assert (ROOT / script).is_file(), script
