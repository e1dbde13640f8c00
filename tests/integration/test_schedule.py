"""Runs that nobody watches: quiet, only what is new, what is ignored, one at a time."""
import fcntl
import json
import random
import re
import shutil
import signal
import time

import jsonschema
import pytest

import harness
from harness import NEW_SNAPSHOT, krunbook

# A runbook whose findings are written into it.
FOUND = """return { name = "found", run = function(ctx)
  for _, finding in ipairs({ %s }) do
    local object = { kind = "Pod", namespace = "shop", name = finding.pod or "web" }
    ctx:finding({ code = finding.code, severity = finding.severity or "warning", object = object, cause = "as written",
      counter = finding.counter, objects = finding.objects and { object, { kind = "Pod", namespace = "shop", name = "web-2" } } })
  end
  %s
end }"""


def write(folder, *found, more=""):
    (folder / "found.lua").write_text(FOUND % (", ".join(found), more))


def only_new(folder, *arguments, runbook="./found.lua"):
    return krunbook("run", runbook, "--snapshot", NEW_SNAPSHOT, "--only-new", "--state", "state", *arguments, home=folder)


def changes(folder):
    """What a run with a report says: {code: change}, and the codes that are resolved."""
    report = only_new(folder, "-o", "json=report.json") and json.loads((folder / "report.json").read_text())
    section = report["sections"][0]
    return {finding["code"]: finding["change"] for finding in section["findings"]}, \
        {finding["code"] for finding in section["resolved"]}


# ---- quiet ----

def test_quiet_prints_nothing_where_nothing_is_wrong(tmp_path):
    run = ("run", "pod-status", "--snapshot", NEW_SNAPSHOT, "--quiet")
    well = krunbook(*run, "--pod", "running", home=tmp_path)
    assert (well.code, well.out, well.err) == (0, "", ""), well
    ill = krunbook(*run, "--pod", "error", home=tmp_path)
    assert ill.code == 2 and "CRITICAL crash-bad-command" in ill.out, ill


def test_quiet_tells_what_is_unknown(tmp_path):
    result = krunbook("run", "pod-status", "--pod", "nobody", "--snapshot", NEW_SNAPSHOT, "--quiet", home=tmp_path)
    assert result.code == 3 and "UNKNOWN" in result.out, result


def test_quiet_writes_files_all_the_same(tmp_path):
    result = krunbook("run", "pod-status", "--pod", "running", "--snapshot", NEW_SNAPSHOT, "--quiet", "-o", "text",
                      "-o", "prometheus=krunbook.prom", home=tmp_path)
    assert (result.code, result.out) == (0, "") and "krunbook" in (tmp_path / "krunbook.prom").read_text(), result


# ---- only what is new ----

def test_the_same_twice_is_silent_the_second_time_and_exits_alike(tmp_path):
    write(tmp_path, '{ code = "a", severity = "critical" }')
    first, second = only_new(tmp_path), only_new(tmp_path)
    assert first.code == 2 and "change   new" in first.out, first
    assert (second.code, second.out, second.err) == (2, "", ""), second


def test_what_worsens_speaks_and_what_is_resolved(tmp_path):
    write(tmp_path, '{ code = "a" }', '{ code = "b" }', '{ code = "c" }')
    assert changes(tmp_path) == ({"a": "new", "b": "new", "c": "new"}, set())
    write(tmp_path, '{ code = "a", severity = "critical" }', '{ code = "b", objects = true }')
    result = only_new(tmp_path)
    assert "worse: it was warning" in result.out and "worse: it hits 2, and hit 1" in result.out, result
    assert "RESOLVED c  Pod shop/web" in result.out and result.code == 2, result
    assert only_new(tmp_path).out == ""
    write(tmp_path, '{ code = "b" }')
    assert changes(tmp_path) == ({"b": "known"}, {"a"}), "fewer is not worse"
    write(tmp_path, '{ code = "b", objects = true }')
    assert only_new(tmp_path).out == "", "nor is up and down"
    write(tmp_path)
    result = only_new(tmp_path)
    assert result.code == 0 and "RESOLVED b" in result.out, result


