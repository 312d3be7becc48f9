"""Evidence: the values of the goals counted again, and what is said of their bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from models.exam import Mode
from models.plan import Family, GoalResult, GoalStatus
from scheduler.verify.check import check
from scheduler.verify.evidence import Evidence, index_in, masks_of
from scheduler.verify.families import intersecting_families
from scheduler.verify.faults import Fault
from scheduler.verify.pairs import employer_pairs, employers, paper_pairs

Unit = tuple[int, str]

GROUP_SITTINGS: Unit = (3, "paper_group_sittings")
UNITS: tuple[Unit, ...] = (
    (1, "unplaced_candidates"),
    (2, "candidates_outside"),
    GROUP_SITTINGS,
    (3, "question_paper_sittings"),
    (4, "seats"),
    (5, "metres"),
    (5, "center_sittings"),
    (6, "same_paper_pairs"),
    (6, "same_employer_pairs"),
)


@check(Family.EVIDENCE)
def goals_recomputed(evidence: Evidence) -> Iterator[Fault]:
    """Every goal has the value that the plan's own rows give, and no bound is above its value."""
    lines: dict[Unit, GoalResult] = {}
    for line in evidence.plan.manifest.goals:
        where = f"manifest.json goal {line.goal} {line.unit}"
        if (line.goal, line.unit) in lines:
            yield Fault(where, "stands twice")
        lines[line.goal, line.unit] = line
        if line.bound > line.value:
            yield Fault(where, f"bound {line.bound} is above the value {line.value}")
        if line.gap != round((line.value - line.bound) / max(line.value, 1), 6):
            yield Fault(where, f"gap {line.gap} does not follow from value and bound")
        if (line.status is GoalStatus.OPTIMAL) != (line.value == line.bound):
            yield Fault(where, f"{line.status.value} does not follow from value and bound")
    for goal, unit in UNITS:
        if (goal, unit) not in lines:
            yield Fault(f"manifest.json goal {goal} {unit}", "is missing")
    for key, counted in _values(evidence).items():
        if key in lines and lines[key].value != counted:
            where = f"manifest.json goal {key[0]} {key[1]}"
            yield Fault(where, f"is {lines[key].value}, counted {counted}")
    yield from _papers_in_use(evidence, lines)
    if (1, "unplaced_candidates") in lines:
        surely = _surely_unplaced(evidence)
        if surely > lines[1, "unplaced_candidates"].bound:
            message = f"bound is {lines[1, 'unplaced_candidates'].bound}, counting gives {surely}"
            yield Fault("manifest.json goal 1 unplaced_candidates", message)


def _values(evidence: Evidence) -> Mapping[Unit, int]:
    placed = evidence.placed
    outside = (placed["host"] >= 0) & (placed["home"] >= 0) & (placed["host"] != placed["home"])
    distance = evidence.metres
    return {
        (1, "unplaced_candidates"): len(evidence.unplaced),
        (2, "candidates_outside"): int(outside.sum()),
        (3, "question_paper_sittings"): _question_paper_sittings(evidence),
        (4, "seats"): _peak_seats(evidence),
        (5, "metres"): int(distance[distance >= 0].sum()),
        (5, "center_sittings"): len(placed[["center", "sitting"]].drop_duplicates()),
        (6, "same_paper_pairs"): int(paper_pairs(evidence).sum()),
        (6, "same_employer_pairs"): int(employer_pairs(evidence, employers(evidence)).sum()),
    }


def _group_sittings(evidence: Evidence) -> int:
    """(Paper group, sitting) pairs with somebody in them."""
    used = evidence.seats[["specialty", "sitting"]].drop_duplicates()
    group_of = evidence.inputs.group_of
    return len(
        {(group_of.get(s, s), t) for s, t in zip(used["specialty"], used["sitting"], strict=True)}
    )


