"""Goals in order, against enumeration over single seats and against worked examples."""

from __future__ import annotations

import random

import numpy as np
import pytest

from models.errors import Defect
from scheduler import solver
from scheduler.centers import goals
from scheduler.centers.problem import Piece
from scheduler.centers.solve import Total, needs_no_solver, solve_piece
from tests.scheduler.centers.instances import best_by_enumeration, piece, score

ALL = 0b1111


def random_piece(rng: random.Random) -> Piece:
    """At most five people on at most six seats of up to three centers at up to two hosts."""
    centers = rng.randint(1, 3)
    groups = [(rng.choice([15, 15, 1, 3, 5, 6, 12]), 0) for _ in range(rng.randint(1, 3))]
    hosts = ["H", *(rng.choice("HG") for _ in range(centers - 1))]
    homes = [rng.choice(hosts) for _ in groups]
    # Every group has an order of its own over the hosts that are not its home.
    ranks = [[0 if h == home else rng.randint(1, 2) for h in hosts] for home in homes]
    pools: dict[tuple[int, tuple[int, ...]], int] = {}
    for _ in range(rng.randint(centers, centers + 2)):
        takers = tuple(g for g in range(len(groups)) if rng.random() < 0.8)
        if takers:
            pools[rng.randrange(centers), takers] = rng.randint(1, 2)
    pools.setdefault((centers - 1, (0,)), 1)
    while sum(pools.values()) > 6:
        del pools[max(pools)]
    travel = rng.random() < 0.7
    classes = [
        (g, rng.randint(1, 2), tuple(rng.randint(1, 9) if travel else 0 for _ in range(centers)))
        for g in (rng.randrange(len(groups)) for _ in range(rng.randint(1, 3)))
    ]
    highest = max(c for c, _ in pools) + 1
    return piece(
        groups,
        [(c, g, n) for (c, g), n in sorted(pools.items())],
        hosts=hosts[:highest],
        homes=homes,
        ranks=[r[:highest] for r in ranks],
        classes=[(g, n, m[:highest]) for g, n, m in classes],
        peaks={"H": rng.randint(1, 3)} if rng.random() < 0.4 else {},
        share=rng.random() < 0.8,
    )


def random_previous(rng: random.Random, instance: Piece) -> dict[tuple[int, int], int]:
    kept: dict[tuple[int, int], int] = {}
    for k, count in enumerate(instance.class_count):
        for _ in range(count):
            if rng.random() < 0.6:
                key = (k, rng.randrange(len(instance.centers)))
                kept[key] = kept.get(key, 0) + 1
    return kept


