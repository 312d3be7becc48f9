"""The goals of one piece in order, each with a bound known without the solver."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt
from ortools.sat.python import cp_model

from scheduler.centers.problem import Arc, Counts, Kept, Piece
from scheduler.centers.variables import Variables
from scheduler.masks import seats_needed
from scheduler.solver import Goal


def fewest_unplaced(variables: Variables) -> Goal:
    """Nobody is left over; the dates stage has seen to it."""
    return Goal("centers: unplaced", cp_model.LinearExpr.sum(variables.unplaced))


def most_kept(piece: Piece, variables: Variables, kept: Kept) -> Goal:
    """Re-planning: as many as possible keep the center of the previous plan."""
    most: dict[int, int] = defaultdict(int)
    for klass, center in variables.kept:
        most[klass] += kept[klass, center]
    bound = sum(min(n, int(piece.class_count[k])) for k, n in most.items())
    return Goal("centers: kept", _weighted([(v, -1) for v in variables.kept.values()]), -bound)


def fewest_outside(piece: Piece, variables: Variables) -> Goal:
    """Goal 2: fewest people outside their home exam point."""
    return _ranked("centers: outside", piece, variables, np.minimum(piece.ranks, 1))


def earliest_overflow(piece: Piece, variables: Variables) -> Goal:
    """Tie-break of goal 2: overflow points that stand earlier in the list come first."""
    return _ranked("centers: overflow order", piece, variables, piece.ranks)


def most_on_arc(piece: Piece, variables: Variables, arc: Arc) -> Goal:
    """No goal of the plan: as many as possible go one way out of home, to see if any can."""
    home, host = arc
    terms = [
        (variable, -1)
        for (klass, center), variable in variables.goes.items()
        if (piece.homes[piece.class_group[klass]], piece.hosts[center]) == (home, host)
    ]
    return Goal("centers: overflow", _weighted(terms), -piece.people)


def least_metres(piece: Piece, variables: Variables) -> Goal:
    """Goal 5: least travel, in metres summed over people; nobody can do better than nearest."""
    terms = [(v, int(piece.metres[key])) for key, v in variables.goes.items()]
    return Goal("centers: metres", _weighted(terms), nearest_metres(piece))


def fewest_center_sittings(opened: list[cp_model.IntVar], bound: int) -> Goal:
    """Goal 5, then: fewest centers opened."""
    return Goal("centers: opened", cp_model.LinearExpr.sum(opened), bound)


def largest_presence(piece: Piece, opened: int, presence: cp_model.IntVar) -> Goal:
    """Goal 5, last: the opened center with fewest people has as many as possible."""
    return Goal("centers: presence", -presence, -(piece.people // opened))


def nearest_metres(piece: Piece) -> int:
    """Metres if everybody went to the nearest allowed center, seats disregarded: a bound."""
    return _least(piece.allowed[piece.class_group], piece.metres, piece.class_count)


def fewest_centers(piece: Piece, needed: npt.NDArray[np.bool_]) -> int:
    """Centers that must open by counting: those that are needed, then the largest first.

    All seats are taken as equal and open to all, so it is a bound.
    """
    seats = np.zeros(len(piece.centers), dtype=np.int64)
    for pool in piece.pools:
        seats[pool.center] += pool.seats
    demand = people_on_seats(piece)
    opened = int(needed.sum())
    held = int(seats[needed].sum())
    for more in sorted(seats[~needed].tolist(), reverse=True):
        if held >= demand:
            break
        held += more
        opened += 1
    return opened


def needed_centers(piece: Piece, metres: int) -> npt.NDArray[np.bool_]:
    """Centers without alternative when the travel settled is at most so many metres.

    Without such a center somebody has no seat left, or even the nearest centers add up to more.
    """
    present = piece.class_count > 0
    count = piece.class_count[present]
    cost = np.where(
        piece.allowed[piece.class_group[present]], piece.metres[present].astype(float), np.inf
    )
    needed = np.zeros(len(piece.centers), dtype=bool)
    if not len(count):
        return needed
    best = cost.argmin(axis=1)
    least = cost.min(axis=1)
    cost[np.arange(len(best)), best] = np.inf
    with_choice = np.isfinite(least)
    more = np.zeros(len(piece.centers))
    np.add.at(more, best[with_choice], ((cost.min(axis=1) - least) * count)[with_choice])
    return np.asarray(nearest_metres(piece) + more > metres, dtype=bool)


def people_on_seats(piece: Piece) -> int:
    """Identical seats that everybody in the piece needs."""
    if not piece.share:
        return piece.people
    by_mask: dict[int, int] = defaultdict(int)
    for group, count in zip(piece.groups, piece.group_count.tolist(), strict=True):
        by_mask[group.mask] += count
    return seats_needed(by_mask)


def _ranked(name: str, piece: Piece, variables: Variables, rank: Counts) -> Goal:
    terms = [
        (variable, int(rank[piece.class_group[klass], center]))
        for (klass, center), variable in variables.goes.items()
    ]
    return Goal(name, _weighted(terms), _least(piece.allowed, rank, piece.group_count))


def _weighted(terms: list[tuple[cp_model.IntVar, int]]) -> cp_model.LinearExpr:
    costly = [(variable, weight) for variable, weight in terms if weight]
    return cp_model.LinearExpr.weighted_sum([v for v, _ in costly], [w for _, w in costly])


def _least(allowed: npt.NDArray[np.bool_], cost: Counts, count: Counts) -> int:
    """Sum over people of the least cost among the allowed centers; 0 for who has none."""
    if not cost.size:
        return 0
    least = np.where(allowed, cost, np.iinfo(np.int64).max).min(axis=1)
    return int((np.where(allowed.any(axis=1), least, 0) * count).sum())
