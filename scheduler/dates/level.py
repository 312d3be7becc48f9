"""Dates of the other groups, chosen so that a group on several dates can sit evenly on them.

When goal 4 is at its bound every date of an exam point is equally full, so a group on several
dates gets what the groups on one date leave: whoever wants it even has to level the others. The
search for goals 1 to 4 does not care; this one starts from its answer and keeps what that costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from scheduler.dates.problem import DatesProblem
from scheduler.dates.search import landscape
from scheduler.solver import LOG

MAX_STEPS = 2000
CANDIDATES = 40
"""Changes tried per step, the most levelling first."""
NEIGHBOURS = 3
"""Variants of the levelled answer, each with one more swap."""

Sittings = list[frozenset[int]]
"""By paper group."""
Change = tuple[tuple[int, int], ...]
"""(position among the movable groups, its new sitting) of each group that moves."""


def level_dates(problem: DatesProblem, sittings: Sequence[frozenset[int]]) -> Iterator[Sittings]:
    """Move and swap groups on one date until every date is as full as the next.

    The measure is the sum over exam points (their tightest families) and dates of
    load² / total load, with the groups on several dates shared out evenly. Each step takes the
    change that lowers it most among those that cost no seat and nobody a place as
    :meth:`Landscape.price` estimates. Groups with a pinned date, fixed or several dates stay.

    Yields:
        Sittings per group, as many for each as before: the levelled ones; then variants, for
        the estimate may miss a seat: with one more swap, then half-way ones. Nothing if nothing
        can be levelled.
    """
    levelling = _Levelling(problem, sittings)
    if not levelling.split or not len(levelling.where):
        return
    history = [levelling.sittings()]
    while len(history) <= MAX_STEPS and not LOG.asked_to_stop():
        change = next(levelling.changes(), None)
        if change is None:
            break
        levelling.apply(change)
        history.append(levelling.sittings())
    if len(history) == 1:
        return
    yield history.pop()
    moved: set[int] = set()
    for change in levelling.changes(sideways=True):
        groups = {i for i, _ in change}
        if groups & moved:
            continue
        moved |= groups
        yield levelling.sittings(change)
        if len(moved) >= 2 * NEIGHBOURS:
            break
    while len(history) > 1:
        del history[len(history) // 2 + 1 :]
        yield history.pop()


class _Levelling:
    """The groups on one date that may move, where they are, and how full that makes the dates."""

    def __init__(self, problem: DatesProblem, sittings: Sequence[frozenset[int]]) -> None:
        self._chosen = list(sittings)
        self._land = landscape(problem)
        size = self._land.size
        self.split = [(g, tuple(sorted(s))) for g, s in enumerate(sittings) if len(s) > 1]
        self.split.sort(key=lambda item: len(item[1]))
        self._movable = _movable(problem, sittings)
        self.where: npt.NDArray[np.int64] = np.array(
            [min(sittings[g]) for g in self._movable], dtype=np.int64
        )
        self._loads = np.zeros((1, *self._land.seats.shape))
        for g, dates in enumerate(sittings):
            if len(dates) == 1:
                self._loads[0, :, min(dates)] += size[g]
        self._price = float(self._land.price(self._loads, self.split)[0])
        self._shared = np.zeros(self._land.seats.shape)
        for g, on in self.split:
            for t in on:
                self._shared[:, t] += size[g] / len(on)
        self._scale = 1.0 / np.sqrt(np.maximum(size.sum(axis=0), 1.0))
        self._size = size[self._movable] * self._scale
        self._common = self._size @ self._size.T
        self._allowed = np.zeros((len(self._movable), self._loads.shape[2]), dtype=bool)
        for i, g in enumerate(self._movable):
            self._allowed[i, list(problem.groups[g].allowed)] = True

    def sittings(self, change: Change = ()) -> Sittings:
        """Sittings per group now, or after a change."""
        after = self.where.tolist()
        for i, t in change:
            after[i] = t
        found = list(self._chosen)
        for g, t in zip(self._movable, after, strict=True):
            found[g] = frozenset({t})
        return found

    def apply(self, change: Change) -> None:
        """Make a change."""
        self._loads = self._after(change)
        self._price = float(self._land.price(self._loads, self.split)[0])
        for i, t in change:
            self.where[i] = t

    def changes(self, *, sideways: bool = False) -> Iterator[Change]:
        """Changes that cost nothing, the most levelling first; with ``sideways`` others too."""
        gain = self._gains()
        order = np.argsort(gain, kind="stable")[: CANDIDATES * (5 if sideways else 1)]
        for k in order.tolist():
            if not np.isfinite(gain[k]) or (not sideways and gain[k] >= -1e-9):
                return
            change = self._change(k)
            if self._land.price(self._after(change), self.split)[0] <= self._price:
                yield change

    def _gains(self) -> npt.NDArray[np.float64]:
        """By how much each move (group, sitting), then each swap (group, group) adds to the sum.

        What moves by d from date a to date b adds 2 d (level_b - level_a) + 2 d².
        """
        level = (self._loads[0] + self._shared) * self._scale[:, None]
        rows, where, own = np.arange(len(self.where)), self.where, np.diag(self._common)
        pull = self._size @ level
        toward = pull - pull[rows, where][:, None]
        move = 2.0 * (toward + own[:, None])
        move[~self._allowed] = np.inf
        move[rows, where] = np.inf
        across = toward[:, where]
        swap = 2.0 * (across + across.T + own[:, None] + own[None, :] - 2.0 * self._common)
        may = self._allowed[:, where]
        swap[~(may & may.T) | (where[:, None] == where[None, :])] = np.inf
        swap[np.tril_indices(len(where))] = np.inf
        return np.concatenate([move.ravel(), swap.ravel()])

    def _change(self, k: int) -> Change:
        n, sittings = len(self.where), self._loads.shape[2]
        if k < n * sittings:
            return (divmod(k, sittings),)
        i, j = divmod(k - n * sittings, n)
        return (i, int(self.where[j])), (j, int(self.where[i]))

    def _after(self, change: Change) -> npt.NDArray[np.float64]:
        loads = self._loads.copy()
        for i, t in change:
            size = self._land.size[self._movable[i]]
            loads[0, :, self.where[i]] -= size
            loads[0, :, t] += size
        return loads


def _movable(problem: DatesProblem, sittings: Sequence[frozenset[int]]) -> list[int]:
    choices = problem.choices_of_groups
    pinned = {group for group, allowed in choices if allowed != problem.groups[group].allowed}
    present = {group for group, _ in choices}
    return [
        g
        for g, rule in enumerate(problem.groups)
        if g in present - pinned
        and not rule.fixed
        and len(rule.allowed) > 1
        and len(sittings[g]) == 1
    ]
