"""krunbook rbac: the role that runbooks need, as YAML that kubectl takes."""
import yaml

from harness import ROOT, krunbook


def roles(*arguments, home):
    result = krunbook("rbac", *arguments, home=home)
    assert result.code == 0, result.err
    return list(yaml.safe_load_all(result.out))


def allowed(role):
    return {(group, resource, verb) for rule in role["rules"] for group in rule["apiGroups"]
            for resource in rule["resources"] for verb in rule["verbs"]}


def test_cluster_prints_one_cluster_role_with_all_that_is_declared(tmp_path):
    (role,) = roles("pod-status", "--cluster", home=tmp_path)
    assert (role["kind"], role["metadata"]["name"]) == ("ClusterRole", "krunbook-pod-status")
    assert {("", "pods", "list"), ("", "pods/log", "get"), ("apps", "deployments", "list")} <= allowed(role)


def test_without_it_a_role_and_what_lies_in_no_namespace(tmp_path):
    role, wide = roles("pod-status", "-n", "shop", home=tmp_path)
    assert (role["kind"], role["metadata"]["namespace"], wide["kind"]) == ("Role", "shop", "ClusterRole")
    assert ("", "nodes", "list") in allowed(wide) and ("", "nodes", "list") not in allowed(role)
    (whole,) = roles("pod-status", "--cluster", home=tmp_path)
    assert allowed(role) | allowed(wide) == allowed(whole)


def test_several_runbooks_share_a_role(tmp_path):
    (tmp_path / "one.lua").write_text('return { needs = { "get pods" }, run = function() end }')
    (tmp_path / "two.lua").write_text('return { needs = { "list pods" }, run = function() end }')
    (role,) = roles(tmp_path / "one.lua", tmp_path / "two.lua", "--cluster", "--name", "both", home=tmp_path)
    assert role["metadata"]["name"] == "both" and allowed(role) == {("", "pods", "get"), ("", "pods", "list")}


def test_a_need_that_would_write_is_refused_with_its_file(tmp_path):
    (tmp_path / "bad.lua").write_text('return { needs = { "delete pods" }, run = function() end }')
    result = krunbook("rbac", tmp_path / "bad.lua", home=tmp_path)
    assert result.code == 3 and result.out == ""
    assert "bad.lua" in result.err and "delete pods" in result.err


def test_a_name_that_is_none_is_refused(tmp_path):
    result = krunbook("rbac", "pod-status", "--name", "x\nkind: Secret", home=tmp_path)
    assert result.code == 3 and "no name for a role" in result.err


def test_the_shipped_cron_job_may_do_what_its_runbooks_need(tmp_path):
    shipped = list(yaml.safe_load_all((ROOT / "examples/kubernetes/krunbook.yaml").read_text()))
    (job,) = (one for one in shipped if one["kind"] == "CronJob")
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    runbooks = [word for word in container["args"][2:] if not word.startswith("-")]
    (role,) = roles(*runbooks, "--cluster", "--name", "krunbook", home=tmp_path)
    (bound,) = (one for one in shipped if one["kind"] == "ClusterRoleBinding")
    assert bound["roleRef"]["name"] == role["metadata"]["name"]
    assert role in shipped, f"put there what this prints: krunbook rbac {' '.join(runbooks)} --cluster --name krunbook"
