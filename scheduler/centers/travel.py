"""Goal 5 of one piece: least metres, then fewest centers, from the relaxation to whole people.

Nearly always the relaxation seats whole people, and then it is the answer and the proof. Where
it splits some, the few classes concerned are left to CP-SAT, and if that costs metres, all arcs
that a better answer could use.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.errors import NoPlanInTime
from scheduler.centers import constraints, goals
from scheduler.centers.layout import Flags, Layout, Side, positions
from scheduler.centers.model import CentersModel
from scheduler.centers.problem import Counts, Kept
from scheduler.centers.relaxation import SCALE, Relaxation, Relaxer
from scheduler.centers.residual import Residual, cut
from scheduler.solver import LOG, Goal, minimise_in_turn

MOST_ARCS = 20_000
"""Arcs (class, pool) of one CP-SAT model; what is beyond may leave a gap, never a wrong bound."""

FEW_ARCS = 4_000
"""So many arcs are always searched for an answer that is better by however little."""

NEGLIGIBLE = 100_000
"""A gap below this part of all metres is not worth a search over more arcs."""

NEARLY_BEST = (100, 1_000, 5_000, 25_000)
"""Metres above its best that an arc of a class which the relaxation splits may have, by try."""

EXCHANGED = (20, 50)
"""Then every class may exchange its seats at so many metres above its best, by try."""

SMALL_PIECE = 100_000
"""Pairs (class, pool) up to which every center in question is also tried alone, for the bound."""

CLOSED_IN_TURN = 10
"""Centers of a piece that are tried without, for each unit of deterministic time."""


@dataclass(frozen=True, eq=False)
class Travel:
    """Least travel of a piece.

    Attributes:
        seated: people of each (class, pool); None if the relaxation did not lead to any.
        metres: of ``seated``.
        bound: no answer has fewer metres.
        opened: centers in use, and a bound.
    """

    seated: Counts | None
    metres: int
    bound: int
    opened: tuple[int, int]


@dataclass(frozen=True, eq=False)
class _Search:
    """The piece, its relaxation, and how long a goal may take."""

    layout: Layout
    kept: Kept
    relaxer: Relaxer
    relaxation: Relaxation
    deterministic_time: float

    def metres(self, seated: Counts) -> int:
        klass, pool = positions(seated)
        metres = self.layout.piece.metres[klass, self.layout.center_of[pool]]
        return int((seated[klass, pool] * metres).sum())

    def centers(self, seated: Counts) -> Counts:
        return np.flatnonzero(self.people(seated))

    def people(self, seated: Counts) -> Counts:
        """People of each center."""
        centers = len(self.layout.piece.centers)
        people = np.bincount(self.layout.center_of, seated.sum(axis=0), minlength=centers)
        return people.astype(np.int64)


def least_travel(layout: Layout, kept: Kept, deterministic_time: float) -> Travel:
    """Least metres within what earlier goals have settled, then fewest centers.

    Args:
        layout: the piece, and the limits from earlier goals.
        kept: people of (class, center) who were there before; a class has one such center.
        deterministic_time: of one goal of CP-SAT.
    """
    with LOG.searching():
        relaxer = Relaxer(layout)
        search = _Search(layout, kept, relaxer, relaxer.relax(), deterministic_time)
        seated, bound = _least_metres(search)
        if seated is None:
            return Travel(None, 0, bound, (0, 0))
        metres = search.metres(seated)
        seated, opened = _fewest_centers(search, seated, metres)
        return Travel(seated, search.metres(seated), bound, opened)


def _least_metres(search: _Search) -> tuple[Counts | None, int]:
    """An answer if one is found, and a bound."""
    best = _whole_people(search)
    bound = search.relaxation.bound
    if best is None:
        return None, bound
    metres = search.metres(best)
    if metres == bound:
        return best, bound
    arcs, complete = _worth_while(search, best)
    small = np.count_nonzero(arcs) <= FEW_ARCS
    if not small and (metres - bound) * NEGLIGIBLE <= metres:
        return best, bound
    found = _improve(search, best, arcs)
    if found is not None:
        seated, least = found
        best = min(best, seated, key=search.metres)
        if complete:
            bound = min(max(bound, least), search.metres(best))
    return best, bound


def _whole_people(search: _Search) -> Counts | None:
    """The relaxation's answer, where whole; who is split finds a seat on more and more arcs.

    Where no move of these alone leads to a seat, people elsewhere exchange theirs.
    """
    relaxation, layout = search.relaxation, search.layout
    start = np.zeros(layout.may.shape, dtype=np.int64)
    if relaxation.vertex is not None:
        start, split = relaxation.vertex.whole, relaxation.vertex.split
        if not split.any():
            return start if layout.is_valid(start) else None
        for nearly in NEARLY_BEST:
            start, done = _place(search, start, _rows(relaxation, split, nearly))
            if done:
                return start
        for nearly in EXCHANGED:
            arcs = (start > 0) | (relaxation.reduced <= nearly * SCALE)
            arcs[(np.count_nonzero(arcs, axis=1) == 1) & ~split] = False
            start, done = _place(search, start, arcs)
            if done:
                return start
    order = np.sort(relaxation.reduced[layout.may])
    limit = order[min(MOST_ARCS, len(order)) - 1] if len(order) else 0
    start, done = _place(search, start, layout.may & (relaxation.reduced <= limit))
    return start if done else None


def _rows(relaxation: Relaxation, chosen: Flags, nearly: int) -> Flags:
    """Arcs of the chosen classes that are so many metres above their best at most."""
    rows = np.zeros(relaxation.cost.shape, dtype=bool)
    rows[chosen] = relaxation.above_best(chosen) <= nearly * SCALE
    return rows


def _worth_while(search: _Search, best: Counts) -> tuple[Flags, bool]:
    """Arcs that an answer no worse than the best can use, and are these all of them?

    Classes with a single such arc are left where they are.
    """
    reduced = search.relaxation.reduced
    limit = search.relaxation.slack(search.metres(best))
    within = search.layout.may & (reduced <= limit)
    complete = bool(np.count_nonzero(within) <= MOST_ARCS)
    if not complete:
        limit = int(np.partition(reduced[within], MOST_ARCS)[MOST_ARCS])
        within &= reduced <= limit
    arcs = within | (best > 0)
    arcs[np.count_nonzero(arcs, axis=1) == 1] = False
    return arcs, complete


def _place(search: _Search, start: Counts, arcs: Flags) -> tuple[Counts, bool]:
    """As many as possible placed, at few metres: classes with ``arcs`` may use these.

    Args:
        search: the piece.
        start: people of each (class, pool) within all seats, some perhaps left over; classes
            without arcs stay there.
        arcs: shape (classes, pools).

    Returns:
        People of each (class, pool), and whether nobody is left over and the limits of the
        earlier goals are kept.
    """
    free = np.any(arcs, axis=1)
    residual = cut(search.layout, start, arcs | ((start > 0) & free[:, None]))
    built = residual.build(search.kept)
    try:
        solution, outcomes = minimise_in_turn(
            built.model,
            built.place_goals(),
            deterministic_time=search.deterministic_time,
            hint=residual.hint(built, start),
        )
        if not outcomes[0].value:
            solution, _ = minimise_in_turn(
                built.model,
                [_metres_goal(search, residual, built)],
                deterministic_time=search.deterministic_time,
                hint=solution.values(),
            )
    except NoPlanInTime:
        return start, False
    found = residual.seated(built, solution)
    return found, search.layout.is_valid(found)


def _improve(search: _Search, best: Counts, arcs: Flags) -> tuple[Counts, int] | None:
    """Least metres from an answer on, and a bound for these arcs; None if time is over."""
    residual = cut(search.layout, best, arcs)
    built = residual.build(search.kept)
    hint = residual.hint(built, best)
    _hold_all(search.layout.sides, residual, built)
    try:
        solution, (metres,) = minimise_in_turn(
            built.model,
            [_metres_goal(search, residual, built)],
            deterministic_time=search.deterministic_time,
            hint=hint,
        )
    except NoPlanInTime:
        return None
    found = residual.seated(built, solution)
    return (found, metres.bound + residual.metres) if search.layout.is_valid(found) else None


def _metres_goal(search: _Search, residual: Residual, built: CentersModel) -> Goal:
    goal = goals.least_metres(built.piece, built.variables)
    known = search.relaxation.bound - residual.metres
    return replace(goal, known_bound=max(goal.known_bound, known))


def _fewest_centers(search: _Search, seated: Counts, metres: int) -> tuple[Counts, tuple[int, int]]:
    """Fewest centers without a metre more; the answer so far stands if nothing better is found.

    The relaxation tries centers one by one, and often proves that the others are needed. CP-SAT
    has the rest, where there are few arcs.
    """
    piece = search.layout.piece
    used = len(search.centers(seated))
    if used <= goals.fewest_centers(piece, np.zeros(len(piece.centers), dtype=bool)):
        return seated, (used, used)
    needed = search.relaxation.needed(search.layout, metres)
    if used > goals.fewest_centers(piece, needed):
        seated, needed = _close_in_turn(search, seated, metres, needed)
    used, bound = len(search.centers(seated)), goals.fewest_centers(piece, needed)
    if used <= bound:
        return seated, (used, used)
    arcs, complete = _worth_while(search, seated)
    if np.count_nonzero(arcs) > FEW_ARCS:
        return seated, (used, bound)
    if not arcs.any():
        return seated, (used, used if complete else bound)
    return _fewest_on_arcs(search, seated, metres, bound, arcs)


def _close_in_turn(
    search: _Search, seated: Counts, metres: int, needed: Flags
) -> tuple[Counts, Flags]:
    """Close the centers that can be missed, those with fewest people first, as time allows.

    Returns:
        People of each (class, pool), and the centers that no answer can miss.
    """
    layout, relaxer = search.layout, search.relaxer
    needed = needed.copy()
    people = search.people(seated)
    closed = people == 0
    alone = not closed.any()
    in_question = [c for c in np.argsort(people, kind="stable").tolist() if not needed[c]]
    in_question = in_question[: int(CLOSED_IN_TURN * search.deterministic_time)]
    for center in in_question:
        if closed[center]:
            continue
        closed[center] = True
        relaxer.close(closed)
        without = relaxer.relax(metres)
        found = None if without.bound > metres else _whole_without(search, without)
        if found is not None and search.metres(found) <= metres:
            seated = found
            closed |= search.people(seated) == 0
            alone = False
            continue
        closed[center] = False
        needed[center] |= alone and without.bound > metres
    if layout.may.size <= SMALL_PIECE:
        for center in in_question:
            if not needed[center] and not alone:
                relaxer.close(np.arange(len(people)) == center)
                needed[center] = relaxer.relax(metres).bound > metres
    return seated, needed


def _whole_without(search: _Search, without: Relaxation) -> Counts | None:
    """The answer of a relaxation, if it is whole or the first try makes it so."""
    if without.vertex is None:
        return None
    start, split = without.vertex.whole, without.vertex.split
    if split.any():
        start, done = _place(search, start, _rows(without, split, NEARLY_BEST[0]))
        return start if done else None
    return start if search.layout.is_valid(start) else None


def _fewest_on_arcs(
    search: _Search, seated: Counts, metres: int, bound: int, arcs: Flags
) -> tuple[Counts, tuple[int, int]]:
    """Fewest centers on all arcs that an answer with so many metres can use."""
    layout, piece = search.layout, search.layout.piece
    used = len(search.centers(seated))
    residual = cut(layout, seated, arcs)
    built = residual.build(search.kept)
    hint = residual.hint(built, seated)
    opened = [built.model.new_bool_var(f"opened[{c}]") for c in built.piece.centers]
    constraints.opened_where_used(built.model, built.piece, built.variables, opened)
    _hold_all((*layout.sides, Side(piece.metres, metres)), residual, built)
    here = np.zeros(len(piece.centers), dtype=bool)
    here[search.centers(seated)] = True
    others = int(here.sum() - here[residual.centers].sum())
    try:
        solution, (outcome,) = minimise_in_turn(
            built.model,
            [goals.fewest_center_sittings(opened, max(bound - others, 0))],
            deterministic_time=search.deterministic_time,
            hint=[*hint, *here[residual.centers].astype(int).tolist()],
        )
    except NoPlanInTime:
        return seated, (used, bound)
    found = residual.seated(built, solution)
    fewest = len(search.centers(found))
    if not layout.is_valid(found) or fewest > used:
        found, fewest = seated, used
    return found, (fewest, min(fewest, max(bound, outcome.bound + others)))


def _hold_all(sides: tuple[Side, ...], residual: Residual, built: CentersModel) -> None:
    """Nobody is left over, and the limits of the whole piece are kept."""
    built.model.add(goals.fewest_unplaced(built.variables).expression <= 0)
    for side in sides:
        residual.hold(side, built)
