"""Probes through real port-forwards: what a port does is told as it is, and whatever goes wrong on the way is unknown."""
import json
import os
import signal
import subprocess
import sys
import time

import pytest

import apiserver
import harness
import kubeconfigs
from apps import Apps
from portforward import HOSTILE
from proxy import ConnectProxy

CLIENT = os.path.abspath(os.environ.get("PROBE_CLIENT", harness.ROOT / "build" / "tests" / "probe_client"))
TOKEN = "adm1nT0kenQ2hR8xVw5z"


@pytest.fixture(scope="module")
def apps(tmp_path_factory):
    with Apps(tmp_path_factory.mktemp("apps")) as started:
        yield started


@pytest.fixture
def server(new):
    new.forwards.clear()
    return new


def start(path, requests, in_flight=32, before=()):
    process = subprocess.Popen([*before, CLIENT, str(path), str(in_flight)], stdin=subprocess.PIPE, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=harness.environment("/nonexistent"))
    process.stdin.write("".join(json.dumps(request) + "\n" for request in requests))
    process.stdin.close()
    process.stdin = None
    return process


def finish(process):
    try:
        out, err = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError("the probe does not end") from None
    assert process.returncode == 0 and err == "", f"exit {process.returncode}: {err}\n{out}"
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def probe(server):
    """probe(port, scheme=..., ...): what came of it, of the pod "running"."""
    def call(port=80, scheme="tcp", kubeconfig="token", **more):
        path = kubeconfig if "/" in str(kubeconfig) else server.folder / f"{kubeconfig}.kubeconfig"
        return finish(start(path, [{"pod": "running", "port": port, "scheme": scheme, **more}]))[0]
    return call


@pytest.fixture
def app(server, apps):
    """app(behaviour, tls): it listens at port 80 of the pod "running"."""
    def call(behaviour, tls=False):
        port = apps.start(behaviour, tls)
        server.forwards.targets[("default", "running", 80)] = port
        return apps.by_port[port]
    return call


def found(reply, result):
    assert reply["outcome"] == "found" and reply["body"]["result"] == result, reply
    return reply["body"]


def unknown(reply, reason, words=""):
    assert reply["outcome"] == "unknown" and reply["reason"] in reason.split("|"), reply
    assert words in reply["message"], reply
    return reply


# -- what ports do ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_application_answers(scheme, app, probe):
    app("web", tls=scheme == "https")
    body = found(probe(scheme=scheme), "answered")
    assert (body["status"], body["body"], body["truncated"]) == (200, "Welcome to nginx!\n", False)
    assert body["headers"]["server"] == "nginx/1.22.1" and body["headers"]["content-type"] == "text/plain"
    assert 0 <= body["latency_ms"] < 5000
    if scheme == "https":
        assert body["certificate"]["subject"] == "CN=app" and body["certificate"]["issuer"] == "CN=app-ca"
        assert body["certificate"]["dnsNames"] == ["web.example.com", "www.example.com"]
        assert body["certificate"]["notBefore"] < body["certificate"]["notAfter"]
    else:
        assert "certificate" not in body


@pytest.mark.parametrize("path, status", [("/teapot", 418), ("/nowhere?x=%20y", 404), ("/redirect", 302)])
def test_any_status_is_an_answer_and_redirects_are_not_followed(path, status, app, probe):
    running = app("web")
    assert found(probe(scheme="http", path=path), "answered")["status"] == status
    assert len(running.requests) == 1 and running.requests[0].startswith(f"GET {path} HTTP/1.1\r\n")


def test_the_request_holds_the_host_and_nothing_of_ours(app, probe):
    running = app("web")
    found(probe(scheme="http", host="shop.example.com:8080", path="/echo"), "answered")
    lines = running.requests[0].strip().split("\r\n")
    assert "Host: shop.example.com:8080" in lines and "Connection: close" in lines
    assert {line.partition(":")[0] for line in lines[1:]} == {"Host", "User-Agent", "Accept", "Connection"}


def test_the_host_is_localhost_where_none_is_named(app, probe):
    running = app("web")
    found(probe(scheme="http"), "answered")
    assert "Host: localhost\r\n" in running.requests[0]


def test_head_asks_for_no_body(app, probe):
    running = app("web")
    body = found(probe(scheme="http", head=True), "answered")
    assert (body["status"], body["body"], body["truncated"]) == (200, "", False)
    assert running.requests[0].startswith("HEAD / ")


