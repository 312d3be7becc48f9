"""What is left of a piece once most classes have their seats: a smaller piece with every rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from ortools.sat.python import cp_model

from scheduler.centers.layout import Flags, Layout, Side, positions
from scheduler.centers.model import CentersModel, build_model
from scheduler.centers.problem import CenterPool, Counts, Kept, Piece
from scheduler.solver import Solution


@dataclass(frozen=True, eq=False)
class Residual:
    """A piece of the free classes; who else sits in the pools that those may use is taken.

    Attributes:
        layout: of the whole piece.
        piece: the free classes, their pools and centers.
        free: per class of ``piece`` the classes of the whole piece that it stands for: alike but
            for a constant number of metres.
        pools: pool of the whole piece, for each pool.
        centers: center of the whole piece, for each center.
        fixed: people of each (class, pool) of the whole piece whose seats are not in question.
        metres: what every answer has on top of the metres of ``piece``, once all are placed.
    """

    layout: Layout
    piece: Piece
    free: tuple[Counts, ...]
    pools: Counts
    centers: Counts
    fixed: Counts
    metres: int

    def build(self, kept: Kept) -> CentersModel:
        """The model of the piece; ``kept`` is by class and center of the whole piece."""
        klass = {int(k): i for i, members in enumerate(self.free) for k in members}
        center = {int(c): i for i, c in enumerate(self.centers)}
        here: dict[tuple[int, int], int] = defaultdict(int)
        for (k, c), n in kept.items():
            if k in klass and c in center:
                here[klass[k], center[c]] += n
        return build_model(self.piece, here)

    def seated(self, built: CentersModel, solution: Solution) -> Counts:
        """People of each (class, pool) of the whole piece: members are dealt in order."""
        seated = self.fixed.copy()
        chosen: list[list[list[int]]] = [[] for _ in self.free]
        for (group, pool), variable in sorted(built.variables.sits.items()):
            if number := solution.value(variable):
                chosen[group].append([int(self.pools[pool]), number])
        for members, numbers in zip(self.free, chosen, strict=True):
            for klass in members.tolist():
                people = int(self.layout.piece.class_count[klass])
                while people and numbers:
                    pool, number = numbers[-1]
                    move = min(people, number)
                    seated[klass, pool] += move
                    people -= move
                    numbers[-1][1] -= move
                    if number == move:
                        numbers.pop()
        return seated

    def hint(self, built: CentersModel, seated: Counts) -> list[int]:
        """A value for every variable from people of each (class, pool) of the whole piece."""
        piece, variables = self.piece, built.variables
        sits = np.zeros((len(piece.groups), len(piece.pools)), dtype=np.int64)
        for group, members in enumerate(self.free):
            sits[group] = seated[np.ix_(members, self.pools)].sum(axis=0)
        goes = np.zeros(piece.metres.shape, dtype=np.int64)
        np.add.at(goes.T, [pool.center for pool in piece.pools], sits.T)
        used = self.layout.used(seated)[self.pools]
        values = [0] * len(built.model.proto.variables)
        for key, variable in variables.goes.items():
            values[variable.index] = int(goes[key])
        for key, variable in variables.sits.items():
            values[variable.index] = int(sits[key])
        left = (piece.class_count - goes.sum(axis=1)).tolist()
        for variable, number in zip(variables.unplaced, left, strict=True):
            values[variable.index] = number
        for seats, number in zip(variables.used, used.tolist(), strict=True):
            if not isinstance(seats, int):
                values[seats.index] = number
        for key, variable in variables.kept.items():
            values[variable.index] = min(int(goes[key]), built.kept[key])
        return values

    def hold(self, side: Side, built: CentersModel) -> None:
        """Keep a limit of the whole piece; the people who are fixed have their part in it.

        Members of a free class may differ by a constant, as in their metres.
        """
        layout = self.layout
        spent = int((side.coefficient * layout.at_centers(self.fixed)).sum())
        terms = []
        for klass, members in enumerate(self.free):
            weights = side.coefficient[np.ix_(members, self.centers)]
            where = np.flatnonzero(self.piece.allowed[klass])
            least = weights[:, where].min(axis=1)
            spent += int((least * layout.piece.class_count[members]).sum())
            for center in where.tolist():
                if weight := int(weights[0, center] - least[0]):
                    terms.append((built.variables.goes[klass, center], weight))
        if terms:
            expression = cp_model.LinearExpr.weighted_sum(*zip(*terms, strict=True))
            built.model.add(expression <= side.limit - spent)


def cut(layout: Layout, seated: Counts, arcs: Flags) -> Residual:
    """Free the classes that have ``arcs``; all others stay where they are seated.

    Args:
        layout: the whole piece.
        seated: people of each (class, pool).
        arcs: shape (classes, pools): where free classes may go.
    """
    whole = layout.piece
    free = np.flatnonzero(arcs.any(axis=1))
    pools = np.flatnonzero(arcs.any(axis=0))
    centers = np.unique(layout.center_of[pools])
    new_center = {int(c): i for i, c in enumerate(centers)}
    fixed = seated.copy()
    fixed[free] = 0
    least, above = _relative(layout, free, arcs[free])
    members = _alike(layout, free, arcs[free], above)
    first = np.array([m[0] for m in members], dtype=np.int64)

    takers: list[list[int]] = [[] for _ in pools]
    for group, pool in zip(*np.nonzero(arcs[np.ix_(first, pools)]), strict=True):
        takers[int(pool)].append(int(group))
    klass, pool_of = positions(fixed)
    people = fixed[klass, pool_of]
    by_group = layout.grouped(klass, pool_of, people)
    taken = []
    for pool in pools.tolist():
        by_mask = np.bincount(layout.masks, by_group[pool], minlength=16)
        taken.append(tuple((int(m), int(by_mask[m])) for m in np.flatnonzero(by_mask)))
    group = whole.class_group[first]
    piece = replace(
        whole,
        centers=tuple(whole.centers[c] for c in centers),
        hosts=tuple(whole.hosts[c] for c in centers),
        # A free class is a group of its own, for its pools are.
        groups=tuple(whole.groups[g] for g in group),
        homes=tuple(whole.homes[g] for g in group),
        ranks=whole.ranks[np.ix_(group, centers)],
        pools=tuple(
            CenterPool(
                new_center[int(layout.center_of[p])],
                tuple(takers[i]),
                int(layout.seats[p]),
                taken[i],
            )
            for i, p in enumerate(pools)
        ),
        class_rows=np.arange(len(first), dtype=np.int64),
        class_group=np.arange(len(first), dtype=np.int64),
        class_count=np.array([whole.class_count[m].sum() for m in members], dtype=np.int64),
        metres=above[np.searchsorted(free, first)][:, centers],
        peaks=_peaks(layout, layout.used_by(by_group), pools),
    )
    constant = int((people * whole.metres[klass, layout.center_of[pool_of]]).sum())
    constant += int((least * whole.class_count[free]).sum())
    return Residual(layout, piece, members, pools, centers, fixed, constant)


def _relative(layout: Layout, classes: Counts, arcs: Flags) -> tuple[Counts, Counts]:
    """Least metres of each class over its arcs, and metres above it by center; 0 elsewhere."""
    metres = layout.piece.metres[classes]
    open_ = np.zeros(metres.shape, dtype=bool)
    np.logical_or.at(open_.T, layout.center_of, arcs.T)
    least = np.where(open_, metres, np.iinfo(np.int64).max).min(axis=1, initial=2**62)
    return least, np.where(open_, metres - least[:, None], 0)


def _alike(layout: Layout, classes: Counts, arcs: Flags, above: Counts) -> tuple[Counts, ...]:
    """Sets of classes whose people any answer may exchange.

    They have one group, the same arcs, the same metres above the least, and the same part in the
    limits.
    """
    parts = [layout.piece.class_group[classes, None], above, arcs.astype(np.int64)]
    parts += [side.coefficient[classes] for side in layout.sides]
    rows = np.concatenate(parts, axis=1)
    alike: dict[bytes, list[int]] = defaultdict(list)
    for klass, row in zip(classes.tolist(), rows, strict=True):
        alike[row.tobytes()].append(klass)
    return tuple(np.array(same, dtype=np.int64) for same in alike.values())


def _peaks(layout: Layout, used: Counts, pools: Counts) -> Mapping[str, int]:
    """What the other pools, which use so many seats, leave of each peak."""
    used = used.copy()
    used[pools] = 0
    taken = layout.at_host @ used
    left = np.maximum(layout.peaks - taken, 0)
    return {h: int(n) for h, n in zip(layout.hosts, left, strict=True)}
