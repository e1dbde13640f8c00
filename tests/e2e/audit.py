"""What the program asked of the API server, by the server's own account: its audit log."""
import collections
import json

READS = {"get", "list"}
REVIEW = ("create", "authorization.k8s.io", "selfsubjectaccessreviews")
PORT_FORWARD = {("create", "", "pods/portforward"), ("get", "", "pods/portforward")}


def what(entry):
    about = entry.get("objectRef", {})
    resource = about.get("resource", entry["requestURI"])
    return (entry["verb"], about.get("apiGroup", ""),
            resource + (f"/{about['subresource']}" if "subresource" in about else ""))


def is_harmless(asked):
    return asked[0] in READS or asked == REVIEW or asked in PORT_FORWARD


def of_program(entry):
    """All that the tests have the program do is asked by users of these names, and by nobody else."""
    name = entry["user"].get("username", "")
    return name.startswith(("krunbook", "system:serviceaccount:krunbook"))


def read(path):
    """({(verb, group, resource): times}, [what may not be]) of all that the program asked."""
    counts = collections.Counter()
    with open(path, encoding="utf-8") as log:
        for text in log:
            entry = json.loads(text)
            if of_program(entry):
                counts[what(entry)] += 1
    return counts, sorted(asked for asked in counts if not is_harmless(asked))
