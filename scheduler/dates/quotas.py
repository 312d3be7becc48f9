"""How many of each cell go where: the counts of a component dealt to its cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from scheduler.dates.columns import Cell
from scheduler.dates.components import ComponentResult, Item, SpecialtyDates, item_of
from scheduler.dates.problem import DatesProblem
from scheduler.draw import proportional_sequence

UNPLACED = ""
"""Stands among the sittings of a quota for "no seat"."""


def deal_quotas(
    problem: DatesProblem, dates: SpecialtyDates, result: ComponentResult
) -> dict[int, Mapping[str, int]]:
    """Deal the counts of each item to its cells, every cell in proportion."""
    cells_of: dict[Item, list[Cell]] = defaultdict(list)
    for cell in problem.cells_by_component[result.component]:
        cells_of[item_of(cell, dates)].append(cell)
    quotas: dict[int, Mapping[str, int]] = {}
    for item, cells in cells_of.items():
        counts = {problem.sittings[t]: n for t, n in result.counts[item].items() if n}
        left = sum(c.count for c in cells) - sum(counts.values())
        if left:
            counts[UNPLACED] = left
        if len(counts) == 1:
            (only,) = counts
            quotas |= {c.row: {only: c.count} for c in cells}
            continue
        if len(cells) == 1:
            quotas[cells[0].row] = dict(sorted(counts.items()))
            continue
        sequence = proportional_sequence(counts)
        start = 0
        for cell in cells:
            dealt: dict[str, int] = defaultdict(int)
            for t in sequence[start : start + cell.count]:
                dealt[t] += 1
            start += cell.count
            quotas[cell.row] = dict(sorted(dealt.items()))
    return quotas
