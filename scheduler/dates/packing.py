"""Dates on which everybody fits, where the search and its estimate found none.

With one sitting for nearly every group the question is one of vector packing: each exam point a
few dimensions, each group one item. Asked only whether such dates exist, with nothing to minimise,
CP-SAT answers in a second where its search for the fewest left out finds nothing in minutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.policy import Effort, Policy
from scheduler.dates.bounds import FreeBounds, fewest_pairs, fewest_sittings
from scheduler.dates.evaluated import Evaluated
from scheduler.dates.model import DatesModel, KnownBounds
from scheduler.dates.problem import DatesProblem
from scheduler.solver import LOG

PACKING_TIME: Mapping[Effort, float] = {
    Effort.QUICK: 1.0,
    Effort.STANDARD: 4.0,
    Effort.THOROUGH: 40.0,
}
"""Deterministic time of one question, by effort."""


def pack(
    problem: DatesProblem, order: Sequence[int], policy: Policy, free: FreeBounds
) -> Evaluated | None:
    """Dates at the bounds of goals 1 and 2, with as few pairs as counting asks for, or few more.

    The groups that need several sittings may split over them; with ``extra_pairs`` the largest
    of the others may, too.
    """
    needed = fewest_sittings(problem, free.unplaced)
    bounds = KnownBounds(
        unplaced=free.total_unplaced,
        outside=sum(free.outside.values()),
        papers=fewest_pairs(problem, needed),
    )
    many = {g for g, n in enumerate(needed) if n > 1}
    for extra in sorted({0, policy.dates.extra_pairs}):
        if LOG.asked_to_stop():
            return None
        model = DatesModel(problem, many.union(problem.largest_groups[:extra]))
        dates = model.meet(
            bounds, extra_pairs=extra, deterministic_time=PACKING_TIME[policy.effort.level]
        )
        if dates is not None:
            return Evaluated(problem, dates, order)
    return None
