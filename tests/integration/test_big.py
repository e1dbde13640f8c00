"""A cluster of some size: what a run keeps, and what it asks, follow from what is broken and not from what is well."""
import re
import sys

import pytest

from harness import ROOT, codes, krunbook

sys.path.insert(0, str(ROOT / "tests" / "bench"))
import generate  # noqa: E402

BROKEN, SERVICES = 30, 40
PAGE = 250


def cost(folder, home, *arguments):
    """The report, and how many KiB Lua needed."""
    result = krunbook("run", *(arguments or ("pod-status", "-A")), "--snapshot", folder, "-o", "json", "-v", home=home)
    report = result.report
    assert report["errors"] == [] and report["sections"][0]["errors"] == [], result
    return report["sections"][0], codes(report), int(re.search(r"(\d+) KiB at most in Lua", result.err).group(1))


@pytest.fixture(scope="module")
def costs(tmp_path_factory):
    """{pods: cost} of two clusters with the same faults."""
    found = {}
    for pods in (250, 1000):
        folder = tmp_path_factory.mktemp("big") / "cluster"
        generate.write_snapshot(folder, pods, BROKEN, 5)
        found[pods] = cost(folder, tmp_path_factory.mktemp("home"))
    return found


def test_every_broken_pod_is_found_and_every_other_is_well(costs):
    for pods, (section, found, _) in costs.items():
        assert sum(finding["count"] for finding in section["findings"]) == BROKEN, section["findings"]
        assert section["healthy_count"] == pods - BROKEN and section["unknown"] == []
        assert found == {"crash-on-start", "oom-killed", "image-not-found", "container-config-missing", "not-ready",
                         "unschedulable-resources"}


def test_memory_does_not_grow_with_pods_that_are_well(costs):
    small, large = costs[250][2], costs[1000][2]
    assert large < 12 * 1024 and large < small * 1.5 + 2048, (small, large)


def test_requests_grow_by_the_pages_only(costs):
    small, large = (costs[pods][0]["spent"]["requests"] for pods in (250, 1000))
    more_pages = (1000 - 250) // PAGE * 2  # of pods, and of what makes them
    assert large - small <= more_pages, (small, large)


def test_little_is_kept_of_a_pod_behind_a_service(tmp_path):
    """Of siblings what they say in the same words is kept once. Each namespace is two pages of pods, or more."""
    kib = {}
    for pods in (600, 2400):
        folder = tmp_path / str(pods)
        generate.write_snapshot(folder, pods, 0, 2, SERVICES)
        section, found, kib[pods] = cost(folder, tmp_path, "service", "-A", "--no-probe")
        assert section["healthy_count"] == SERVICES and found == set() and section["unknown"] == [], section
    assert kib[2400] - kib[600] < (2400 - 600) * 3, kib
