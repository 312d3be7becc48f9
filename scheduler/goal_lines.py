"""The goal lines of the manifest: what each goal reached, and its bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import pandas as pd

from models.plan import GoalResult, goal_result
from scheduler.dates.stage import DatesResult, Reached


def dates_figures(result: DatesResult) -> dict[str, dict[str, int]]:
    """What one mode's dates reached, as JSON values that a stage result can hold."""
    return {
        "unplaced": asdict(result.unplaced),
        "outside": asdict(result.outside),
        "papers": asdict(result.papers),
        "papers_used": {"value": result.papers_used, "bound": result.papers.bound},
        "question_papers": asdict(result.question_papers),
        "peak": asdict(result.peak),
    }


def summed(figures: Mapping[str, Mapping[str, Mapping[str, int]]]) -> dict[str, Reached]:
    """Figures of both modes together; modes share neither seats nor papers."""
    total: dict[str, Reached] = {}
    for by_name in figures.values():
        for name, reached in by_name.items():
            old = total.get(name, Reached(0, 0))
            total[name] = Reached(old.value + reached["value"], old.bound + reached["bound"])
    return total


def goal_lines(
    figures: Mapping[str, Reached],
    centers: Mapping[str, Mapping[str, int]],
    neighbours: pd.DataFrame,
) -> tuple[GoalResult, ...]:
    """All goal lines; values of what the finished plan holds, bounds as proven."""
    pairs = int(neighbours["pairs"].sum()) if len(neighbours) else 0
    pair_bound = int(neighbours["bound"].sum()) if len(neighbours) else 0
    employer_pairs = int(neighbours["same_employer_pairs"].sum()) if len(neighbours) else 0
    lines = [
        (1, "unplaced_candidates", figures["unplaced"]),
        (2, "candidates_outside", figures["outside"]),
        (3, "paper_group_sittings", figures["papers"]),
        (3, "question_paper_sittings", figures["question_papers"]),
        (4, "seats", figures["peak"]),
        (5, "metres", Reached(**centers["metres"])),
        (5, "center_sittings", Reached(**centers["center_sittings"])),
        (6, "same_paper_pairs", Reached(pairs, pair_bound)),
        (6, "same_employer_pairs", Reached(employer_pairs, 0)),
    ]
    return tuple(goal_result(g, unit, r.value, r.bound) for g, unit, r in lines)
