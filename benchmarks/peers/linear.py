"""Peer (c): the same transportation problem in HiGHS, through MathOpt: a bound and an answer."""

from __future__ import annotations

import numpy as np
from ortools.math_opt.python import mathopt

from benchmarks.peers.highs import minimised
from benchmarks.peers.instance import Instance, Integers


def solve(instance: Instance, *, integer: bool = False) -> tuple[int, Integers]:
    """Least metres summed with everybody placed, capacity and own-employer rule hard.

    Returns:
        The solver's bound on the metres, and the allotment rounded to whole people (exact where
        ``integer``; a vertex of a transportation polytope is whole anyway).

    Raises:
        ValueError: HiGHS has no answer.
    """
    model = mathopt.Model(name="centers")
    kinds, centers = instance.metres.shape
    number = {
        (k, c): model.add_variable(lb=0, ub=float(instance.people[k]), is_integer=integer)
        for k in range(kinds)
        for c in range(centers)
        if not instance.own[k, c]
    }
    of_kind: list[list[mathopt.Variable]] = [[] for _ in range(kinds)]
    of_center: list[list[mathopt.Variable]] = [[] for _ in range(centers)]
    for (k, c), variable in number.items():
        of_kind[k].append(variable)
        of_center[c].append(variable)
    for k, variables in enumerate(of_kind):
        model.add_linear_constraint(mathopt.fast_sum(variables) == float(instance.people[k]))
    for c, variables in enumerate(of_center):
        model.add_linear_constraint(mathopt.fast_sum(variables) <= float(instance.seats[c]))
    metres = [float(instance.metres[key]) * variable for key, variable in number.items()]
    answer = minimised(model, mathopt.fast_sum(metres))
    if answer.values is None:
        raise ValueError("HiGHS has no answer")
    allotted = np.zeros_like(instance.metres)
    for key, variable in number.items():
        allotted[key] = round(answer.values[variable])
    return answer.bound, allotted
