"""Instances cut from a hidden full placement: every seat is taken, and nobody need be left out.

Each exam point has equal seats on every date. A hidden seat carries one random set of disjoint
masks on each date; a person's paper group is drawn among those whose hidden dates include the
date.
"""

from __future__ import annotations

import random
from collections import Counter

import pandas as pd

from models.exam import Mode
from models.policy import Policy
from models.text import mask_to_subjects
from scheduler.dates.problem import DatesProblem, build_problem
from scheduler.draw import CELL_COLUMNS
from scheduler.masks import FULL, patterns
from scheduler.places import Places
from tests.builders import (
    center,
    exam_point,
    room,
    sitting,
    small_exam,
    small_reference,
    specialty,
)

DAYS = ("2022-04-09", "2022-04-10", "2022-04-16", "2022-04-17")
FULL_CHAINS = tuple(p for p in patterns(FULL) if sum(p) == FULL)
"""The ways to use all four sessions of a seat."""
FIRST_TIME = 0.6
"""So many seats carry one person with all four subjects."""


def planted(
    seed: int,
    points: int,
    groups: int,
    *,
    slack: float = 0.0,
    one_date: bool,
    free_groups: int = 0,
) -> tuple[DatesProblem, Policy]:
    """A problem with a hidden placement of everybody.

    Args:
        seed: of everything drawn.
        points: exam points.
        groups: paper groups.
        slack: share of the seats that stays free.
        one_date: every group has one date, in the hidden placement and by policy.
        free_groups: so many of the largest may use every date all the same.
    """
    rng = random.Random(seed)
    codes = [str(101 + i) for i in range(groups)]
    free = codes[:free_groups]
    hidden = {c: i % 4 for i, c in enumerate(rng.sample(codes, groups))}
    weight = {c: (groups if c in free else 1) * rng.uniform(0.3, 3) for c in codes}
    people: Counter[tuple[str, str, str]] = Counter()
    seats: dict[str, int] = {}
    for i in range(points):
        point = f"P{i:03d}"
        taken = rng.randint(20, 90)
        seats[point] = -(-round(taken * 1000) // round(1000 * (1 - slack)))
        for date in range(4):
            here = [c for c in codes if not one_date or c in free or hidden[c] == date]
            weights = [weight[c] for c in here]
            for _ in range(taken):
                first = rng.random() < FIRST_TIME
                for mask in (FULL,) if first else rng.choice(FULL_CHAINS):
                    group = rng.choices(here, weights)[0]
                    people[point, group, mask_to_subjects(mask)] += 1
    cells = pd.DataFrame(
        [(p, g, s, "", "", "", "", n) for (p, g, s), n in sorted(people.items())],
        columns=[*CELL_COLUMNS, "count"],
    )
    reference = small_reference(
        exam=small_exam(
            spare_ratio="0", sittings=[sitting(f"C{t + 1}", day) for t, day in enumerate(DAYS)]
        ),
        specialties=[specialty(code) for code in codes],
        exam_points=[exam_point(p) for p in seats],
        centers=[center(f"K{p}", p) for p in seats],
        rooms=[room(f"K{p}", "R1", 1, n) for p, n in seats.items()],
    )
    most = 1 if one_date else 4
    policy = Policy.model_validate(
        {"dates": {"max_sittings": most, "group": {c: {"max_sittings": 4} for c in free}}}
    )
    return build_problem(cells, Places(reference), policy, Mode.COMPUTER), policy
