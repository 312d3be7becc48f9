"""The variables of one piece."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from scheduler.centers.problem import Kept, Piece


@dataclass(frozen=True)
class Variables:
    """Integers of the model, by index of what they count.

    Attributes:
        goes: people of a (class, center) that may go together.
        sits: people of a (group, pool).
        unplaced: people of a class left over; elastic, so the model is always feasible.
        used: seats that a pool may use: a number, or a variable where goal 4 limits the host.
        kept: people of a (class, center) who stay where the previous plan has them.
    """

    goes: dict[tuple[int, int], cp_model.IntVar]
    sits: dict[tuple[int, int], cp_model.IntVar]
    unplaced: list[cp_model.IntVar]
    used: list[cp_model.IntVar | int]
    kept: dict[tuple[int, int], cp_model.IntVar]

    def at_center(self, center: int) -> cp_model.LinearExpr:
        """People at a center."""
        return cp_model.LinearExpr.sum([v for (_, c), v in self.goes.items() if c == center])


def create_variables(model: cp_model.CpModel, piece: Piece, kept: Kept) -> Variables:
    """Create variables only where the rules about single persons allow a seat.

    Variables have no names: texts by the hundred thousand take longer than they are worth.
    Own employer, pins, hosts, needs, separate rooms and closures are decided in the pools.
    """
    class_count, group_count = piece.class_count.tolist(), piece.group_count.tolist()
    klass, center = np.nonzero(piece.allowed[piece.class_group])
    goes = {
        (k, c): model.new_int_var(0, class_count[k], "")
        for k, c in zip(klass.tolist(), center.tolist(), strict=True)
    }
    limited = limited_hosts(piece)
    return Variables(
        goes=goes,
        sits={
            (g, p): model.new_int_var(0, group_count[g], "")
            for p, pool in enumerate(piece.pools)
            for g in pool.groups
        },
        unplaced=[model.new_int_var(0, n, "") for n in class_count],
        used=[
            model.new_int_var(0, pool.seats, f"used[{p}]")
            if piece.hosts[pool.center] in limited
            else pool.seats
            for p, pool in enumerate(piece.pools)
        ],
        kept={
            (k, c): model.new_int_var(0, min(n, class_count[k]), f"kept[{k},{c}]")
            for (k, c), n in sorted(kept.items())
            if (k, c) in goes
        },
    )


def limited_hosts(piece: Piece) -> frozenset[str]:
    """Hosts whose peak can bind: fewer seats than exist there and than there are people."""
    seats = dict.fromkeys(piece.hosts, 0)
    people = piece.people
    for pool in piece.pools:
        seats[piece.hosts[pool.center]] += pool.seats
        people += sum(taken for _, taken in pool.taken)
    return frozenset(
        host for host, peak in piece.peaks.items() if peak < min(seats.get(host, 0), people)
    )
