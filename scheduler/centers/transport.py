"""Transport with masks forgotten: a first guess at what a seat of each center is worth."""

from __future__ import annotations

import time

import numpy as np
from ortools.graph.python import min_cost_flow

from scheduler import solver
from scheduler.centers.goals import people_on_seats
from scheduler.centers.layout import Flags, Layout, positions
from scheduler.centers.problem import Counts

_FAR = 2**48
"""Metres of what is impossible."""


def center_prices(layout: Layout) -> Counts:
    """Metres that one more seat of each center would save, were all people and seats alike.

    Only a guess to start from. Classes that travel alike are one source; a seat takes as many
    people as it does on average; seats for few (a separate room) are left out. The flow is
    optimal, so the prices follow from the cheapest way to move somebody from center to center.
    """
    piece = layout.piece
    people, metres, open_ = _sources(layout)
    need = max(people_on_seats(piece), 1)
    share = layout.takes.T @ piece.group_count
    common = np.where(2 * share >= piece.people, layout.seats, 0)
    capacity = np.bincount(layout.center_of, common, minlength=len(piece.centers))
    capacity = -(-capacity.astype(np.int64) * piece.people // need)
    peaks = [piece.peaks.get(h, piece.people) * piece.people // need + 1 for h in piece.hosts]
    reach = np.where(open_, metres, _FAR)
    flows = _flow(piece.hosts, people, reach, capacity, peaks)
    there = flows > 0
    move = np.full((len(piece.centers), len(piece.centers)), _FAR, dtype=np.int64)
    for center in np.flatnonzero(there.any(axis=0)):
        from_here = there[:, center]
        move[center] = (reach[from_here] - metres[from_here, center][:, None]).min(axis=0)
    worth = np.where(flows.sum(axis=0) < capacity, 0, _FAR)
    for _ in piece.centers:
        before, worth = worth, np.minimum(worth, (move + worth[None, :]).min(axis=1))
        if (worth == before).all():
            break
    return np.where(worth < _FAR // 2, np.maximum(worth, 0), 0)


def _sources(layout: Layout) -> tuple[Counts, Counts, Flags]:
    """People, metres and open centers of every set of classes that travel alike."""
    piece = layout.piece
    open_ = piece.allowed[piece.class_group]
    # A sum over the columns with odd weights stands for the row: should two rows ever collide,
    # the guess is a little worse.
    weights = np.arange(1, 2 * open_.shape[1], 2, dtype=np.int64) ** 7
    key = (piece.metres @ weights) * 3 + open_ @ weights[::-1]
    _, first, source = np.unique(key, return_index=True, return_inverse=True)
    people = np.bincount(source, piece.class_count, minlength=len(first)).astype(np.int64)
    return people, piece.metres[first], open_[first]


def _flow(
    hosts: tuple[str, ...], people: Counts, reach: Counts, capacity: Counts, peaks: list[int]
) -> Counts:
    """As many people as possible, at least metres: source, center, host, sink."""
    sources, centers = reach.shape
    names = sorted(set(hosts))
    host_of = np.array([names.index(h) for h in hosts], dtype=np.int64)
    sink = sources + centers + len(names)
    source, center = positions(reach < _FAR)
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        source, sources + center, people[source], reach[source, center]
    )
    none = np.zeros(centers, dtype=np.int64)
    flow.add_arcs_with_capacity_and_unit_cost(
        sources + np.arange(centers), sources + centers + host_of, capacity, none
    )
    limit = np.array([peaks[hosts.index(h)] for h in names], dtype=np.int64)
    flow.add_arcs_with_capacity_and_unit_cost(
        sources + centers + np.arange(len(names)), np.full(len(names), sink), limit, 0 * limit
    )
    flow.set_nodes_supplies(np.arange(sources), people)
    flow.set_node_supply(sink, -int(people.sum()))
    started = time.perf_counter()
    status = flow.solve_max_flow_with_min_cost()
    solver.LOG.add(solver.SolverLog(time.perf_counter() - started, 0.0, 1))
    flows = np.zeros(reach.shape, dtype=np.int64)
    if status == flow.OPTIMAL:
        flows[source, center] = flow.flows(arcs)
    return flows