def test_headers_are_joined_and_cookies_not_kept(app, probe):
    app("web")
    reply = probe(scheme="http", path="/cookie")
    assert found(reply, "answered")["headers"]["x-twice"] == "a, b"
    assert "hunter" not in json.dumps(reply)


def test_a_body_is_valid_text_whatever_it_was(app, probe):
    app("web")
    assert found(probe(scheme="http", path="/bytes"), "answered")["body"] == "\ufffd\ufffd\ufffd<b>\x1b[31m"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("behaviour", ["huge", "endless"])
def test_an_answer_without_end_is_cut(behaviour, scheme, app, probe, server):
    app(behaviour, tls=scheme == "https")
    reply = probe(scheme=scheme)
    body = found(reply, "answered")
    assert body["truncated"] and len(body["body"]) == 4096 and body["status"] == 200
    assert reply["took_ms"] < 5000


@pytest.mark.parametrize("behaviour", ["endless-headers", "endless-hints"])
def test_headers_without_end_are_no_http(behaviour, app, probe):
    app(behaviour)
    reply = probe(scheme="http")
    assert "headers" in found(reply, "not-http")["message"]
    assert reply["took_ms"] < 5000


@pytest.mark.parametrize("scheme", ["tcp", "http", "https"])
def test_nobody_listens(scheme, probe):
    body = found(probe(8080, scheme, path="/" if scheme != "tcp" else None), "refused")
    assert "connect: connection refused" in body["message"] and "8080" in body["message"]


@pytest.mark.parametrize("behaviour", ["web", "silent", "huge"])
def test_a_port_that_takes_the_connection_is_open(behaviour, app, probe, server):
    app(behaviour)
    assert "body" not in found(probe(), "open")
    assert server.forwards.sent == [], "only to connect sends nothing"


def test_what_a_port_says_first_shows_that_it_is_open(app, probe):
    app("greets")
    reply = probe()
    assert found(reply, "open")["body"] == "SSH-2.0-OpenSSH_9.2\r\n"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("behaviour, result", [("silent", "timeout"), ("closes", "closed"), ("half-head", "closed"),
                                               ("resets", "reset"), ("greets", "not-http"), ("binary", "not-http")])
def test_no_answer_is_told_from_a_wrong_one(behaviour, result, scheme, app, probe):
    running = app(behaviour, tls=scheme == "https")
    reply = probe(scheme=scheme, timeout_ms=1500 if result == "timeout" else 20000)
    found(reply, result)
    assert running.connections == 1, "an application is asked once"
    assert reply["took_ms"] < 10000, "the answer was waited for, though there was none to come"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_answer_without_an_end_is_an_answer_and_says_so(scheme, app, probe):
    app("events", tls=scheme == "https")
    outcome = found(probe(scheme=scheme, timeout_ms=1500), "answered")
    assert outcome["status"] == 200 and outcome["truncated"] and "did not end in time" in outcome["message"]


def test_tls_is_not_taken_for_granted(app, probe):
    app("greets")
    assert "message" in found(probe(scheme="https"), "not-http")


def test_what_no_http_said_is_shown(app, probe):
    app("greets")
    outcome = found(probe(scheme="http"), "not-http")
    assert (outcome["body"], outcome["message"]) == ("SSH-2.0-OpenSSH_9.2\r\n", "what it says is no HTTP")


def test_an_answer_that_breaks_off_is_an_answer_and_says_so(app, probe):
    app("half")
    body = found(probe(scheme="http"), "answered")
    assert (body["status"], body["body"], body["truncated"]) == (200, "only this", True) and body["message"]


@pytest.mark.parametrize("behaviour, text", [("to-the-end", "old but gold"), ("bare", "")])
def test_answers_may_end_in_any_way(behaviour, text, app, probe):
    app(behaviour)
    body = found(probe(scheme="http"), "answered")
    assert (body["body"], body["truncated"]) == (text, False)


# What other container runtimes say, and what it means.
@pytest.mark.parametrize("words, result", [
    ("error forwarding port 80 to pod x, uid : exit status 1: 2026/01/31 08:00:00 socat[7] E connect(5, AF=2 "
     "127.0.0.1:80, 16): Connection refused\n", "refused"),
    ("error forwarding port 80 to pod x, uid : port forward into network namespace \"/var/run/netns/y\": readfrom tcp4 "
     "127.0.0.1:9->127.0.0.1:80: write tcp4 127.0.0.1:9->127.0.0.1:80: write: broken pipe", "closed"),
    ("failed to connect to localhost:80 inside namespace x: read: connection reset by peer", "reset")])
