"""The centers stage: who sits in which center, given everybody's sitting."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import pandas as pd

from models.exam import Mode
from models.policy import Effort, Policy
from scheduler import solver
from scheduler.centers.people import build_classes, draw_centers
from scheduler.centers.problem import Piece, build_pieces
from scheduler.centers.solve import PieceAnswer, Total, needs_no_solver, solve_piece
from scheduler.draw import Draw
from scheduler.execution.tasks import run_all
from scheduler.places import Places

PIECE_TIME: Mapping[Effort, float] = {
    Effort.QUICK: 1.0,
    Effort.STANDARD: 3.0,
    Effort.THOROUGH: 10 * solver.SMALL_MODEL_TIME,
}
"""Deterministic time of one goal of one piece, by effort; 5,000 origins take about 4."""


@dataclass(frozen=True, eq=False)
class CentersResult:
    """Everybody's center, and what the goals decided here have reached.

    Attributes:
        center_ids: aligned to the candidates, "" for who is unplaced.
        outcomes: ``outside`` (goal 2), ``metres`` and ``center_sittings`` (goal 5), each summed
            over the independent pieces. The bounds are valid for the dates chosen.
    """

    center_ids: pd.Series
    outcomes: tuple[solver.GoalOutcome, ...]


def assign_centers(
    places: Places,
    policy: Policy,
    candidates: pd.DataFrame,
    peaks: Mapping[tuple[str, Mode], int],
    executor: Executor | None = None,
) -> CentersResult:
    """Choose a center for every candidate who has a sitting.

    Args:
        places: the laid-out rooms.
        policy: the planner's decisions.
        candidates: canonical columns, ``excluded_employer`` and ``sitting`` ("" = unplaced).
        peaks: most seats that a host exam point may use on one sitting of a mode (goal 4).
        executor: solves independent pieces; the answer does not depend on it.

    Raises:
        Defect: somebody with a sitting finds no seat, which the dates stage has ruled out.
    """
    placed = candidates[candidates["sitting"] != ""]
    classes, class_of = build_classes(placed)
    pieces = build_pieces(places, policy, classes, peaks)
    outside, metres, opened = Total(), Total(), Total()
    answers = _solve_all(pieces, PIECE_TIME[policy.effort.level], executor)
    for answer in answers:
        outside += answer.outside
        metres += answer.metres
        opened += answer.opened
    draw = Draw(places.reference.exam.code, policy.draw.seed)
    seated = zip(pieces, (answer.counts for answer in answers), strict=True)
    centers = draw_centers(draw, placed["candidate_id"], class_of, seated)
    return CentersResult(
        centers.reindex(candidates.index, fill_value=""),
        (
            _outcome("outside", outside),
            _outcome("metres", metres),
            _outcome("center_sittings", opened),
        ),
    )


def _outcome(name: str, total: Total) -> solver.GoalOutcome:
    proven = total.value == total.bound
    status = solver.Status.OPTIMAL if proven else solver.Status.FEASIBLE
    return solver.GoalOutcome(name, total.value, total.bound, status)


def _solve_all(
    pieces: list[Piece], deterministic_time: float, executor: Executor | None
) -> list[PieceAnswer]:
    """The answers in the order of the pieces; those that need no solver are not sent anywhere."""
    easy = [needs_no_solver(piece) for piece in pieces]
    work = partial(solve_piece, deterministic_time=deterministic_time)
    hard = [piece for piece, is_easy in zip(pieces, easy, strict=True) if not is_easy]
    solved = iter(run_all(work, hard, name=_piece_name, executor=executor))
    return [
        solve_piece(piece) if is_easy else next(solved)
        for piece, is_easy in zip(pieces, easy, strict=True)
    ]


def _piece_name(piece: Piece) -> str:
    first, _, sitting = piece.name.partition("/")
    return f"exam point {first}, sitting {sitting}"
