"""Peer (c), centers: paikao's model of one piece (goal 5, metres) in HiGHS.

With dates it gives a plan. Without, every class may use the seats of every sitting: a linear
bound on the metres of any plan that places everybody, whatever its dates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from ortools.math_opt.python import mathopt

from benchmarks.peers.exam import Exam, Integers
from benchmarks.peers.highs import Answer, minimised
from models.exam import Mode
from scheduler.centers.people import build_classes
from scheduler.centers.problem import Piece, build_pieces


def metres_bound(exam: Exam) -> int:
    """A bound on the metres of everybody, over all dates."""
    return sum(solve(piece, integer=False)[0].bound for piece in _over_all_dates(exam))


def centers_of(exam: Exam, sitting: pd.Series, seconds: float) -> tuple[pd.Series, int]:
    """Everybody's center for the dates given, and how many pieces had no answer in time.

    Args:
        exam: the people.
        sitting: of everybody, blank for unplaced; who is of a piece without an answer has no
            center.
        seconds: for each piece.
    """
    people = exam.people[(sitting != "").to_numpy()]
    people = people.assign(sitting=sitting[people.index])
    classes, class_of = build_classes(people)
    rows = np.argsort(class_of, kind="stable")
    ends = np.cumsum(np.bincount(class_of, minlength=len(classes)))
    centers = np.full(len(people), "", dtype=object)
    failed = 0
    for piece in build_pieces(exam.places, exam.policy, classes.astype(_text(classes)), {}):
        answer, counts = solve(piece, integer=True, seconds=seconds)
        failed += answer.value is None
        for k, row in enumerate(piece.class_rows.tolist()):
            dealt = np.repeat(np.array(piece.centers, dtype=object), counts[k])
            here = rows[ends[row] - int(piece.class_count[k]) : ends[row]]
            centers[here[: len(dealt)]] = dealt
    result = pd.Series("", index=sitting.index, dtype="str")
    result[people.index] = centers
    return result, failed


def _over_all_dates(exam: Exam) -> Iterator[Piece]:
    """One piece per component and mode, with the seats of all sittings of the mode."""
    for mode in Mode:
        people = exam.people[exam.people["mode"] == mode.value]
        by_part: dict[str, list[Piece]] = defaultdict(list)
        for sitting in exam.places.reference.exam.sittings_of(mode):
            classes, _ = build_classes(people.assign(sitting=sitting.id))
            classes = classes.astype(_text(classes))
            for piece in build_pieces(exam.places, exam.policy, classes, {}):
                by_part[piece.groups[0].candidate.exam_point].append(piece)
        for pieces in by_part.values():
            widest = max(pieces, key=lambda piece: len(piece.centers))
            number = {center: i for i, center in enumerate(widest.centers)}
            pools = tuple(
                pool._replace(center=number[piece.centers[pool.center]])
                for piece in pieces
                for pool in piece.pools
            )
            yield replace(widest, pools=pools)


def _text(frame: pd.DataFrame) -> dict[str, type]:
    return {column: str for column in frame.columns if column != "count"}


def solve(piece: Piece, *, integer: bool, seconds: float | None = None) -> tuple[Answer, Integers]:
    """Least metres with everybody in a center that has a seat for them: [class, center]."""
    model = mathopt.Model(name=piece.name)
    goes: dict[tuple[int, int], mathopt.Variable] = {}
    of_class: dict[int, list[mathopt.Variable]] = defaultdict(list)
    of_group: dict[tuple[int, int], list[mathopt.Variable]] = defaultdict(list)
    for k, c in zip(*np.nonzero(piece.allowed[piece.class_group]), strict=True):
        variable = model.add_variable(lb=0, ub=float(piece.class_count[k]), is_integer=integer)
        goes[int(k), int(c)] = variable
        of_class[int(k)].append(variable)
        of_group[int(piece.class_group[k]), int(c)].append(variable)
    for k, count in enumerate(piece.class_count.tolist()):
        model.add_linear_constraint(mathopt.fast_sum(of_class[k]) == count)
    seated: dict[tuple[int, int], list[mathopt.Variable]] = defaultdict(list)
    for p, pool in enumerate(piece.pools):
        sits = {g: model.add_variable(lb=0, is_integer=integer) for g in pool.groups}
        for g, variable in sits.items():
            seated[g, pool.center].append(variable)
        for family in piece.families[p]:
            people = mathopt.fast_sum([sits[g] for g in family.groups])
            model.add_linear_constraint(people <= pool.seats)
    for key, variables in of_group.items():
        model.add_linear_constraint(mathopt.fast_sum(variables) == mathopt.fast_sum(seated[key]))
    metres = mathopt.fast_sum([int(piece.metres[key]) * v for key, v in goes.items()])
    answer = minimised(model, metres, seconds)
    counts = np.zeros(piece.metres.shape, dtype=np.int64)
    if answer.values is not None:
        for key, variable in goes.items():
            counts[key] = round(answer.values[variable])
    return answer, counts