def test_restarts_are_told_by_how_many_more(tmp_path):
    counted = '{ code = "a", counter = { what = "restarts", value = %d, step = 3 } }'
    for value, words in ((50, "new"), (50, ""), (51, ""), (52, ""), (53, "worse: 3 more restarts since"), (53, ""), (1, ""),
                         (3, ""), (4, "worse: 3 more restarts since")):
        write(tmp_path, counted % value)
        result = only_new(tmp_path)
        assert (words in result.out if words else result.out == "") and result.code == 1, (value, result)


def test_what_was_not_looked_at_is_not_resolved(tmp_path):
    write(tmp_path, '{ code = "a" }')
    only_new(tmp_path)
    write(tmp_path, more='ctx:unknown({ what = "pods in shop", reason = "forbidden" })')
    result = only_new(tmp_path)
    assert result.code == 3 and "UNKNOWN" in result.out and "RESOLVED" not in result.out, result
    assert only_new(tmp_path).out == "", "what is unknown since before is known to be"
    write(tmp_path, more='error("oops")')
    result = only_new(tmp_path)
    assert result.code == 3 and "oops" in result.out and "RESOLVED" not in result.out, result
    write(tmp_path)
    assert changes(tmp_path) == ({}, {"a"})


def test_runs_of_other_scopes_share_a_state(tmp_path):
    """Other arguments, another namespace, another runbook: none resolves what the others found."""
    scopes = [("--pod", "error"), ("--pod", "pending"), ("-n", "zoo"), ("-n", "tight")]
    for scope in scopes:
        assert only_new(tmp_path, *scope, runbook="pod-status").out, scope
    for scope in scopes:
        assert only_new(tmp_path, *scope, runbook="pod-status").out == "", scope


def replaced(snapshot, folder):
    """The recorded cluster after each Deployment's pods were replaced: other names, other UIDs, other ReplicaSets."""
    shutil.copytree(snapshot, folder)
    pods = [pod for path in folder.rglob("pods.json") for pod in json.loads(path.read_text())["items"]]
    names = {}
    for pod in pods:
        digest = pod["metadata"].get("labels", {}).get("pod-template-hash")
        if digest:
            names[digest] = digest[::-1]
            names[pod["metadata"]["name"].rsplit("-", 1)[1]] = "z" + pod["metadata"]["name"].rsplit("-", 1)[1][:0:-1]
            names[pod["metadata"]["uid"]] = pod["metadata"]["uid"][::-1]
    pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    for path in sorted(folder.rglob("*"), key=lambda path: -len(path.parts)):
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "surrogateescape")
            path.write_bytes(pattern.sub(lambda match: names[match[0]], text).encode("utf-8", "surrogateescape"))
        path.rename(path.with_name(pattern.sub(lambda match: names[match[0]], path.name)))
    return len(names)


@pytest.mark.parametrize("snapshot", [NEW_SNAPSHOT, harness.OLD_SNAPSHOT], ids=lambda path: path.name)
def test_replaced_pods_are_nothing_new(snapshot, tmp_path):
    run = ("run", "pod-status", "service", "-A", "--no-probe", "--snapshot", "cluster", "--only-new", "--state", "state")
    shutil.copytree(snapshot, tmp_path / "cluster")
    first = krunbook(*run, "-o", "json", home=tmp_path)
    owners = {(finding["object"]["owner"] or {}).get("kind") for section in first.report["sections"]
              for finding in section["findings"]}
    assert "Deployment" in owners, "there is something to replace"
    shutil.rmtree(tmp_path / "cluster")
    assert replaced(snapshot, tmp_path / "cluster") > 5
    again = krunbook(*run, home=tmp_path)
    assert (again.code, again.out) == (first.code, ""), again


