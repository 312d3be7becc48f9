"""The seat-pool statement: twelve families per pool say exactly who can be seated.

One sitting, a few seats and people; the program over pools is held against a search that puts
people on single seats. Its rules are written out here again, on the typed places.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import cache

import pandas as pd
import pytest

from models.exam import Mode
from models.places import Closure
from models.policy import Policy
from models.reference import ReferenceData
from models.text import subjects_to_mask
from scheduler.dates.components import solve_component
from scheduler.dates.problem import build_problem
from scheduler.draw import add_excluded_employer
from scheduler.masks import seats_needed
from scheduler.places import Places, host_employers
from scheduler.roster.cells import build_cells
from tests.builders import (
    center,
    exam_point,
    room,
    roster_rows,
    sitting,
    small_exam,
    small_reference,
    specialty,
)

CASES = 300
MASKS = ("1", "2", "3", "4", "12", "34", "23", "134", "234", "1234")
NEEDS = (
    "",
    "",
    "",
    "",
    "",
    "",
    "accessible",
    "extra_time",
    "accessible;extra_time",
    "separate_room",
)


def _reference(
    features: dict[str, tuple[int, ...]],
    seats: int,
    *,
    closures: Sequence[Closure] = (),
    employer: str = "",
    separate: bool = False,
) -> ReferenceData:
    """Center A with a row of seats, center B with one; no spare machines."""
    rooms = [room("A", "R1", 1, seats, features=features), room("B", "R1", 1, 1)]
    if separate:
        rooms.append(room("B", "R2", 1, 1, features=("separate_room",)))
    return small_reference(
        exam=small_exam(spare_ratio=Decimal(0), sittings=[sitting("C1", "2022-04-09")]),
        specialties=[specialty("101")],
        exam_points=[exam_point("2301")],
        centers=[center("A", "2301", employer=employer), center("B", "2301")],
        rooms=rooms,
        closures=closures,
    )


def _without_center_b(reference: ReferenceData) -> ReferenceData:
    return reference.model_copy(
        update={
            "centers": reference.centers[:1],
            "rooms": tuple(r for r in reference.rooms if r.center_id == "A"),
        }
    )


def _closed(seats: tuple[int, ...], subjects: str) -> Closure:
    return Closure(center_id="A", room_id="R1", seats=seats, sitting="C1", subjects=subjects)


def _random_case(seed: int) -> tuple[ReferenceData, pd.DataFrame]:
    rng = random.Random(seed)
    seats = rng.randint(1, 4)
    every = tuple(range(1, seats + 1))
    features: dict[str, tuple[int, ...]] = {}
    shape = rng.choice(["none", "one", "nested", "crossing"])
    if shape != "none":
        features["accessible"] = every[:1]
    if shape == "nested":
        features["extra_time"] = every[:2]
    if shape == "crossing":
        features["accessible"] = every[:2]
        features["extra_time"] = every[1:] or every
    closures = []
    if rng.random() < 0.5:
        closures.append(_closed((rng.choice(every),), "12"))
    if rng.random() < 0.5:
        closures.append(_closed((rng.choice(every),), rng.choice(["34", "4"])))
    people = rng.randint(2, 7)
    reference = _reference(
        features,
        seats,
        closures=closures,
        employer=rng.choice(["", "E1"]),
        separate=rng.random() < 0.3,
    )
    roster = roster_rows(
        people,
        subjects=[rng.choice(MASKS) for _ in range(people)],
        needs=[rng.choice(NEEDS) for _ in range(people)],
        employer=[rng.choice(["", "E1"]) for _ in range(people)],
        pinned_center=[rng.choice(["", "", "", "A", "B"]) for _ in range(people)],
    )
    return reference, roster


def _open_seats(reference: ReferenceData) -> list[tuple[str, str, frozenset[str], int]]:
    """(center, its employer, features, mask of open subjects) of every seat."""
    seats = []
    for one in reference.rooms:
        for number, _, _ in one.grid():
            mask = 0b1111
            for c in reference.closures:
                if (c.center_id, c.room_id) == (one.center_id, one.room_id) and number in c.seats:
                    mask &= ~subjects_to_mask(c.subjects)
            host = reference.center_by_id[one.center_id].employer
            seats.append((one.center_id, host, one.features_of(number), mask))
    return seats


def _fewest_unplaced(reference: ReferenceData, roster: pd.DataFrame) -> int:
    """By trying every seat, and none, for one person after another."""
    seats = _open_seats(reference)
    people = []
    for person in roster.to_dict("records"):
        needs = set(str(person.get("needs", "")).split(";")) - {""}
        options = tuple(
            i
            for i, (center_id, host, features, _) in enumerate(seats)
            if needs <= features
            and ("separate_room" in needs) == ("separate_room" in features)
            and not (host and host == person.get("employer", ""))
            and person.get("pinned_center", "") in ("", center_id)
        )
        people.append((subjects_to_mask(person["subjects"]), options))

    @cache
    def left(i: int, free: tuple[int, ...]) -> int:
        if i == len(people):
            return 0
        mask, options = people[i]
        best = 1 + left(i + 1, free)
        for s in options:
            if mask & ~free[s] == 0:
                best = min(best, left(i + 1, (*free[:s], free[s] & ~mask, *free[s + 1 :])))
        return best

    return left(0, tuple(mask for _, _, _, mask in seats))


def _program(reference: ReferenceData, roster: pd.DataFrame) -> int:
    """Fewest unplaced by the families of every pool; the bound must agree."""
    defaults = dict.fromkeys(("needs", "employer", "pinned_center", "pinned_sitting"), "")
    missing = {c: v for c, v in defaults.items() if c not in roster.columns}
    people = add_excluded_employer(roster.assign(**missing), host_employers(reference))
    cells, _ = build_cells(people)
    problem = build_problem(cells, Places(reference), Policy(), Mode.COMPUTER)
    outcome = solve_component(problem, 0, None, (1,)).outcomes[1]
    assert outcome.bound == outcome.value
    return outcome.value


@pytest.mark.parametrize("block", range(10))
def test_pools_equal_enumeration(block: int) -> None:
    size = CASES // 10
    for seed in range(block * size, (block + 1) * size):
        reference, roster = _random_case(seed)
        expected = _fewest_unplaced(reference, roster)
        assert _program(reference, roster) == expected, f"seed {seed}"


def test_the_random_cases_are_of_every_kind() -> None:
    left: Counter[int] = Counter()
    merged_hides_it = 0
    for seed in range(CASES):
        reference, roster = _random_case(seed)
        unplaced = _fewest_unplaced(reference, roster)
        left[unplaced] += 1
        masks = Counter(subjects_to_mask(s) for s in roster["subjects"])
        if unplaced and seats_needed(masks) <= len(_open_seats(reference)):
            merged_hides_it += 1
    assert len(left) >= 4
    assert left[0] >= CASES // 10
    assert merged_hides_it >= CASES // 10, "cases that families over all seats would call fine"


def test_two_seats_of_which_one_is_accessible() -> None:
    """With the need {1}, {2}; without {134}, {234}: the four fit two equal seats."""
    reference = _without_center_b(_reference({"accessible": (1,)}, 2))
    subjects = ["1", "2", "134", "234"]
    needs = ["accessible", "accessible", "", ""]
    roster = roster_rows(4, subjects=subjects, needs=needs)
    assert seats_needed(Counter(subjects_to_mask(s) for s in subjects)) == 2
    assert _program(reference, roster) == _fewest_unplaced(reference, roster) == 1
    everybody = roster_rows(4, subjects=subjects, needs="")
    assert _program(reference, everybody) == 0


def test_two_needs_at_different_seats() -> None:
    """One seat is accessible, one gives extra time; who needs both has no seat."""
    reference = _without_center_b(_reference({"accessible": (1,), "extra_time": (2,)}, 2))
    both = roster_rows(1, needs="accessible;extra_time")
    assert _program(reference, both) == _fewest_unplaced(reference, both) == 1
    each = roster_rows(2, needs=["accessible", "extra_time"])
    assert _program(reference, each) == 0


def test_one_seat_closed_in_the_morning_and_one_in_the_afternoon() -> None:
    """Every subject has an open seat, yet no seat is open for all four."""
    closures = [_closed((1,), "12"), _closed((2,), "34")]
    reference = _without_center_b(_reference({}, 2, closures=closures))
    whole_day = roster_rows(1, subjects="1234")
    assert _program(reference, whole_day) == _fewest_unplaced(reference, whole_day) == 1
    halves = roster_rows(2, subjects=["12", "34"])
    assert _program(reference, halves) == 0
