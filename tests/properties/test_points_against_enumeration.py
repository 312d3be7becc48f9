"""Whole plans of tiny exams: nobody is left out who could have been seated.

Roster in, plan directory out, every rule verified, and the number of unplaced people held against
a search over every seat for everybody (``every_seating.py``), given the machines that the plan
keeps spare (docs/formats.md fixes which before anybody is seated).
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from models.text import parse_numbers
from scheduler.pipeline import run_plan
from scheduler.verify.run import verify_plan
from tests.properties.every_seating import fewest_unplaced
from tests.properties.small_points import random_points

pytestmark = pytest.mark.slow

DAILY = 24
FOUND = (103, 721, 883)
"""Exams in which the bound of a room once took closed seats for open ones, or open for closed, and
in which a shortage counted a person without a date whom another one had explained."""
ALL = 1_000
BLOCKS = 20
COMPARED = 60
SHOWN = 200
"""Exams whose variety is looked at."""


def _spare(plan_dir: Path) -> dict[tuple[str, str], tuple[int, ...]]:
    with (plan_dir / "utilisation.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["center_id"], row["room_id"]): parse_numbers(row["spare_seats"])
            for row in csv.DictReader(file)
        }


def _check(seed: int, folder: Path) -> int:
    """Plan one exam; returns how many stay unplaced."""
    exam = random_points(seed)
    data, roster = exam.write(folder)
    outcome = run_plan(roster, data, folder / "plan")
    expected = fewest_unplaced(exam, _spare(folder / "plan"))
    assert outcome.unplaced == expected, f"seed {seed}"
    assert outcome.placed == len(exam.people) - expected, f"seed {seed}"
    manifest = json.loads((folder / "plan" / "manifest.json").read_bytes())
    goal = manifest["goals"][0]
    assert (goal["unit"], goal["value"]) == ("unplaced_candidates", expected), f"seed {seed}"
    assert goal["bound"] <= expected, f"seed {seed}: a bound above what is possible"
    assert verify_plan(folder / "plan", roster) == (), f"seed {seed}"
    return expected


@pytest.mark.parametrize("seed", [*range(DAILY), *FOUND])
def test_nobody_is_left_out_who_could_be_seated(seed: int, tmp_path: Path) -> None:
    _check(seed, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(BLOCKS))
def test_nobody_is_left_out_on_a_thousand_exams(block: int, tmp_path: Path) -> None:
    size = ALL // BLOCKS
    for seed in range(block * size, (block + 1) * size):
        _check(seed, tmp_path / str(seed))


def test_the_exams_are_of_every_kind() -> None:
    """Nobody left out, some, most; and every rule that can cost a place decides somewhere."""
    exams = [random_points(seed) for seed in range(SHOWN)]
    left = Counter(fewest_unplaced(exam) for exam in exams)
    assert left[0] >= SHOWN // 20
    assert len(left) >= 5
    kinds = Counter(
        {
            "two points": sum(len(e.reference.exam_points) == 2 for e in exams),
            "delegation": sum(any(p.delegates_to for p in e.reference.exam_points) for e in exams),
            "overflow": sum(any(p.overflow_to for p in e.reference.exam_points) for e in exams),
            "paper": sum(any(p["specialty"] == "203" for p in e.people) for e in exams),
            "closures": sum(bool(e.reference.closures) for e in exams),
            "spare": sum(any(r.spare for r in e.reference.rooms) for e in exams),
            "reserve": sum(any(r.use == "reserve" for r in e.reference.rooms) for e in exams),
            "center pins": sum(any(p["pinned_center"] for p in e.people) for e in exams),
            "sitting pins": sum(any(p["pinned_sitting"] for p in e.people) for e in exams),
            "separate room": sum(any("separate" in p["needs"] for p in e.people) for e in exams),
            "no sharing": sum(not e.decisions.share for e in exams),
            "own employer": sum(e.decisions.forbid_own for e in exams),
            "dates given": sum(e.decisions.given is not None for e in exams),
            "dates fixed": sum(bool(e.decisions.fixed) for e in exams),
            "dates forbidden": sum(bool(e.decisions.forbidden) for e in exams),
            "one date a group": sum(e.decisions.max_sittings == 1 for e in exams),
        }
    )
    assert min(kinds.values()) >= SHOWN // 50, kinds


def test_the_search_finds_what_is_known() -> None:
    """Leaving machines spare, and who may sit where, matter to the search itself."""
    exams = [random_points(seed) for seed in range(COMPARED)]
    without_spare = [fewest_unplaced(exam, {}) for exam in exams]
    assert sum(without_spare) < sum(fewest_unplaced(exam) for exam in exams)
    assert all(a <= b for a, b in zip(without_spare, map(fewest_unplaced, exams), strict=True))
