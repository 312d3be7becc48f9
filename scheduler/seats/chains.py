"""Chains: the candidates who share one seat in one sitting, as kinds of candidate.

By the theorem of docs/model.md, section 2, the chains of a pool use exactly the largest
family's number of seats. Which kinds share a seat is free, and it is used to keep equal papers
together: fewer different seats are easier to keep apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler import masks
from scheduler.ordering import in_order, joined, runs
from scheduler.seats.kinds import KindTable
from scheduler.seats.papers import SUBJECTS
from scheduler.seats.pools import Class

Ints = npt.NDArray[np.int64]


class Crowd(NamedTuple):
    """How many of a kind a pool takes; arrays run parallel, pools and kinds are numbers."""

    pool: Ints
    kind: Ints
    size: Ints


class Chains(NamedTuple):
    """What each seat holds: the kind of whoever sits each subject, -1 for nobody.

    ``pool`` of each seat; ``held`` has shape (seats, 4).
    """

    pool: Ints
    held: Ints


def split_over_pools(
    kinds: Mapping[int, int],
    counts: Mapping[tuple[Class, int], int],
    pools: int,
    table: KindTable,
) -> list[dict[int, int]]:
    """Deal the counts of each class and pool to the kinds of the class.

    Each pool gets its proportional part of the large kinds, so that no paper crowds one of them;
    what rounding leaves is dealt largest kind first.
    """
    of_class: dict[int, list[int]] = defaultdict(list)
    largest_first = sorted(kinds, key=lambda kind: (-kinds[kind], kind))
    for kind, one in zip(largest_first, table.class_of[largest_first].tolist(), strict=True):
        of_class[one].append(kind)
    split: list[dict[int, int]] = [{} for _ in range(pools)]
    for number, members in of_class.items():
        seat_class = table.classes[number]
        left = {kind: kinds[kind] for kind in members}
        for pool in range(pools):
            room = counts.get((seat_class, pool), 0)
            if not room:
                continue
            everybody = sum(left.values())
            if room == everybody:
                split[pool].update((kind, some) for kind, some in left.items() if some)
                break
            parts = {kind: room * left[kind] // everybody for kind in members}
            room -= sum(parts.values())
            for kind in members:
                taken = min(room, left[kind] - parts[kind])
                room -= taken
                if parts[kind] + taken:
                    split[pool][kind] = parts[kind] + taken
                    left[kind] -= parts[kind] + taken
    return split


def chain_up(crowd: Crowd, pools: int, table: KindTable, *, share: bool) -> Chains:
    """The chains of every pool, at the theorem's number of seats.

    Partners have the same specialty where possible, then the same paper group.

    Args:
        crowd: who is in which pool; a pool and a kind stand together once.
        pools: their number.
        table: the kinds.
        share: may two candidates with disjoint masks use one seat?
    """
    # Who sits every subject of all shares with nobody, whatever the others do.
    alone = table.mask[crowd.kind] == masks.FULL if share else np.ones(len(crowd.kind), dtype=bool)
    kind = np.repeat(crowd.kind[alone], crowd.size[alone])
    pool = [np.repeat(crowd.pool[alone], crowd.size[alone])]
    held = [np.where(table.sits[kind], kind[:, None], -1)]
    if not alone.all():
        waiting = _Waiting(crowd, table, ~alone)
        width = masks.FULL + 1
        cell = waiting.pool * width + table.mask[waiting.kind]
        counts = np.bincount(cell, minlength=pools * width).reshape(pools, width)
        left = masks.chain_repeats(counts, masks.seats_of_each(counts))
        for common in ("specialty", "group", "pool"):
            waiting.match(common, left, pool, held)
    return Chains(np.concatenate(pool), np.concatenate(held))


class _Waiting:
    """Candidates not yet in a chain; larger paper groups and specialties come first."""

    def __init__(self, crowd: Crowd, table: KindTable, chosen: npt.NDArray[np.bool_]) -> None:
        rank = []
        for column in (table.group, table.specialty):
            number = joined(crowd.pool, column[crowd.kind])
            size = np.bincount(number, crowd.size)[number].astype(np.int64)
            rank += [size.max(initial=0) - size, column[crowd.kind]]
        # Kinds ascend by specialty, and a pool has a kind once: no column decides after them.
        order = np.argsort(joined(crowd.pool, *rank[:3], crowd.kind))
        order = order[chosen[order]]
        count = crowd.size[order]
        self._table = table
        self.pool = np.repeat(crowd.pool[order], count)
        self.kind = np.repeat(crowd.kind[order], count)
        self.group = np.repeat(runs(crowd.pool[order], rank[1][order]), count)
        self.specialty = np.repeat(runs(crowd.pool[order], rank[3][order]), count)

    def match(self, common: str, left: Ints, pool: list[Ints], held: list[Ints]) -> None:
        """Fill patterns with partners who have something in common, as far as there are any.

        Args:
            common: the column in which they agree; with the last, the pool, nobody is left.
            left: how often each pattern is still to be filled, by pool; counted down.
            pool: grows by the pools of the new chains.
            held: grows by what they hold.
        """
        if not len(self.kind):
            return
        row = runs(getattr(self, common))
        mask = self._table.mask[self.kind]
        size = masks.FULL + 1
        cell = row * size + mask
        queue = in_order(cell)
        rows = int(row[-1]) + 1
        waiting = np.bincount(cell, minlength=rows * size)
        head = (np.cumsum(waiting) - waiting).reshape(rows, size).T.copy()
        waiting = waiting.reshape(rows, size).T.copy()
        pool_of = np.empty(rows, dtype=np.int64)
        pool_of[row] = self.pool
        filled = []
        wanted: list[bool] = np.any(left, axis=0).tolist()
        for i, pattern in enumerate(masks.patterns()):
            if not wanted[i] or (len(pattern) == 1 and common != "pool"):
                continue
            both = reduce(np.minimum, [waiting[one] for one in pattern])
            some = np.flatnonzero(both)
            own = pool_of[some]
            there = left[own, i]
            number = np.minimum(both[some], there)
            # Rows of a pool take from what is left of the pattern in their order.
            before = np.cumsum(number) - number
            before -= before[np.searchsorted(own, own)]
            number = np.minimum(number, np.maximum(there - before, 0))
            first = np.full((SUBJECTS, len(some)), -1, dtype=np.int64)
            for one in pattern:
                here = head[one][some]
                for subject in range(SUBJECTS):
                    if one >> subject & 1:
                        first[subject] = here
                head[one][some] = here + number
                waiting[one][some] -= number
            np.subtract.at(left[:, i], own, number)
            filled.append((some, number, first))
        if not filled:
            return
        some, number, first = (np.concatenate(c, axis=-1) for c in zip(*filled, strict=True))
        chain = np.repeat(np.arange(len(some)), number)
        nth = np.arange(len(chain)) - (np.cumsum(number) - number)[chain]
        seats = np.full((len(chain), SUBJECTS), -1, dtype=np.int64)
        chosen = np.zeros(len(row), dtype=bool)
        for subject, start in enumerate(first):
            member = start[chain]
            sat = np.flatnonzero(member >= 0)
            members = queue[member[sat] + nth[sat]]
            chosen[members] = True
            seats[sat, subject] = self.kind[members]
        pool.append(pool_of[some][chain])
        held.append(seats)
        rest = ~chosen
        self.pool, self.kind = self.pool[rest], self.kind[rest]
        self.group, self.specialty = self.group[rest], self.specialty[rest]