def _question_paper_sittings(evidence: Evidence) -> int:
    """(Question paper, sitting) pairs: the papers of every specialty that sits there.

    A paper must be at hand wherever its specialty sits, whether or not anybody there has its
    subject still open.
    """
    used = evidence.seats[["specialty", "sitting"]].drop_duplicates()
    papers = {s.code: s.papers for s in evidence.inputs.specialties}
    return len(
        {
            (paper, sitting)
            for specialty, sitting in zip(used["specialty"], used["sitting"], strict=True)
            for paper in papers.get(specialty, ())
        }
    )


def _peak_seats(evidence: Evidence) -> int:
    """Seats used on the busiest date, summed over the exam points that host and the modes."""
    taken, layout, inputs = evidence.occupancy, evidence.layout, evidence.inputs
    point_of = {c.center_id: c.exam_point for c in inputs.centers}
    host = [point_of[layout.rooms[r].center_id] for r in layout.room_of[taken.cell].tolist()]
    mode = [s.mode.value for s in layout.sittings]
    frame = pd.DataFrame({"host": host, "sitting": taken.sitting})
    frame["mode"] = [mode[t] for t in taken.sitting.tolist()]
    used = frame.groupby(["host", "mode", "sitting"]).size()
    return int(used.groupby(level=["host", "mode"]).max().sum())


def _papers_in_use(evidence: Evidence, lines: Mapping[Unit, GoalResult]) -> Iterator[Fault]:
    """Goal 3 names the optimum; what goal 4 spent over it stands in ``papers_in_use``."""
    papers = evidence.plan.manifest.papers_in_use
    where = "manifest.json papers_in_use"
    counted = _group_sittings(evidence)
    if papers.used != counted:
        yield Fault(where, f"used is {papers.used}, counted {counted}")
    allowed = evidence.inputs.policy.dates.extra_pairs
    if papers.extra_pairs_allowed != allowed:
        yield Fault(where, f"extra_pairs_allowed is {papers.extra_pairs_allowed}, not {allowed}")
    if not papers.optimum <= papers.used <= papers.optimum + papers.extra_pairs_allowed:
        yield Fault(where, "used is not within optimum and what may be spent over it")
    line = lines.get(GROUP_SITTINGS)
    if line is not None and (line.value, line.bound) != (papers.optimum, papers.bound):
        yield Fault(where, "optimum and bound are not those of goal 3")


def _surely_unplaced(evidence: Evidence) -> int:
    """Candidates who cannot have a seat whatever the plan, by plain counting.

    Per exam point that hosts and per mode: the tightest family of its people less all its seats
    on all sittings. Exam points with people who may overflow elsewhere, or that take overflow,
    are left out.
    """
    inputs, layout, planned = evidence.inputs, evidence.layout, evidence.planned
    points = [p.exam_point for p in inputs.exam_points]
    number = {p: i for i, p in enumerate(points)}
    home = np.array([*(number[inputs.home_of[p]] for p in points), -1], np.int64)
    at_home = home[index_in(planned["exam_point"], points)]
    overflowing = {inputs.home_of[p.exam_point] for p in inputs.exam_points if p.overflow_to}
    modes = np.array([*(s.mode.value for s in inputs.specialties), ""])
    mode = modes[index_in(planned["specialty"], [s.code for s in inputs.specialties])]
    mask = masks_of(planned["subjects"])
    point_of = {c.center_id: c.exam_point for c in inputs.centers}
    host = np.array([number[point_of[r.center_id]] for r in layout.rooms], np.int64)[layout.room_of]
    usable = layout.usable()
    total = 0
    for i, point in enumerate(points):
        if point in overflowing:
            continue
        for one in Mode:
            counts = np.bincount(mask[(at_home == i) & (mode == one.value)], minlength=16)
            on = [t for t, s in enumerate(layout.sittings) if s.mode is one]
            seats = int((usable[on][:, host == i] != 0).sum())
            families = intersecting_families(0b1111)
            if not inputs.policy.seats.share:
                families = (frozenset(range(1, 16)),)
            demand = max(int(counts[sorted(family)].sum()) for family in families)
            total += max(demand - seats, 0)
    return total
