"""examples/team: a team's runbooks lint, their cases hold, and the overlay among them takes the shipped one's place."""
import json
import shutil
import subprocess

import harness
from harness import NEW_SNAPSHOT, ROOT, codes, krunbook

TEAM = ROOT / "examples" / "team"


def test_their_cases_hold(tmp_path):
    result = krunbook("test", ROOT / "examples", home=tmp_path)
    assert result.code == 0, result
    runbooks = {path.stem for path in TEAM.glob("*.lua")}
    assert len(runbooks) >= 5 and all(f"ok    {name}/" in result.out for name in runbooks), result


def test_nothing_is_to_be_said_of_them(tmp_path):
    result = krunbook("lint", *sorted(TEAM.glob("*.lua")), home=tmp_path)
    assert result.code == 0 and result.out == "", result


def test_an_overlay_takes_the_place_of_the_shipped_one(tmp_path):
    team = ("--runbook-path", TEAM)
    listed = {row["name"]: row for row in krunbook("list", *team, "-o", "json", home=tmp_path).report}
    assert listed["pod-status"]["path"] == str(TEAM / "pod-status.lua"), listed
    assert listed["pod-status"]["shadows"].endswith("runbooks/pod-status.lua"), listed
    arguments = ("--demo", "-n", "zoo", "-o", "json")
    own = krunbook("run", "pod-status", "--deployment", "crashing", *team, *arguments, home=tmp_path)
    shipped = krunbook("run", "pod-status", "--deployment", "crashing", *arguments, home=tmp_path)
    assert codes(own.report) == {"migration-missing"} and codes(shipped.report) == {"crash-on-start"}, own
    # Also within other runbooks.
    within = krunbook("run", "check-rollout", "--deployment", "crashing", *team, *arguments, home=tmp_path)
    assert codes(within.report) == {"migration-missing"}, within


def test_a_lone_program_has_what_an_overlay_extends(tmp_path):
    """The copies in the program: nothing is beside it."""
    program = tmp_path / "bin" / "krunbook"
    program.parent.mkdir()
    shutil.copy(harness.PROGRAM, program)
    done = subprocess.run([program, "run", TEAM / "pod-status.lua", "--snapshot", NEW_SNAPSHOT, "-n", "zoo", "--deployment", "crashing",
                           "-o", "json"], capture_output=True, env=harness.environment(tmp_path), cwd=tmp_path, timeout=60, check=False)
    assert codes(json.loads(done.stdout)) == {"migration-missing"}, done
