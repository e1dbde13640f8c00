"""The same verdicts over each way of signing in, from both recordings, in HTTP/1.1 and in HTTP/2."""
import json

import pytest

import kubeconfigs
from harness import NEW_SNAPSHOT, codes, findings, healthy, krunbook
from proxy import ConnectProxy

ALL = ("run", "pod-status.lua", "-n", "zoo")
ERROR = ("run", "pod-status.lua", "--pod", "error")


def name_of(server):
    return "new" if server.cluster.folder == NEW_SNAPSHOT else "old"


def same(result, server, expected):
    wanted = expected[name_of(server)]
    assert findings(wanted), "the snapshot itself gives no findings"
    assert findings(result.report) == findings(wanted), result
    assert healthy(result.report) == healthy(wanted), result
    assert result.code == 2, result


@pytest.mark.parametrize("way", ["admin", "admin-files", "token", "token-file", "basic", "exec", "server-name",
                                 "insecure"])
def test_every_way_of_signing_in_gives_the_same_verdicts(way, cluster, run, expected):
    same(run(cluster, way, *ALL), cluster, expected)
    assert {entry["user"] for entry in cluster.audit} == {"admin"}


@pytest.mark.parametrize("way", ["token", "basic", "exec"])
def test_http2_gives_the_same_verdicts(way, cluster, run, http2, expected):
    front = http2(cluster)
    user = {"token": {"token": "adm1nT0kenQ2hR8xVw5z"}, "basic": {"username": "admin", "password": "admin-password"},
            "exec": kubeconfigs.exec_user(cluster)}[way]
    path = kubeconfigs.write(cluster, f"http2-{way}", kubeconfigs.document(
        cluster, {"server": front.url, "certificate-authority": "ca.crt"}, user))
    same(run(cluster, path, *ALL), cluster, expected)
    assert front.requests() and all(line.endswith("HTTP/2") for line in front.requests())


def test_http2_with_a_client_certificate(cluster, run, http2, expected):
    front = http2(cluster, verify_client=True)
    path = kubeconfigs.write(cluster, "http2-certificate", kubeconfigs.document(
        cluster, {"server": front.url, "certificate-authority": "ca.crt"},
        {"client-certificate": "admin.crt", "client-key": "admin.key"}))
    same(run(cluster, path, *ALL), cluster, expected)
    assert front.requests() and all(line.endswith("HTTP/2") for line in front.requests())


def test_a_proxy_is_used_and_sees_only_connect(cluster, run, expected):
    with ConnectProxy() as proxy:
        path = kubeconfigs.write(cluster, "proxy", kubeconfigs.document(
            cluster, {"server": cluster.url, "certificate-authority": "ca.crt", "proxy-url": proxy.url},
            {"token": "adm1nT0kenQ2hR8xVw5z"}))
        same(run(cluster, path, *ALL), cluster, expected)
        assert set(proxy.connected) == {f"127.0.0.1:{cluster.port}"}


@pytest.mark.parametrize("no_proxy, passed", [("elsewhere.invalid", False), ("localhost", True)])
def test_no_proxy_is_asked_of_the_host_and_not_of_its_tls_server_name(no_proxy, passed, new, run):
    with ConnectProxy() as proxy:
        path = kubeconfigs.write(new, "renamed", kubeconfigs.document(
            new, {"server": new.url.replace("127.0.0.1", "elsewhere.invalid"), "certificate-authority": "ca.crt",
                  "tls-server-name": "localhost"}, {"token": "adm1nT0kenQ2hR8xVw5z"}))
        run(new, path, *ERROR, env={"HTTPS_PROXY": proxy.url, "NO_PROXY": no_proxy})
        assert set(proxy.connected) == ({f"elsewhere.invalid:{new.port}"} if passed else set())


@pytest.mark.parametrize("proxy", ["http://me and:s3cret@127.0.0.1:1", "http://me:s3cret@127.0.0.1:port"])
@pytest.mark.parametrize("named_by", ["kubeconfig", "environment"])
def test_a_proxy_whose_address_cannot_be_read_is_not_quoted(proxy, named_by, new, run):
    cluster = {"server": new.url.replace("127.0.0.1", "elsewhere.invalid"), "certificate-authority": "ca.crt"}
    if named_by == "kubeconfig":
        cluster["proxy-url"] = proxy
    path = kubeconfigs.write(new, "bad-proxy", kubeconfigs.document(new, cluster, {"token": "adm1nT0kenQ2hR8xVw5z"}))
    result = run(new, path, *ERROR, "-v9", env={"HTTPS_PROXY": proxy} if named_by == "environment" else None)
    assert result.code == 3 and "the proxy's address cannot be used" in result.out, result
    assert "s3cret" not in result.out + result.err, result


