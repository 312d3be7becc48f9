"""HiGHS through MathOpt: what the models of peer (c) share.

``threads`` stays unset: MathOpt refuses it for HiGHS.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from ortools.math_opt.python import mathopt

Linear: TypeAlias = mathopt.LinearTypes
_EPSILON = 1e-6


@dataclass(frozen=True)
class Answer:
    """One solve. ``value`` and ``values`` are None without an answer in time."""

    value: int | None
    bound: int
    values: dict[mathopt.Variable, float] | None


def minimised(
    model: mathopt.Model,
    goal: Linear,
    seconds: float | None = None,
    *,
    hint: dict[mathopt.Variable, float] | None = None,
    barrier: bool = False,
) -> Answer:
    """Least value of a goal that takes whole numbers of at least 0 only.

    A bound is rounded up. Without proof in time it is what HiGHS has proved.

    Args:
        model: the rules.
        goal: what to minimise.
        seconds: by the clock; None for as long as it takes.
        hint: an answer to start from.
        barrier: interior points, for large linear programs: the simplex takes many times as long.

    Raises:
        ValueError: HiGHS says something else than an answer or a limit.
    """
    model.minimize(goal)
    limit = None if seconds is None else timedelta(seconds=seconds)
    algorithm = mathopt.LPAlgorithm.BARRIER if barrier else None
    hints = [] if hint is None else [mathopt.SolutionHint(variable_values=hint)]
    result = mathopt.solve(
        model, mathopt.SolverType.HIGHS,
        params=mathopt.SolveParameters(time_limit=limit, lp_algorithm=algorithm),
        model_params=mathopt.ModelSolveParameters(solution_hints=hints),
    )  # fmt: skip
    reason = result.termination.reason
    limits = {mathopt.TerminationReason.FEASIBLE, mathopt.TerminationReason.NO_SOLUTION_FOUND}
    if reason is not mathopt.TerminationReason.OPTIMAL and reason not in limits:
        raise ValueError(f"HiGHS: {result.termination}")
    dual = result.best_objective_bound()
    bound = max(math.ceil(dual - _EPSILON * max(1.0, abs(dual))), 0) if math.isfinite(dual) else 0
    if not result.has_primal_feasible_solution():
        return Answer(None, bound, None)
    value = round(result.objective_value())
    return Answer(value, min(bound, value), dict(result.variable_values()))
