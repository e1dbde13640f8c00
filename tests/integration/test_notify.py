"""--notify: what is posted, how often it is tried, and that a URL's secret is told to nobody."""
import http.server
import json
import re
import socket
import ssl
import threading
import time

import pytest

import formats
from harness import NEW_SNAPSHOT, krunbook

SECRET = "T0S3CR3TPATH"


class Hook(http.server.ThreadingHTTPServer):
    """A web service that gives the answers of a list, the last one for ever; "hang": none."""
    daemon_threads = True

    def __init__(self, *answers, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.posts, self.times = list(answers), [], []
        self.ended = threading.Event()
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        pass

    def url(self, scheme="http"):
        return f"{scheme}://127.0.0.1:{self.server_address[1]}/services/{SECRET}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.path, dict(self.headers), json.loads(body)))
        self.server.times.append(time.monotonic())
        answer = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        if answer == "hang":
            self.server.ended.wait(20)
            return
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_):
        pass


def run(home, url, *arguments, pod="error"):
    result = krunbook("run", "pod-status", "--pod", pod, "--snapshot", NEW_SNAPSHOT, "--notify", url, "-v", *arguments,
                      home=home)
    assert SECRET not in result.out + result.err, "the URL's secret is told"
    return result


def test_the_report_is_posted_as_it_is(tmp_path):
    with Hook(200) as hook:
        result = run(tmp_path, hook.url(), "-o", "json")
        (path, headers, body), = hook.posts
    assert result.code == 2 and path == f"/services/{SECRET}" and body == result.report
    assert headers["Content-Type"] == "application/json"


def test_nobody_is_told_without_the_flag(tmp_path):
    with Hook(200) as hook:
        krunbook("run", "pod-status", "--pod", "error", "--snapshot", NEW_SNAPSHOT, home=tmp_path,
                 env={"KRUNBOOK_NOTIFY": hook.url()})
        assert not hook.posts


def test_slack(tmp_path):
    with Hook(200) as hook:
        run(tmp_path, hook.url(), "--notify-format", "slack")
        body = hook.posts[0][2]
    assert set(body) == {"text", "blocks"} and "critical" in body["text"]
    assert all(block["type"] == "section" and len(block["text"]["text"]) <= 3000 for block in body["blocks"])
    assert any("crash-bad-command" in block["text"]["text"] for block in body["blocks"])


@pytest.mark.parametrize("name", ["slack", "alertmanager"])
def test_what_is_posted_for_others_is_harmless(name, tmp_path):
    with Hook(200) as hook:
        krunbook("run", formats.FOLDER / "hostile.lua", "--snapshot", NEW_SNAPSHOT, "--notify", hook.url(),
                 "--notify-format", name, home=tmp_path)
        body = hook.posts[0][2]
    texts = list(formats.strings(body))
    assert not any(formats.HARMFUL.search(text) or "SECRET" in text for text in texts)
    if name == "slack":
        assert not any(re.search("[<>]", text) for text in texts) and len(body["blocks"]) < 50
    else:
        assert len(body) > 100


def test_a_proxy_whose_address_cannot_be_read_is_not_quoted(tmp_path):
    result = krunbook("run", "pod-status", "--pod", "running", "--snapshot", NEW_SNAPSHOT, "--notify", "http://hook.invalid/x",
                      home=tmp_path, env={"http_proxy": "http://me and:s3cret@127.0.0.1:1"})
    assert result.code == 3 and "cannot be used" in result.err and "s3cret" not in result.out + result.err, result


def test_alertmanager(tmp_path):
    with Hook(200) as hook:
        result = run(tmp_path, hook.url(), "--notify-format", "alertmanager", "-o", "json")
        alert, = hook.posts[0][2]
    assert alert["labels"] == {"alertname": "crash-bad-command", "severity": "critical", "runbook": "pod-status",
                               "cluster": str(NEW_SNAPSHOT), "kind": "Pod", "namespace": "default", "name": "error",
                               "container": "web",
                               "fingerprint": result.report["sections"][0]["findings"][0]["fingerprint"]}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", alert["startsAt"])
    assert alert["annotations"]["description"] and all(isinstance(v, str) for v in alert["annotations"].values())


@pytest.mark.parametrize("name", ["slack", "alertmanager"])
def test_nobody_is_called_when_all_is_well(name, tmp_path):
    with Hook(200) as hook:
        assert run(tmp_path, hook.url(), "--notify-format", name, pod="running").code == 0
        assert not hook.posts


