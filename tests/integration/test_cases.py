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
# Verdicts are for the program as it is shipped; sanitizers see the same code run in any third of the changed cases.
CHANGED = CASES[SEED % 3::3] if harness.INSTRUMENTED else CASES


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """All of them, two at a time, before the first is judged."""
    options = types.SimpleNamespace(seed=SEED, work=tmp_path_factory.mktemp("cases"))
    return {"as it is": cases.run_all(CASES, cases.check, options),
            "shuffled": cases.run_all(CHANGED, cases.check_shuffled, options),
            "evidence removed": cases.run_all(CHANGED, cases.check_removed, options)}


def test_there_are_cases():
    assert CASES, "tests/runbooks holds no case"


@pytest.mark.parametrize("case, way", [(case, "as it is") for case in CASES]
                         + [(case, way) for case in CHANGED for way in ("shuffled", "evidence removed")],
                         ids=lambda value: getattr(value, "name", value))
def test_case(case, way, results):
    differences = results[way][case.name]
    assert not differences, "\n" + f"{case.name}, {way} (seed {SEED}): {case.wanted['title']}\n" + "\n".join(differences)
