"""Where every group may use every date, a hidden full placement is found again."""

from __future__ import annotations

import pytest

from scheduler.dates import country
from scheduler.dates.stage import choose_dates
from tests.properties.planted_full import planted


def _everybody_placed(seed: int, points: int, groups: int) -> None:
    problem, policy = planted(seed, points, groups, one_date=False)
    result = choose_dates(problem, policy)
    assert result.unplaced.value == 0
    # No slack: every seat of every exam point is taken on every date.
    assert result.peak.value == sum(p.seats for c in problem.components for p in c.pools) // 4


def test_a_full_placement_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(country, "COUNTRY", 0)  # by the search alone, without the whole model
    _everybody_placed(1, 4, 8)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100))
def test_a_hundred_full_placements_are_found_again(seed: int) -> None:
    _everybody_placed(seed, 14 + seed * 46 // 99, 40 + seed * 78 // 99)
