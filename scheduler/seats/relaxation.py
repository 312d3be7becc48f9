"""A room without its small papers: what is proven of it holds for the whole room."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np

from scheduler.seats.grid_fill import Content, Ints, RoomProblem

_SMALL = 3
"""A paper on at most one cell in three has places of its own nearly always."""


class Core(NamedTuple):
    """The smaller room, and its content for each content of the whole room.

    ``content_of`` is ``len(problem.contents)``, a free cell, for contents that are left out.
    """

    problem: RoomProblem
    content_of: tuple[int, ...]


def without_small_papers(problem: RoomProblem) -> Core | None:
    """The room in which papers on few cells are nobody's neighbours; None if there are none.

    Contents that differ in small papers alone become one. With a single pool those without any
    other paper leave the room; otherwise they stay, for they need seats that they fit.
    """
    carried: Counter[tuple[int, int]] = Counter()
    for content, count in zip(problem.contents, problem.counts, strict=True):
        for seat in enumerate(content.papers):
            carried[seat] += count
    limit = len(problem.grid) // _SMALL
    one_pool = len(set(problem.pools)) == 1
    merged: Counter[Content] = Counter()
    reduced: list[Content | None] = []
    for content, count in zip(problem.contents, problem.counts, strict=True):
        a, b, c, d = (
            paper if carried[subject, paper] > limit else 0
            for subject, paper in enumerate(content.papers)
        )
        if one_pool and not (a or b or c or d):
            reduced.append(None)
        else:
            reduced.append(content._replace(papers=(a, b, c, d)))
            merged[content._replace(papers=(a, b, c, d))] += count
    if len(merged) == len(problem.contents) or not merged:
        return None
    order = sorted(merged, key=lambda content: (-merged[content], content))
    index = {content: i for i, content in enumerate(order)}
    core = RoomProblem(
        problem.grid,
        problem.pools,
        problem.open_subjects,
        tuple(order),
        tuple(merged[content] for content in order),
    )
    return Core(core, tuple(len(order) if c is None else index[c] for c in reduced))


def lift(problem: RoomProblem, core: Core, arrangement: Ints) -> Ints:
    """The whole room's contents on the cells that the core's arrangement gives them.

    Those that the core left out take cells that it left free. Within a class of cells the order
    is arbitrary, so swaps should follow.
    """
    lines: dict[int, list[int]] = {}
    for content, (count, merged) in enumerate(zip(problem.counts, core.content_of, strict=True)):
        lines.setdefault(merged, []).extend([content] * count)
    lifted = np.full(len(arrangement), len(problem.contents), dtype=np.int64)
    for merged, line in lines.items():
        cells = np.flatnonzero(arrangement == merged)[: len(line)]
        lifted[cells] = line
    return lifted
