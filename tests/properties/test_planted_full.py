"""A hidden full placement is found again, or one as good."""

from __future__ import annotations

import sys

import pytest

from scheduler.dates import country
from scheduler.dates.stage import DatesResult, choose_dates
from tests.properties.planted_full import planted


def _everybody_placed(seed: int, points: int, groups: int) -> None:
    problem, policy = planted(seed, points, groups, one_date=False)
    result = choose_dates(problem, policy)
    assert result.unplaced.value == 0
    # No slack: every seat of every exam point is taken on every date.
    assert result.peak.value == sum(p.seats for c in problem.components for p in c.pools) // 4


def _on_one_date(
    seed: int, groups: int, *, slack: float = 0.0, free_groups: int = 0
) -> DatesResult:
    problem, policy = planted(seed, 14, groups, slack=slack, one_date=True, free_groups=free_groups)
    result = choose_dates(problem, policy)
    most = {g: rule.max_sittings for g, rule in enumerate(problem.groups)}
    on: dict[int, set[int]] = {}
    for cell in problem.cells:
        on.setdefault(cell.group, set()).update(result.dates[cell.specialty])
    assert all(len(dates) <= most[g] for g, dates in on.items())
    return result


def test_a_full_placement_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(country, "COUNTRY", 0)  # by the search alone, without the whole model
    _everybody_placed(1, 4, 8)


def test_a_full_placement_with_one_date_per_group_is_found_again() -> None:
    assert _on_one_date(1, 40).unplaced.value == 0


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100))
def test_a_hundred_full_placements_are_found_again(seed: int) -> None:
    _everybody_placed(seed, 14 + seed * 46 // 99, 40 + seed * 78 // 99)


@pytest.mark.soak
def test_sixty_with_a_little_slack_and_two_large_groups_split() -> None:
    """The two largest groups are free and 3 % of the seats stay empty: at least 95 %."""
    left = {
        (seed, groups): _on_one_date(seed, groups, slack=0.03, free_groups=2).unplaced.value
        for seed in range(20)
        for groups in (40, 79, 118)
    }
    failed = {key: lost for key, lost in left.items() if lost}
    sys.stdout.write(
        f"{len(left) - len(failed)} of {len(left)} place everybody; the others: {failed}\n"
    )
    assert len(failed) <= 0.05 * len(left)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40))
def test_forty_with_one_date_per_group_and_no_slack(seed: int) -> None:
    assert _on_one_date(seed, 40).unplaced.value == 0


@pytest.mark.soak
def test_many_groups_without_slack_are_printed() -> None:
    """Vector packing of 118 groups: nobody promises zero; unplaced and bound are printed."""
    for seed in range(3):
        unplaced = _on_one_date(seed, 118).unplaced
        sys.stdout.write(f"seed {seed}: {unplaced.value} unplaced, bound {unplaced.bound}\n")
        assert unplaced.bound <= unplaced.value
