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
    sparse_containers_pb2,
)
from ortools.math_opt.core.python import solver as math_opt

from models.errors import Defect
from scheduler import solver

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

_AT_LOWER = solution_pb2.BASIS_STATUS_AT_LOWER_BOUND
_BASIC = solution_pb2.BASIS_STATUS_BASIC

_NOTHING = sparse_containers_pb2.SparseVectorFilterProto(filter_by_ids=True)
"""Reduced costs are not asked for: nobody reads them."""

MOST_PIVOTS = 500_000
"""Pivots after which a solve gives up; a city of 20,000 takes under 10,000."""


@dataclass(frozen=True)
class LinearAnswer:
    """An optimal vertex, what it costs, and the price of every row."""

    cost: float
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
        self._basis = solution_pb2.BasisProto()
        """Where the next search starts; it has a status for every column and row."""

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
        ids = _more(self._basis.variable_status, len(cost), _AT_LOWER)
        columns = update.new_variables
        columns.ids.extend(ids)
        columns.lower_bounds.extend([0.0] * len(cost))
        columns.upper_bounds.extend(upper.data)
        columns.integers.extend([False] * len(cost))
        update.objective_updates.linear_coefficients.ids.extend(ids)
        update.objective_updates.linear_coefficients.values.extend(cost.data)
        rows = update.new_linear_constraints
        rows.ids.extend(_more(self._basis.constraint_status, len(lower_sides), _BASIC))
        rows.lower_bounds.extend(lower_sides.data)
        rows.upper_bounds.extend(upper_sides.data)
        row, column, value = entries
        order = np.argsort(row * len(self._basis.variable_status.ids) + column)
        matrix = update.linear_constraint_matrix_updates
        matrix.row_ids.extend(row[order].data)
        matrix.column_ids.extend(column[order].data)
        matrix.coefficients.extend(value[order].data)
        self._update(update)

    def limit(self, columns: Indices, upper: Floats) -> None:
        """Give columns another upper limit."""
        update = model_update_pb2.ModelUpdateProto()
        update.variable_updates.upper_bounds.ids.extend(columns.data)
        update.variable_updates.upper_bounds.values.extend(upper.data)
        self._update(update)

    def _update(self, update: model_update_pb2.ModelUpdateProto) -> None:
        started = time.perf_counter()
        if not self._solver.update(update):
            raise Defect("the linear solver does not take a change")
        solver.LOG.add(solver.SolverLog(time.perf_counter() - started))

    def minimise(self) -> LinearAnswer | None:
        """Search on from where the last one ended; None without an optimum."""
        if solver.LOG.asked_to_stop():
            return None
        parameters = parameters_pb2.SolveParametersProto(
            iteration_limit=MOST_PIVOTS,
            presolve=parameters_pb2.EMPHASIS_OFF,  # it would throw the basis away
        )
        start = model_parameters_pb2.ModelSolveParametersProto(
            initial_basis=self._basis, reduced_costs_filter=_NOTHING
        )
        registration = callback_pb2.CallbackRegistrationProto()
        started = time.perf_counter()
        result = self._solver.solve(parameters, start, None, registration, None, None)
        solver.LOG.add(solver.SolverLog(time.perf_counter() - started, 0.0, 1))
        if result.termination.reason != result_pb2.TERMINATION_REASON_OPTIMAL:
            return None
        solution = result.solutions[0]
        self._basis = solution.basis
        return LinearAnswer(
            solution.primal_solution.objective_value,
            _array(solution.primal_solution.variable_values),
            _array(solution.dual_solution.dual_values),
        )


def _more(statuses: solution_pb2.SparseBasisStatusVector, number: int, status: int) -> range:
    """Ids of so many new columns or rows, which the basis has with this status from now on."""
    ids = range(len(statuses.ids), len(statuses.ids) + number)
    statuses.ids.extend(ids)
    statuses.values.extend([status] * number)
    return ids


def _array(values: sparse_containers_pb2.SparseDoubleVectorProto) -> Floats:
    """The numbers of a vector in which no entry is left out.

    They are the last of the message, packed: read there, they never become Python objects.
    """
    message = values.SerializeToString()
    return np.frombuffer(message, "<f8", offset=len(message) - 8 * len(values.values))
