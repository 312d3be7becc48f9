"""The search for a country, on problems small enough to know the answer."""

from __future__ import annotations

import numpy as np
import pytest

from scheduler.dates import country, search
from scheduler.dates.bounds import fewest_sittings, nothing_lost
from scheduler.dates.search import landscape, search_dates
from scheduler.dates.shortlist import Estimate
from tests.builders import roster_rows
from tests.scheduler.dates.instances import (
    chosen,
    policy_of,
    problem_of,
    random_roster,
    reference_of,
)


@pytest.fixture(autouse=True)
def every_problem_is_a_country(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(country, "COUNTRY", 0)
    monkeypatch.setattr(search, "LARGE_NEIGHBOURHOOD", 0)


def test_the_estimate_is_exact_where_every_date_is_full() -> None:
    rng = np.random.default_rng(1)
    size = rng.integers(1, 9, size=(5, 7)).astype(float)
    where = np.array([0, 1, 2, 0, 1])
    even = np.full(7, 1e-9)  # so small that every load is beyond it, before and after
    base = rng.integers(20, 30, size=(7, 3)).astype(float)

    def loads(on: np.ndarray) -> np.ndarray:
        out = base.copy()
        for g, t in enumerate(on):
            out[:, t] += size[g]
        return out

    def total(on: np.ndarray) -> float:
        return float((loads(on) ** 2).sum())

    changes = Estimate(size, even, np.ones((5, 3), dtype=bool)).changes(loads(where), where)
    for g in range(5):
        for t in range(3):
            after = where.copy()
            after[g] = t
            want = total(after) - total(where) if t != where[g] else np.inf
            assert changes[3 * g + t] == pytest.approx(want)
    for g in range(5):
        for h in range(5):
            after = where.copy()
            after[[g, h]] = where[[h, g]]
            possible = g < h and where[g] != where[h]
            want = total(after) - total(where) if possible else np.inf
            assert changes[15 + 5 * g + h] == pytest.approx(want)


@pytest.mark.parametrize("seed", range(4))
def test_the_shortlist_does_not_cost_quality(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(reference_of(12, 4), random_roster(seed, 40))
    needed = fewest_sittings(problem, nothing_lost(problem).unplaced)
    short = search_dates(problem, needed, 1)
    assert short == search_dates(problem, needed, 1)
    monkeypatch.setattr(search, "LARGE_NEIGHBOURHOOD", 10**9)
    full = search_dates(problem, needed, 1)
    land = landscape(problem)
    over = [land.people_over([tuple(sorted(s)) for s in found]) for found in (short, full)]
    assert over[0] <= over[1]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("seats", [5, 10])
def test_groups_are_widened_until_nobody_more_can_be_placed(seats: int, seed: int) -> None:
    # 40 people on 4 x 10 or 4 x 5 seats; more dates for every group place all that can be.
    roster = random_roster(seed, 40)
    result = chosen(reference_of(seats, 4), roster, policy_of(extra_pairs=1))
    assert result.unplaced.value == result.unplaced.bound
    assert result.papers.bound <= result.papers.value <= result.papers_used
    assert result.papers_used <= result.papers.value + 1
    assert result.peak.bound <= result.peak.value <= seats


def test_no_pair_more_than_the_country_needs() -> None:
    # Four groups of four on four dates of four seats: one date each, and every date even.
    roster = roster_rows(16, specialty=[c for c in ("101", "102", "103", "104") for _ in range(4)])
    result = chosen(reference_of(4, 4), roster, policy_of(extra_pairs=3))
    assert (result.unplaced.value, result.papers.value, result.papers_used) == (0, 4, 4)
    assert (result.peak.value, result.peak.bound) == (4, 4)


def test_a_group_larger_than_a_date_gets_as_many_as_it_needs() -> None:
    roster = roster_rows(12, specialty=["101"] * 9 + ["102"] * 3)
    result = chosen(reference_of(4, 3), roster, policy_of())
    assert (result.unplaced.value, result.papers.bound) == (0, 4)
    assert len(result.dates["101"]) == 3
