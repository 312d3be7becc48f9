"""Least travel as a linear program over (class, pool): a vertex, and a bound in whole numbers.

Only the arcs and the families that matter are in the program: prices of seats say which arcs are
missing, loads say which families are. Whatever prices the program ends with, the bound computed
from them (Lagrange) is valid, and so is "no answer of at most so many metres uses this arc".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduler.centers.layout import Flags, Layout
from scheduler.centers.linear import Basis, Floats, LinearAnswer, Rows, minimise, stack
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
        np.minimum.at(at_center.T, layout.center_of, self.reduced.T)
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


def relax(layout: Layout) -> Relaxation:
    """Solve the relaxation of a piece where everybody has a center."""
    program = _Program(layout)
    basis: Basis | None = None
    prices = program.no_prices()
    for _ in range(MOST_ROUNDS):
        answer = minimise(*program.matrix(), basis)
        if answer is None:
            break
        basis = answer.basis
        prices = program.prices(answer)
        seated = program.seated(answer)
        arcs = program.missing_arcs(prices)
        families = program.overfull(seated)
        if not arcs.any() and not families.any():
            return _priced(layout, prices, None if program.left_over(answer) else seated)
        program.add(arcs, families)
    return _priced(layout, prices, None)


class _Program:
    """The linear program as far as it has grown: some arcs, some families.

    Columns: people left over by class, seats used by pool, then people by arc.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        piece = layout.piece
        self._metres = piece.metres[:, layout.center_of]
        self._family_pool, self._members = layout.families
        self._family_row = np.full(len(self._family_pool), -1, dtype=np.int64)
        self._families: list[int] = []
        # Nobody stays left over for the sake of travel, and yet prices stay moderate.
        self._left_over = 3.0 * float(self._metres.max(initial=1))
        people = self._members @ piece.group_count
        largest = np.zeros(len(piece.pools), dtype=np.int64)
        np.maximum.at(largest, self._family_pool, people)
        self._present = _nearest(layout, center_prices(layout))
        self._arc_class, self._arc_pool = np.nonzero(self._present)
        self._grow(people == largest[self._family_pool])

    def no_prices(self) -> Prices:
        """The prices before anything is known."""
        layout = self._layout
        return Prices(
            np.zeros(len(self._family_pool)),
            np.zeros(len(layout.hosts)),
            np.zeros(len(layout.sides)),
        )

    def matrix(self) -> tuple[Floats, Floats, Rows]:
        """Costs, upper limits of the columns, rows."""
        layout, piece = self._layout, self._layout.piece
        classes, pools = len(piece.class_count), len(piece.pools)
        arc_metres = self._metres[self._arc_class, self._arc_pool]
        cost = np.concatenate([np.full(classes, self._left_over), np.zeros(pools), arc_metres])
        free = np.full(classes, np.inf)
        upper = np.concatenate([free, layout.seats, np.full(len(arc_metres), np.inf)])
        return cost, upper, stack([*self._fixed_rows(), self._family_rows()])

    def _fixed_rows(self) -> list[Rows]:
        layout, piece = self._layout, self._layout.piece
        classes, pools = len(piece.class_count), len(piece.pools)
        arcs = classes + pools + np.arange(len(self._arc_class))
        people = piece.class_count.astype(np.float64)
        everyone = Rows(
            np.concatenate([np.arange(classes), self._arc_class]),
            np.concatenate([np.arange(classes), arcs]),
            np.ones(classes + len(arcs)),
            people,
            people,
        )
        host, pool = np.nonzero(layout.at_host)
        peaks = Rows(host, classes + pool, np.ones(len(host)), *_at_most(layout.peaks))
        held = []
        for side in layout.sides:
            weight = side.coefficient[self._arc_class, layout.center_of[self._arc_pool]]
            some = np.flatnonzero(weight)
            row = np.zeros(len(some), dtype=np.int64)
            held.append(Rows(row, arcs[some], weight[some].astype(float), *_at_most([side.limit])))
        return [everyone, peaks, *held]

    def _family_rows(self) -> Rows:
        piece = self._layout.piece
        classes, pools = len(piece.class_count), len(piece.pools)
        group = piece.class_group[self._arc_class]
        order = np.argsort(self._arc_pool, kind="stable")
        starts = np.searchsorted(self._arc_pool[order], np.arange(pools + 1))
        rows, columns = [], []
        for row, family in enumerate(self._families):
            pool = self._family_pool[family]
            arcs = order[starts[pool] : starts[pool + 1]]
            arcs = arcs[self._members[family, group[arcs]]]
            rows.append(np.full(len(arcs), row))
            columns.append(classes + pools + arcs)
        used = classes + self._family_pool[self._families]
        count = len(self._families)
        return Rows(
            np.concatenate([np.arange(count), *rows]),
            np.concatenate([used, *columns]),
            np.concatenate([-np.ones(count), np.ones(sum(map(len, rows)))]),
            *_at_most(np.zeros(count)),
        )

    def prices(self, answer: LinearAnswer) -> Prices:
        """Duals with the sign of prices; what is not in the program costs nothing."""
        layout = self._layout
        duals = np.maximum(-answer.duals[len(layout.piece.class_count) :], 0.0)
        hosts, sides = len(layout.hosts), len(layout.sides)
        families = np.zeros(len(self._family_pool))
        families[self._families] = duals[hosts + sides :]
        return Prices(families, duals[:hosts], duals[hosts : hosts + sides])

    def seated(self, answer: LinearAnswer) -> Floats:
        """People of each (class, pool)."""
        piece = self._layout.piece
        seated = np.zeros((len(piece.class_count), len(piece.pools)))
        seated[self._arc_class, self._arc_pool] = answer.values[
            len(piece.class_count) + len(piece.pools) :
        ]
        return seated

    def left_over(self, answer: LinearAnswer) -> bool:
        """Is anybody without a center?"""
        return bool((answer.values[: len(self._layout.piece.class_count)] > _EPSILON).any())

    def missing_arcs(self, prices: Prices) -> Flags:
        """Per class the few arcs not in the program that would improve it most."""
        cost = _float_costs(self._layout, prices)
        present = np.where(self._present, cost, np.inf).min(axis=1)
        present = np.minimum(present, self._left_over)
        gain = np.where(self._present, 0.0, cost - present[:, None])
        some = np.flatnonzero((gain < -0.5).any(axis=1))
        missing = np.zeros(gain.shape, dtype=bool)
        few = np.argsort(gain[some], axis=1, kind="stable")[:, :MORE_ARCS]
        missing[some[:, None], few] = True
        return np.asarray(missing & (gain < -0.5), dtype=bool)

    def overfull(self, seated: Floats) -> Flags:
        """Families not in the program that are larger than the families in it allow."""
        held = np.zeros((len(self._layout.piece.groups), seated.shape[1]))
        np.add.at(held, self._layout.piece.class_group, seated)
        load = (self._members * held.T[self._family_pool]).sum(axis=1)
        known = np.zeros(seated.shape[1])
        np.maximum.at(known, self._family_pool[self._families], load[self._families])
        above = load > known[self._family_pool] + _EPSILON
        return np.asarray(above & (self._family_row < 0), dtype=bool)

    def add(self, arcs: Flags, families: Flags) -> None:
        """Let the program grow; what is in it keeps its place, for the basis."""
        self._present |= arcs
        klass, pool = np.nonzero(arcs)
        self._arc_class = np.append(self._arc_class, klass)
        self._arc_pool = np.append(self._arc_pool, pool)
        self._grow(families)

    def _grow(self, families: Flags) -> None:
        for family in np.flatnonzero(families).tolist():
            self._family_row[family] = len(self._families)
            self._families.append(family)


