"""The dates stage for all modes: from cells to quotas, shortages and figures.

Counts are all that it needs; ``pipeline`` draws persons to the quotas, ``national`` has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from models.plan import Shortage
from models.policy import Policy
from scheduler.dates.explain import explain
from scheduler.dates.problem import SpecialtySittings, build_problem
from scheduler.dates.repairs import Workshop
from scheduler.dates.stage import DatesResult, choose_dates
from scheduler.goal_lines import dates_figures
from scheduler.places import Places, modes


@dataclass(frozen=True)
class DecidedDates:
    """What was decided for every cell.

    Attributes:
        results: by mode.
        shortages: why people are left out, over all modes.
        quotas: by cell row, people per sitting id (``""`` = unplaced).
        reasons: by cell row with people left out, reason and shortage.
    """

    results: tuple[DatesResult, ...]
    shortages: tuple[Shortage, ...]
    quotas: Mapping[int, Mapping[str, int]]
    reasons: Mapping[int, tuple[str, str]]

    @property
    def facts(self) -> dict[str, Any]:
        """Figures, peaks and shortages as JSON values that a stage result can hold."""
        peaks = [[h, r.mode.value, n] for r in self.results for h, n in sorted(r.peaks.items())]
        return {
            "figures": {r.mode.value: dates_figures(r) for r in self.results},
            "peaks": peaks,
            "shortages": [s.model_dump(mode="json") for s in self.shortages],
        }


def decide_dates(
    cells: pd.DataFrame, places: Places, policy: Policy, given: SpecialtySittings | None
) -> DecidedDates:
    """Choose the dates of every mode, and explain who is left out.

    Args:
        cells: as :func:`scheduler.roster.cells.build_cells` makes them.
        places: the laid-out rooms.
        policy: the planner's decisions.
        given: sittings per specialty decided elsewhere (``dates.from``).
    """
    reference = places.reference
    results: list[DatesResult] = []
    shortages: list[Shortage] = []
    reasons: dict[int, tuple[str, str]] = {}
    quotas: dict[int, Mapping[str, int]] = {}
    for mode in modes(reference):
        problem = build_problem(cells, places, policy, mode, given)
        result = choose_dates(problem, policy)
        workshop = Workshop(reference, policy, cells, result, given)
        for found in explain(result, workshop.repairs_for, len(shortages) + 1):
            shortages.append(found.shortage)
            entry = found.shortage.reason, found.shortage.shortage_id
            reasons |= dict.fromkeys(found.people, entry)
        quotas |= result.quotas
        results.append(result)
    return DecidedDates(tuple(results), tuple(shortages), quotas, reasons)