@pytest.mark.parametrize("name", ["json", "slack", "alertmanager"])
def test_a_run_that_cannot_begin_is_told_of_too(name, tmp_path):
    with Hook(200) as hook:
        result = krunbook("run", "pod-status", "--kubeconfig", "none", "--notify", hook.url(), "--notify-format", name,
                          home=tmp_path)
        assert result.code == 3 and len(hook.posts) == 1, result
    assert "none" in json.dumps(hook.posts[0][2]) or hook.posts[0][2][0]["labels"]["alertname"] == "krunbook-undetermined"


def test_a_server_that_is_unwell_is_asked_again(tmp_path):
    with Hook(500, 503, 200) as hook:
        result = run(tmp_path, hook.url())
        assert len(hook.posts) == 3 and hook.times[1] - hook.times[0] > 0.45 and hook.times[2] - hook.times[1] > 0.95
    assert result.code == 2 and "was not told" not in result.err, result


def test_it_waits_as_long_as_it_is_told(tmp_path):
    with Hook((429, {"Retry-After": "1"}), 200) as hook:
        run(tmp_path, hook.url())
        assert len(hook.posts) == 2 and hook.times[1] - hook.times[0] >= 1


def test_a_web_service_that_asks_for_more_time_than_there_is_is_not_waited_for(tmp_path):
    for seconds in ("86401", str(2 ** 63 - 1)):
        with Hook((503, {"Retry-After": seconds})) as hook:
            result = run(tmp_path, hook.url())
            assert len(hook.posts) == 1 and "HTTP status 503" in result.err, result


@pytest.mark.parametrize("status", [400, 403, 404, (302, {"Location": "/elsewhere"})], ids=str)
def test_a_refusal_is_an_error_at_once(status, tmp_path):
    with Hook(status) as hook:
        result = run(tmp_path, hook.url(), "-o", "json", pod="running")
        assert len(hook.posts) == 1
    report = result.report
    assert result.code == report["exit_code"] == 3 and report["status"] == "unknown", result
    number = status if isinstance(status, int) else status[0]
    assert f"did not take the report: HTTP status {number}" in report["errors"][0]["message"]
    assert report["errors"][0]["message"] in result.err and report["sections"][0]["healthy"]


def test_a_critical_finding_stays_one(tmp_path):
    with Hook(404) as hook:
        result = run(tmp_path, hook.url())
    assert result.code == 2 and "CRITICAL crash-bad-command" in result.out and "HTTP status 404" in result.err, result


def test_a_refused_connection(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/{SECRET}"
    result = run(tmp_path, url, "--notify-timeout", "1s", pod="running")
    assert result.code == 3 and "was not told of the report" in result.err and "1 healthy" in result.out, result
    assert result.seconds < 20


def test_a_server_that_hangs_is_left_in_time(tmp_path):
    with Hook("hang") as hook:
        result = run(tmp_path, hook.url(), "--notify-timeout", "1s", pod="running")
    assert result.code == 3 and "no answer in time" in result.err and "1 healthy" in result.out, result
    assert 0.9 < result.seconds < 20


def test_a_certificate_of_nobody_is_refused(new, tmp_path):
    with Hook(200, certificate=(new.folder / "server.crt", new.folder / "server.key")) as hook:
        result = run(tmp_path, hook.url("https"), pod="running")
        assert not hook.posts
    assert result.code == 3 and "was not told of the report" in result.err, result


def test_the_url_from_a_file(tmp_path):
    with Hook(200) as hook:
        (tmp_path / "url").write_text(hook.url() + "\n")
        assert run(tmp_path, "@url").code == 2 and len(hook.posts) == 1


@pytest.mark.parametrize("arguments, words", [
    (("--notify", f"ftp://x/{SECRET}"), "begins with http:// or https://"),
    (("--notify", f"/{SECRET}"), "begins with http:// or https://"), (("--notify", "@none"), "none"),
    (("--notify", "http://x", "--notify-format", "slak"), "nearest: slack"),
    (("--notify-format", "slack"), "needs --notify URL")])
def test_what_is_asked_wrongly(arguments, words, tmp_path):
    result = krunbook("run", "pod-status", "--demo", *arguments, home=tmp_path)
    assert result.code == 3 and words in result.err and SECRET not in result.err and not result.out, result
