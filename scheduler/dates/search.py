"""A quick, deterministic start: greedy placing, then best moves and swaps of paper groups.

Loads are those of the tightest families of each exam point; a group on several sittings fills
the lowest of them first. The exact component programs and CP-SAT judge what comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from scheduler.dates.problem import DatesProblem
from scheduler.dates.shortlist import Estimate
from scheduler.masks import FULL, families
from scheduler.solver import LOG

Loads = npt.NDArray[np.float64]
Split = Sequence[tuple[int, tuple[int, ...]]]
"""(group, its sittings) of the groups on several sittings, those on fewest first."""
OVERLOAD_PRICE = 1000.0
"""One person over the seats weighs as much as a thousand seats on the busiest date."""
FAMILIES_WATCHED = 4
"""Families per exam point that the search looks at, tightest first."""
MAX_ROUNDS = 400
LARGE_NEIGHBOURHOOD = 10_000_000
"""Loads that all swaps together would have to look at; above, a shortlist comes first."""
SHORTLIST = 48
MAX_SCANS = 8
"""How often a large problem is looked at in full."""


@dataclass(frozen=True)
class Landscape:
    """``size[group, row]`` and ``seats[row, sitting]``; a row is one family at one exam point.

    Rows of one exam point lie together, ``FAMILIES_WATCHED`` (or one) of them.
    """

    size: Loads
    seats: Loads
    rows_per_point: int

    @cached_property
    def lowest_price(self) -> float:
        """What :meth:`price` cannot fall below: nobody over, every date even."""
        even = np.ceil(self.size.sum(axis=0) / self.seats.shape[1] - 1e-6)
        return float(even.reshape(-1, self.rows_per_point).max(axis=1).sum())

    def cost(self, loads: Loads, split: Split) -> Loads:
        """Cost of a batch of loads ``[batch, row, sitting]`` after the split groups fill up."""
        filled = self._filled(loads, split)
        # Seats are counted in whole ones; the fraction lets the search feel its way downhill.
        fraction = 1e-3 * np.square(filled).sum(axis=(1, 2)) / max(float(filled.sum()), 1.0)
        cost: Loads = self._price(filled) + fraction
        return cost

    def price(self, loads: Loads, split: Split) -> Loads:
        """What :meth:`cost` counts in whole people and seats: overload, then busiest dates."""
        return self._price(self._filled(loads, split))

    def people_over(self, sittings: Sequence[tuple[int, ...]]) -> int:
        """People for whom these sittings, by group, have no seat."""
        loads = np.zeros((1, *self.seats.shape))
        split = [(g, on) for g, on in enumerate(sittings) if len(on) > 1]
        for g, on in enumerate(sittings):
            if len(on) == 1:
                loads[0, :, on[0]] += self.size[g]
        filled = self._filled(loads, sorted(split, key=lambda item: len(item[1])))
        return round(float(self._over(filled)[0]))

    def _filled(self, loads: Loads, split: Split) -> Loads:
        filled = loads.copy()
        for group, sittings in split:
            _fill(filled, sittings, self.size[group])
        return filled

    def _price(self, filled: Loads) -> Loads:
        points = (len(filled), -1, self.rows_per_point)
        peak = np.ceil(filled.max(axis=2) - 1e-6).reshape(points).max(axis=2)
        price: Loads = OVERLOAD_PRICE * self._over(filled) + peak.sum(axis=1)
        return price

    def _over(self, filled: Loads) -> Loads:
        over: Loads = np.maximum(filled - self.seats, 0.0).sum(axis=2)
        points: Loads = over.reshape(len(filled), -1, self.rows_per_point).max(axis=2).sum(axis=1)
        return points


def _fill(loads: Loads, sittings: tuple[int, ...], amount: Loads) -> None:
    """Pour ``amount[row]`` into the given sittings, lowest first, in place."""
    index = list(sittings)
    level = np.sort(loads[:, :, index], axis=2)
    steps = np.arange(1, len(index) + 1)
    reach = (np.cumsum(level, axis=2) + amount[None, :, None]) / steps
    # With the k lowest raised to a common level, that level must not exceed the next one.
    bound = np.concatenate([level[:, :, 1:], np.full_like(level[:, :, :1], np.inf)], axis=2)
    first = np.argmax(reach <= bound, axis=2)
    water = np.take_along_axis(reach, first[:, :, None], axis=2)
    loads[:, :, index] = np.maximum(loads[:, :, index], water)


def landscape(problem: DatesProblem) -> Landscape:
    """Sizes by the tightest families of each exam point."""
    points = sorted({p for part in problem.components for p in part.points})
    row = {p: i for i, p in enumerate(points)}
    by_mask = np.zeros((len(problem.groups), len(points), FULL + 1))
    at_home = problem.by_class(
        [
            [row.get(home, row[part.points[0]]) for home in homes]
            for part, homes in zip(problem.components, problem.homes, strict=True)
        ]
    )
    columns = problem.columns
    np.add.at(by_mask, (columns.group, at_home, columns.mask), columns.count)
    seats = np.zeros((len(points), len(problem.sittings)))
    for part in problem.components:
        for pool in part.pools:
            seats[row[pool.host], problem.pool_sitting(pool)] += pool.seats
    member = np.zeros((len(families(FULL)), FULL + 1))
    for i, family in enumerate(families(FULL)):
        member[i, sorted(family)] = 1
    if not problem.share:
        member = np.ones((1, FULL + 1))
    totals = by_mask.sum(axis=0) @ member.T
    watched = min(FAMILIES_WATCHED, len(member))
    tightest = member[np.argsort(-totals, axis=1, kind="stable")[:, :watched]]
    size = np.einsum("gpm,pfm->gpf", by_mask, tightest).reshape(len(problem.groups), -1)
    return Landscape(size, np.repeat(seats, watched, axis=0), watched)


def search_dates(
    problem: DatesProblem, needed: Sequence[int], extra_pairs: int
) -> list[frozenset[int]]:
    """Sittings per group: ``needed[g]`` of them, and ``extra_pairs`` more for the largest."""
    land = landscape(problem)
    weight = land.size.sum(axis=1)
    budget = _sitting_counts(problem, needed, weight, extra_pairs)
    order = np.argsort(-weight, kind="stable")
    chosen: list[tuple[int, ...]] = [()] * len(problem.groups)
    room = land.seats.sum(axis=0)
    for g in order:
        if budget[g] > 1:
            allowed = sorted(problem.groups[g].allowed, key=lambda t: (-room[t], t))
            chosen[g] = tuple(sorted(allowed[: budget[g]]))
    split = [(int(g), chosen[g]) for g in order if budget[g] > 1]
    split.sort(key=lambda item: len(item[1]))

    loads = np.zeros((1, *land.seats.shape))
    single = [int(g) for g in order if budget[g] == 1]
    where: dict[int, int] = {}
    for g in single:
        options = problem.groups[g].allowed
        trial = np.repeat(loads, len(options), axis=0)
        for i, t in enumerate(options):
            trial[i, :, t] += land.size[g]
        where[g] = options[int(np.argmin(land.cost(trial, split)))]
        loads[0, :, where[g]] += land.size[g]
    if len(problem.sittings) > 1:
        _improve(problem, land, split, single, where, loads)
    for g, t in where.items():
        chosen[g] = (t,)
    return [frozenset(sittings) for sittings in chosen]


def _sitting_counts(
    problem: DatesProblem, needed: Sequence[int], weight: Loads, extra_pairs: int
) -> list[int]:
    counts = [min(max(n, 1), len(r.allowed)) for n, r in zip(needed, problem.groups, strict=True)]
    by_size = sorted(range(len(counts)), key=lambda g: (-weight[g], g))
    for g in by_size:
        if problem.groups[g].fixed:
            continue
        more = min(extra_pairs, problem.groups[g].max_sittings - counts[g])
        counts[g] += max(more, 0)
        extra_pairs -= max(more, 0)
    return counts


def _improve(
    problem: DatesProblem,
    land: Landscape,
    split: Split,
    single: Sequence[int],
    where: dict[int, int],
    loads: Loads,
) -> None:
    """Take the best move of one group, else the best swap of two, until none helps.

    In a large problem the best of a shortlist, and of all when that offers nothing; there it is
    enough that nobody is over and every date even, and looking at all has an end.
    """
    movable = [g for g in single if len(problem.groups[g].allowed) > 1 and land.size[g].any()]
    best = float(land.cost(loads, split)[0])
    shortlist = None
    if len(movable) ** 2 * loads.size > LARGE_NEIGHBOURHOOD:
        shortlist = _Shortlist(problem, land, movable)
    scans = 0
    for _ in range(MAX_ROUNDS):
        if LOG.asked_to_stop():
            return
        found = None
        if shortlist is not None:
            found = _best_change(land, split, shortlist.changes(loads[0], where), loads)
        if found is None or found[0] >= best - 1e-9:
            scans += 1
            even = best < land.lowest_price + 1
            if shortlist is not None and (even or scans > MAX_SCANS):
                return
            found = _best_change(land, split, _moves(problem, movable, where), loads)
        if found is None or found[0] >= best - 1e-9:
            found = _best_change(land, split, _swaps(problem, movable, where), loads)
        if found is None or found[0] >= best - 1e-9:
            return
        best, change = found
        for g, _, target in change:
            where[g] = target
        _apply(loads[0], land, change)


class _Shortlist:
    """The changes that look best from afar."""

    def __init__(self, problem: DatesProblem, land: Landscape, movable: Sequence[int]) -> None:
        self._movable = list(movable)
        self._sittings = land.seats.shape[1]
        allowed = np.zeros((len(movable), self._sittings), dtype=bool)
        for i, g in enumerate(movable):
            allowed[i, list(problem.groups[g].allowed)] = True
        even = land.size.sum(axis=0) / self._sittings
        self._estimate = Estimate(land.size[self._movable], even, allowed)

    def changes(self, loads: Loads, where: dict[int, int]) -> list[Change]:
        """At most ``SHORTLIST`` changes, the most promising first."""
        on = np.array([where[g] for g in self._movable], dtype=np.int64)
        price = self._estimate.changes(loads, on)
        order = np.argsort(price, kind="stable")[:SHORTLIST]
        return [self._change(k, on) for k in order.tolist() if np.isfinite(price[k])]

    def _change(self, k: int, on: npt.NDArray[np.int64]) -> Change:
        n, groups = len(on), self._movable
        if k < n * self._sittings:
            i, t = divmod(k, self._sittings)
            return ((groups[i], int(on[i]), t),)
        i, j = divmod(k - n * self._sittings, n)
        return (groups[i], int(on[i]), int(on[j])), (groups[j], int(on[j]), int(on[i]))


Change = tuple[tuple[int, int, int], ...]
"""(group, from, to) of each group that moves."""


def _moves(problem: DatesProblem, movable: Sequence[int], where: dict[int, int]) -> list[Change]:
    return [
        ((g, where[g], t),) for g in movable for t in problem.groups[g].allowed if t != where[g]
    ]


def _swaps(problem: DatesProblem, movable: Sequence[int], where: dict[int, int]) -> list[Change]:
    return [
        ((g, where[g], where[h]), (h, where[h], where[g]))
        for i, g in enumerate(movable)
        for h in movable[i + 1 :]
        if where[g] != where[h]
        and where[h] in problem.groups[g].allowed
        and where[g] in problem.groups[h].allowed
    ]


def _best_change(
    land: Landscape,
    split: Split,
    changes: Sequence[Change],
    loads: Loads,
) -> tuple[float, Change] | None:
    best: tuple[float, Change] | None = None
    batch = max(1, 2_000_000 // loads[0].size)
    for start in range(0, len(changes), batch):
        part = changes[start : start + batch]
        trial = np.repeat(loads, len(part), axis=0)
        for i, change in enumerate(part):
            _apply(trial[i], land, change)
        costs = land.cost(trial, split)
        i = int(np.argmin(costs))
        if best is None or costs[i] < best[0]:
            best = float(costs[i]), part[i]
    return best


def _apply(loads: Loads, land: Landscape, change: Change) -> None:
    for g, source, target in change:
        loads[:, source] -= land.size[g]
        loads[:, target] += land.size[g]
