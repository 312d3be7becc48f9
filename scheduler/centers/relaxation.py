"""Least travel as a linear program over (class, pool): a vertex, and a bound in whole numbers.

Only the arcs and the families that matter are in the program: prices of seats say which arcs are
missing, loads say which families are. Whatever prices the program ends with, the bound computed
from them (Lagrange) is valid, and so is "no answer of at most so many metres uses this arc".
"""

from __future__ import annotations

from dataclasses import dataclass

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
"""Reduced cost of what is not allowed."""

_EPSILON = 1e-6


@dataclass(frozen=True, eq=False)
class Prices:
    """What seats and limits are worth, in metres; the duals of the program."""

    families: Floats
    hosts: Floats
    sides: Floats


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The answer of the relaxation.

    Attributes:
        seated: people of each (class, pool), whole or not; None if the program was not finished.
        scaled_bound: least metres by Lagrange, times ``SCALE``.
        reduced: shape (classes, pools): metres above the best of the class at these prices,
            times ``SCALE``; ``NEVER`` where not allowed.
        rent: what the seats of each pool are worth in all, times ``SCALE``.
    """

    seated: Floats | None
    scaled_bound: int
    reduced: Counts
    rent: Counts

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


class Relaxer:
    """The linear program as far as it has grown: some arcs, some families.

    Columns: people left over by class, seats used by pool, then people by arc. Rows: everybody
    of a class, peaks, limits of earlier goals, then families.
    """

    def __init__(self, layout: Layout) -> None:
        """A first choice of arcs and families."""
        self._layout = layout
        piece = layout.piece
        self._metres = piece.metres[:, layout.center_of]
        self._family_pool, self._members = layout.families
        # Nobody stays left over for the sake of travel, and yet prices stay moderate.
        self._left_over = 3.0 * float(self._metres.max(initial=1))
        self._closed = np.zeros(len(piece.pools), dtype=bool)
        self._never = ~layout.may
        self._present = np.zeros(layout.may.shape, dtype=bool)
        self._arc_class = self._arc_pool = np.zeros(0, dtype=np.int64)
        self._families = np.zeros(0, dtype=np.int64)
        self._program = LinearProgram()
        self._add_fixed()
        people = self._members @ piece.group_count
        largest = np.zeros(len(piece.pools), dtype=np.int64)
        np.maximum.at(largest, self._family_pool, people)
        first = _nearest(layout, center_prices(layout))
        self._add(first, people == largest[self._family_pool])

    def relax(self, limit: int | None = None) -> Relaxation:
        """Solve a piece where everybody has a center.

        Given up once the bound exceeds ``limit`` metres.
        """
        prices: Prices | None = None
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
            arcs, families = self._missing_arcs(prices), self._overfull(answer)
            if not arcs.any() and not families.any():
                return self._priced(prices, None if left_over else self._seated(answer))
            self._add(arcs, families)
        return self._priced(prices or self._no_prices(), None)

    def close(self, closed: Flags) -> None:
        """Close exactly these centers from now on."""
        layout = self._layout
        self._closed = closed[layout.center_of]
        self._never = ~layout.may | self._closed
        upper = np.where(self._closed, 0, layout.seats).astype(np.float64)
        self._program.limit(len(layout.piece.class_count) + np.arange(len(upper)), upper)

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

    def _add(self, arcs: Flags, families: Flags) -> None:
        """Arcs and families that are not in the program yet."""
        layout, piece = self._layout, self._layout.piece
        classes, pools = len(piece.class_count), len(piece.pools)
        old_arcs, old_families = len(self._arc_class), len(self._families)
        klass, pool = positions(arcs)
        self._present |= arcs
        self._arc_class = np.append(self._arc_class, klass)
        self._arc_pool = np.append(self._arc_pool, pool)
        self._families = np.append(self._families, np.flatnonzero(families))
        new_arcs = np.arange(old_arcs, len(self._arc_class))
        new_families = np.arange(old_families, len(self._families))
        column = classes + pools
        first_side = classes + len(layout.hosts)
        first_family = first_side + len(layout.sides)
        rows, columns, values = [klass], [column + new_arcs], [np.ones(len(klass))]
        for row, side in enumerate(layout.sides, start=first_side):
            weight = side.coefficient[klass, layout.center_of[pool]]
            some = np.flatnonzero(weight)
            rows.append(np.full(len(some), row))
            columns.append(column + new_arcs[some])
            values.append(weight[some].astype(np.float64))
        rows.append(first_family + new_families)
        columns.append(classes + self._family_pool[self._families[old_families:]])
        values.append(-np.ones(len(new_families)))
        everyone = np.arange(len(self._arc_class))
        for some_families, some_arcs in (
            (new_families, everyone),
            (np.arange(old_families), new_arcs),
        ):
            family, arc = self._within(some_families, some_arcs)
            rows.append(first_family + family)
            columns.append(column + arc)
            values.append(np.ones(len(arc)))
        self._program.add(
            self._metres[klass, pool].astype(np.float64),
            np.full(len(klass), np.inf),
            np.full(len(new_families), -np.inf),
            np.zeros(len(new_families)),
            (np.concatenate(rows), np.concatenate(columns), np.concatenate(values)),
        )

    def _within(self, families: Counts, arcs: Counts) -> tuple[Counts, Counts]:
        """Pairs of a family row and an arc whose people are in the family."""
        group = self._layout.piece.class_group
        arcs = arcs[np.argsort(self._arc_pool[arcs], kind="stable")]
        starts = np.searchsorted(self._arc_pool[arcs], np.arange(len(self._closed) + 1))
        pool_of = self._family_pool[self._families]
        pairs = [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))]
        for pool in np.unique(pool_of[families]).tolist():
            here = arcs[starts[pool] : starts[pool + 1]]
            rows = families[pool_of[families] == pool]
            members = self._members[self._families[rows]]
            row, arc = np.nonzero(members[:, group[self._arc_class[here]]])
            pairs.append((rows[row], here[arc]))
        return np.concatenate([r for r, _ in pairs]), np.concatenate([a for _, a in pairs])

    def _no_prices(self) -> Prices:
        layout = self._layout
        return Prices(
            *(np.zeros(len(of)) for of in (self._family_pool, layout.hosts, layout.sides))
        )

    def _prices(self, answer: LinearAnswer) -> Prices:
        """Duals with the sign of prices; what is not in the program costs nothing."""
        layout = self._layout
        duals = np.maximum(-answer.duals[len(layout.piece.class_count) :], 0.0)
        hosts, sides = len(layout.hosts), len(layout.sides)
        families = np.zeros(len(self._family_pool))
        families[self._families] = duals[hosts + sides :]
        return Prices(families, duals[:hosts], duals[hosts : hosts + sides])

    def _seated(self, answer: LinearAnswer) -> Floats:
        """People of each (class, pool)."""
        seated = np.zeros(self._present.shape)
        seated[self._arc_class, self._arc_pool] = answer.values[sum(seated.shape) :]
        return seated

    def _anybody_left_over(self, answer: LinearAnswer) -> bool:
        return bool((answer.values[: len(self._present)] > _EPSILON).any())

    def _missing_arcs(self, prices: Prices) -> Flags:
        """Per class the few arcs not in the program that would improve it most."""
        layout, piece = self._layout, self._layout.piece
        seat = np.zeros((len(piece.pools), len(piece.groups)))
        np.add.at(seat, self._family_pool, prices.families[:, None] * self._members)
        cost = seat.T[piece.class_group] + self._metres
        for price, side in zip(prices.sides, layout.sides, strict=True):
            cost += price * side.coefficient[:, layout.center_of]
        cost[self._never] = np.inf
        present = np.full(len(cost), np.inf)
        np.minimum.at(present, self._arc_class, cost[self._arc_class, self._arc_pool])
        enough = np.minimum(present, self._left_over)[:, None] - 0.5
        better = np.asarray((cost < enough) & ~self._present, dtype=bool)
        crowded = np.flatnonzero(better.sum(axis=1) > MORE_ARCS)
        cost = np.where(better[crowded], cost[crowded], np.inf)
        few = np.argsort(cost, axis=1, kind="stable")[:, :MORE_ARCS]
        better[crowded] = False
        better[crowded[:, None], few] = True
        return better

    def _overfull(self, answer: LinearAnswer) -> Flags:
        """Families not in the program that are larger than the families in it allow."""
        layout, pools = self._layout, len(self._closed)
        people = answer.values[sum(self._present.shape) :]
        load = layout.loads(layout.grouped(self._arc_class, self._arc_pool, people))
        known = np.zeros(pools)
        np.maximum.at(known, self._family_pool[self._families], load[self._families])
        overfull = np.asarray(load > known[self._family_pool] + _EPSILON, dtype=bool)
        overfull[self._families] = False
        return overfull

    def _priced(self, prices: Prices, seated: Floats | None) -> Relaxation:
        """The bound by Lagrange in whole numbers, so it holds whatever the floats are worth."""
        layout, piece = self._layout, self._layout.piece
        family, host, side = (
            np.rint(p * SCALE).astype(np.int64)
            for p in (prices.families, prices.hosts, prices.sides)
        )
        seat = np.zeros((len(piece.pools), len(piece.groups)), dtype=np.int64)
        np.add.at(seat, self._family_pool, family[:, None] * self._members)
        cost = self._metres * SCALE + seat.T[piece.class_group]
        for price, limit in zip(side.tolist(), layout.sides, strict=True):
            cost += price * limit.coefficient[:, layout.center_of]
        cost[self._never] = NEVER
        least = cost.min(axis=1)
        worth = np.zeros(len(piece.pools), dtype=np.int64)
        np.add.at(worth, self._family_pool, family)
        seats = np.where(self._closed, 0, layout.seats)
        rent = np.maximum(worth - layout.at_host.T @ host, 0) * seats
        bound = _dot(piece.class_count, least) - _dot(rent, np.ones_like(rent))
        bound -= _dot(host, layout.peaks)
        bound -= sum(a * s.limit for a, s in zip(side.tolist(), layout.sides, strict=True))
        cost -= least[:, None]
        cost[self._never] = NEVER
        return Relaxation(seated, bound, cost, rent)


def _nearest(layout: Layout, worth: Counts) -> Flags:
    """Per class the few pools that are nearest at the guessed prices, and the nearest of all."""
    metres = np.where(layout.may, layout.piece.metres[:, layout.center_of], NEVER // 2)
    present = np.zeros(metres.shape, dtype=bool)
    for cost, few in ((metres + worth[layout.center_of], FIRST_ARCS), (metres, 1)):
        few = min(few, cost.shape[1])
        order = np.argpartition(cost, few - 1, axis=1)[:, :few]
        np.put_along_axis(present, order, values=True, axis=1)
    return np.asarray(present & layout.may, dtype=bool)


def _dot(one: Counts, other: Counts) -> int:
    """Sum of products, without overflow."""
    if float(np.abs(one).sum()) * float(np.abs(other).max(initial=0)) < NEVER:
        return int(one @ other)
    return sum(a * b for a, b in zip(one.tolist(), other.tolist(), strict=True))
