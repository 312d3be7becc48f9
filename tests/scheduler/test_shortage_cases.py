"""The worked shortages of tests/cases, through the command line: exit 4, repair, exit 0."""

from __future__ import annotations

import filecmp
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cases.make_cases import CASES, HERE, write_case

pytestmark = pytest.mark.slow

EXPECTED: dict[str, dict[str, Any]] = {
    "paper_room_of_two": {"demand": 3, "seats": 2, "short": 1, "reason": "CAPACITY"},
    "point_short_of_37": {"demand": 217, "seats": 180, "short": 37, "reason": "CAPACITY"},
    "one_accessible_seat": {"demand": 2, "seats": 1, "short": 1, "need": "accessible"},
    "interlocked_needs": {"demand": 3, "seats": 2, "short": 1, "need": "accessible"},
    "group_larger_than_a_date": {"demand": 60, "seats": 45, "short": 15, "paper_group": "101"},
    "own_employer_only": {"demand": 1, "seats": 0, "short": 1, "reason": "OWN_EMPLOYER"},
}
FIRST_REPAIR = {"group_larger_than_a_date": "allow_sitting", "own_employer_only": "overflow"}


def _paikao(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scheduler.cli", *(str(a) for a in arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", CASES)
def test_files_are_current(name: str, tmp_path: Path) -> None:
    write_case(name, tmp_path)
    written = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert written
    assert [str(p) for p in written if not filecmp.cmp(tmp_path / p, HERE / p, shallow=False)] == []


@pytest.mark.parametrize("name", CASES)
def test_shortage_is_explained_and_its_first_repair_works(name: str, tmp_path: Path) -> None:
    roster, plan, data = HERE / name / "roster.csv", tmp_path / "plan", tmp_path / "data2"
    done = _paikao("plan", roster, "--data", HERE / name / "data", "--out", plan)
    assert done.returncode == 4, done.stderr
    assert _paikao("verify", plan, roster).returncode == 0
    (shortage,) = json.loads((plan / "shortages.json").read_bytes())
    assert EXPECTED[name].items() <= shortage.items()
    totals = json.loads((plan / "manifest.json").read_bytes())["totals"]
    assert totals["unplaced"] == shortage["short"]
    first = shortage["repairs"][0]
    assert first["rank"] == 1
    assert first["kind"] == FIRST_REPAIR.get(name, "add_seats")

    applied = _paikao("repair", plan, "--apply", f"{shortage['shortage_id']}:1", "--out", data)
    assert applied.returncode == 0, applied.stderr
    again = _paikao("plan", roster, "--data", data, "--out", tmp_path / "plan2")
    assert again.returncode == 0, again.stdout + again.stderr
    assert _paikao("verify", tmp_path / "plan2", roster).returncode == 0
