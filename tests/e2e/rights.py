"""RBAC: the program's user gets exactly what `krunbook rbac` prints; and with any one permission less, the report says
which is missing and nothing wrong."""
import json

import yaml

import access
import runner

API = "rbac.authorization.k8s.io"
SUPERVISOR = "krunbook-supervisor"  # may act as others, and nothing else
RECORDER = "krunbook-recorder"      # takes snapshots: may read all, secrets too (of which it keeps names and keys)


def printed(reach, runbooks, *flags):
    status, out, errors = reach.krunbook("rbac", *runbooks, *flags, flags=[])
    if status != 0:
        raise runner.Failed(f"krunbook rbac: {errors.strip()}")
    return list(yaml.safe_load_all(out))


def binding(role, user):
    name = role["metadata"]["name"]
    return {"apiVersion": f"{API}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": f"{name}-{user}"},
            "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": name},
            "subjects": [{"apiGroup": API, "kind": "User", "name": user}]}


def cluster_role(name, rules):
    return {"apiVersion": f"{API}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}


def grant(reach, runbooks):
    """Just what the runbooks need, for every namespace; the rules of it."""
    (role,) = printed(reach, runbooks, "--cluster", "--name", "krunbook-e2e")
    supervisor = cluster_role(SUPERVISOR, [{"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]}])
    reader = cluster_role(RECORDER, [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]},
                                     {"apiGroups": [""], "resources": ["pods/portforward"], "verbs": ["create"]}])
    reach.apply([role, binding(role, access.USER), supervisor, binding(supervisor, SUPERVISOR), reader,
                 binding(reader, RECORDER)])
    return role["rules"]


def permissions(rules):
    """Each verb of each resource by itself, but for what this server does not ask for."""
    return sorted({(group, resource, verb) for rule in rules for group in rule["apiGroups"] if group not in OF_PLUGINS
                   for resource in rule["resources"] for verb in rule["verbs"]} - {LATER})


def named(permission):
    """As a report words it: "get deployments.apps"."""
    group, resource, verb = permission
    return f"{verb} {resource}.{group}" if group else f"{verb} {resource}"


def says_missing(report, permission):
    """Whether a gap names it, as in "get,create pods/portforward in shop"."""
    gaps = runner.every(report, "unknown") + [one for section in report.get("sections", [])
                                              for one in section.get("did_without", [])]
    verb, resource = named(permission).split(" ")
    wanted = [(gap.get("permission") or "- -").split(" ") for gap in gaps]
    return any(verb in words[0].split(",") and words[1] == resource for words in wanted)


# What servers ask for from 1.35 on: an older one lets a port-forward pass without.
LATER = ("", "pods/portforward", "create")

# Of network plugins that these clusters do not have.
OF_PLUGINS = {"cilium.io", "crd.projectcalico.org", "policy.networking.k8s.io"}

# How a process ended that is started again and again: which of these is found hangs on when it is looked at (between two
# ends it runs), and on whether log, events and Job may be read. Each of them is true of it.
ENDINGS = {"crash-on-start", "crash-late", "crash-bad-command", "main-process-exits", "oom-killed", "liveness-killed",
           "start-command-invalid", "restarts-recent", "init-container-failed", "job-failed"}


# What is said of a Service or an Ingress itself where the cause in the pods behind it may not be read.
WITHOUT_CAUSE = {"service-no-ready-endpoints", "ingress-backend-no-endpoints"}


class Expected:
    """What the table expects, of all namespaces together."""

    def __init__(self, cases):
        self.cases = cases
        self.codes = {(case.namespace, code.split(" x")[0].split("/")[0]) for case in cases
                      for code in case.expect + case.also}
        self.namespaces = {case.namespace for case in cases}
        ending = {namespace for namespace, code in self.codes if code in ENDINGS}
        self.codes |= {(namespace, code) for namespace in ending for code in ENDINGS}
        served = {case.namespace for case in cases if not case.is_twin
                  and any(one["kind"] == "Service" for one in case.objects)}
        self.codes |= {(namespace, code) for namespace in served for code in WITHOUT_CAUSE}
        # A policy that lets in where the program listens shuts the wrong port: told where none may be asked.
        self.may_also("service-target-port-wrong", "service-blocked-by-policy")

    def may_also(self, where, code):
        """Where one code is expected, another may come too."""
        self.codes |= {(namespace, code) for namespace, expected in self.codes if expected == where}

    def may_also_with(self, kind, code):
        """Where there is an object of a kind, a code may come too."""
        self.codes |= {(case.namespace, code) for case in self.cases if any(one["kind"] == kind for one in case.objects)}

    def exceeded_by(self, report):
        """(namespace, code) of what was found in the cases' namespaces and is not expected there."""
        found = {(finding["object"].get("namespace"), finding["code"]) for finding in runner.every(report, "findings")}
        return sorted(one for one in found - self.codes if one[0] in self.namespaces)


def ask(reach, user, words):
    status, out, errors = reach.krunbook(*words, "-o", "json", flags=[*reach.supervisor_flags, "--as", user])
    try:
        return status, json.loads(out)
    except ValueError:
        return status, {"sections": [], "errors": [{"message": errors}]}


def questions(cases):
    """The cases' own runs, each kind of arguments once, then the others."""
    seen, first, rest = set(), [], []
    for case in cases:
        for run in case.runs:
            kind = (run[0], *(word.split("/")[0] for word in run[1:] if word.startswith("--") or "/" in word))
            (rest if kind in seen else first).append(["run", *run, "-n", case.namespace])
            seen.add(kind)
    return first + rest


# Some things are only read where others cannot be: no event tells, or pods may not be listed of all namespaces at once.
INSTEAD_OF = [("", "events", "list"), ("", "pods", "list")]
KINDS_OF_QUESTIONS = 30  # the first that are asked: of each kind one


def reduced(reach, user, all_permissions, *removed):
    """A user with all permissions but these."""
    rules = [{"apiGroups": [group], "resources": [resource], "verbs": [verb]}
             for group, resource, verb in all_permissions if (group, resource, verb) not in removed]
    role = cluster_role(user, rules)
    reach.apply([role, binding(role, user)])
    return user


def missed(reach, user, permission, asked, expected):
    """What a user without the permission is told: (passed, line), or None where no report names it."""
    for words in asked:
        status, report = ask(reach, user, words)
        wrong = expected.exceeded_by(report)
        if wrong:
            return False, f"found what is not there: {wrong}"
        if says_missing(report, permission):
            named_well = status != 0 or not runner.every(report, "unknown")
            return named_well, f"named by {' '.join(words)}" + ("" if named_well else ", and yet exit status 0")
    return None


def without(reach, number, permission, all_permissions, asked, expected):
    """One permission less: asks until the report names it; where that alone is never missed, another one less too."""
    name = f"krunbook-without-{number}"
    few, rest = asked[:KINDS_OF_QUESTIONS], asked[KINDS_OF_QUESTIONS:]
    user = reduced(reach, name, all_permissions, permission)
    told, less = missed(reach, user, permission, few, expected), named(permission)
    for other in INSTEAD_OF:
        if not told:
            both = reduced(reach, f"{name}-and-{other[1]}", all_permissions, permission, other)
            told, less = missed(reach, both, permission, few, expected), f"{named(permission)} and {named(other)}"
    if not told:
        told, less = missed(reach, user, permission, rest, expected), named(permission)
    passed, text = told or (False, f"no report of {len(asked)} runs names it")
    return passed, f"without {less}: {text}"
