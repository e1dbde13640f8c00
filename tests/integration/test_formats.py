"""Every format of a report with 200 hostile findings: read by what reads it, and harmless there."""
import base64
import hashlib
import json
import re
import subprocess

import jsonschema
import pytest
import yaml

import formats
from formats import FOLDER
from harness import NEW_SNAPSHOT, ROOT, krunbook

SECRETS = ("SECRETONE", "SECRETTWO")


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    texts = formats.hostile(tmp_path_factory.mktemp("hostile"))
    assert texts["result"].code == 2, texts["result"]
    return texts


@pytest.fixture(scope="module")
def report(texts):
    report = json.loads(texts["json"])
    assert len(report["sections"][0]["findings"]) == 200
    assert report["sections"][0]["unknown"] and report["sections"][0]["errors"]
    return report


@pytest.mark.parametrize("name", (*formats.NAMES, "template"))
def test_nothing_that_a_terminal_obeys_and_no_secret(name, texts):
    assert not formats.HARMFUL.search(texts[name]), formats.HARMFUL.findall(texts[name])[:9]
    for secret in SECRETS:
        assert secret not in texts[name]
    assert "hostile" in texts[name]


def test_json(report, schema):
    jsonschema.validate(report, schema)


def test_jsonl_is_a_line_for_each_finding_unknown_and_error(texts, report, schema):
    lines = formats.json_lines(texts["jsonl"])
    line_schema = json.loads((ROOT / "docs" / "line.schema.json").read_text())
    resolver = jsonschema.RefResolver.from_schema(line_schema, store={schema["$id"]: schema})
    for line in lines:
        jsonschema.Draft202012Validator(line_schema, resolver=resolver).validate(line)
    section = report["sections"][0]
    types = [line["type"] for line in lines]
    assert types.count("finding") == 200 and types.count("unknown") == len(section["unknown"])
    assert types.count("error") == 1 and types[-1] == "summary"
    assert all(line["schema"] == "krunbook.line/v1" and line["taken_at"] for line in lines)
    assert [line["cause"] for line in lines if line["type"] == "finding"] == [f["cause"] for f in section["findings"]]
    assert lines[-1]["status"] == "critical" and lines[-1]["critical"] + lines[-1]["warning"] + lines[-1]["info"] == 200


def test_yaml_is_the_same_document(texts, report):
    assert yaml.safe_load(texts["yaml"]) == report
    assert texts["yaml"].isascii()


def test_junit_by_the_schema_of_jenkins(texts, report, tmp_path):
    path = tmp_path / "junit.xml"
    path.write_text(texts["junit"])
    subprocess.run(["xmllint", "--nonet", "--noout", "--schema", FOLDER / "schemas" / "junit-10.xsd", path], check=True,
                   capture_output=True)
    root = formats.junit(texts["junit"])
    findings = report["sections"][0]["findings"]
    assert len(root.findall("testsuite/testcase/failure")) == sum(f["severity"] != "info" for f in findings)
    assert root.findall("testsuite/testcase/failure")[0].get("message").startswith("cause ")


def test_tap_strictly(texts, report):
    tests = formats.tap(texts["tap"])
    section = report["sections"][0]
    failed = sum(f["severity"] != "info" for f in section["findings"]) + len(section["unknown"]) + len(section["errors"])
    assert sum(not good for good, _, _ in tests) == failed
    assert not any(directive for _, _, directive in tests), "a name has become a directive"


def test_tap_blocks_are_yaml(texts):
    for block in re.findall(r"^  ---\n(.*?)^  \.\.\.$", texts["tap"], re.MULTILINE | re.DOTALL):
        assert set(yaml.safe_load(block)) <= {"message", "severity", "reason", "since", "evidence", "next_steps"}


def test_markdown_keeps_the_clusters_words_in_their_place(texts):
    outside, inside = formats.fences(texts["markdown"])
    assert sum(line.startswith("### ") for line in outside) == 200 + 2, "and the undetermined, and the errors"
    assert sum(line.startswith("## ") for line in outside) == 1 and sum(line.startswith("# ") for line in outside) == 1
    text = "\n".join(outside)
    assert not re.search(r"(?<!\\)[`\[\]]|<", text), "what Markdown or HTML would obey"
    assert not re.search(r"@\w", text), "a mention"
    rows = [line for line in outside if line.startswith("|")]
    assert len(rows) == 202 and all(len(re.findall(r"(?<!\\)\|", row)) == 4 for row in rows)
    assert "not ok 7 - forged" in inside


