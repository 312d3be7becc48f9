"""The one judge: counts a plan anew by paikao's rules, whoever made it.

A plan says which sitting and center each candidate has. How many of those sent to a place can sit
there, and on how few seats, is what the program of goals 1 and 4 answers when everybody is pinned
to where the plan has them: twelve families per pool, closures, needs, separate rooms.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.peers.exam import Exam, Integers
from models.exam import Mode
from models.policy import Dates
from scheduler.dates.components import solve_component
from scheduler.dates.problem import DatesProblem, build_problem
from scheduler.draw import CELL_COLUMNS
from scheduler.masks import seats_of_each
from scheduler.places import host_points, modes
from scheduler.roster.cells import build_cells
from scheduler.solver import Status
from scheduler.travel import metres_to_centers


@dataclass(frozen=True)
class Judgement:
    """What a plan comes to.

    Attributes:
        unplaced: people without a place.
        over: people sent where no seat is left that they may use.
        own: people sent to a center of their own employer.
        papers: (paper group, sitting) pairs with anybody in them.
        peak: seats that those who can sit need on the busiest sitting, summed over exam points
            and modes.
        metres: of all who have a place and an origin.
        travelling: how many these are.
    """

    unplaced: int
    over: int
    own: int
    papers: int
    peak: int
    metres: int
    travelling: int

    @property
    def mean_km(self) -> float:
        """Per person who travels."""
        return self.metres / max(self.travelling, 1) / 1000

    @property
    def lawful(self) -> bool:
        """Are capacity and the own-employer rule respected?"""
        return self.over == self.own == 0


def judge(exam: Exam, plan: pd.DataFrame) -> Judgement:
    """Count a plan.

    Args:
        exam: whose people, in this order, are planned.
        plan: ``sitting`` and ``center_id`` of everybody, both blank for who is unplaced.

    Raises:
        ValueError: somebody is sent where no peer may send them: a sitting of another mode, a
            center of an exam point that may not take them, or away from a pin.
    """
    reference = exam.places.reference
    placed = (plan["sitting"] != "").to_numpy()
    people = exam.people[placed].assign(
        sitting=plan["sitting"][placed].to_numpy(), center_id=plan["center_id"][placed].to_numpy()
    )
    _refuse_what_nobody_may(exam, people)
    center = people["center_id"].map({c.center_id: c.employer for c in reference.centers})
    excluded = people["excluded_employer"].astype("str")
    group = people["specialty"].astype("str").map(dict(reference.group_of))
    over, peak = _seated(exam, people)
    metres = _metres(exam, people)
    return Judgement(
        unplaced=int((~placed).sum()),
        over=over,
        own=int(((excluded != "") & (excluded == center)).sum()),
        papers=len(pd.DataFrame({"g": group, "t": people["sitting"]}).drop_duplicates()),
        peak=peak,
        metres=int(metres.sum()),
        travelling=int((people["latitude"].astype("str") != "").sum()),
    )


def _refuse_what_nobody_may(exam: Exam, people: pd.DataFrame) -> None:
    reference = exam.places.reference
    columns = ["mode", "exam_point", "pinned_sitting", "pinned_center", "sitting", "center_id"]
    mode = {s.id: s.mode.value for s in reference.exam.sittings}
    for own, point, pinned_sitting, pinned_center, sitting, center in (
        people[columns].astype("str").drop_duplicates().itertuples(index=False)
    ):
        host = reference.center_by_id[center].exam_point
        if (
            mode[sitting] != own
            or pinned_sitting not in ("", sitting)
            or pinned_center not in ("", center)
            or host not in host_points(reference, point)
        ):
            raise ValueError(
                f"somebody of exam point {point} may not be sent to {sitting} {center}"
            )


def _seated(exam: Exam, people: pd.DataFrame) -> tuple[int, int]:
    """People who find no seat where they were sent, and the peak of the others."""
    reference = exam.places.reference
    policy = exam.policy.model_copy(update={"dates": Dates()})
    over = peak = 0
    for mode in modes(reference):
        here = people[people["mode"] == mode.value]
        if here.empty:
            continue
        # Any one specialty of the mode will do: seats are alike to all of them.
        stand_in = next(s.code for s in reference.specialties if s.mode is mode)
        pinned = here.assign(
            specialty=stand_in, excluded_employer="", pinned_center=here["center_id"],
            pinned_sitting=here["sitting"],
        )  # fmt: skip
        cells = build_cells(pinned[list(CELL_COLUMNS)])[0]
        problem = build_problem(cells, exam.places, policy, Mode(mode))
        fewest = _fewest_seats(problem, exam)
        for part in problem.cells_by_component:
            result = solve_component(problem, part, None, (1, 4), peak_bound=fewest[part])
            outcome = result.outcomes[1]
            if outcome.status is not Status.OPTIMAL:
                raise ValueError(f"not counted to the end: {outcome}")
            over += outcome.value
            peak += sum(result.peaks.values())
    return over, peak


def _fewest_seats(problem: DatesProblem, exam: Exam) -> dict[int, int]:
    """Seats on the busiest sitting by component, all seats of a center taken as alike: a bound."""
    point_of = {c.center_id: c.exam_point for c in exam.places.reference.centers}
    counts: dict[tuple[int, str, str, int], Integers] = {}
    for cell in problem.cells:
        center = problem.components[cell.component].classes[cell.klass].pinned_center
        key = cell.component, point_of[center], center, cell.allowed[0]
        counts.setdefault(key, np.zeros(16, dtype=np.int64))[cell.mask] += cell.count
    people = np.array(list(counts.values()))
    seats = seats_of_each(people) if problem.share else people.sum(axis=1)
    used: dict[tuple[int, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for (part, host, _, t), number in zip(counts, seats.tolist(), strict=True):
        used[part, host][t] += number
    fewest: dict[int, int] = defaultdict(int)
    for (part, _), by_sitting in used.items():
        fewest[part] += max(by_sitting.values())
    return fewest


def _metres(exam: Exam, people: pd.DataFrame) -> Integers:
    """Metres of every pair of origin and center that occurs, times the people."""
    counts = people.groupby(["latitude", "longitude", "center_id"], observed=True).size()
    table = counts.reset_index(name="count")
    total = np.zeros(len(table), dtype=np.int64)
    for center, rows in table.groupby("center_id").indices.items():
        here = table.iloc[rows]
        metres = metres_to_centers(
            here["latitude"].astype(str).tolist(), here["longitude"].astype(str).tolist(),
            [exam.places.reference.center_by_id[str(center)]], exam.policy.travel.decimals,
        )[:, 0]  # fmt: skip
        total[rows] = metres * here["count"].to_numpy()
    return total
