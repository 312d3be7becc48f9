"""The long campaign (``make soak``): many more random instances than the daily run."""

from __future__ import annotations

import pytest

from tests.properties.test_dates_against_enumeration import (
    CASES,
)
from tests.properties.test_dates_against_enumeration import (
    test_fewest_unplaced_and_fewest_papers_equal_enumeration as check_one,
)

MORE = 2_000


@pytest.mark.soak
@pytest.mark.parametrize("block", range(20))
def test_dates_equal_enumeration_on_many_more_instances(block: int) -> None:
    size = MORE // 20
    for seed in range(CASES + block * size, CASES + (block + 1) * size):
        check_one(seed)
