"""Every case of tests/runbooks: as it is, with all names replaced at random, and with its deciding evidence taken away."""
import os
import random
import sys
import types

import pytest

import harness

sys.path.insert(0, str(harness.ROOT / "tests"))
import cases  # noqa: E402

CASES = cases.all_cases()
SEED = int(os.environ.get("KRUNBOOK_SEED", random.randrange(1 << 30)))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """All of them, two at a time, before the first is judged."""
    options = types.SimpleNamespace(seed=SEED, work=tmp_path_factory.mktemp("cases"))
    return {"as it is": cases.run_all(CASES, cases.check, options),
            "shuffled": cases.run_all(CASES, cases.check_shuffled, options),
            "evidence removed": cases.run_all(CASES, cases.check_removed, options)}


def test_there_are_cases():
    assert CASES, "tests/runbooks holds no case"


@pytest.mark.parametrize("way", ["as it is", "shuffled", "evidence removed"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case, way, results):
    differences = results[way][case.name]
    assert not differences, "\n" + f"{case.name}, {way} (seed {SEED}): {case.wanted['title']}\n" + "\n".join(differences)