def test_impersonation_is_sent_and_obeyed(new, run):
    result = run(new, "impersonate", *ERROR)
    assert {entry["user"] for entry in new.audit} == {"alice"}
    for entry in new.audit:
        assert entry["impersonate"]["Impersonate-User"] == ["alice"]
        assert entry["impersonate"]["Impersonate-Group"] == ["developers", "on-call"]
        assert entry["impersonate"]["Impersonate-Uid"] == ["1234"]
        assert entry["impersonate"]["Impersonate-Extra-scopes"] == ["view", "on call"]
    assert result.code in (2, 3) and "forbidden" in result.out, result


def test_impersonation_flags_are_sent(new, run):
    run(new, "token", *ERROR, "--as", "alice", "--as-group", "developers", "--as-group", "on-call")
    assert new.audit and all(entry["impersonate"] == {"Impersonate-User": ["alice"],
                                                      "Impersonate-Group": ["developers", "on-call"]}
                             for entry in new.audit)


def test_two_files_in_KUBECONFIG_are_one_configuration(new, tmp_path, expected):
    import yaml
    from harness import krunbook
    whole = kubeconfigs.document(new, user={"token": "adm1nT0kenQ2hR8xVw5z"})
    first = tmp_path / "contexts.yaml"
    first.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", "contexts": whole["contexts"],
                                     "clusters": whole["clusters"]}))
    second = tmp_path / "users.yaml"
    second.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", "users": whole["users"],
                                      "current-context": "test"}))
    result = krunbook(*ALL, "-o", "json", home=tmp_path,
                      env={"KUBECONFIG": f"{first}:{tmp_path / 'missing.yaml'}:{second}"})
    same(result, new, expected)


def test_a_token_file_beats_a_token(new, run):
    assert run(new, "token-file", *ERROR).code == 2
    (new.folder / "token").write_text("stale")
    new.tokens = {"stale-token": "admin"}
    assert run(new, "token-file", *ERROR).code == 3


def test_a_token_file_that_has_rotated_is_read_again_after_a_401(new, run):
    """The first answer is a 401, and the file holds the new token by then."""
    new.faults.set([{"path": "pods", "kind": "status", "status": 401, "nth": [1]}])
    assert run(new, "token-file", *ERROR).code == 2


def test_an_exec_plugin_is_asked_once_for_many_requests(new, run):
    assert run(new, "exec", *ALL).code == 2
    assert len(new.audit) > 5
    assert (new.folder / "exec-asked").read_text().splitlines() == ["asked"]


def test_an_exec_plugin_is_asked_again_after_a_401(new, run):
    new.faults.set([{"path": "pods", "kind": "status", "status": 401, "nth": [1]}])
    assert run(new, "exec", *ERROR).code == 2
    assert (new.folder / "exec-asked").read_text().splitlines() == ["asked", "asked"]


def test_an_exec_plugin_that_gives_what_has_expired_is_not_run_for_every_request(new, run):
    """Its clock is off, or ours. (That it is asked again when a token expires is the unit tests' to wait for.)"""
    (new.folder / "exec-more").write_text(',"expirationTimestamp":"2001-01-01T00:00:00Z"')
    assert run(new, "exec", *ALL).code == 2
    assert len(new.audit) > 5 and (new.folder / "exec-asked").read_text().splitlines() == ["asked"]


def test_an_exec_plugin_may_give_a_certificate(new, run):
    (new.folder / "exec-token").write_text("")
    certificate, key = ((new.folder / f"admin.{end}").read_text() for end in ("crt", "key"))
    (new.folder / "exec-more").write_text(f',"clientCertificateData":{json.dumps(certificate)},'
                                          f'"clientKeyData":{json.dumps(key)}')
    # printf %s keeps the escapes of JSON as they are
    assert run(new, "exec", *ERROR).code == 2
    assert {entry["user"] for entry in new.audit} == {"admin"}


def test_an_encrypted_key_is_never_asked_a_pass_phrase_for(new, run):
    """Neither of a plugin, nor of a kubeconfig: and the program lives to say so."""
    import subprocess
    subprocess.run(["openssl", "pkey", "-in", new.folder / "admin.key", "-aes128", "-passout", "pass:secret",
                    "-out", new.folder / "encrypted.key"], check=True)
    path = kubeconfigs.write(new, "encrypted", kubeconfigs.document(
        new, user={"client-certificate": "admin.crt", "client-key": "encrypted.key"}))
    (new.folder / "exec-token").write_text("")
    certificate, key = ((new.folder / name).read_text() for name in ("admin.crt", "encrypted.key"))
    (new.folder / "exec-more").write_text(f',"clientCertificateData":{json.dumps(certificate)},'
                                          f'"clientKeyData":{json.dumps(key)}')
    for way in (path, "exec"):
        result = run(new, way, *ERROR)
        assert result.code == 3 and "encrypted" in result.out, result
    assert new.audit == []


