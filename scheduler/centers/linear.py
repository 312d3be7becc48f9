"""Linear programs made from arrays, solved by GLOP: the relaxation of large pieces.

GLOP is deterministic, runs on one thread and is stopped on its number of pivots. What it says is
never taken as proof: bounds are recomputed from its prices in whole numbers.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.math_opt import (
    callback_pb2,
    model_parameters_pb2,
    model_pb2,
    model_update_pb2,
    parameters_pb2,
    result_pb2,
    solution_pb2,
)
from ortools.math_opt.core.python import solver as math_opt

from models.errors import Defect
from scheduler import solver

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

MOST_PIVOTS = 500_000
"""Pivots after which a solve gives up; a city of 20,000 takes under 10,000."""


@dataclass(frozen=True)
class LinearAnswer:
    """An optimal vertex, and the price of every row."""

    values: Floats
    duals: Floats


class LinearProgram:
    """A program to minimise that grows by columns and rows; each search goes on from the last.

    Columns lie between 0 and their upper limit.
    """

    def __init__(self) -> None:
        """No column and no row."""
        self._solver = math_opt.new(
            parameters_pb2.SOLVER_TYPE_GLOP,
            model_pb2.ModelProto(),
            parameters_pb2.SolverInitializerProto(),
        )
        self._columns: list[int] = []
        self._rows: list[int] = []

    def add(
        self,
        cost: Floats,
        upper: Floats,
        lower_sides: Floats,
        upper_sides: Floats,
        entries: tuple[Indices, Indices, Floats],
    ) -> None:
        """Columns of so much cost, rows between two sides, and (row, column, coefficient)s."""
        update = model_update_pb2.ModelUpdateProto()
        ids = range(len(self._columns), len(self._columns) + len(cost))
        columns = update.new_variables
        columns.ids.extend(ids)
        columns.lower_bounds.extend([0.0] * len(cost))
        columns.upper_bounds.extend(upper.tolist())
        columns.integers.extend([False] * len(cost))
        update.objective_updates.linear_coefficients.ids.extend(ids)
        update.objective_updates.linear_coefficients.values.extend(cost.tolist())
        rows = update.new_linear_constraints
        rows.ids.extend(range(len(self._rows), len(self._rows) + len(lower_sides)))
        rows.lower_bounds.extend(lower_sides.tolist())
        rows.upper_bounds.extend(upper_sides.tolist())
        row, column, value = entries
        order = np.lexsort((column, row))
        matrix = update.linear_constraint_matrix_updates
        matrix.row_ids.extend(row[order].tolist())
        matrix.column_ids.extend(column[order].tolist())
        matrix.coefficients.extend(value[order].tolist())
        self._update(update)
        self._columns += [solution_pb2.BASIS_STATUS_AT_LOWER_BOUND] * len(cost)
        self._rows += [solution_pb2.BASIS_STATUS_BASIC] * len(lower_sides)

    def limit(self, columns: Indices, upper: Floats) -> None:
        """Give columns another upper limit."""
        update = model_update_pb2.ModelUpdateProto()
        update.variable_updates.upper_bounds.ids.extend(columns.tolist())
        update.variable_updates.upper_bounds.values.extend(upper.tolist())
        self._update(update)

    def _update(self, update: model_update_pb2.ModelUpdateProto) -> None:
        if not self._solver.update(update):
            raise Defect("the linear solver does not take a change")

    def minimise(self) -> LinearAnswer | None:
        """Search on from where the last one ended; None without an optimum."""
        if solver.LOG.asked_to_stop():
            return None
        parameters = parameters_pb2.SolveParametersProto(
            iteration_limit=MOST_PIVOTS,
            presolve=parameters_pb2.EMPHASIS_OFF,  # it would throw the basis away
        )
        started = time.perf_counter()
        result = self._solver.solve(
            parameters,
            self._start(),
            None,
            callback_pb2.CallbackRegistrationProto(),
            None,
            None,
        )
        solver.LOG.add(solver.SolverLog(time.perf_counter() - started, 0.0, 1))
        if result.termination.reason != result_pb2.TERMINATION_REASON_OPTIMAL:
            return None
        solution = result.solutions[0]
        self._columns = list(solution.basis.variable_status.values)
        self._rows = list(solution.basis.constraint_status.values)
        return LinearAnswer(
            np.array(solution.primal_solution.variable_values.values, dtype=np.float64),
            np.array(solution.dual_solution.dual_values.values, dtype=np.float64),
        )

    def _start(self) -> model_parameters_pb2.ModelSolveParametersProto:
        parameters = model_parameters_pb2.ModelSolveParametersProto()
        start = parameters.initial_basis
        start.variable_status.ids.extend(range(len(self._columns)))
        start.variable_status.values.extend(self._columns)
        start.constraint_status.ids.extend(range(len(self._rows)))
        start.constraint_status.values.extend(self._rows)
        return parameters