def test_html_has_no_element_but_its_own(texts):
    page = formats.Page(texts["html"])
    assert page.count["article"] == 200 + 2 and page.count["script"] == page.count["style"] == 1
    assert "url(" not in page.content["style"] and "import" not in page.content["style"]


def test_html_lets_only_its_own_script_and_style_run(texts):
    page = formats.Page(texts["html"])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', texts["html"])[1]
    for tag in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(page.content[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy


def test_prometheus_strictly(texts, report):
    samples = formats.prometheus(texts["prometheus"])
    assert samples["krunbook_exit_code", None] == 2
    found = [value for (metric, _), value in samples.items() if metric == "krunbook_finding"]
    assert sum(found) == sum(f["count"] for f in report["sections"][0]["findings"])


def test_sarif_by_its_schema(texts):
    log = json.loads(texts["sarif"])
    schema = json.loads((FOLDER / "schemas" / "sarif-2.1.0-rtm.5.json").read_text())
    jsonschema.Draft4Validator(schema).validate(log)
    run = log["runs"][0]
    for text in formats.strings(log):
        assert not formats.HARMFUL.search(text), text
    assert len(run["results"]) == 200 and not run["invocations"][0]["executionSuccessful"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert not re.search(r"(?<!\\)\[[^\]]*\]\(", result["message"]["text"]), "a link"
        assert not re.search(r"(?<!\{)\{\d+\}(?!\})", result["message"]["text"]), "a place for an argument"


def test_nagios_is_one_line_with_performance_data(texts):
    line = texts["nagios"]
    assert line.count("\n") == 1 and line.endswith("\n") and len(line) < 4096
    words, data = line.split(" | ")
    assert re.match(r"KRUNBOOK CRITICAL: \d+ critical, ", words) and "|" not in data
    assert not re.search(r"[`$<>&~\\\"']", words)
    for item in data.split():
        assert re.fullmatch(r"[a-z]+=\d+(\.\d+)?s?(;\d*){2};\d*", item), item


def test_what_stdout_says_is_what_a_file_says(tmp_path):
    """But for the times that a run takes."""
    def one(name):
        result = krunbook("run", "pod-status", "-n", "zoo", "--snapshot", NEW_SNAPSHOT, "-o", name, "-o",
                          f"{name}={tmp_path / name}", home=tmp_path)
        assert result.code == 2, result
        return result.out, (tmp_path / name).read_text()
    for name in ("text", "junit", "markdown"):
        shown, written = one(name)
        assert re.sub(r'time="[0-9.]*"', "", shown) == re.sub(r'time="[0-9.]*"', "", written)


@pytest.mark.parametrize("name", formats.NAMES[1:])
def test_of_what_cannot_begin(name, tmp_path):
    """The program's errors come in the format that is asked for."""
    result = krunbook("run", "no-such-runbook", "-o", name, "--demo", home=tmp_path)
    assert result.code == 3, result
    assert "no-such-runbook" in (result.err if name == "prometheus" else result.out), "metrics have no words"
    check = {"jsonl": formats.json_lines, "yaml": yaml.safe_load, "junit": formats.junit, "tap": formats.tap,
             "html": formats.Page, "prometheus": formats.prometheus, "json": json.loads, "sarif": json.loads}
    assert check.get(name, str)(result.out)


def test_of_nothing_found_says_so(tmp_path):
    texts = formats.produce(tmp_path, "run", "pod-status", "--pod", "running", "--snapshot", NEW_SNAPSHOT)
    assert texts["result"].code == 0
    assert texts["nagios"].startswith("KRUNBOOK OK: 1 healthy | ")
    assert formats.tap(texts["tap"]) == [(True, "pod-status: Pod default/running: healthy", None)]
    assert json.loads(texts["sarif"])["runs"][0]["invocations"][0]["executionSuccessful"]
    assert formats.json_lines(texts["jsonl"])[0]["status"] == "ok"
