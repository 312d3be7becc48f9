"""Random small instances: goals 1 to 3 equal a full enumeration that shares no code."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

import pandas as pd
import pytest

from models.exam import Mode
from models.places import Closure
from models.policy import Policy
from models.reference import ReferenceData
from scheduler.dates.problem import build_problem
from scheduler.dates.stage import choose_dates
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

CASES = 120


def _random_case(seed: int) -> tuple[ReferenceData, pd.DataFrame, int]:
    rng = random.Random(seed)
    days = ("2022-04-09", "2022-04-10")
    exam = small_exam(
        spare_ratio=Decimal(0), sittings=[sitting(f"C{i + 1}", d) for i, d in enumerate(days)]
    )
    features = {"accessible": (1,)} if rng.random() < 0.6 else {}
    rooms = [room("A", "R1", 1, rng.randint(1, 3), features=features)]
    closures = []
    if rng.random() < 0.4:
        subjects = rng.choice(["12", "34", "4"])
        closures.append(Closure(center_id="A", room_id="R1", seats=(1,), sitting="C1",
                                subjects=subjects))  # fmt: skip
    reference = small_reference(
        exam=exam,
        specialties=[specialty("101"), specialty("102"), specialty("103")],
        exam_points=[exam_point("2301")],
        centers=[center("A", "2301", employer=rng.choice(["", "E1"])), center("B", "2301")],
        rooms=[*rooms, room("B", "R1", 1, 1)],
        closures=closures,
    )
    n = rng.randint(3, 7)
    roster = roster_rows(
        n,
        specialty=[rng.choice(["101", "102", "103"]) for _ in range(n)],
        subjects=[rng.choice(["1234", "12", "34", "1", "23", "4", "134"]) for _ in range(n)],
        needs=[rng.choice(["", "", "accessible"]) for _ in range(n)],
        employer=[rng.choice(["", "E1"]) for _ in range(n)],
        pinned_center=[rng.choice(["", "", "", "B"]) for _ in range(n)],
        pinned_sitting=[rng.choice(["", "", "", "C2"]) for _ in range(n)],
    )
    most = rng.choice([1, 2])
    return reference, roster, most


def _brute_force(reference: ReferenceData, roster: pd.DataFrame, most: int) -> tuple[int, int]:
    """Fewest unplaced, then fewest (group, sitting) pairs, by trying every seat for everybody."""
    seats = []
    for r in reference.rooms:
        host = reference.center_by_id[r.center_id]
        for number, _, _ in r.grid():
            seats.append((r.center_id, host.employer, r.features_of(number), number, r.room_id))
    people: list[dict[str, str]] = [
        {str(k): str(v) for k, v in row.items()} for row in roster.to_dict("records")
    ]
    sittings = ["C1", "C2"]

    def options(person: dict[str, str]) -> list[tuple[str, int]]:
        found = []
        for t in sittings:
            if person["pinned_sitting"] not in ("", t):
                continue
            for i, (center_id, employer, features, number, room_id) in enumerate(seats):
                closed = set()
                for c in reference.closures:
                    if (center_id, room_id) == (c.center_id, c.room_id) and t == c.sitting:
                        closed |= set(c.subjects) if number in c.seats else set()
                if (
                    not closed & set(person["subjects"])
                    and (not person["needs"] or person["needs"] in features)
                    and (not person["employer"] or person["employer"] != employer)
                    and person["pinned_center"] in ("", center_id)
                ):
                    found.append((t, i))
        return found

    choices = [options(p) for p in people]
    best = (len(people), 0)

    def walk(
        k: int,
        used: frozenset[tuple[str, int, str]],
        pairs: frozenset[tuple[str, str]],
        left: int,
    ) -> None:
        nonlocal best
        if (left, len(pairs)) >= best and left >= best[0]:
            return
        if k == len(people):
            best = min(best, (left, len(pairs)))
            return
        person = people[k]
        for t, i in choices[k]:
            cells = {(t, i, s) for s in person["subjects"]}
            new = pairs | {(person["specialty"], t)}
            counts = Counter(g for g, _ in new)
            if cells & used or counts[person["specialty"]] > most:
                continue
            walk(k + 1, used | cells, new, left)
        walk(k + 1, used, pairs, left + 1)

    walk(0, frozenset(), frozenset(), 0)
    return best


@pytest.mark.parametrize("seed", range(CASES))
def test_fewest_unplaced_and_fewest_papers_equal_enumeration(seed: int) -> None:
    reference, roster, most = _random_case(seed)
    policy = Policy.model_validate({"dates": {"max_sittings": most, "extra_pairs": 0}})
    candidates = add_excluded_employer(roster, host_employers(reference))
    cells, _ = build_cells(candidates)
    problem = build_problem(cells, Places(reference), policy, Mode.COMPUTER)
    result = choose_dates(problem, policy)
    unplaced, papers = _brute_force(reference, roster, most)
    assert (result.unplaced.value, result.papers_used) == (unplaced, papers)
    assert result.unplaced.bound == unplaced
    assert result.papers.bound == papers
    placed = sum(n for q in result.quotas.values() for t, n in q.items() if t)
    assert placed == len(roster) - unplaced


def test_cases_are_not_all_trivial() -> None:
    results = {_brute_force(*_random_case(seed))[0] for seed in range(CASES)}
    assert len(results) > 2, "some cases leave nobody out and some leave several"
