"""The quick start of the choice of dates: sound, deterministic, within the decisions."""

from __future__ import annotations

import pytest

from models.policy import Policy
from scheduler.dates.bounds import fewest_sittings, free_bounds
from scheduler.dates.problem import DatesProblem
from scheduler.dates.search import landscape, search_dates
from tests.builders import roster_rows
from tests.scheduler.dates.instances import policy_of, problem_of, random_roster, reference_of


def _searched(problem: DatesProblem, extra: int = 0) -> list[frozenset[int]]:
    needed = fewest_sittings(problem, free_bounds(problem).unplaced)
    return search_dates(problem, needed, extra)


def _problem(seed: int, policy: Policy | None = None) -> DatesProblem:
    return problem_of(reference_of(6, 4), random_roster(seed, 40), policy)


@pytest.mark.parametrize("seed", range(5))
def test_the_search_is_deterministic(seed: int) -> None:
    assert _searched(_problem(seed)) == _searched(_problem(seed))


@pytest.mark.parametrize("extra", [0, 1, 3])
@pytest.mark.parametrize("seed", range(4))
def test_only_allowed_dates_and_never_too_many(seed: int, extra: int) -> None:
    group = {
        "101": {"forbidden": ["C1", "C2"]},
        "102": {"fixed": ["C2", "C4"]},
        "103": {"max_sittings": 1},
    }
    problem = _problem(seed, policy_of(group=group))
    found = _searched(problem, extra)
    for rule, dates in zip(problem.groups, found, strict=True):
        assert dates
        assert dates <= set(rule.allowed)
        assert len(dates) <= rule.max_sittings
        if rule.fixed:
            assert dates == set(rule.allowed)


def test_extra_pairs_go_to_the_largest_group() -> None:
    roster = roster_rows(9, specialty=["101"] * 6 + ["102"] * 2 + ["103"])
    problem = problem_of(reference_of(6, 4), roster)
    assert [len(d) for d in _searched(problem)] == [1, 1, 1, 1]
    assert [len(d) for d in _searched(problem, 2)] == [3, 1, 1, 1]


def test_equal_groups_are_spread_over_the_dates() -> None:
    roster = roster_rows(16, specialty=[c for c in ("101", "102", "103", "104") for _ in range(4)])
    found = _searched(problem_of(reference_of(4, 4), roster))
    assert sorted(t for dates in found for t in dates) == [0, 1, 2, 3]


def test_swaps_find_what_moves_cannot() -> None:
    """5 + 1 and 3 + 3 fit two dates of six; dealt out largest first they come to lie so."""
    roster = roster_rows(12, specialty=["101"] * 5 + ["102"] * 3 + ["103"] * 3 + ["104"])
    problem = problem_of(reference_of(6, 2), roster)
    on = [next(iter(d)) for d in _searched(problem)]
    assert on[0] == on[3] != on[1] == on[2]


def test_the_landscape_measures_the_tightest_families() -> None:
    roster = roster_rows(5, subjects=["12", "23", "13", "4", "4"])
    problem = problem_of(reference_of(6, 2), roster)
    land = landscape(problem)
    assert land.size.max() == 3
    assert land.seats.tolist() == [[6.0, 6.0]] * land.rows_per_point
    alone = landscape(problem_of(reference_of(6, 2), roster, policy_of(share=False)))
    assert (alone.size.max(), alone.rows_per_point) == (5, 1)
