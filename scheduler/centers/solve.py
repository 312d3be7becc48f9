"""Solves one piece: goals in order on models of counts, skipping what counting settles."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from models.errors import Defect, NoPlanInTime
from scheduler.centers import constraints, goals
from scheduler.centers.layout import Layout, Side
from scheduler.centers.model import NOTHING_KEPT, CentersModel, build_held_model, build_model
from scheduler.centers.problem import (
    Arc,
    Counts,
    Kept,
    Part,
    Piece,
    collapse,
    overflow_arcs,
    split,
)
from scheduler.centers.travel import least_travel
from scheduler.solver import SMALL_MODEL_TIME, GoalOutcome, Solution, minimise_in_turn

PRESENCE_TIME = 0.1
"""Deterministic time for minimum presence: a courtesy, reported without a bound."""


@dataclass(frozen=True)
class Total:
    """A value and a bound that may be summed over pieces."""

    value: int = 0
    bound: int = 0

    def __add__(self, other: Total) -> Total:
        """Both sums."""
        return Total(self.value + other.value, self.bound + other.bound)


@dataclass(frozen=True, eq=False)
class PieceAnswer:
    """How many of each class go to each center (classes, centers), and what the goals reached."""

    counts: Counts
    outside: Total
    metres: Total
    opened: Total


def solve_piece(
    piece: Piece,
    deterministic_time: float = SMALL_MODEL_TIME,
    previous: Kept = NOTHING_KEPT,
) -> PieceAnswer:
    """Decide how many of each class go to each center.

    First, where anybody may leave home, the small model without origins settles goals 1 and 2
    exactly. Ways out of home that no best answer uses are then closed, so most exam points no
    longer touch each other and are solved one by one. Only then travel is minimised over all
    classes, and centers opened after.

    Args:
        piece: counts, pools and peaks.
        deterministic_time: of one goal of CP-SAT.
        previous: people whom the previous plan has at (class, center) and who are still here.

    Raises:
        Defect: somebody is left over, which the dates stage has ruled out.
        NoPlanInTime: the solver found no seating at all within its limit.
    """
    if needs_no_solver(piece):
        return _answer_of(piece, np.where(_allowed(piece), piece.class_count[:, None], 0))
    arcs: list[Arc] = []
    outside = Total()
    if _may_leave_home(piece):
        settled = _settle_places(piece, deterministic_time, previous)
        arcs = _useful_arcs(settled, deterministic_time)
        outside = _total(settled.outcome("centers: outside"))
    elif len({*piece.homes, *piece.hosts}) == 1:
        return _solve_part(piece, deterministic_time, previous)
    counts = np.zeros(piece.metres.shape, dtype=np.int64)
    metres, opened = Total(), Total()
    for part in split(piece, arcs):
        answer = _solve_part(part.piece, deterministic_time, _kept_in(part, previous))
        counts[np.ix_(part.classes, part.centers)] = answer.counts
        metres += answer.metres
        opened += answer.opened
    return PieceAnswer(counts, outside, metres, opened)


def _may_leave_home(piece: Piece) -> bool:
    return bool(piece.ranks[piece.allowed].any())


@dataclass(frozen=True)
class SettledPlaces:
    """The model of a piece's groups, solved for goals 1 and 2."""

    built: CentersModel
    solution: Solution
    outcomes: tuple[GoalOutcome, ...]

    def outcome(self, name: str) -> GoalOutcome | None:
        """What a goal reached; none if nothing was to be decided."""
        return next((o for o in self.outcomes if o.name == name), None)


def _settle_places(piece: Piece, deterministic_time: float, previous: Kept) -> SettledPlaces:
    groups, kept = collapse(piece, previous)
    built = build_model(groups, kept)
    solution, outcomes = minimise_in_turn(
        built.model, built.place_goals(), deterministic_time=deterministic_time
    )
    if outcomes[0].value:
        raise Defect(f"with a date but without a center: {outcomes[0].value}")
    return SettledPlaces(built, solution, outcomes)


def _useful_arcs(settled: SettledPlaces, deterministic_time: float) -> list[Arc]:
    """Ways out of home that some answer with the settled goals uses.

    Everything that was settled stays attainable without the others, and so does every later
    goal: closing them loses nothing.
    """
    outside = settled.outcome("centers: outside")
    if outside is None or outside.value == 0:
        return []
    piece = settled.built.piece
    counts = settled.built.counts(settled.solution)
    homes, hosts = np.array(piece.homes, dtype=object), np.array(piece.hosts, dtype=object)
    useful = []
    for home, host in overflow_arcs(piece):
        on_arc = np.ix_(np.flatnonzero(homes == home), np.flatnonzero(hosts == host))
        if counts[on_arc].any() or _can_be_used(settled, (home, host), deterministic_time):
            useful.append((home, host))
    return useful


