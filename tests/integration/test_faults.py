"""Whatever goes wrong on the way, a verdict is right or is unknown: never wrong, and never late."""
import signal
import time

import pytest

import harness
from faults import KINDS
from harness import codes, complaints, never_wrong

ERROR = ("run", "pod-status.lua", "--pod", "error")
ZOO = ("run", "pod-status.lua", "-n", "zoo")
EVENTS = r"/events(\?|$)"
PODS = r"/pods(\?|$)"
LOGS = r"/log(\?|$)"
POD = r"/pods/error(\?|$)"


def fault(path, kind, **more):
    return {"path": path, "kind": kind, **more}


@pytest.fixture(scope="module")
def known():
    return {}


@pytest.fixture
def faultless(new, run, known):
    """The report of the same run, on the same server, before any fault."""
    def call(arguments):
        if arguments not in known:
            result = run(new, "token", *arguments)
            assert result.code == 2 and not result.report["errors"], result
            known[arguments] = result.report
        return known[arguments]
    return call


# Named by what a person would call them; each is tried on lists of pods, on events and on logs.
LASTING = {
    "401": fault("", "status", status=401),
    "403": fault("", "status", status=403, message="pods is forbidden: User \"admin\" cannot list resource"),
    "403-empty": fault("", "status", status=403, text=""),
    "404-not-json": fault("", "status", status=404, text="404 page not found\n"),
    "410": fault("", "status", status=410, message="too old resource version"),
    "429-for-ever": fault("", "status", status=429, retry_after=0, text="Too many requests, please try again later.\n"),
    "500": fault("", "status", status=500),
    "502-html": fault("", "status", status=502, text="<html>Bad Gateway</html>", type="text/html"),
    "503": fault("", "status", status=503),
    "504": fault("", "status", status=504),
    "truncated": fault("", "truncated"),
    "cut-chunks": fault("", "cut"),
    "hanging": fault("", "hang"),
    "stalled": fault("", "stalled"),
    "oversized": fault("", "flood", bytes=300 << 20, type="application/json"),
    "bomb": fault("", "bomb", bytes=200 << 20),
    "reset": fault("", "reset"),
    "redirect": fault("", "redirect", location="https://127.0.0.1:1/elsewhere"),
    "redirect-308": fault("", "redirect", status=308, location="http://127.0.0.1:1/"),
}
# These are no errors to HTTP: only what is in them is wrong. A log, which may hold anything, is not among their targets.
LYING = {
    "html": fault("", "body", text="<html><body>Please sign in</body></html>", type="text/html"),
    "not-json": fault("", "body", text="{\"kind\": \"PodList\", \"items\": [{"),
    "empty": fault("", "body", text=""),
    "null": fault("", "body", text="null"),
    "wrong-kind": fault("", "body", text='{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":[]}'),
    "status-as-200": fault("", "body", text='{"kind":"Status","apiVersion":"v1","status":"Failure","code":500}'),
    "no-items": fault("", "body", text='{"kind":"PodList","apiVersion":"v1","metadata":{}, "items": 7}'),
    "deep": fault("", "body", text="[" * 100000),
}


# A log may be as long as it likes: it is cut, and that is no fault. test_hostile.py has one of 1 GB.
PLACES = {"pods": PODS, "events": EVENTS, "logs": LOGS, "pod": POD}
PAIRS = [(name, place) for name in LASTING for place in PLACES
         if not (place == "logs" and name in ("oversized", "bomb"))]


def lasting_run(place):
    return (ZOO if PLACES[place] == PODS else ERROR) + ("--request-timeout", "2s")


@pytest.fixture(scope="module")
def lasting(under_faults):
    return under_faults({(name, place): (dict(LASTING[name], path=PLACES[place]), lasting_run(place)) for name, place in PAIRS})


@pytest.mark.parametrize("name, place", PAIRS)
def test_a_lasting_fault_never_makes_a_wrong_verdict(name, place, faultless, lasting):
    result, met = lasting[name, place]
    assert met > 0 or place in ("logs", "pods", "pod"), "nothing asked for what was to fail"
    if met:
        assert not never_wrong(result, faultless(lasting_run(place))), f"{name} was not noticed: {result}"
    assert result.seconds < 30, result


def lying_run(place):
    return ZOO if place == "pods" else ERROR


@pytest.fixture(scope="module")
def lying(under_faults):
    return under_faults({(name, place): (dict(LYING[name], path=PLACES[place]), lying_run(place))
                         for name in LYING for place in ("pods", "events", "pod")})


@pytest.mark.parametrize("place", ["pods", "events", "pod"])
@pytest.mark.parametrize("name", LYING)
def test_a_200_that_is_no_answer_is_unknown(name, place, faultless, lying):
    result, met = lying[name, place]
    if met:
        assert not never_wrong(result, faultless(lying_run(place))), f"{name} was not noticed: {result}"
        assert result.code in (2, 3), result


@pytest.mark.parametrize("name, times", [("502-html", 1), ("503", 2), ("504", 1), ("reset", 1), ("429-for-ever", 3)])
def test_a_passing_fault_is_healed_by_asking_again(name, times, new, run, faultless):
    before = faultless(ERROR)
    new.faults.set([dict(LASTING[name], path=EVENTS, nth=list(range(1, times + 1)))])
    result = run(new, "token", *ERROR)
    assert never_wrong(result, before), result
    assert new.faults.rules[0]["seen"] > times