def test_the_runtimes_words_are_understood_and_quoted(words, result, server, probe):
    server.forwards.targets[("default", "running", 80)] = words
    assert found(probe(), result)["message"] == words.strip()
    assert found(probe(scheme="http"), result)["message"] == words.strip()


@pytest.mark.parametrize("words, reason", [
    ("failed to find sandbox \"x\" in store: not found", "server-error"),
    ("network namespace for sandbox \"x\" is closed", "server-error"),
    ("container not running (x)", "server-error"),
    ("unable to do port forwarding: socat not found", "server-error"),
    ("dial tcp: lookup localhost: no such host", "server-error"),
    ("dial tcp4 127.0.0.1:80: i/o timeout", "timeout"),
    ("IPv4: dial tcp4 127.0.0.1:80: i/o timeout IPv6: dial tcp6 [::1]:80: connect: connection refused", "timeout"),
    ("rpc error: code = DeadlineExceeded desc = context deadline exceeded", "timeout")])
def test_a_runtime_that_fails_says_nothing_of_the_port(words, reason, server, probe):
    server.forwards.targets[("default", "running", 80)] = words
    unknown(probe(), reason, words)
    unknown(probe(scheme="http"), reason, words)


# -- the API server's own answers ------------------------------------------------------------------------------------


def test_a_pod_that_is_not_there_is_absent(probe):
    reply = probe(pod="nope")
    assert reply["outcome"] == "absent" and reply["message"] == 'pods "nope" not found', reply


def test_a_pod_without_a_node_cannot_be_asked(probe):
    unknown(probe(pod="pending"), "bad-request", "pod pending does not have a host assigned")


def test_who_may_not_is_told_so(probe):
    unknown(probe(kubeconfig="alice"), "forbidden", 'cannot get resource "pods/portforward"')


def test_a_refusal_without_a_word_is_not_taken_for_rbac(server, probe):
    server.faults.set([{"path": "/portforward", "kind": "status", "status": 403, "text": ""}])
    unknown(probe(), "api-missing", "v4.channel.k8s.io")


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_port_that_cannot_be_is_not_asked_for(port, probe, server):
    unknown(probe(port), "bad-request", "no port")
    assert server.audit == []


@pytest.mark.parametrize("more", [{"path": "nope"}, {"path": "/a b"}, {"path": "/\r\nX: y"}, {"host": "a/b"},
                                  {"host": "a\r\nb"}, {"host": "user@host"}])
def test_a_path_or_host_that_cannot_be_is_not_sent(more, probe, server):
    unknown(probe(scheme="http", **more), "bad-request")
    assert server.audit == []


# -- hostile servers -------------------------------------------------------------------------------------------------

WORDS = {"no-answer": ("timeout", "did not answer"), "closes-at-once": ("unreachable", ""),
         "no-http": ("bad-answer", "HTTP/1.1"), "half-a-head": ("bad-answer", "broke off"),
         "endless-head": ("bad-answer", "longer"), "endless-line": ("bad-answer", "longer"),
         "endless-refusal": ("server-error", ""), "half-a-refusal": ("bad-answer", "broke off"),
         "found": ("bad-answer", "HTTP 200"), "redirect": ("bad-answer", "redirects"), "html": ("server-error", "502"),
         "plain-chunked": ("server-error", "error of mine"), "bad-accept": ("bad-answer", "Sec-WebSocket-Accept"),
         "no-accept": ("bad-answer", "Sec-WebSocket-Accept"), "wrong-protocol": ("bad-answer", "v4.base64"),
         "no-protocol": ("bad-answer", "subprotocol"), "other-upgrade": ("bad-answer", "not to a WebSocket"),
         "extension": ("bad-answer", "extension"), "silence": ("timeout", "port-forward"),
         "closes-after-101": ("unreachable", "ended"), "closes-after-ports": ("unreachable", "ended"),
         "one-port-only": ("timeout", "port-forward"), "short-port": ("bad-answer", "port's number"),
         "long-port": ("bad-answer", "port's number"), "wrong-port": ("bad-answer", "port 65535"),
         "no-channel": ("bad-answer", "channel"), "wrong-channel": ("bad-answer", "channel 7"),
         "text": ("bad-answer", "text"), "fragments": ("bad-answer", "fragments"),
         "compressed": ("bad-answer", "compressed"), "masked": ("bad-answer", "masked"),
         "unknown-opcode": ("bad-answer", "frame"), "huge-frame": ("bad-answer", "longer"),
         "huge-length": ("bad-answer", "longer"), "negative-length": ("bad-answer", "frame"),
         "pings": ("bad-answer", "pings"), "errors": ("bad-answer|server-error", ""),
         "endless-error": ("bad-answer", "error channel"), "close-1011": ("server-error", "out of luck"),
         "close-invalid": ("bad-answer", "frame"), "closes-before-ports": ("server-error", "closed")}


