"""The second tier of goal 3: fewest (question paper, sitting) pairs, right after papers in use."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations, product

import pandas as pd
import pytest

from models.reference import ReferenceData
from models.text import subjects_to_mask
from scheduler.dates.stage import DatesResult
from scheduler.masks import seats_needed
from tests.builders import exam_point, roster_rows, small_reference, specialty
from tests.scheduler.dates.instances import chosen, policy_of, reference_of

SHARED = ("M-1", "M-2")
CODES = ("301", "302", "303", "401")


def _reference(seats: int, dates: int) -> ReferenceData:
    """301 to 303 share two of four papers, so they are one group; 401 is on its own."""
    plain = reference_of(seats, dates)
    specialties = [
        specialty(code, papers=(*SHARED, f"{code}-3", f"{code}-4")) for code in CODES[:3]
    ]
    return small_reference(
        exam=plain.exam,
        specialties=[*specialties, specialty("401")],
        exam_points=[exam_point("2301")],
        centers=plain.centers,
        rooms=plain.rooms,
    )


def _roster(counts: dict[str, int]) -> pd.DataFrame:
    codes = [code for code, n in counts.items() for _ in range(n)]
    return roster_rows(len(codes), specialty=codes)


def _figures(result: DatesResult) -> tuple[int, int, int, int]:
    return (
        result.unplaced.value,
        result.papers_used,
        result.question_papers.value,
        result.peak.value,
    )


def test_specialties_of_a_split_group_keep_one_date_where_they_can() -> None:
    """5 + 5 on two dates of eight seats: a date for each, and no paper of its own twice."""
    result = chosen(_reference(8, 2), _roster({"301": 5, "302": 5}))
    assert _figures(result) == (0, 2, 8, 5)
    assert result.question_papers.bound == 8


def test_fewer_question_papers_come_before_a_lower_peak() -> None:
    """7 + 3 on two dates of eight: levelling to 5 + 5 would split 301, two papers more."""
    result = chosen(_reference(8, 2), _roster({"301": 7, "302": 3}))
    assert _figures(result) == (0, 2, 8, 7)


def test_the_order_of_goals_puts_the_tier_with_goal_3() -> None:
    policy = policy_of(order=(1, 2, 4, 3, 5, 6))
    result = chosen(_reference(8, 2), _roster({"301": 7, "302": 3}), policy)
    assert _figures(result) == (0, 2, 10, 5)


def test_a_pair_spent_on_the_peak_brings_its_own_set_and_no_more() -> None:
    """On one date the three have 8 papers; 6 + 6 with one of them split has 12, a set more."""
    roster = _roster({"301": 4, "302": 4, "303": 4})
    result = chosen(_reference(12, 2), roster, policy_of(extra_pairs=1))
    assert result.papers.value == 1
    assert _figures(result) == (0, 2, 12, 6)


def _best(counts: dict[str, int], seats: int, dates: int) -> tuple[int, int, int, int]:
    """Every set of dates for every specialty, people dealt as well as can be: by enumeration."""
    every = [frozenset(c) for n in range(1, dates + 1) for c in combinations(range(dates), n)]
    group = {code: "M" if code in CODES[:3] else "4" for code in counts}
    papers = {
        code: {*SHARED, code + "3", code + "4"}
        if group[code] == "M"
        else {code + i for i in "1234"}
        for code in counts
    }
    best: tuple[int, int, int, int] | None = None
    for choice in product(every, repeat=len(counts)):
        used = dict(zip(counts, choice, strict=True))
        pairs = len({(group[c], t) for c, on in used.items() for t in on})
        question_papers = len({(p, t) for c, on in used.items() for t in on for p in papers[c]})
        unplaced, peak = _levels(counts, used, seats, dates)
        found = unplaced, pairs, question_papers, peak
        best = found if best is None else min(best, found)
    assert best is not None
    return best


def _levels(
    counts: dict[str, int], used: dict[str, frozenset[int]], seats: int, dates: int
) -> tuple[int, int]:
    """Fewest unplaced, then the lowest busiest date, by Hall's condition over sets of dates."""
    sets = [frozenset(c) for n in range(1, dates + 1) for c in combinations(range(dates), n)]

    def short(level: int) -> int:
        inside = (sum(n for c, n in counts.items() if used[c] <= s) - level * len(s) for s in sets)
        return max(0, *inside)

    least = short(seats)
    return least, next(level for level in range(seats + 1) if short(level) == least)


@pytest.mark.parametrize("seed", range(10))
def test_goals_1_3_and_4_equal_enumeration(seed: int) -> None:
    rng = random.Random(seed)
    dates = rng.choice([2, 3])
    counts = {code: rng.randint(1, 6) for code in CODES}
    seats = -(-sum(counts.values()) // dates) + rng.randint(0, 2)
    roster = _roster(counts)
    masks = Counter(subjects_to_mask(s) for s in roster["subjects"])
    assert seats_needed(masks) == len(roster), "everybody needs a seat alone"
    assert _figures(chosen(_reference(seats, dates), roster)) == _best(counts, seats, dates)