@pytest.mark.parametrize("replan", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_every_goal_agrees_with_enumeration(seed: int, replan: bool) -> None:
    rng = random.Random(seed)
    instance = random_piece(rng)
    previous = random_previous(rng, instance) if replan else {}
    best = best_by_enumeration(instance, previous)
    if best is None:
        with pytest.raises(Defect, match="without a center"):
            solve_piece(instance, previous=previous)
        return
    answer = solve_piece(instance, previous=previous)
    assert answer.counts.sum(axis=1).tolist() == instance.class_count.tolist()
    assert score(instance, answer.counts, previous) == best
    _, outside, _, metres, opened = best
    assert answer.outside == Total(outside, outside)
    assert answer.metres == Total(metres, metres)
    assert answer.opened == Total(opened, opened)


def test_enumerated_instances_are_not_one_sided() -> None:
    outcomes = [best_by_enumeration(random_piece(random.Random(seed))) for seed in range(60)]
    reached = [o for o in outcomes if o is not None]
    assert 10 < len(reached) < 60
    assert sum(o[1] > 0 for o in reached) >= 5, "some leave home"
    assert sum(o[3] > 0 for o in reached) >= 5, "some travel"
    assert sum(o[4] > 1 for o in reached) >= 5, "some open several centers"


def test_travel_pays_before_a_center_is_saved() -> None:
    # One person at each door: 0 m with both centers open, 100 m with one.
    both = piece(
        [(ALL, 0)],
        [(0, (0,), 2), (1, (0,), 2)],
        classes=[(0, 1, (0, 100)), (0, 1, (100, 0))],
    )
    answer = solve_piece(both)
    assert answer.metres == Total(0, 0)
    assert answer.opened == Total(2, 2)


def test_full_nearest_center_sends_on_who_loses_least() -> None:
    # A has one seat. Sending the first on costs 9 - 1 = 8, the second 4 - 2 = 2.
    tight = piece(
        [(ALL, 0)],
        [(0, (0,), 1), (1, (0,), 2)],
        classes=[(0, 1, (1, 9)), (0, 1, (2, 4))],
    )
    answer = solve_piece(tight)
    assert answer.counts.tolist() == [[1, 0], [0, 1]]
    assert answer.metres == Total(5, 5)


def test_without_origins_as_few_centers_as_possible_and_nobody_nearly_alone() -> None:
    # 7 people, seats 4 + 4 + 3: two centers suffice; 3 is the best smaller part of 7.
    roomy = piece([(ALL, 7)], [(0, (0,), 4), (1, (0,), 4), (2, (0,), 3)])
    answer = solve_piece(roomy)
    people = answer.counts.sum(axis=0)
    assert answer.opened == Total(2, 2)
    assert min(n for n in people if n) == 3


def test_previous_comes_before_travel_and_centers() -> None:
    instance = piece(
        [(ALL, 0)], [(0, (0,), 3), (1, (0,), 3)], classes=[(0, 2, (0, 50)), (0, 1, (0, 50))]
    )
    assert solve_piece(instance).counts.tolist() == [[2, 0], [1, 0]]
    answer = solve_piece(instance, previous={(0, 1): 1})
    assert answer.counts.tolist() == [[1, 1], [1, 0]]
    assert answer.metres == Total(50, 50)


def test_one_possible_center_needs_no_solver() -> None:
    instance = piece([(ALL, 2), (1, 3)], [(0, (0,), 2), (1, (1,), 3)])
    solves = solver.LOG.solves
    assert needs_no_solver(instance)
    assert solve_piece(instance).counts.tolist() == [[2, 0], [0, 3]]
    assert solver.LOG.solves == solves


@pytest.mark.parametrize(("peak", "enough"), [(5, True), (4, False)])
def test_a_peak_that_holds_by_counting_needs_no_solver(peak: int, enough: bool) -> None:
    # Masks 1 and 2 may share seats: 3 at the first center and 2 at the second, of 5 and 4.
    groups, pools = [(1, 3), (2, 2), (ALL, 2)], [(0, (0, 1), 5), (1, (2,), 4)]
    assert needs_no_solver(piece(groups, pools, peaks={"H": peak})) is enough


def test_too_many_for_the_only_center_is_a_defect_with_numbers() -> None:
    with pytest.raises(Defect, match=r"without a center: 2$"):
        solve_piece(piece([(ALL, 4)], [(0, (0,), 2)]))


def test_somebody_with_no_center_at_all_is_a_defect() -> None:
    with pytest.raises(Defect, match="without a center: 1"):
        solve_piece(piece([(ALL, 1), (ALL, 1)], [(0, (0,), 2)]))


def test_bounds_by_counting() -> None:
    instance = piece(
        [(ALL, 0), (1, 0)],
        [(0, (0, 1), 4), (1, (0, 1), 3), (2, (0,), 1)],
        classes=[(0, 4, (1, 2, 3)), (1, 3, (5, 4, 9))],
    )
    assert goals.nearest_metres(instance) == 4 * 1 + 3 * 4
    assert goals.needed_centers(instance, 10**6).tolist() == [False, False, False]
    # At the least travel both A and B cannot be missed; C can.
    assert goals.needed_centers(instance, 16).tolist() == [True, True, False]
    # 7 seats are needed: 4 + 3.
    assert goals.fewest_centers(instance, np.zeros(3, dtype=bool)) == 2
    assert goals.fewest_centers(instance, np.array([False, False, True])) == 3


def test_presence_of_disjoint_masks_counts_people_not_seats() -> None:
    instance = piece([(1, 2), (2, 2)], [(0, (0, 1), 1), (1, (0, 1), 1)])
    answer = solve_piece(instance)
    assert np.array_equal(answer.counts, [[1, 1], [1, 1]])