SHARED = """local findings = require("krunbook.findings")
return { name = "shared", run = function(ctx)
  local gathered = findings.new(ctx)
  for _, name in ipairs({ %s }) do
    gathered:add({ code = "registry-unavailable", object = { kind = "Pod", namespace = "shop", name = name .. "-1" },
      owner = { kind = "Deployment", namespace = "shop", name = name }, cause = "No answer.", shared = "registry r.example" })
  end
  gathered:report()
end }"""


def test_one_cause_of_several_owners_stays_the_same_whoever_is_hit(tmp_path):
    for owners, words in (('"b"', "new"), ('"b", "c"', "it hits 2, and hit 1"), ('"a", "b"', ""), ('"a"', "")):
        (tmp_path / "shared.lua").write_text(SHARED % owners)
        result = only_new(tmp_path, runbook="./shared.lua")
        assert "RESOLVED" not in result.out and result.code == 2, (owners, result)
        if words:
            assert words in result.out, (owners, result)


def test_only_new_needs_a_state(tmp_path):
    for flags, words in ((("--only-new",), "--state FILE"), (("--state", "s"), "give both")):
        result = krunbook("run", "pod-status", "--demo", *flags, home=tmp_path)
        assert result.code == 3 and words in result.err, result


@pytest.mark.parametrize("text, words", [
    ("{", "is damaged (line 1"), ("[]", "is no krunbook.state"), ("", "is damaged"),
    ('{"schema": "krunbook.state/v2", "scopes": {}}', "a later one wrote it"),
    ('{"schema": "krunbook.state/v1"}', "no scopes"),
    ('{"schema": "krunbook.state/v1", "scopes": {"x": {"findings": {"y": 3}}}}', "a finding is not as it should be")])
def test_a_state_that_cannot_be_read_is_never_overwritten(text, words, tmp_path):
    write(tmp_path, '{ code = "a" }')
    (tmp_path / "state").write_text(text)
    result = only_new(tmp_path)
    assert result.code == 3 and words in result.err and not result.out, result
    assert (tmp_path / "state").read_text() == text


def test_what_could_not_be_told_is_told_the_next_time(tmp_path):
    write(tmp_path, '{ code = "a" }')
    full = harness.start(["run", "./found.lua", "--snapshot", NEW_SNAPSHOT, "--only-new", "--state", "state", "-o",
                          "html=folder/x"], tmp_path)
    full.communicate()
    assert full.returncode == 3
    with open("/dev/full", "wb") as out:
        process = harness.subprocess.Popen([harness.PROGRAM, "run", "./found.lua", "--snapshot", NEW_SNAPSHOT, "--only-new",
                                            "--state", "state"], stdout=out, stderr=harness.subprocess.PIPE,
                                           env=harness.environment(tmp_path), cwd=tmp_path)
        assert b"cannot write" in process.communicate()[1] and process.returncode == 3
    assert "change   new" in only_new(tmp_path).out


