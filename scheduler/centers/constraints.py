"""One function per rule; rules about single persons are already decided in the pools."""

from __future__ import annotations

from collections import defaultdict

from ortools.sat.python import cp_model

from scheduler.centers.problem import Piece
from scheduler.centers.variables import Variables, limited_hosts


def everyone_accounted_for(model: cp_model.CpModel, piece: Piece, variables: Variables) -> None:
    """Every person of a class goes to one center or is unplaced."""
    terms: dict[int, list[cp_model.IntVar]] = defaultdict(list)
    for (klass, _), variable in variables.goes.items():
        terms[klass].append(variable)
    for klass, (unplaced, count) in enumerate(
        zip(variables.unplaced, piece.class_count.tolist(), strict=True)
    ):
        model.add(cp_model.LinearExpr.sum([*terms[klass], unplaced]) == count)


def pools_add_up(model: cp_model.CpModel, piece: Piece, variables: Variables) -> None:
    """Whoever of a group goes to a center sits in one of its pools that take the group."""
    terms: dict[tuple[int, int], list[tuple[cp_model.IntVar, int]]] = defaultdict(list)
    class_group = piece.class_group.tolist()
    for (klass, center), variable in variables.goes.items():
        terms[class_group[klass], center].append((variable, 1))
    for (group, p), variable in variables.sits.items():
        terms[group, piece.pools[p].center].append((variable, -1))
    for pairs in terms.values():
        expressions, signs = zip(*pairs, strict=True)
        model.add(cp_model.LinearExpr.weighted_sum(expressions, signs) == 0)


def families_within_seats(model: cp_model.CpModel, piece: Piece, variables: Variables) -> None:
    """People who pairwise need different seats are no more than the seats used of their pool."""
    group_count = piece.group_count.tolist()
    for p, pool in enumerate(piece.pools):
        used = variables.used[p]
        for groups, taken in piece.families[p]:
            can_bind = sum(group_count[g] for g in groups) + taken > pool.seats
            if can_bind or not isinstance(used, int):
                people = cp_model.LinearExpr.sum([variables.sits[g, p] for g in groups])
                model.add(people <= used - taken)


def peak_kept(model: cp_model.CpModel, piece: Piece, variables: Variables) -> None:
    """The seats used at a host exam point stay within what goal 4 has settled."""
    for host in sorted(limited_hosts(piece)):
        used = [
            variables.used[p]
            for p, pool in enumerate(piece.pools)
            if piece.hosts[pool.center] == host
        ]
        model.add(cp_model.LinearExpr.sum(used) <= piece.peaks[host])


def kept_people_stay(model: cp_model.CpModel, variables: Variables) -> None:
    """Only people who go to the center of the previous plan count as kept."""
    for key, variable in variables.kept.items():
        model.add(variable <= variables.goes[key])


def opened_where_used(
    model: cp_model.CpModel, piece: Piece, variables: Variables, opened: list[cp_model.IntVar]
) -> None:
    """Nobody sits in a center that is not opened."""
    group_count = piece.group_count.tolist()
    for p, pool in enumerate(piece.pools):
        for groups, taken in piece.families[p]:
            people = cp_model.LinearExpr.sum([variables.sits[g, p] for g in groups])
            # The smaller factor makes the linear relaxation, and so the bound, tighter.
            most = min(pool.seats, sum(group_count[g] for g in groups) + taken)
            model.add(people + taken <= most * opened[pool.center])


def presence_in_opened(
    model: cp_model.CpModel,
    variables: Variables,
    opened: list[int],
    presence: cp_model.IntVar,
) -> None:
    """Every opened center has at least ``presence`` people, and no other center has any."""
    for center in opened:
        model.add(variables.at_center(center) >= presence)
    for (_, center), goes in variables.goes.items():
        if center not in opened:
            model.add(goes == 0)