@pytest.mark.parametrize("more, words", [
    ({"command": "./no-such-plugin"}, "no-such-plugin"),
    ({"command": "/bin/false"}, "/bin/false"),
    ({"apiVersion": "client.authentication.k8s.io/v1beta1"}, "client.authentication.k8s.io"),
    ({"interactiveMode": "Always"}, "interactiveMode"),
])
def test_an_exec_plugin_that_cannot_work_says_why(more, words, new, run):
    path = kubeconfigs.write(new, "bad-exec", kubeconfigs.document(new, user=kubeconfigs.exec_user(new, **more)))
    result = run(new, path, *ERROR)
    assert result.code == 3, result
    assert words in result.out, result


def test_a_sign_in_that_fails_is_told_once(new, tmp_path):
    plugin = new.folder / "sulking.sh"
    plugin.write_text("#!/bin/sh\necho 'run: sso login' >&2\nexit 9\n")
    plugin.chmod(0o755)
    path = kubeconfigs.write(new, "sulking", kubeconfigs.document(new, user=kubeconfigs.exec_user(new, command="./sulking.sh")))
    for kubeconfig, words in ((path, "sso login"), (new.folder / "stranger.kubeconfig", "sign in again")):
        result = krunbook("run", "pod-status.lua", "--kubeconfig", kubeconfig, home=tmp_path)
        assert result.code == 3 and result.out.count("UNKNOWN") == 1 and result.out.count(words) == 1, result


def test_steps_are_for_the_cluster_that_was_asked(new, run):
    document = kubeconfigs.document(new, user={"token": "adm1nT0kenQ2hR8xVw5z"})
    path = kubeconfigs.write(new, "it's", document)
    report = run(new, path, *ERROR, "--context", "test", "--as", "admin").report
    (finding,) = report["sections"][0]["findings"]
    quoted = str(path).replace("'", "'\\''")
    assert finding["next_steps"][0] == (f"kubectl --kubeconfig '{quoted}' --context test --as admin -n default logs error "
                                        "-c web --previous"), finding
    with_token = run(new, "stranger", *ERROR, "--token", "adm1nT0kenQ2hR8xVw5z")
    assert with_token.code == 2 and "adm1nT0kenQ2hR8xVw5z" not in with_token.out, with_token


@pytest.mark.parametrize("way", ["wrong-ca", "expired", "elsewhere"])
def test_a_certificate_that_cannot_be_trusted_is_refused(way, new, run):
    result = run(new, way, *ERROR)
    assert result.code == 3 and not findings(result.report), result
    assert "certificate" in result.out.lower(), result
    assert new.audit == []


def test_a_public_authority_is_not_trusted_beside_the_kubeconfigs(new, run, tmp_path):
    """curl takes the system's certificates too, unless told otherwise: here they hold the CA that signed the server."""
    import subprocess
    path = tmp_path / "certs"
    path.mkdir()
    (path / "ca.pem").write_bytes((new.folder / "ca.crt").read_bytes())
    subprocess.run(["openssl", "rehash", str(path)], check=True)
    result = run(new, "wrong-ca", *ERROR, env={"SSL_CERT_DIR": str(path), "SSL_CERT_FILE": str(path / "ca.pem"),
                                               "CURL_CA_BUNDLE": str(path / "ca.pem")})
    assert result.code == 3 and new.audit == [], result


def test_a_wrong_token_is_unauthorized_and_nothing_else(new, run):
    result = run(new, "stranger", *ERROR)
    assert result.code == 3 and not findings(result.report), result
    assert "unauthorized" in result.out.lower() and "sign in again" in result.out, result
    assert "nobody-knows-this-token" not in result.out + result.err


def test_flags_choose_context_cluster_and_user(new, run, tmp_path):
    document = kubeconfigs.document(new, user={"token": "nobody-knows-this-token"})
    document["users"].append({"name": "other", "user": {"token": "adm1nT0kenQ2hR8xVw5z"}})
    document["contexts"].append({"name": "second", "context": {"cluster": "test", "user": "other", "namespace": "zoo"}})
    path = kubeconfigs.write(new, "several", document)
    assert run(new, path, *ERROR, "--user", "other").code == 2
    assert "oom-killed" in codes(run(new, path, "run", "pod-status.lua", "--context", "second").report)
    assert run(new, path, *ERROR, "--token", "adm1nT0kenQ2hR8xVw5z").code == 2
    assert run(new, path, *ERROR, "--context", "third").code == 3
