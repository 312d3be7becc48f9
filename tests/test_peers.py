"""The peers of the benchmarks on an instance that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.peers import fewest_options, linear, random_by_distance
from benchmarks.peers.instance import Instance, judge

# Two schools of 3 and 2, two centers of 3 seats; the first center is the first school's own.
# 3 of school 1 must go to center 2 (5 m each) and fill it; 2 of school 2 go to center 1 (4 m).
INSTANCE = Instance(
    people=np.array([3, 2]),
    seats=np.array([3, 3]),
    metres=np.array([[1, 5], [4, 2]]),
    own=np.array([[True, False], [False, False]]),
)
BEST = np.array([[0, 3], [2, 0]])


def test_the_linear_bound_is_the_best_plan() -> None:
    for integer in (False, True):
        bound, allotted = linear.solve(INSTANCE, integer=integer)
        assert bound == pytest.approx(3 * 5 + 2 * 4)
        assert (allotted == BEST).all()


def test_the_judge_counts_anew() -> None:
    best = judge(INSTANCE, BEST)
    assert (best.unplaced, best.over, best.own) == (0, 0, 0)
    assert best.mean_km == pytest.approx(23 / 5 / 1000)
    bad = judge(INSTANCE, np.array([[1, 2], [0, 2]]))
    assert (bad.unplaced, bad.over, bad.own) == (0, 1, 1)
    assert judge(INSTANCE, np.zeros((2, 2), dtype=np.int64)).unplaced == 5
    with pytest.raises(ValueError, match="do not exist"):
        judge(INSTANCE, np.array([[0, 4], [0, 0]]))


@pytest.mark.parametrize("seed", range(5))
def test_random_filling_keeps_seats_and_the_own_school(seed: int) -> None:
    # School 1 has fewer places to choose from, goes first, and so everybody is placed.
    allotted = fewest_options.allot(INSTANCE, seed)
    result = judge(INSTANCE, allotted)
    assert (result.unplaced, result.over, result.own) == (0, 0, 0)
    assert (allotted == fewest_options.allot(INSTANCE, seed)).all()


def test_random_order_by_distance_stretches_and_leaves_over() -> None:
    # 230 people of a school, one other center of 200 within 2 km: 100 at first, for it is no
    # large school; then the 100 seats left and 2 % of 200 more. 4 are over and 26 left.
    instance = Instance(
        people=np.array([230]), seats=np.array([200, 500]), metres=np.array([[900, 100]]),
        own=np.array([[False, True]]),
    )  # fmt: skip
    result = judge(instance, random_by_distance.allot(instance, 1, {}))
    assert (result.over, result.own, result.unplaced) == (4, 0, 26)


def test_two_schools_are_not_exchanged() -> None:
    # Each school is near the other's center; the first one served blocks the other.
    instance = Instance(
        people=np.array([20, 20]), seats=np.array([50, 50]),
        metres=np.array([[1, 900], [900, 1]]),
        own=np.array([[True, False], [False, True]]),
    )  # fmt: skip
    allotted = random_by_distance.allot(instance, 1, {(0, 1): (1, 0), (1, 0): (0, 1)})
    assert judge(instance, allotted).unplaced == 20
    assert judge(instance, random_by_distance.allot(instance, 1, {})).unplaced == 0
