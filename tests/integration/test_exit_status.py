"""What the exit status says, on the shipped snapshot."""
import pytest

from harness import NEW_SNAPSHOT, findings, healthy, krunbook

SIMPLE = """return {{ name = "simple", summary = "Concludes what it is told to.", run = function(ctx)
  local pod = kube.get("pod", "running")
  {body}
end }}
"""
FINDING = 'ctx:finding {{ code = "not-ready", severity = "{}", object = pod, cause = "because" }}'


@pytest.fixture
def pod_status(tmp_path):
    def call(*arguments):
        return krunbook("run", "pod-status.lua", *arguments, "--snapshot", NEW_SNAPSHOT, "-o", "json", home=tmp_path)
    return call


@pytest.fixture
def simple(tmp_path):
    def call(body):
        path = tmp_path / "simple.lua"
        path.write_text(SIMPLE.format(body=body))
        return krunbook("run", path, "--snapshot", NEW_SNAPSHOT, "-o", "json", home=tmp_path)
    return call


def only(result):
    (section,) = result.report["sections"]
    (finding,) = section["findings"]
    return finding


def text_of(finding):
    return " ".join([finding["cause"], *(entry["text"] for entry in finding["evidence"]), *finding["next_steps"]])


def test_error_exits_2_and_quotes_the_log_and_the_command(pod_status):
    result = pod_status("--pod", "error")
    finding = only(result)
    assert (result.code, finding["code"]) == (2, "crash-bad-command")
    assert "sleep: invalid time interval 'a'" in text_of(finding)
    assert '["sleep","a"]' in text_of(finding).replace(", ", ",")


def test_backoff_names_the_missing_image(pod_status):
    result = pod_status("--pod", "backoff")
    finding = only(result)
    assert (result.code, finding["code"]) == (2, "image-not-found")
    assert "nginx:not-exist" in finding["cause"]


def test_pending_compares_what_is_asked_with_the_node(pod_status):
    result = pod_status("--pod", "pending")
    finding = only(result)
    assert finding["code"] == "unschedulable-resources" and finding["severity"] == "warning"
    assert "32" in text_of(finding) and "64Gi" in text_of(finding) and "lab-node" in text_of(finding)
    assert result.code in (1, 3)


def test_running_exits_0(pod_status):
    result = pod_status("--pod", "running")
    assert (result.code, findings(result.report)) == (0, []), result
    assert healthy(result.report) == ["Pod/default/running"]


def test_a_pod_that_is_not_there_exits_3_and_names_the_nearest(pod_status):
    result = pod_status("--pod", "runing")
    assert result.code == 3 and findings(result.report) == [], result
    assert "running" in result.out and "runing" in result.out


def test_nope_exits_3(pod_status):
    result = pod_status("--pod", "nope")
    assert result.code == 3 and r'no pod \"nope\" in namespace default; nearest: \"error\"' in result.out, result


def test_a_namespace_that_the_snapshot_does_not_cover_exits_3(pod_status):
    assert pod_status("-n", "somewhere").code == 3


@pytest.mark.parametrize("severity, code, status", [("critical", 2, "critical"), ("warning", 1, "warning"),
                                                    ("info", 0, "ok")])
def test_the_worst_severity_decides(severity, code, status, simple):
    result = simple(FINDING.format(severity))
    assert (result.code, result.report["exit_code"], result.report["status"]) == (code, code, status), result


def test_unknown_beats_warning_and_critical_beats_unknown(simple):
    assert simple(FINDING.format("warning") + ' kube.get("secret", "x")').code == 3
    assert simple(FINDING.format("critical") + ' kube.get("secret", "x")').code == 2


def test_what_can_be_done_without_does_not_count(simple):
    assert simple('local _, unknown = kube.get("secret", "x") ctx:can_do_without(unknown)').code == 0
    assert simple('kube.get("secret", "x")').code == 3


def test_an_error_of_the_runbook_exits_3_though_it_found_a_warning(simple):
    result = simple(FINDING.format("warning") + ' error("oh no")')
    assert result.code == 3 and "oh no" in result.out and "simple.lua:3" in result.out, result


def test_text_and_json_exit_alike(tmp_path):
    for pod, code in (("error", 2), ("running", 0), ("nope", 3)):
        result = krunbook("run", "pod-status.lua", "--pod", pod, "--snapshot", NEW_SNAPSHOT, home=tmp_path)
        assert result.code == code, result
        assert result.out.strip(), "no report"


def test_the_demo_prints_why_error_fails(tmp_path):
    result = krunbook("run", "pod-status.lua", "--pod", "error", "--demo", home=tmp_path)
    assert result.code == 2
    for words in ("crash-bad-command", "sleep: invalid time interval 'a'", '["sleep","a"]'):
        assert words in result.out.replace('", "', '","'), result
    assert "\033" not in result.out, "colours where there is no terminal"


@pytest.mark.parametrize("arguments", [("--help",), ("version",), ("help",), ("list",), ("show", "pod-status.lua"),
                                       ("run", "--help"), ("run", "pod-status.lua", "--help")])
def test_asking_for_help_exits_0(arguments, tmp_path):
    result = krunbook(*arguments, home=tmp_path)
    assert result.code == 0 and result.out.strip(), result


@pytest.mark.parametrize("arguments", [(), ("no-such-command",), ("run",), ("run", "no-such-runbook"),
                                       ("run", "pod-status.lua", "--no-such-flag"), ("show",), ("snapshot",)])
def test_wrong_usage_exits_3(arguments, tmp_path):
    result = krunbook(*arguments, home=tmp_path)
    assert result.code == 3 and (result.err if arguments else result.out).strip(), result