@pytest.mark.parametrize("scheme", ["tcp", "http"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_server_gets_a_clear_error_and_never_a_result(name, scheme, server, probe):
    server.forwards.hostile["running"] = name
    reason, words = WORDS[name]
    reply = unknown(probe(scheme=scheme, timeout_ms=1500 if reason == "timeout" else 20000), reason, words)
    assert len(reply["message"]) < 1200 and "\n" not in reply["message"]
    assert reply["took_ms"] < 10000


def test_floods_cost_no_memory(server, app, tmp_path):
    """What hostile servers and applications send is not kept."""
    floods = ["endless-head", "endless-refusal", "huge-frame", "pings", "errors", "endless-error"]
    requests = []
    for number in range(30):
        server.forwards.hostile[("running", str(1000 + number))] = floods[number % len(floods)]
        requests.append({"pod": "running", "port": 1000 + number, "scheme": "http", "timeout_ms": 20000})
    app("endless")
    requests += [{"pod": "running", "port": 80, "scheme": "http", "timeout_ms": 20000}] * 30
    measure = (sys.executable, "-S", "-E", str(harness.ROOT / "tests" / "integration" / "measure.py"),
               str(tmp_path / "cost"))
    replies = finish(start(server.folder / "token.kubeconfig", requests, 64, measure))
    assert [reply["outcome"] for reply in replies] == ["unknown"] * 30 + ["found"] * 30
    if not harness.INSTRUMENTED:
        assert 0 < json.loads((tmp_path / "cost").read_text())["peak_mib"] < 32


# -- the way there ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["admin", "admin-files", "token", "token-file", "basic", "exec", "server-name", "insecure"])
def test_every_way_of_signing_in_gets_there(way, app, probe, server):
    app("web")
    assert found(probe(scheme="http", kubeconfig=way), "answered")["status"] == 200
    assert [(entry["method"], entry["user"]) for entry in server.audit] == [("GET", "admin")]
    assert server.audit[0]["agent"].startswith("krunbook/")


def test_impersonation_is_sent(probe, server):
    unknown(probe(kubeconfig="impersonate"), "forbidden", "alice")
    assert server.audit[0]["impersonate"]["Impersonate-Group"] == ["developers", "on-call"]


def test_an_expired_token_is_fetched_again_once(app, probe, server):
    app("web")
    server.tokens = {"another": "admin"}
    (server.folder / "exec-token").write_text("stale")
    unknown(probe(kubeconfig="exec"), "unauthorized")
    assert len(server.audit) == 2


@pytest.mark.parametrize("way, reason", [("wrong-ca", "tls"), ("expired", "tls"), ("elsewhere", "tls"),
                                         ("stranger", "unauthorized")])
def test_who_is_not_trusted_is_not_asked(way, reason, app, probe, server):
    app("web")
    unknown(probe(scheme="http", kubeconfig=way), reason)
    assert server.forwards.sent == []


def test_a_proxy_is_used_and_sees_only_connect(app, probe, server):
    app("web")
    with ConnectProxy() as proxy:
        path = kubeconfigs.write(server, "proxied", kubeconfigs.document(
            server, {"server": server.url, "certificate-authority": "ca.crt", "proxy-url": proxy.url},
            {"token": TOKEN}))
        assert found(probe(scheme="http", kubeconfig=path), "answered")["status"] == 200
        assert proxy.connected == [f"127.0.0.1:{server.port}"]


def test_a_plain_server_behind_a_proxy_is_reached_through_a_tunnel(app, probe, server):
    app("web")
    with ConnectProxy() as proxy:
        path = kubeconfigs.write(server, "plain-proxied", kubeconfigs.document(
            server, {"server": f"http://127.0.0.1:{server.plain_port}", "proxy-url": proxy.url}, {"token": TOKEN}))
        unknown(probe(scheme="http", kubeconfig=path), "forbidden", "anonymous")
        assert proxy.connected == [f"127.0.0.1:{server.plain_port}"]
    assert "authorization" not in server.audit[0]["headers"], "nobody signs in over plain HTTP"


def test_a_server_that_is_not_there_is_unreachable(probe, server):
    path = kubeconfigs.write(server, "nowhere", kubeconfigs.document(
        server, {"server": "https://127.0.0.1:1", "certificate-authority": "ca.crt"}, {"token": TOKEN}))
    unknown(probe(kubeconfig=path), "unreachable")


@pytest.mark.parametrize("kind, more", [("reset", {}), ("status", {"status": 503}), ("status", {"status": 429, "retry_after": 1})])
def test_a_passing_fault_before_the_upgrade_is_healed(kind, more, app, probe, server):
    running = app("web")
    server.faults.set([{"path": "/portforward", "kind": kind, "nth": [1, 2], **more}])
    assert found(probe(scheme="http"), "answered")["status"] == 200
    assert server.faults.rules[0]["seen"] == 3 and running.connections == 1


def test_a_lasting_fault_is_unknown(app, probe, server):
    running = app("web")
    for kind, reason, more in (("reset", "unreachable", {}), ("status", "server-error", {"status": 500}),
                               ("hang", "timeout", {})):
        server.faults.set([{"path": "/portforward", "kind": kind, **more}])
        unknown(probe(scheme="http", timeout_ms=1500), reason)
    assert running.connections == 0


# -- many, and the end -----------------------------------------------------------------------------------------------


def test_64_at_once(app, server):
    running = app("web")
    requests = [{"pod": "running", "port": 80 if number % 4 else 8080, "scheme": ("tcp", "http")[number % 2],
                 "timeout_ms": 20000} for number in range(128)]
    replies = finish(start(server.folder / "token.kubeconfig", requests, 64))
    for request, reply in zip(requests, replies):
        result = "refused" if request["port"] == 8080 else "open" if request["scheme"] == "tcp" else "answered"
        assert found(reply, result)["result"] == result
    assert server.forwards.most > 16, "they overlap"
    assert len(running.requests) == 64


def test_no_more_are_in_flight_than_may_be(app, server):
    app("web")
    requests = [{"pod": "running", "port": 80, "scheme": "tcp", "timeout_ms": 20000}] * 12
    replies = finish(start(server.folder / "token.kubeconfig", requests, 4))
    assert [found(reply, "open")["result"] for reply in replies] == ["open"] * 12
    assert server.forwards.most <= 4


@pytest.mark.parametrize("way", ["tls", "http2", "plain"])
def test_lists_do_not_wait_for_probes(way, app, server, http2, monkeypatch):
    app("silent")
    monkeypatch.setitem(apiserver.RULES, "system:anonymous", [({"get", "list"}, "", "pods", "default"),
                                                              ({"get"}, "", "pods/portforward", "default")])
    url = {"tls": lambda: server.url, "http2": lambda: http2(server).url,
           "plain": lambda: f"http://127.0.0.1:{server.plain_port}"}[way]()
    path = kubeconfigs.write(server, f"mixed-{way}", kubeconfigs.document(
        server, {"server": url, "certificate-authority": "ca.crt"} if way != "plain" else {"server": url},
        {"token": TOKEN}))
    probes = [{"pod": "running", "port": 80, "scheme": "http", "timeout_ms": 6000}] * 2
    replies = finish(start(path, probes + [{"namespace": "default"}] * 20))
    for reply in replies[:2]:
        found(reply, "timeout")
    for reply in replies[2:]:
        assert reply["outcome"] == "found" and len(reply["body"]["items"]) > 2, reply
        assert reply["took_ms"] < 4000, "it waited for the probes"


@pytest.mark.parametrize("scheme, hostile", [("http", None), ("https", None), ("tcp", "silence"), ("tcp", "no-answer")])
def test_ctrl_c_ends_at_once(scheme, hostile, app, server):
    app("silent", tls=scheme == "https")
    server.forwards.hostile["running"] = hostile
    requests = [{"pod": "running", "port": 80, "scheme": scheme, "timeout_ms": 60000}] * 8
    process = start(server.folder / "token.kubeconfig", requests, 4)
    began = time.monotonic()
    while len(server.audit) < 4:
        assert time.monotonic() - began < 20
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    pressed = time.monotonic()
    replies = finish(process)
    assert time.monotonic() - pressed < (10 if harness.INSTRUMENTED else 1)
    assert [reply["reason"] for reply in replies] == ["cancelled"] * 8


def test_a_timeout_counts_from_the_beginning(app, probe):
    app("silent")
    reply = probe(scheme="http", timeout_ms=700)
    found(reply, "timeout")
    assert 690 <= reply["took_ms"] < 3000
