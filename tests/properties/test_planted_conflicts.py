"""A planted conflict is found in its size, certified by counting, and mended by the first repair.

The last run of all hundred stands in docs/national.md.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from models.plan import Shortage
from models.tables import COUNTS
from models.text import subjects_to_mask
from scheduler.draw import add_excluded_employer
from scheduler.national import plan_counts
from scheduler.places import host_employers
from scheduler.plan import csv_bytes
from scheduler.plan_inputs import PlanOptions
from scheduler.repair import apply_repair
from scheduler.roster.cells import build_cells
from tests.builders import write_data_folder
from tests.properties.planted import MAKERS, Planted

OPTIONS = PlanOptions(until="dates", effort="quick")
DAILY = (0, 7, 25, 31, 40, 50, 65, 75, 90)
"""At least one of each kind."""


def _check(number: int, folder: Path) -> None:
    planted = MAKERS[number](random.Random(number))
    data, counts = folder / "data", folder / "counts.csv"
    write_data_folder(data, planted.reference)
    people = add_excluded_employer(planted.roster, host_employers(planted.reference))
    counts.write_bytes(csv_bytes(build_cells(people)[0], COUNTS))
    found = plan_counts(counts, data, folder / "dates", options=OPTIONS)
    assert found.unplaced == planted.short
    assert found.goals[0].bound == planted.short
    shortages = json.loads((folder / "dates" / "shortages.json").read_text("utf-8"))
    (shortage,) = map(Shortage.model_validate, shortages)
    _confirmed_by_counting(planted, shortage)
    assert shortage.repairs, "no repair is offered"
    first = min(r.rank for r in shortage.repairs)
    apply_repair(folder / "dates", shortage.shortage_id, first, folder / "mended")
    again = plan_counts(counts, folder / "mended", folder / "after", options=OPTIONS)
    assert again.unplaced == 0


def _confirmed_by_counting(planted: Planted, shortage: Shortage) -> None:
    """The family's masks meet pairwise; so many of its people stand against so many seats."""
    assert (shortage.exam_point, shortage.need) == (planted.point, planted.need)
    assert shortage.sitting in {planted.sitting, "*", _every(planted)}
    if planted.sitting != "*":
        assert shortage.sitting == planted.sitting
    assert (shortage.demand, shortage.seats) == (planted.demand, planted.seats)
    assert shortage.short == shortage.demand - shortage.seats == planted.short
    masks = [subjects_to_mask(s) for s in shortage.subjects]
    assert all(a & b for a in masks for b in masks)
    assert planted.family <= set(shortage.subjects)


def _every(planted: Planted) -> str:
    return ";".join(s.id for s in planted.reference.exam.sittings)


@pytest.mark.parametrize("number", DAILY)
def test_a_planted_conflict_is_found_explained_and_mended(number: int, tmp_path: Path) -> None:
    _check(number, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("number", range(len(MAKERS)))
def test_a_hundred_planted_conflicts(number: int, tmp_path: Path) -> None:
    _check(number, tmp_path)
