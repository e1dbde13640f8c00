"""ingress.lua and why.lua against an API server: the same verdicts live, what may not be read, what fails on the way, how often
it asks, and that no value of a Secret comes through."""
import pytest

from harness import codes, findings, healthy, never_wrong
from test_faults import LASTING, LYING

ALL = ("run", "ingress.lua", "--no-probe")
PEM = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"


def permissions(report):
    return {entry["permission"] for section in report["sections"] for entry in section["unknown"]}


def test_both_clusters_give_the_same_verdicts(cluster, run):
    default = run(cluster, "token", *ALL, "-n", "default")
    assert codes(default.report) >= {"ingress-backend-service-missing", "ingress-backend-port-missing"}, default
    assert healthy(default.report) == ["Ingress/default/ingress-good"], default
    zoo = run(cluster, "token", *ALL, "-n", "zoo")
    assert codes(zoo.report) == {"ingress-class-missing", "ingress-class-unknown", "ingress-tls-secret-missing", "not-ready"}, zoo
    assert not healthy(zoo.report) and permissions(zoo.report) == set(), zoo


def test_why_starts_at_the_ingress_and_ends_at_the_pod(cluster, run):
    result = run(cluster, "token", "run", "why.lua", "--no-probe", "--target", "ing/wrong-class", "-n", "zoo")
    chains = {finding["code"]: [link["kind"] for link in finding["chain"]]
              for section in result.report["sections"] for finding in section["findings"]}
    assert chains == {"ingress-class-unknown": ["Ingress", "IngressClass"], "not-ready": ["Ingress", "Service", "Pod"]}, result


@pytest.mark.parametrize("arguments", [("-n", "default"), ("-n", "zoo"), ("-A",)])
def test_no_service_and_no_ingress_is_asked_for_by_itself(arguments, cluster, run):
    result = run(cluster, "token", *ALL, *arguments)
    assert result.code == 2, result
    asked = [(entry["path"], entry["query"]) for entry in cluster.audit]
    assert not [path for path, _ in asked if "/ingresses/" in path or "/ingressclasses/" in path], asked
    for resource in ("ingresses", "ingressclasses"):
        assert len([path for path, _ in asked if path.endswith("/" + resource)]) == 1, asked
    twice = {request for request in asked if asked.count(request) > 1 and "portforward" not in request[0]}
    assert not twice, twice


@pytest.mark.parametrize("arguments", [("--ingress", "ingress-good"), (), ("-n", "zoo"), ("-A",), ("--host", "shop.example.com")])
def test_nothing_exits_0_for_who_may_not_see_ingresses(arguments, cluster, run):
    result = run(cluster, "alice", *ALL, *arguments)
    assert result.code == 3 and not findings(result.report) and not healthy(result.report), result
    assert any("ingresses.networking.k8s.io" in permission for permission in permissions(result.report)), result


def refuse(path):
    return {"path": path, "kind": "status", "status": 403, "message": "is forbidden: User \"admin\" cannot do that"}


STEPS = {r"/ingressclasses(\?|$)": "list ingressclasses.networking.k8s.io",
         r"/services/": "get services in default", r"/api/v1/pods(\?|$)|/ingress-nginx/pods": "list pods in all namespaces",
         r"/default/pods(\?|$)": "list pods in default"}


@pytest.mark.parametrize("path", STEPS)
def test_each_step_that_is_refused_names_its_permission(path, cluster, run):
    cluster.faults.set([refuse(path)])
    result = run(cluster, "token", *ALL, "--ingress", "ingress-good")
    assert result.code == 3 and not findings(result.report) and not healthy(result.report), result
    assert STEPS[path] in permissions(result.report), result


def test_a_secret_that_may_not_be_read_is_not_missing(cluster, run):
    cluster.faults.set([refuse("/secrets")])
    result = run(cluster, "token", *ALL, "--ingress", "no-class", "-n", "zoo")
    assert "ingress-tls-secret-missing" not in codes(result.report), result
    assert permissions(result.report) == {"get secrets in zoo"}, result


SHOW = """return { name = "show", summary = "Prints all that it is given of a Secret.", run = function(ctx)
  local function text(value)
    if type(value) ~= "table" then return tostring(value) end
    local parts = {}
    for key, inner in pairs(value) do parts[#parts + 1] = key .. "=" .. text(inner) end
    return "{" .. table.concat(parts, ",") .. "}"
  end
  local all = kube.list("secrets", { namespace = "zoo" }):all()
  ctx:finding({ code = "seen", severity = "info", object = { kind = "Secret", name = "x" }, cause = text(kube.get("secret", "web-tls",
    { namespace = "zoo" })) .. text(all) })
end }"""


def test_no_value_of_a_secret_comes_to_a_runbook(new, run, tmp_path):
    secret = ('{"kind":"Secret","apiVersion":"v1","metadata":{"name":"web-tls","namespace":"zoo","annotations":'
              '{"kubectl.kubernetes.io/last-applied-configuration":"%s"}},"type":"kubernetes.io/tls","data":{"tls.crt":"%s","tls.key":"%s"}}')
    body = secret % (PEM, PEM, PEM)
    new.faults.set([{"path": r"/secrets/web-tls", "kind": "body", "text": body},
                    {"path": r"/secrets(\?|$)", "kind": "body",
                     "text": '{"kind":"SecretList","apiVersion":"v1","metadata":{},"items":[%s]}' % body}])
    (tmp_path / "show.lua").write_text(SHOW)
    result = run(new, "token", "run", tmp_path / "show.lua")
    cause = result.report["sections"][0]["findings"][0]["cause"]
    assert PEM not in result.out and cause.count("tls.key=") == 2, result
    assert "tls.crt holds no certificate" in cause, result


PLACES = {"classes": r"/ingressclasses(\?|$)", "services": r"/services", "pods": r"/pods(\?|$)", "slices": r"/endpointslices(\?|$)",
          "secrets": r"/secrets", "ingresses": r"/ingresses(\?|$)", "events": r"/events(\?|$)"}
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