def _can_be_used(settled: SettledPlaces, arc: Arc, deterministic_time: float) -> bool:
    """Unless proven otherwise, yes."""
    built = build_held_model(settled.built.piece, settled.built.kept, settled.outcomes)
    goal = goals.most_on_arc(built.piece, built.variables, arc)
    try:
        _, (outcome,) = minimise_in_turn(
            built.model,
            [goal],
            deterministic_time=deterministic_time,
            hint=settled.solution.values(),
        )
    except NoPlanInTime:
        return True
    return outcome.bound < 0


def _solve_part(piece: Piece, deterministic_time: float, previous: Kept) -> PieceAnswer:
    """A part whose exam points cannot be separated any more."""
    if needs_no_solver(piece):
        return _answer_of(piece, np.where(_allowed(piece), piece.class_count[:, None], 0))
    travels = bool(piece.metres.any())
    settled: SettledPlaces | None = None
    if not travels or previous or _may_leave_home(piece):
        settled = _settle_places(piece, deterministic_time, previous)
    if settled is not None and not travels:
        opened, coarse = _open_centers(settled.built, settled.solution, deterministic_time)
        outside = _total(settled.outcome("centers: outside"))
        return PieceAnswer(deal_groups(piece, coarse, previous), outside, Total(), opened)
    told_apart, klass, kept = by_previous_center(piece, previous)
    layout = Layout(told_apart, () if settled is None else _sides(told_apart, kept, settled))
    travel = least_travel(layout, kept, deterministic_time)
    if travel.seated is None:
        settled = settled or _settle_places(piece, deterministic_time, previous)
        return _dealt(piece, settled, previous, travel.bound)
    # First come the classes of the piece, then those told apart from them.
    counts, others = np.split(layout.at_centers(travel.seated), [len(piece.class_count)])
    np.add.at(counts, klass[len(counts) :], others)
    outside = Total() if settled is None else _total(settled.outcome("centers: outside"))
    return PieceAnswer(counts, outside, Total(travel.metres, travel.bound), Total(*travel.opened))


def by_previous_center(
    piece: Piece, previous: Kept
) -> tuple[Piece, Counts, dict[tuple[int, int], int]]:
    """The piece with classes told apart by where they were before.

    Who is kept is then linear: the people of such a class who go to its own center.

    Returns:
        The piece, for each of its classes that of the given one, and who was where before.
    """
    left = piece.class_count.copy()
    klass = list(range(len(left)))
    people = []
    kept: dict[tuple[int, int], int] = {}
    for (k, center), number in sorted(previous.items()):
        here = min(number, int(left[k]))
        if here:
            kept[len(klass), center] = here
            klass.append(k)
            people.append(here)
            left[k] -= here
    if not people:
        return piece, np.arange(len(klass), dtype=np.int64), kept
    of = np.array(klass, dtype=np.int64)
    told_apart = replace(
        piece,
        class_rows=piece.class_rows[of],
        class_group=piece.class_group[of],
        class_count=np.concatenate([left, people]).astype(np.int64),
        metres=piece.metres[of],
    )
    return told_apart, of, kept


def _sides(piece: Piece, kept: Kept, settled: SettledPlaces) -> tuple[Side, ...]:
    """What the goals before travel have settled, as limits over classes and centers."""
    ranks = piece.ranks[piece.class_group]
    stays = np.zeros(piece.metres.shape, dtype=np.int64)
    for key in kept:
        stays[key] = -1
    coefficients = {
        "centers: kept": stays,
        "centers: outside": np.minimum(ranks, 1),
        "centers: overflow order": ranks,
    }
    return tuple(
        Side(coefficients[o.name], o.value) for o in settled.outcomes if o.name in coefficients
    )


def _dealt(piece: Piece, settled: SettledPlaces, previous: Kept, bound: int) -> PieceAnswer:
    """The settled numbers dealt to the classes, nearest first."""
    counts = deal_groups(piece, settled.built.counts(settled.solution), previous)
    metres = int((counts * piece.metres).sum())
    needed = goals.needed_centers(piece, metres)
    opened = Total(len(_used(counts)), goals.fewest_centers(piece, needed))
    outside = _total(settled.outcome("centers: outside"))
    return PieceAnswer(counts, outside, Total(metres, bound), opened)


