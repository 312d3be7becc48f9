"""The long campaign (``make soak``): many more random instances than the daily run."""

from __future__ import annotations

import pytest

from tests.properties.test_dates_against_enumeration import (
    CASES,
)
from tests.properties.test_dates_against_enumeration import (
    test_fewest_unplaced_and_fewest_papers_equal_enumeration as check_one,
)
from tests.scheduler.dates.test_question_papers import (
    test_goals_1_3_and_4_equal_enumeration as check_tiers,
)

MORE = 2_000


@pytest.mark.soak
@pytest.mark.parametrize("block", range(20))
def test_dates_equal_enumeration_on_many_more_instances(block: int) -> None:
    size = MORE // 20
    for seed in range(CASES + block * size, CASES + (block + 1) * size):
        check_one(seed)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(5))
def test_tiers_equal_enumeration_on_many_more_instances(block: int) -> None:
    for seed in range(10 + block * 40, 10 + (block + 1) * 40):
        check_tiers(seed)
