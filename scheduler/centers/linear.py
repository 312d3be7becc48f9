"""Linear programs made from arrays, solved by GLOP: the relaxation of large pieces.

GLOP is deterministic, runs on one thread and is stopped on its number of pivots. What it says is
never taken as proof: bounds are recomputed from its prices in whole numbers.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.math_opt import (
    callback_pb2,
    model_parameters_pb2,
    model_pb2,
    parameters_pb2,
    result_pb2,
    solution_pb2,
)
from ortools.math_opt.core.python import solver as math_opt

from scheduler import solver

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

MOST_PIVOTS = 500_000
"""Pivots after which a solve gives up; a city of 20,000 takes under 10,000."""


@dataclass(frozen=True)
class Rows:
    """Rows of a linear program: coefficients as parallel arrays, and both sides.

    Attributes:
        row: row of each coefficient, from 0.
        column: column of each coefficient.
        value: the coefficients.
        lower: one per row.
        upper: one per row.
    """

    row: Indices
    column: Indices
    value: Floats
    lower: Floats
    upper: Floats


def stack(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts, numbered on."""
    starts = np.cumsum([0, *(len(part.lower) for part in parts)])
    return Rows(
        np.concatenate([p.row + start for p, start in zip(parts, starts[:-1], strict=True)]),
        np.concatenate([p.column for p in parts]),
        np.concatenate([p.value for p in parts]),
        np.concatenate([p.lower for p in parts]),
        np.concatenate([p.upper for p in parts]),
    )


@dataclass(frozen=True)
class Basis:
    """Where a simplex search may go on; columns and rows added since are filled in."""

    columns: list[int]
    rows: list[int]


@dataclass(frozen=True)
class LinearAnswer:
    """An optimal vertex, the price of every row, and its basis."""

    values: Floats
    duals: Floats
    basis: Basis


def minimise(cost: Floats, upper: Floats, rows: Rows, basis: Basis | None) -> LinearAnswer | None:
    """Minimise ``cost`` over columns between 0 and ``upper``; None without an optimum.

    Args:
        cost: one per column.
        upper: likewise.
        rows: the constraints.
        basis: of a program with fewer columns and rows, these being the first ones.
    """
    if solver.LOG.asked_to_stop():
        return None
    model = _model(cost, upper, rows)
    parameters = parameters_pb2.SolveParametersProto(
        iteration_limit=MOST_PIVOTS,
        presolve=parameters_pb2.EMPHASIS_OFF,  # it would throw the basis away
    )
    started = time.perf_counter()
    result = math_opt.solve(
        model,
        parameters_pb2.SOLVER_TYPE_GLOP,
        parameters_pb2.SolverInitializerProto(),
        parameters,
        _start(basis, len(cost), len(rows.lower)),
        None,
        callback_pb2.CallbackRegistrationProto(),
        None,
        None,
    )
    solver.LOG.add(solver.SolverLog(time.perf_counter() - started, 0.0, 1))
    if result.termination.reason != result_pb2.TERMINATION_REASON_OPTIMAL:
        return None
    solution = result.solutions[0]
    return LinearAnswer(
        np.array(solution.primal_solution.variable_values.values, dtype=np.float64),
        np.array(solution.dual_solution.dual_values.values, dtype=np.float64),
        Basis(
            list(solution.basis.variable_status.values),
            list(solution.basis.constraint_status.values),
        ),
    )


def _model(cost: Floats, upper: Floats, rows: Rows) -> model_pb2.ModelProto:
    model = model_pb2.ModelProto()
    columns = model.variables
    columns.ids.extend(range(len(cost)))
    columns.lower_bounds.extend([0.0] * len(cost))
    columns.upper_bounds.extend(upper.tolist())
    columns.integers.extend([False] * len(cost))
    costly = np.flatnonzero(cost)
    model.objective.linear_coefficients.ids.extend(costly.tolist())
    model.objective.linear_coefficients.values.extend(cost[costly].tolist())
    model.linear_constraints.ids.extend(range(len(rows.lower)))
    model.linear_constraints.lower_bounds.extend(rows.lower.tolist())
    model.linear_constraints.upper_bounds.extend(rows.upper.tolist())
    order = np.lexsort((rows.column, rows.row))
    model.linear_constraint_matrix.row_ids.extend(rows.row[order].tolist())
    model.linear_constraint_matrix.column_ids.extend(rows.column[order].tolist())
    model.linear_constraint_matrix.coefficients.extend(rows.value[order].tolist())
    return model


def _start(
    basis: Basis | None, columns: int, rows: int
) -> model_parameters_pb2.ModelSolveParametersProto:
    parameters = model_parameters_pb2.ModelSolveParametersProto()
    if basis is not None:
        start = parameters.initial_basis
        at_zero, basic = (
            solution_pb2.BASIS_STATUS_AT_LOWER_BOUND,
            solution_pb2.BASIS_STATUS_BASIC,
        )
        start.variable_status.ids.extend(range(columns))
        start.variable_status.values.extend(
            [*basis.columns, *[at_zero] * (columns - len(basis.columns))]
        )
        start.constraint_status.ids.extend(range(rows))
        start.constraint_status.values.extend([*basis.rows, *[basic] * (rows - len(basis.rows))])
    return parameters
