"""Least travel as a linear program over (class, pool): a vertex, and a bound in whole numbers.

Only the arcs and the families that matter are in the program: prices of seats say which arcs are
missing, loads say which families are. Whatever prices the program ends with, the bound computed
from them (Lagrange) is valid, and so is "no answer of at most so many metres uses this arc".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

from scheduler.centers.layout import Flags, Layout, positions
from scheduler.centers.linear import Floats, LinearAnswer, LinearProgram
from scheduler.centers.problem import Counts
from scheduler.centers.transport import center_prices

SCALE = 720_720
"""Prices are counted in this fraction of a metre: vertices have small denominators."""

FIRST_ARCS = 4
"""Centers per class that the program starts with, nearest after the first guess at prices."""

MORE_ARCS = 4
"""Missing arcs per class that one round adds at most."""

MOST_ROUNDS = 40

NEVER = np.int64(2**61)
"""Cost of what is not allowed; whatever prices are added, it stays out of reach."""
_FAR = np.int64(2**50)
"""More than any way and what is guessed of any center; times the pools of a city it still fits."""

_EPSILON = 1e-6

Numbers = TypeVar("Numbers", Floats, Counts)


@dataclass(frozen=True, eq=False)
class Prices(Generic[Numbers]):
    """What seats and limits are worth: the duals of the program in metres, or times ``SCALE``."""

    families: Numbers
    hosts: Numbers
    sides: Numbers


@dataclass(frozen=True, eq=False)
class Vertex:
    """Where the program ends.

    Attributes:
        whole: people of each (class, pool), rounded down.
        split: classes that have not all their people in ``whole``.
    """

    whole: Counts
    split: Flags


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The answer of the relaxation.

    Attributes:
        vertex: None if the program was not finished or leaves somebody over.
        scaled_bound: least metres by Lagrange, times ``SCALE``.
        cost: shape (classes, pools): metres and prices, times ``SCALE``; about ``NEVER`` where not
            allowed.
        rent: what the seats of each pool are worth in all, times ``SCALE``.
    """

    vertex: Vertex | None
    scaled_bound: int
    cost: Counts
    rent: Counts

    @cached_property
    def reduced(self) -> Counts:
        """Shape (classes, pools): :meth:`above_best` of all classes."""
        return self.above_best(slice(None))

    def above_best(self, classes: Flags | slice) -> Counts:
        """What each pool costs some classes above their best; ``NEVER`` where not allowed."""
        cost = self.cost[classes]
        return np.where(cost < NEVER // 2, cost - cost.min(axis=1)[:, None], NEVER)

    @property
    def bound(self) -> int:
        """No answer has fewer metres."""
        return -(-self.scaled_bound // SCALE)

    def slack(self, metres: int) -> int:
        """Reduced cost that an answer with so many metres can spend."""
        return metres * SCALE - self.scaled_bound

    def needed(self, layout: Layout, metres: int) -> Flags:
        """Centers that every answer with at most so many metres uses.

        Without the center its seats earn no rent, and each class whose best it is takes its
        second best: the bound of the piece without the center.
        """
        piece = layout.piece
        at_center = np.full(piece.metres.shape, NEVER, dtype=np.int64)
        for pool, center in enumerate(layout.center_of.tolist()):
            np.minimum(at_center[:, center], self.reduced[:, pool], out=at_center[:, center])
        best = at_center.argmin(axis=1)
        rest = at_center.copy()
        rest[np.arange(len(best)), best] = NEVER
        # What a class pays more may be cut: beyond the slack it makes no difference.
        more = np.minimum(rest.min(axis=1), self.slack(metres) + 1) * (piece.class_count > 0)
        more = np.minimum(more * piece.class_count, NEVER // max(len(best), 1))
        extra = np.zeros(len(piece.centers), dtype=np.int64)
        np.add.at(extra, best, more)
        np.add.at(extra, layout.center_of, self.rent)
        return np.asarray(extra > self.slack(metres), dtype=bool)


@dataclass(frozen=True, eq=False)
class _Arcs:
    """Arcs (class, pool), and what is looked up for them in every round."""

    klass: Counts
    pool: Counts
    group: Counts
    metres: Counts

    def __len__(self) -> int:
        return len(self.klass)

    def with_more(self, new: _Arcs) -> _Arcs:
        """These arcs, then the new ones."""
        if not len(new):
            return self
        return _Arcs(
            np.append(self.klass, new.klass),
            np.append(self.pool, new.pool),
            np.append(self.group, new.group),
            np.append(self.metres, new.metres),
        )

    @cached_property
    def by_pool(self) -> Counts:
        """The arcs of one pool after those of another."""
        return np.argsort(self.pool, kind="stable")

    def stretches(self, pools: Counts) -> tuple[Counts, Counts]:
        """Where the arcs of each pool start in ``by_pool``, and how many they are."""
        in_order = self.pool[self.by_pool]
        start, end = (np.searchsorted(in_order, pools, side) for side in ("left", "right"))
        return start, end - start


class Relaxer:
    """The linear program as far as it has grown: some arcs, some families.

    Columns: people left over by class, seats used by pool, then people by arc. Rows: everybody
    of a class, peaks, limits of earlier goals, then families.
    """

    def __init__(self, layout: Layout) -> None:
        """A first choice of arcs and families."""
        self._layout = layout
        piece = layout.piece
        self._metres = np.take(piece.metres, layout.center_of, axis=1)
        self._weights = [side.coefficient[:, layout.center_of] for side in layout.sides]
        self._family_pool, self._members = layout.families
        # Nobody stays left over for the sake of travel, and yet prices stay moderate.
        self._left_over = 3.0 * float(self._metres.max(initial=1))
        self._closed = np.zeros(len(piece.pools), dtype=bool)
        self._present = np.zeros(layout.may.shape, dtype=bool)
        # Rounds are many and these matrices large: what depends on no price is kept.
        self._open = np.empty(layout.may.shape, dtype=np.int64)
        self._absent = np.empty(layout.may.shape, dtype=np.float64)
        self._refresh(slice(None))
        none = np.zeros(0, dtype=np.int64)
        self._arcs = _Arcs(none, none, none, none)
        self._families = np.zeros(0, dtype=np.int64)
        self._program = LinearProgram()
        self._add_fixed()
        people = self._members @ piece.group_count
        largest = np.zeros(len(piece.pools), dtype=np.int64)
        np.maximum.at(largest, self._family_pool, people)
        first = positions(_nearest(layout, self._metres, center_prices(layout)))
        self._add(*first, np.flatnonzero(people == largest[self._family_pool]))

    def relax(self, limit: int | None = None) -> Relaxation:
        """Solve a piece where everybody has a center.

        Given up once the bound exceeds ``limit`` metres.
        """
        prices: Prices[Floats] | None = None
        for _ in range(MOST_ROUNDS):
            answer = self._program.minimise()
            if answer is None:
                break
            prices = self._prices(answer)
            left_over = self._anybody_left_over(answer)
            # With everybody seated the bound is no higher than what the program costs.
            if limit is not None and (left_over or answer.cost > limit):
                priced = self._priced(prices, None)
                if priced.bound > limit:
                    return priced
            klass, pool = self._missing_arcs(prices)
            families = self._overfull(answer)
            if not len(klass) and not len(families):
                return self._priced(prices, None if left_over else self._vertex(answer))
            self._add(klass, pool, families)
        return self._priced(prices or self._no_prices(), None)

    def close(self, closed: Flags) -> None:
        """Close exactly these centers from now on."""
        layout = self._layout
        before, self._closed = self._closed, closed[layout.center_of]
        changed = np.flatnonzero(before != self._closed)
        self._refresh(changed)
        upper = np.where(self._closed, 0, layout.seats)[changed].astype(np.float64)
        self._program.limit(len(layout.piece.class_count) + changed, upper)

    def _refresh(self, pools: Counts | slice) -> None:
        """What is open in these pools, and what of it is not in the program."""
        metres = self._metres[:, pools]
        may = self._layout.may[:, pools] & ~self._closed[pools]
        self._open[:, pools] = np.where(may, metres * SCALE, NEVER)
        self._absent[:, pools] = np.where(may & ~self._present[:, pools], metres, np.inf)

    def _add_fixed(self) -> None:
        layout, piece = self._layout, self._layout.piece
        classes, pools = len(piece.class_count), len(piece.pools)
        people = piece.class_count.astype(np.float64)
        host, pool = np.nonzero(layout.at_host)
        limits = np.array([*layout.peaks, *(s.limit for s in layout.sides)], dtype=np.float64)
        self._program.add(
            np.concatenate([np.full(classes, self._left_over), np.zeros(pools)]),
            np.concatenate([np.full(classes, np.inf), layout.seats]),
            np.concatenate([people, np.full(len(limits), -np.inf)]),
            np.concatenate([people, limits]),
            (
                np.concatenate([np.arange(classes), classes + host]),
                np.concatenate([np.arange(classes), classes + pool]),
                np.ones(classes + len(host)),
            ),
        )

    def _add(self, klass: Counts, pool: Counts, families: Counts) -> None:
        """Arcs and families that are not in the program yet."""
        layout, piece = self._layout, self._layout.piece
        classes, pools = len(piece.class_count), len(piece.pools)
        column, old_families = classes + pools + len(self._arcs), len(self._families)
        new = _Arcs(klass, pool, piece.class_group[klass], self._metres[klass, pool])
        self._present[klass, pool] = True
        self._absent[klass, pool] = np.inf
        self._arcs = self._arcs.with_more(new)
        self._families = np.append(self._families, families)
        new_families = np.arange(old_families, len(self._families))
        first_side = classes + len(layout.hosts)
        first_family = first_side + len(layout.sides)
        rows, columns, values = [klass], [column + np.arange(len(new))], [np.ones(len(new))]
        for row, weights in enumerate(self._weights, start=first_side):
            weight = weights[klass, pool]
            some = np.flatnonzero(weight)
            rows.append(np.full(len(some), row))
            columns.append(column + some)
            values.append(weight[some].astype(np.float64))
        rows.append(first_family + new_families)
        columns.append(classes + self._family_pool[families])
        values.append(-np.ones(len(new_families)))
        for some_families, arcs, first_arc in (
            (new_families, self._arcs, classes + pools),
            (np.arange(old_families), new, column),
        ):
            family, arc = self._within(some_families, arcs)
            rows.append(first_family + family)
            columns.append(first_arc + arc)
            values.append(np.ones(len(arc)))
        self._program.add(
            new.metres.astype(np.float64),
            np.full(len(new), np.inf),
            np.full(len(new_families), -np.inf),
            np.zeros(len(new_families)),
            (np.concatenate(rows), np.concatenate(columns), np.concatenate(values)),
        )

    def _within(self, families: Counts, arcs: _Arcs) -> tuple[Counts, Counts]:
        """Pairs of a family row and one of the arcs, whose people are in the family."""
        start, number = arcs.stretches(self._family_pool[self._families[families]])
        family = np.repeat(families, number)
        shift = np.repeat(start - np.cumsum(number) + number, number)
        arc = arcs.by_pool[np.arange(len(family)) + shift]
        inside = self._members[self._families[family], arcs.group[arc]]
        return family[inside], arc[inside]

    def _no_prices(self) -> Prices[Floats]:
        layout = self._layout
        return Prices(
            *(np.zeros(len(of)) for of in (self._family_pool, layout.hosts, layout.sides))
        )

    def _prices(self, answer: LinearAnswer) -> Prices[Floats]:
        """Duals with the sign of prices; what is not in the program costs nothing."""
        layout = self._layout
        duals = np.maximum(-answer.duals[len(layout.piece.class_count) :], 0.0)
        hosts, sides = len(layout.hosts), len(layout.sides)
        families = np.zeros(len(self._family_pool))
        families[self._families] = duals[hosts + sides :]
        return Prices(families, duals[:hosts], duals[hosts : hosts + sides])

    def _vertex(self, answer: LinearAnswer) -> Vertex:
        people = answer.values[sum(self._present.shape) :]
        whole = np.floor(people + _EPSILON).astype(np.int64)
        seated = np.zeros(self._present.shape, dtype=np.int64)
        seated[self._arcs.klass, self._arcs.pool] = whole
        split = np.zeros(len(seated), dtype=bool)
        split[self._arcs.klass[people - whole > _EPSILON]] = True
        return Vertex(seated, split)

    def _anybody_left_over(self, answer: LinearAnswer) -> bool:
        return bool((answer.values[: len(self._present)] > _EPSILON).any())

    def _missing_arcs(self, prices: Prices[Floats]) -> tuple[Counts, Counts]:
        """Class and pool of arcs not in the program: per class the few that improve it most."""
        seat = self._seat_prices(prices.families)
        cost = self._with_prices(self._absent, seat, prices.sides)
        arcs = self._arcs
        known = seat[arcs.group, arcs.pool] + arcs.metres
        for price, weight in zip(prices.sides, self._weights, strict=True):
            known += price * weight[arcs.klass, arcs.pool]
        known[self._closed[arcs.pool]] = np.inf
        present = np.full(len(cost), self._left_over)
        np.minimum.at(present, arcs.klass, known)
        klass, pool = positions(cost < present[:, None] - 0.5)
        if not len(klass):
            return klass, pool
        order = np.lexsort((cost[klass, pool], klass))
        rank = np.arange(len(klass)) - np.searchsorted(klass, klass)
        chosen = np.sort(order[rank < MORE_ARCS])
        return klass[chosen], pool[chosen]

    def _overfull(self, answer: LinearAnswer) -> Counts:
        """Families not in the program that are larger than the families in it allow."""
        layout, pools = self._layout, len(self._closed)
        people = answer.values[sum(self._present.shape) :]
        load = layout.loads(layout.grouped(self._arcs.klass, self._arcs.pool, people))
        known = np.zeros(pools)
        np.maximum.at(known, self._family_pool[self._families], load[self._families])
        overfull = load > known[self._family_pool] + _EPSILON
        overfull[self._families] = False
        return np.flatnonzero(overfull)

    def _priced(self, prices: Prices[Floats], vertex: Vertex | None) -> Relaxation:
        """The bound by Lagrange in whole numbers, so it holds whatever the floats are worth."""
        layout, piece = self._layout, self._layout.piece
        family, host, side = (
            np.rint(p * SCALE).astype(np.int64)
            for p in (prices.families, prices.hosts, prices.sides)
        )
        cost = self._with_prices(self._open, self._seat_prices(family), side)
        worth = np.zeros(len(piece.pools), dtype=np.int64)
        np.add.at(worth, self._family_pool, family)
        seats = np.where(self._closed, 0, layout.seats)
        rent = np.maximum(worth - layout.at_host.T @ host, 0) * seats
        bound = _dot(piece.class_count, cost.min(axis=1)) - _dot(rent, np.ones_like(rent))
        bound -= _dot(host, layout.peaks)
        bound -= sum(a * s.limit for a, s in zip(side.tolist(), layout.sides, strict=True))
        return Relaxation(vertex, bound, cost, rent)

    def _seat_prices(self, families: Numbers) -> Numbers:
        """What a seat costs, shape (groups, pools), from the prices of families."""
        paid = np.flatnonzero(families)
        prices = np.zeros(self._layout.takes.shape, dtype=families.dtype)
        family, group = positions(self._members[paid])
        paid = paid[family]
        np.add.at(prices, (group, self._family_pool[paid]), families[paid])
        return prices

    def _with_prices(self, metres: Numbers, seat: Numbers, sides: Numbers) -> Numbers:
        """Metres of each (class, pool), what a seat costs, and the part in limits."""
        cost = np.take(seat, self._layout.piece.class_group, axis=0)
        cost += metres
        for price, weight in zip(sides, self._weights, strict=True):
            cost += price * weight
        return cost


def _nearest(layout: Layout, metres: Counts, worth: Counts) -> Flags:
    """Per class the few pools that are nearest at the guessed prices, and the nearest of all."""
    metres = np.where(layout.may, metres, _FAR)
    present = np.zeros(metres.shape, dtype=bool)
    pools = np.arange(metres.shape[1])
    for cost, few in ((metres + worth[layout.center_of], FIRST_ARCS), (metres, 1)):
        few = min(few, len(pools))
        # Which of equal costs are taken would depend on the processor.
        different = cost * len(pools) + pools
        order = np.argpartition(different, few - 1, axis=1)[:, :few]
        np.put_along_axis(present, order, values=True, axis=1)
    return np.asarray(present & layout.may, dtype=bool)


def _dot(one: Counts, other: Counts) -> int:
    """Sum of products, without overflow."""
    if float(np.abs(one).sum()) * float(np.abs(other).max(initial=0)) < NEVER:
        return int(one @ other)
    return sum(a * b for a, b in zip(one.tolist(), other.tolist(), strict=True))
