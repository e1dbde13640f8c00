"""service.lua against an API server: what it may not read, what fails on the way, and how often it asks."""
import pytest

from faults import KINDS  # noqa: F401 (a rule of another kind is refused there)
from harness import codes, findings, healthy, never_wrong
from test_faults import LASTING, LYING

ALL = ("run", "service.lua", "--no-probe")


def permissions(report):
    return {entry["permission"] for section in report["sections"] for entry in section["unknown"]}


def test_both_clusters_give_the_same_verdicts(cluster, run):
    default = run(cluster, "token", *ALL, "-n", "default")
    assert codes(default.report) == {"service-selector-mismatch", "service-target-port-wrong"}, default
    assert "Service/default/running-service" in healthy(default.report), default
    zoo = run(cluster, "token", *ALL, "-n", "zoo")
    assert codes(zoo.report) == {"crash-on-start", "not-ready"}, zoo
    for section in zoo.report["sections"]:
        for finding in section["findings"]:
            first, last = finding["chain"][0], finding["chain"][-1]
            assert first["kind"] == "Service" and last["name"] == finding["object"]["name"] and last["broken"], zoo


@pytest.mark.parametrize("arguments", [("-n", "default"), ("-n", "zoo"), ("-A",)])
def test_nothing_is_asked_twice_and_no_service_by_itself(arguments, cluster, run):
    run(cluster, "token", *ALL, *arguments)
    asked = [(entry["path"], entry["query"]) for entry in cluster.audit]
    assert len(asked) == len(set(asked)), sorted(asked)
    assert not [path for path, _ in asked if "/services/" in path or "/endpointslices/" in path], asked
    assert len([path for path, _ in asked if path.endswith("/services")]) == 1, asked


@pytest.mark.parametrize("arguments", [(), ("--service", "running-service"), ("--service", "nope"), ("-n", "zoo"), ("-A",)])
def test_nothing_exits_0_for_who_may_not_see_services(arguments, cluster, run):
    result = run(cluster, "alice", "run", "service.lua", *arguments)
    assert result.code == 3 and not findings(result.report) and not healthy(result.report), result
    assert any("services" in permission for permission in permissions(result.report)), result


def test_policies_that_may_not_be_listed_are_not_none(cluster, run):
    cluster.faults.set([{"path": r"/networkpolicies(\?|$)", "kind": "status", "status": 403, "message": "is forbidden"}])
    asked = (*ALL, "--service", "running-service")
    result = run(cluster, "token", *asked)
    assert result.code == 3 and not findings(result.report) and not healthy(result.report), result
    assert permissions(result.report) == {"list networkpolicies.networking.k8s.io in default"}, result
    result = run(cluster, "token", *asked, "--no-policies")
    assert result.code == 0 and healthy(result.report) == ["Service/default/running-service"], result
    result = run(cluster, "token", *ALL, "--service", "wrong-selector")
    assert codes(result.report) == {"service-selector-mismatch"} and not permissions(result.report), result


PLACES = {"services": r"/services(\?|$)", "pods": r"/pods(\?|$)", "slices": r"/endpointslices(\?|$)",
          "owners": r"/(deployments|replicasets)(\?|$)", "pod": r"/pods/not-ready(\?|$)", "events": r"/events(\?|$)"}
FAULTS = {**{name: LASTING[name] for name in ("403", "404-not-json", "410", "500", "truncated", "reset", "hanging")}, **LYING}
NAMESPACES = ("default", "zoo")



def in_namespace(namespace):
    return (*ALL, "-n", namespace, "--request-timeout", "2s")


@pytest.fixture(scope="module")
def faulty(under_faults):
    """The runs without a fault too, as (None, None, namespace)."""
    wanted = {(None, None, namespace): (None, in_namespace(namespace)) for namespace in NAMESPACES}
    wanted |= {(name, place, namespace): (dict(FAULTS[name], path=PLACES[place]), in_namespace(namespace))
               for name in FAULTS for place in PLACES for namespace in NAMESPACES}
    return under_faults(wanted)


@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_never_makes_a_wrong_verdict(name, place, namespace, faulty):
    never_wrong(faulty[name, place, namespace][0], faulty[None, None, namespace][0].report)