def test_two_runs_at_once_tell_each_thing_once(tmp_path):
    write(tmp_path, '{ code = "a" }')
    (tmp_path / "state.lock").touch()
    with open(tmp_path / "state.lock", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        began = time.monotonic()
        arguments = ["run", "./found.lua", "--snapshot", NEW_SNAPSHOT, "--only-new", "--state", "state"]
        both = [harness.start(arguments, tmp_path) for _ in range(2)]
        time.sleep(0.3)
        assert all(process.poll() is None for process in both), "they wait for the state"
    told = [harness.finish(process, began) for process in both]
    assert sorted("new" in result.out for result in told) == [False, True], told
    assert [result.code for result in told] == [1, 1]


def test_killed_at_any_moment_the_state_is_the_old_or_the_new_one(tmp_path):
    many = [", ".join('{ code = "%s-%d" }' % (name, number) for number in range(100)) for name in ("a", "b")]
    states = []
    for found in many:
        (tmp_path / "state").unlink(missing_ok=True)
        write(tmp_path, found)
        began = time.monotonic()
        only_new(tmp_path)
        lasts = time.monotonic() - began
        states.append(set(next(iter(json.loads((tmp_path / "state").read_text())["scopes"].values()))["findings"]))
    dice, seen = random.Random(6), set()
    arguments = ["run", "./found.lua", "--snapshot", NEW_SNAPSHOT, "--only-new", "--state", "state"]
    for number in range(100):
        write(tmp_path, many[number % 2])
        process = harness.start(arguments, tmp_path)
        time.sleep(dice.uniform(0, lasts * 1.1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        found = set(next(iter(json.loads((tmp_path / "state").read_text())["scopes"].values()))["findings"])
        assert found in states
        seen.add((process.returncode, states.index(found)))
    assert {code for code, _ in seen} >= {-signal.SIGKILL}, seen
    assert only_new(tmp_path).code == 1


# ---- ignored ----

def ignoring(folder, rules, *arguments):
    (folder / "ignore.yaml").write_text(rules)
    return krunbook("run", "pod-status", "--snapshot", NEW_SNAPSHOT, "--ignore", "ignore.yaml", *arguments, home=folder)


RULE = "ignore:\n- {%s, reason: 'known, OPS-12'}\n"


@pytest.mark.parametrize("condition, where", [
    ("code: 'crash-*'", "default"), ("object: 'default/err?r'", "default"), ("object: 'Pod/*/error'", "default"),
    ("owner: 'Deployment/zoo/crashing'", "zoo"), ("labels: 'app=crashing'", "zoo"), ("cluster: '*procedures'", "zoo")])
def test_what_a_rule_ignores_is_in_the_report_and_does_not_count(condition, where, tmp_path, schema):
    before = krunbook("run", "pod-status", "--snapshot", NEW_SNAPSHOT, "-n", where, "-o", "json", home=tmp_path).report
    after = ignoring(tmp_path, RULE % condition, "-n", where, "-o", "json").report
    jsonschema.validate(after, schema)
    (was,), (section,) = before["sections"], after["sections"]
    assert section["ignored"] and len(section["findings"]) + len(section["ignored"]) == len(was["findings"])
    assert {f["ignored"]["reason"] for f in section["ignored"]} == {"known, OPS-12"}
    if condition.startswith("cluster"):
        assert (section["status"], after["exit_code"], section["findings"]) == ("ok", 0, [])
    for finding in section["ignored"]:
        if condition.startswith("owner"):
            assert finding["object"]["owner"]["name"] == "crashing"


@pytest.mark.parametrize("condition", ["code: 'no-*'", "object: 'shop/*'", "object: 'Service/*/*'", "labels: 'app=other'",
                                       "owner: 'Deployment/*/other'", "cluster: 'prod'",
                                       "code: 'crash-*', object: 'zoo/*'"])
def test_what_does_not_match_is_not_ignored(condition, tmp_path):
    result = ignoring(tmp_path, RULE % condition, "-v", "-o", "json")
    assert result.report["sections"][0]["ignored"] == [] and result.code == 2, result
    assert "ignore.yaml:2: this rule matches no finding" in result.err, result


def test_a_finding_of_several_is_only_ignored_when_all_are_meant(tmp_path):
    write(tmp_path, '{ code = "a", objects = true }')
    for pattern, code in (("shop/web", 1), ("shop/web*", 0)):
        (tmp_path / "ignore.yaml").write_text(RULE % f"object: '{pattern}'")
        result = krunbook("run", "./found.lua", "--demo", "--ignore", "ignore.yaml", home=tmp_path)
        assert result.code == code, result


def test_a_rule_that_expired_suppresses_nothing_and_is_told(tmp_path, schema):
    rules = "ignore:\n- code: crash-bad-command\n  reason: short\n  until: 2026-01-31\n"
    result = ignoring(tmp_path, rules, "--pod", "error", "-o", "json")
    jsonschema.validate(result.report, schema)
    assert [row[1] for row in harness.findings(result.report)] == ["ignore-expired", "crash-bad-command"], result
    result = ignoring(tmp_path, rules, "--pod", "running")
    assert result.code == 1 and "line 2: reason: short" in result.out and "until: 2026-01-31" in result.out, result
    taken = harness.krunbook("run", "pod-status", "--demo", "-o", "json", home=tmp_path).report["taken_at"]
    assert ignoring(tmp_path, rules.replace("2026-01-31", taken[:10]), "--pod", "error").code == 0, "this day is included"
    assert ignoring(tmp_path, rules.replace("2026-01-31", taken), "--pod", "error").code == 2


@pytest.mark.parametrize("rules, words", [
    ("ignore:\n- cod: x\n  reason: y", ":2: a rule has no \"cod\"; nearest: code"), ("ignore:\n- code: x", ":2: a rule needs a reason"),
    ("ignore:\n- reason: x", ":2: a rule without a condition"), ("ignore:\n\n- {code: a, reason: 1}", ":3: reason must be a text"),
    ("ignore:\n- {code: a, reason: b}\n- {object: web, reason: b}", ":3: object must be NAMESPACE/NAME"),
    ("ignore:\n- {code: a, reason: b, until: soon}", ":2: until must be a day"),
    ("ignore:\n- {labels: 'a=(', reason: b}", ":2: labels: "), ("rules: []", ":1: a file of rules"), ("[", "ignore.yaml:"),
    ("ignore: []\nalso: 1", ":1: nothing is called \"also\"")])
def test_rules_that_are_wrong_are_refused_by_their_line(rules, words, tmp_path):
    result = ignoring(tmp_path, rules)
    assert result.code == 3 and words in result.err and not result.out, result


def test_rules_may_be_json_and_must_be_there(tmp_path):
    result = ignoring(tmp_path, json.dumps({"ignore": [{"code": "crash-bad-command", "reason": "x"}]}), "--pod", "error")
    assert result.code == 0 and "ignored crash-bad-command  Pod default/error: x" in result.out, result
    result = krunbook("run", "pod-status", "--demo", "--ignore", "none.yaml", home=tmp_path)
    assert result.code == 3 and "none.yaml" in result.err, result


def test_what_is_ignored_is_not_resolved_and_new_when_it_is_no_more(tmp_path):
    write(tmp_path, '{ code = "a" }')
    (tmp_path / "ignore.yaml").write_text(RULE % "code: a")
    assert "new" in only_new(tmp_path).out
    result = only_new(tmp_path, "--ignore", "ignore.yaml")
    assert (result.code, result.out) == (0, ""), result
    assert "change   new" in only_new(tmp_path).out


# ---- when, and alone ----

def test_a_lock_that_is_held_leaves_the_run_out(tmp_path):
    (tmp_path / "wait.lua").write_text('return { name = "wait", run = function(ctx) while true do end end }')
    first = harness.start(["run", "./wait.lua", "--demo", "--lock", "lock"], tmp_path)
    try:
        until = time.monotonic() + 20
        while not (tmp_path / "lock").exists() or not (tmp_path / "lock").read_text():
            assert time.monotonic() < until
            time.sleep(0.01)
        second = krunbook("run", "pod-status", "--demo", "--lock", "lock", home=tmp_path)
        assert second.code == 3 and f"locked by process {first.pid} since 20" in second.err and not second.out, second
        report = krunbook("run", "pod-status", "--demo", "--lock", "lock", "-o", "json", home=tmp_path).report
        assert report["errors"][0]["kind"] == "locked"
    finally:
        first.kill()
        first.communicate()
    third = krunbook("run", "pod-status", "--demo", "--pod", "running", "--lock", "lock", home=tmp_path)
    assert third.code == 0, "it ends with who held it"


def catches(pid, number):
    """Whether a process has a handler for a signal by now."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        mask = next(line.split()[1] for line in status if line.startswith("SigCgt"))
    return bool(int(mask, 16) >> (number - 1) & 1)


def test_jitter_waits_and_can_be_interrupted(tmp_path):
    assert krunbook("run", "pod-status", "--pod", "running", "--demo", "--jitter", "5ms", home=tmp_path).code == 0
    process = harness.start(["run", "pod-status", "--demo", "--jitter", "1000d", "--lock", "lock"], tmp_path)
    until = time.monotonic() + 30
    while not catches(process.pid, signal.SIGTERM):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.01)
    time.sleep(0.1)
    assert process.poll() is None and not (tmp_path / "lock").exists(), "nothing is held meanwhile"
    process.send_signal(signal.SIGTERM)
    result = harness.finish(process, time.monotonic())
    assert result.code == 130 and "--jitter" in result.err, result


def test_a_run_out_of_time_tells_what_it_found(tmp_path):
    write(tmp_path, '{ code = "a" }', more='while true do end')
    result = krunbook("run", "./found.lua", "--demo", "--timeout", "300ms", "-o", "json", home=tmp_path)
    (section,) = result.report["sections"]
    assert result.code == 3 and [f["code"] for f in section["findings"]] == ["a"] and section["errors"], result


# ---- several runbooks, several clusters ----

def test_several_runbooks_keep_their_flags_apart(tmp_path):
    result = krunbook("run", "pod-status", "--pod", "error", "service", "--service", "shop", "--no-probe", "ingress", "-n",
                      "default", "--snapshot", NEW_SNAPSHOT, "-o", "json", home=tmp_path)
    sections = result.report["sections"]
    assert [section["runbook"]["name"] for section in sections] == ["pod-status", "service", "ingress"]
    assert sections[0]["args"] == {"pod": "error"} and sections[1]["args"] == {"service": "shop", "probe": False}, result
    assert sections[2]["args"] == {}, result


@pytest.fixture
def contexts(new, old, tmp_path):
    """One kubeconfig with a context for each recorded cluster, and one that cannot be signed in to."""
    import yaml
    merged = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []}
    for name, server in (("new", new), ("old", old)):
        one = yaml.safe_load((server.folder / "token.kubeconfig").read_text())
        for kind, singular in (("clusters", "cluster"), ("users", "user")):
            merged[kind].append({"name": name, singular: one[kind][0][singular]})
        merged["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})
    merged["contexts"].append({"name": "lost", "context": {"cluster": "lost", "user": "new"}})
    merged["contexts"].append({"name": "a,b", "context": {"cluster": "new", "user": "new"}})
    (tmp_path / "config").write_text(yaml.safe_dump(merged))
    return ("--kubeconfig", tmp_path / "config", "-o", "json")


def test_each_context_is_a_section_and_none_harms_the_others(contexts, tmp_path, schema):
    run = ("run", "pod-status", "--pod", "error", *contexts)
    report = krunbook(*run, "--context", "new,lost,old", home=tmp_path).report
    jsonschema.validate(report, schema)
    assert [section["cluster"]["context"] for section in report["sections"]] == ["new", "lost", "old"]
    assert [section["status"] for section in report["sections"]] == ["critical", "unknown", "critical"]
    assert report["exit_code"] == 2 and 'no cluster "lost"' in report["sections"][1]["errors"][0]["message"]
    for section in (report["sections"][0], report["sections"][2]):
        assert f"--context {section['cluster']['context']}" in section["findings"][0]["next_steps"][0]


def test_all_contexts_are_those_of_the_kubeconfig(contexts, tmp_path):
    report = krunbook("run", "pod-status", "--pod", "running", "--all-contexts", *contexts, home=tmp_path).report
    assert [section["cluster"]["context"] for section in report["sections"]] == ["new", "old", "lost", "a,b"]
    assert report["exit_code"] == 3
    report = krunbook("run", "pod-status", "--pod", "running", "--context", "a,b", *contexts, home=tmp_path).report
    assert [section["cluster"]["context"] for section in report["sections"]] == ["a,b"], "a name may hold a comma"


def test_a_cluster_that_does_not_answer_is_unknown_and_the_others_go_on(contexts, new, tmp_path):
    new.faults.set([{"path": ".*", "kind": "status", "status": 503}])
    report = krunbook("run", "pod-status", "--pod", "error", "--context", "new,old", "--request-timeout", "1s", *contexts,
                      home=tmp_path).report
    assert [section["status"] for section in report["sections"]] == ["unknown", "critical"], report


@pytest.mark.parametrize("flags, words", [(("--all-contexts", "--context", "x"), "give one"), (("--all-contexts", "--demo"), "--demo"),
                                          (("--context", "a,b", "--record", "r"), "--record")])
def test_what_does_not_go_with_several_clusters(flags, words, tmp_path):
    result = krunbook("run", "pod-status", *flags, home=tmp_path)
    assert result.code == 3 and words in result.err, result


# ---- shards ----

def shards(folder, count, *arguments):
    """The reports of all shards, as files."""
    files = [f"{index}.json" for index in range(count)]
    for index, file in enumerate(files):
        krunbook("run", *arguments, "-A", "--shard", f"{index}/{count}", "-o", f"json={file}", home=folder)
    return files


def timeless(report):
    """All that two runs of the same must have in common."""
    for section in report["sections"]:
        section.pop("spent")
    return {name: value for name, value in report.items() if name != "taken_at"}


@pytest.mark.parametrize("snapshot", [NEW_SNAPSHOT, harness.OLD_SNAPSHOT], ids=lambda path: path.name)
def test_three_shards_merged_are_the_whole(snapshot, tmp_path, schema):
    run = ("pod-status", "service", "ingress", "--snapshot", snapshot)
    whole = krunbook("run", *run, "-A", "-o", "json", home=tmp_path)
    files = shards(tmp_path, 3, *run)
    parts = [json.loads((tmp_path / file).read_text()) for file in files]
    for index, part in enumerate(parts):
        jsonschema.validate(part, schema)
        assert part["shard"] == {"index": index, "count": 3}
    merged = krunbook("merge", files[2], files[0], files[1], "-o", "json", home=tmp_path)
    jsonschema.validate(merged.report, schema)
    assert timeless(merged.report) == timeless(whole.report) and merged.code == whole.code
    assert all(len(part["sections"][0]["findings"]) < len(whole.report["sections"][0]["findings"]) for part in parts)


def test_shards_of_a_live_cluster_read_less_and_are_the_whole(new, run, tmp_path):
    """By the server's tables, which tell of each namespace by itself."""
    arguments = ("run", "pod-status", "-A")
    whole = run(new, "token", *arguments)
    parts = [run(new, "token", *arguments, "--shard", f"{index}/3") for index in range(3)]
    for index, part in enumerate(parts):
        (tmp_path / str(index)).write_text(part.out)
        assert part.report["sections"][0]["spent"]["bytes"] < whole.report["sections"][0]["spent"]["bytes"]
    merged = krunbook("merge", "0", "1", "2", "-o", "json", home=tmp_path)
    assert timeless(merged.report) == timeless(whole.report)


SPREAD = """local findings = require("krunbook.findings")
return { name = "spread", run = function(ctx)
  local gathered = findings.new(ctx)
  for _, namespace in ctx:targets("namespaces", nil, { beyond_shard = true }) do
    local name = namespace.metadata.name
    if ctx:in_shard(name) then
      gathered:add({ code = "registry-unavailable", object = { kind = "Pod", namespace = name, name = "web-1" },
        owner = { kind = "Deployment", namespace = name, name = "web" }, cause = "No answer.", shared = "registry r.example" })
    end
    gathered:add({ code = "class-unknown", severity = "warning", object = { kind = "IngressClass", name = "nginx" },
      chain = { { kind = "Ingress", namespace = name, name = "web" } }, cause = "It is not there." })
  end
  for _, node in ctx:targets("nodes") do
    ctx:healthy(node)
  end
  gathered:report()
end }"""


def test_what_is_of_the_cluster_or_of_several_namespaces_is_told_once(tmp_path):
    (tmp_path / "spread.lua").write_text(SPREAD)
    run = ("./spread.lua", "--snapshot", NEW_SNAPSHOT)
    whole = krunbook("run", *run, "-A", "-o", "json", home=tmp_path).report
    parts = shards(tmp_path, 3, *run)
    merged = krunbook("merge", *parts, "-o", "json", home=tmp_path).report
    assert [(finding["code"], finding["count"]) for finding in merged["sections"][0]["findings"]] == \
        [("registry-unavailable", 27), ("class-unknown", 1)]
    assert timeless(merged) == timeless(whole)
    assert "It hits 27 Deployments: Deployment default/web" in merged["sections"][0]["findings"][0]["cause"]


def test_a_merged_report_goes_wherever_a_report_goes(tmp_path):
    files = shards(tmp_path, 2, "pod-status", "--demo")
    (tmp_path / "ignore.yaml").write_text("ignore:\n- {object: '*/*', reason: all of it}\n")
    result = krunbook("merge", *files, "-o", "text", "-o", "html=report.html", "--only-new", "--state", "state", home=tmp_path)
    assert result.code == 2 and "change   new" in result.out and (tmp_path / "report.html").exists(), result
    assert krunbook("merge", *files, "--only-new", "--state", "state", home=tmp_path).out == ""
    result = krunbook("merge", *files, "--ignore", "ignore.yaml", "-o", "json", home=tmp_path)
    assert result.report["sections"][0]["findings"] == [] and result.code == 3, "what is unknown cannot be ignored"


def test_reports_may_come_as_one_log(tmp_path):
    files = shards(tmp_path, 2, "pod-status", "--demo")
    (tmp_path / "log").write_text("krunbook: a warning\n".join((tmp_path / file).read_text() for file in files))
    result = krunbook("merge", "log", home=tmp_path)
    assert result.code == 2 and "CRITICAL" in result.out, result


@pytest.mark.parametrize("arguments, words", [
    (("merge",), "which reports?"), (("merge", "none.json"), "none.json"), (("merge", "0.json"), "shard 1 of 2 is missing"),
    (("merge", "0.json", "1.json", "0.json"), "shard 0 of 2 is there twice"), (("merge", "0.json", "other.json"), "of different runs"),
    (("run", "pod-status", "--shard", "0/2"), "goes with -A"), (("run", "pod-status", "-A", "--shard", "2/2"), "INDEX/COUNT"),
    (("run", "pod-status", "-A", "--shard", "0/2", "--only-new", "--state", "s"), "krunbook merge")])
def test_what_is_asked_wrongly_of_shards(arguments, words, tmp_path):
    shards(tmp_path, 2, "pod-status", "--demo", "-l", "none=here")
    krunbook("run", "service", "--demo", "-A", "--shard", "1/2", "-o", "json=other.json", home=tmp_path)
    result = krunbook(*arguments, home=tmp_path)
    assert result.code == 3 and words in result.err and not result.out, result


def test_every_command_of_the_document_runs(tmp_path):
    text = (harness.ROOT / "docs" / "scheduling.md").read_text()
    shutil.copy(harness.ROOT / "examples" / "cron" / "ignore.yaml", tmp_path)
    commands = re.findall(r"^    krunbook (.*)$", text, re.M)
    for command in commands:
        result = krunbook(*command.split(), home=tmp_path)
        assert result.code == 2 and not result.err, (command, result)
    assert len(commands) > 7