def needs_no_solver(piece: Piece) -> bool:
    """Has every group one center, every center one pool, and do seats and peaks suffice?"""
    if len({pool.center for pool in piece.pools}) < len(piece.pools):
        return False
    if (piece.allowed[piece.group_count > 0].sum(axis=1) != 1).any():
        return False
    people = piece.group_count.tolist()
    used: dict[str, int] = defaultdict(int)
    for pool, families in zip(piece.pools, piece.families, strict=True):
        seats = max((sum(people[g] for g in groups) for groups, _ in families), default=0)
        if seats > pool.seats:
            return False
        used[piece.hosts[pool.center]] += seats
    return all(used[host] <= peak for host, peak in piece.peaks.items())


def deal_groups(piece: Piece, group_counts: Counts, previous: Kept = NOTHING_KEPT) -> Counts:
    """Deal numbers per (group, center) to the classes of each group.

    Who is kept comes first, then who would lose most by going to the second nearest center.
    """
    counts = np.zeros(piece.metres.shape, dtype=np.int64)
    left = group_counts.copy()
    people = piece.class_count.copy()
    for (klass, center), number in sorted(previous.items()):
        group = piece.class_group[klass]
        move = min(number, int(left[group, center]), int(people[klass]))
        counts[klass, center] += move
        left[group, center] -= move
        people[klass] -= move
    nearest = np.sort(np.where(_allowed(piece), piece.metres, np.iinfo(np.int64).max), axis=1)
    regret = nearest[:, 1] - nearest[:, 0] if nearest.shape[1] > 1 else nearest[:, 0]
    for klass in np.argsort(-regret, kind="stable"):
        group = piece.class_group[klass]
        for center in np.argsort(piece.metres[klass], kind="stable"):
            move = min(int(left[group, center]), int(people[klass]))
            counts[klass, center] += move
            left[group, center] -= move
            people[klass] -= move
    return counts


def _kept_in(part: Part, previous: Kept) -> dict[tuple[int, int], int]:
    klass = {int(k): i for i, k in enumerate(part.classes)}
    center = {int(c): i for i, c in enumerate(part.centers)}
    return {
        (klass[k], center[c]): n for (k, c), n in previous.items() if k in klass and c in center
    }


def _open_centers(
    built: CentersModel, solution: Solution, deterministic_time: float
) -> tuple[Total, Counts]:
    """Without origins: fewest centers opened, then minimum presence among them.

    Where travel is minimised, presence is left out: least travel leaves next to no choice, and a
    smallest number over centers makes a large model slow. What there is already stands if the
    solver finds nothing in time.
    """
    piece, model = built.piece, built.model
    counts = built.counts(solution)
    bound = goals.fewest_centers(piece, goals.needed_centers(piece, 0))
    if len(_used(counts)) > bound:
        opened = [model.new_bool_var(f"opened[{c}]") for c in piece.centers]
        constraints.opened_where_used(model, piece, built.variables, opened)
        try:
            solution, (outcome,) = minimise_in_turn(
                model,
                [goals.fewest_center_sittings(opened, bound)],
                deterministic_time=deterministic_time,
                hint=[*solution.values(), *(int(n > 0) for n in counts.sum(axis=0))],
            )
        except NoPlanInTime:
            return Total(len(_used(counts)), bound), counts
        counts, bound = built.counts(solution), outcome.bound
    used = _used(counts)
    if len(used) <= 1:
        return Total(len(used), bound), counts
    presence = model.new_int_var(0, piece.people, "presence")
    constraints.presence_in_opened(model, built.variables, used, presence)
    with suppress(NoPlanInTime):
        solution, _ = minimise_in_turn(
            model,
            [goals.largest_presence(piece, len(used), presence)],
            deterministic_time=min(PRESENCE_TIME, deterministic_time),
            hint=[*solution.values(), int(counts.sum(axis=0)[used].min())],
        )
        counts = built.counts(solution)
    return Total(len(used), bound), counts


def _used(counts: Counts) -> list[int]:
    """Centers with anybody in them."""
    return [int(c) for c in np.flatnonzero(counts.sum(axis=0))]


def _allowed(piece: Piece) -> Counts:
    return piece.allowed[piece.class_group].astype(np.int64)


def _answer_of(piece: Piece, counts: Counts) -> PieceAnswer:
    """The answer where nobody has a choice: every value is its own bound."""
    outside = int((counts * np.minimum(piece.ranks[piece.class_group], 1)).sum())
    metres = int((counts * piece.metres).sum())
    opened = int((counts.sum(axis=0) > 0).sum())
    return PieceAnswer(
        counts, Total(outside, outside), Total(metres, metres), Total(opened, opened)
    )


def _total(outcome: GoalOutcome | None) -> Total:
    return Total() if outcome is None else Total(outcome.value, outcome.bound)
