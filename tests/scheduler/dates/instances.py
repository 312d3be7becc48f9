"""Small date problems for the tests of this folder."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pandas as pd

from models.exam import Mode
from models.places import Center, ExamPoint, Room
from models.policy import Policy
from models.reference import ReferenceData
from scheduler.dates.problem import DatesProblem, SpecialtySittings, build_problem
from scheduler.dates.stage import DatesResult, choose_dates
from scheduler.draw import add_excluded_employer
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

DAYS = ("2022-04-09", "2022-04-10", "2022-04-16", "2022-04-17")
CODES = ("101", "102", "103", "104")


def reference_of(
    seats: int = 4,
    dates: int = 2,
    *,
    codes: Sequence[str] = CODES,
    points: Sequence[ExamPoint] = (),
    centers: Sequence[Center] = (),
    rooms: Sequence[Room] = (),
) -> ReferenceData:
    """Exam point 2301 with center A of so many seats, no spare machines, computer dates only."""
    return small_reference(
        exam=small_exam(
            spare_ratio=Decimal(0),
            sittings=[sitting(f"C{i + 1}", day) for i, day in enumerate(DAYS[:dates])],
        ),
        specialties=[specialty(code) for code in codes],
        exam_points=points or [exam_point("2301")],
        centers=centers or [center("A", "2301")],
        rooms=rooms or [room("A", "R1", 1, seats)],
    )


def policy_of(
    *,
    max_sittings: int = 4,
    extra_pairs: int = 0,
    group: Mapping[str, object] | None = None,
    order: Sequence[int] = (1, 2, 3, 4, 5, 6),
    share: bool = True,
    unplaced: str = "fewest",
) -> Policy:
    """A policy that spends no pairs on goal 4 unless told to."""
    return Policy.model_validate(
        {
            "dates": {
                "max_sittings": max_sittings, "extra_pairs": extra_pairs, "group": group or {},
            },
            "goals": {"order": list(order)},
            "seats": {"share": share},
            "places": {"unplaced": unplaced},
        }
    )  # fmt: skip


def problem_of(
    reference: ReferenceData,
    roster: pd.DataFrame,
    policy: Policy | None = None,
    given: SpecialtySittings | None = None,
) -> DatesProblem:
    """The problem of a roster; columns that it lacks are blank."""
    blank = {"needs", "employer", "pinned_center", "pinned_sitting"} - set(roster.columns)
    people = roster.assign(**dict.fromkeys(sorted(blank), "")).astype("str")
    cells, _ = build_cells(add_excluded_employer(people, host_employers(reference)))
    places = Places(reference)
    return build_problem(cells, places, policy or policy_of(), Mode.COMPUTER, given)


def chosen(
    reference: ReferenceData,
    roster: pd.DataFrame,
    policy: Policy | None = None,
    given: SpecialtySittings | None = None,
) -> DatesResult:
    """The dates chosen for a roster."""
    policy = policy or policy_of()
    return choose_dates(problem_of(reference, roster, policy, given), policy)


def sittings_by_specialty(result: DatesResult) -> dict[str, set[str]]:
    """Sitting ids with people on them."""
    used: dict[str, set[str]] = {}
    for cell in result.problem.cells:
        quota = result.quotas[cell.row]
        used.setdefault(cell.specialty, set()).update(t for t, n in quota.items() if t and n)
    return used


def random_roster(seed: int, people: int, points: Sequence[str] = ("2301",)) -> pd.DataFrame:
    """Some needs, employers and pins; more people than small references have seats for."""
    rng = random.Random(seed)
    every = range(people)
    return roster_rows(
        people,
        specialty=[rng.choice(CODES) for _ in every],
        exam_point=[rng.choice(points) for _ in every],
        subjects=[rng.choice(["1234", "12", "34", "1", "23", "134"]) for _ in every],
        needs=[rng.choice(["", "", "", "accessible", "separate_room"]) for _ in every],
        employer=[rng.choice(["", "", "E1"]) for _ in every],
        pinned_center=[rng.choice(["", "", "", "", "B"]) for _ in every],
        pinned_sitting=[rng.choice(["", "", "", "", "C2"]) for _ in every],
    )
