"""Random rooms of real size, and the fewest same-paper pairs of a room by a model of its own.

The model is written from the definition of a pair alone: one variable per cell and content, one
per adjacency and question paper, and the cut that a paper on k seats has at least e(k) pairs. It
knows no constructions, no cores and no starting point.
"""

from __future__ import annotations

import random
from collections import Counter
from itertools import product
from typing import NamedTuple

from ortools.sat.python import cp_model

from scheduler.seats.grid_fill import Content, RoomProblem
from scheduler.seats.neighbours import Grid, Papers, fewest_pairs

WORK = 1.0
"""Deterministic time of the model for a room."""


def random_room(seed: int) -> RoomProblem:
    """Up to 8 x 10; missing cells in every second room, partial masks in every third.

    Two to six specialties of uneven size, each with a question paper in every subject, and up to
    a seventh of the seats free.
    """
    draw = random.Random(seed)
    every = list(product(range(draw.randint(4, 8)), range(draw.randint(5, 10))))
    gaps = draw.randint(1, max(1, len(every) // 8)) if seed % 2 else 0
    cells = tuple(sorted(draw.sample(every, len(every) - gaps)))
    weights = [draw.choice([1, 1, 2, 4, 10]) for _ in range(draw.randint(2, 6))]
    masks = [15, 15, 3, 12, 7, 8, 10] if seed % 3 == 0 else [15]
    mix: Counter[Papers] = Counter()
    for _ in range(len(cells) - draw.randint(0, len(cells) // 7)):
        (specialty,) = draw.choices(range(1, len(weights) + 1), weights)
        mask = draw.choice(masks)
        a, b, c, d = (specialty if mask >> i & 1 else 0 for i in range(4))
        mix[a, b, c, d] += 1
    contents = sorted(mix.items())
    return RoomProblem(
        grid=Grid(cells),
        pools=(0,) * len(cells),
        open_subjects=(0b1111,) * len(cells),
        contents=tuple(Content(papers, 0, 1) for papers, _ in contents),
        counts=tuple(count for _, count in contents),
    )


class Optimum(NamedTuple):
    """Pairs of the best arrangement found, if any; ``proved``: there is no better one."""

    pairs: int | None
    proved: bool


def fewest_pairs_by_model(room: RoomProblem) -> Optimum:
    """Solve a room of one pool from nothing."""
    model = cp_model.CpModel()
    cells, contents = range(len(room.grid)), range(len(room.contents))
    holds = [[model.new_bool_var("") for _ in contents] for _ in cells]
    for cell in cells:
        model.add_at_most_one(holds[cell])
    for content in contents:
        model.add(sum(holds[cell][content] for cell in cells) == room.counts[content])
    terms: list[cp_model.LinearExprT] = []
    # Papers with the same carriers meet on the same seats: one sum, as often as there are papers.
    carriers: Counter[tuple[int, ...]] = Counter()
    for subject in range(4):
        for paper in {c.papers[subject] for c in room.contents} - {0}:
            carriers[tuple(i for i in contents if room.contents[i].papers[subject] == paper)] += 1
    for members, papers in sorted(carriers.items()):
        seats = [model.new_bool_var("") for _ in cells]
        for cell in cells:
            model.add(sum(holds[cell][i] for i in members) == seats[cell])
        pairs = []
        for u, v in room.grid.edges.tolist():
            pair = model.new_bool_var("")
            model.add(seats[u] + seats[v] - pair <= 1)
            pairs.append(pair)
        model.add(sum(pairs) >= fewest_pairs(room.grid, sum(room.counts[i] for i in members)))
        terms.append(papers * sum(pairs))
    model.minimize(sum(terms))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = WORK
    status = solver.solve(model)
    if status == cp_model.UNKNOWN:
        return Optimum(None, proved=False)
    assert status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return Optimum(round(solver.objective_value), status == cp_model.OPTIMAL)