def test_retry_after_is_honoured(new, run, faultless):
    before = faultless(ERROR)
    new.faults.set([fault(EVENTS, "status", status=429, retry_after=1, nth=[1, 2])])
    result = run(new, "token", *ERROR)
    assert never_wrong(result, before), result
    assert 2 <= result.seconds < 10, result


def test_retry_after_beyond_the_deadline_is_not_waited_for(new, run, faultless):
    before = faultless(ERROR)
    new.faults.set([fault(EVENTS, "status", status=429, retry_after=3600)])
    result = run(new, "token", *ERROR, "--request-timeout", "2s")
    assert not never_wrong(result, before), result
    assert result.seconds < 5, result


def test_a_slow_answer_is_waited_for(new, run, faultless):
    before = faultless(ERROR)
    new.faults.set([fault(EVENTS, "slow", seconds=1.5)])
    result = run(new, "token", *ERROR)
    assert never_wrong(result, before) and result.seconds > 1.5, result


def test_a_hanging_answer_ends_by_request_timeout(new, run):
    new.faults.set([fault("/api", "hang")])
    result = run(new, "token", *ERROR, "--request-timeout", "1s")
    assert result.code == 3 and complaints(result.report), result
    assert "timeout" in result.out
    assert 1 <= result.seconds < 6, result


def test_pages_are_put_together(new, run, faultless):
    before = faultless(ZOO)
    new.page_max = 3
    result = run(new, "token", *ZOO)
    assert never_wrong(result, before), result
    assert any("continue=" in entry["query"] for entry in new.audit)
    for entry in new.audit:
        assert not ("continue=" in entry["query"] and "resourceVersion=" in entry["query"]), entry


def test_an_expired_list_goes_on_with_its_fresh_token(new, run, faultless):
    before = faultless(ZOO)
    new.page_max = 3
    new.faults.set([fault(r"/pods\?.*continue=", "expired", fresh=True, nth=[2])])
    result = run(new, "token", *ZOO)
    assert new.faults.rules[0]["seen"] > 2, "the list did not go on"
    assert never_wrong(result, before), result


def test_an_expired_list_without_a_token_is_complete_or_unknown(new, run, faultless):
    before = faultless(ZOO)
    new.page_max = 3
    new.faults.set([fault(r"/pods\?.*continue=", "expired", fresh=False, nth=[2])])
    never_wrong(run(new, "token", *ZOO), before)
    new.faults.set([fault(r"/pods\?.*continue=", "expired", fresh=False)])
    assert not never_wrong(run(new, "token", *ZOO), before)


@pytest.mark.parametrize("name", ["403", "500", "truncated", "html"])
def test_a_list_that_fails_in_the_middle_is_no_whole_list(name, new, run, faultless):
    before = faultless(ZOO)
    new.page_max = 3
    new.faults.set([dict({**LASTING, **LYING}[name], path=r"/pods\?.*continue=")])
    result = run(new, "token", *ZOO)
    assert not never_wrong(result, before), result


def test_a_redirect_never_gets_the_token(new, old, run):
    new.faults.set([fault("/api", "redirect", location=old.url + "/api/v1/namespaces/default/pods/error")])
    result = run(new, "token", *ERROR)
    assert result.code == 3 and old.audit == [], result


def test_no_server_at_all_is_unreachable(new, run):
    result = run(new, "token", *ERROR, "--server", "https://127.0.0.1:1")
    assert result.code == 3 and "127.0.0.1:1" in result.out, result
    assert result.seconds < 20, result


@pytest.mark.parametrize("path", ["/api", LOGS, EVENTS], ids=["everything", "log", "events"])
def test_ctrl_c_ends_at_once_with_what_was_found(path, new, tmp_path):
    new.faults.set([fault(path, "hang")])
    began = time.monotonic()
    process = harness.start([*ERROR, "--kubeconfig", new.folder / "token.kubeconfig", "-o", "json"], tmp_path)
    while not any(rule["seen"] for rule in new.faults.rules):
        assert process.poll() is None and time.monotonic() - began < 10, "it did not ask for what hangs"
        time.sleep(0.02)
    time.sleep(0.2)
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    result = harness.finish(process, began)
    assert time.monotonic() - pressed < (10 if harness.INSTRUMENTED else 1), result
    assert result.code == 130, result
    assert complaints(result.report) and "traceback" not in result.out, result
    assert "crash-bad-command" not in codes(result.report) or path != "/api"


def test_every_fault_is_known():
    assert {rule["kind"] for rule in [*LASTING.values(), *LYING.values()]} | {"slow", "expired"} == set(KINDS)


def version_of(result):
    return result.report["sections"][0]["cluster"]["version"]


def test_the_servers_version_is_in_the_report(cluster, run):
    result = run(cluster, "token", *ERROR)
    assert version_of(result) == ("v1.36.2" if cluster.cluster.folder == harness.NEW_SNAPSHOT else "v1.20.2"), result
    asked = [entry["path"] for entry in cluster.audit]
    assert asked.count("/version") == 1 and "/version" in asked[:2], "it is asked once, beside the first question"


@pytest.mark.parametrize("fault", [{"kind": "hang"}, {"kind": "status", "status": 403}, {"kind": "status", "status": 500}])
def test_nothing_hangs_on_the_servers_version(fault, new, run, faultless):
    new.faults.set([{"path": "/version", **fault}])
    result = run(new, "token", *ERROR)
    assert result.code == 2 and version_of(result) is None and result.seconds < 2, result
    assert never_wrong(result, faultless(ERROR)), result