def _nearest(layout: Layout, worth: Counts) -> Flags:
    """Per class the few pools that are nearest at the guessed prices, and the nearest of all."""
    metres = np.where(layout.may, layout.piece.metres[:, layout.center_of], NEVER // 2)
    present = np.zeros(metres.shape, dtype=bool)
    for cost, few in ((metres + worth[layout.center_of], FIRST_ARCS), (metres, 1)):
        order = np.argsort(cost, axis=1, kind="stable")[:, :few]
        np.put_along_axis(present, order, values=True, axis=1)
    return np.asarray(present & layout.may, dtype=bool)


def _at_most(limits: Counts | Floats | list[int]) -> tuple[Floats, Floats]:
    upper = np.asarray(limits, dtype=np.float64)
    return np.full(len(upper), -np.inf), upper


def _float_costs(layout: Layout, prices: Prices) -> Floats:
    """Metres and prices of each (class, pool); infinite where not allowed."""
    piece = layout.piece
    pools, members = layout.families
    seat = np.zeros((len(piece.pools), len(piece.groups)))
    np.add.at(seat, pools, prices.families[:, None] * members)
    cost = piece.metres[:, layout.center_of] + seat.T[piece.class_group]
    for price, side in zip(prices.sides, layout.sides, strict=True):
        cost = cost + price * side.coefficient[:, layout.center_of]
    return np.where(layout.may, cost, np.inf)


def _priced(layout: Layout, prices: Prices, seated: Floats | None) -> Relaxation:
    """The bound by Lagrange in whole numbers, so it holds whatever the floats are worth."""
    piece = layout.piece
    pools, members = layout.families
    family, host, side = (
        np.rint(p * SCALE).astype(np.int64) for p in (prices.families, prices.hosts, prices.sides)
    )
    seat = np.zeros((len(piece.pools), len(piece.groups)), dtype=np.int64)
    np.add.at(seat, pools, family[:, None] * members)
    cost = piece.metres[:, layout.center_of] * SCALE + seat.T[piece.class_group]
    for price, limit in zip(side.tolist(), layout.sides, strict=True):
        cost += price * limit.coefficient[:, layout.center_of]
    cost = np.where(layout.may, cost, NEVER)
    least = cost.min(axis=1)
    worth = np.zeros(len(piece.pools), dtype=np.int64)
    np.add.at(worth, pools, family)
    rent = np.maximum(worth - layout.at_host.T @ host, 0) * layout.seats
    # Python's integers cannot overflow.
    bound = sum(n * c for n, c in zip(piece.class_count.tolist(), least.tolist(), strict=True))
    bound -= sum(rent.tolist())
    bound -= sum(a * b for a, b in zip(host.tolist(), layout.peaks.tolist(), strict=True))
    bound -= sum(a * s.limit for a, s in zip(side.tolist(), layout.sides, strict=True))
    reduced = np.where(layout.may, cost - least[:, None], NEVER)
    return Relaxation(seated, bound, reduced, rent)
