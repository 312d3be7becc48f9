"""The model of one piece: every hard rule, and the goals that the seats decide."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from ortools.sat.python import cp_model

from scheduler.centers import constraints, goals
from scheduler.centers.problem import Counts, Kept, Piece
from scheduler.centers.variables import Variables, create_variables
from scheduler.solver import Goal, GoalOutcome, Model, Solution

NOTHING_KEPT: Kept = MappingProxyType({})


@dataclass(frozen=True)
class CentersModel:
    """A built model; the goals are not in it yet."""

    model: cp_model.CpModel
    piece: Piece
    variables: Variables
    kept: Kept

    def place_goals(self) -> list[Goal]:
        """Goals that the seats decide: unplaced, kept, outside, overflow order."""
        chosen = [goals.fewest_unplaced(self.variables)]
        if self.kept:
            chosen.append(goals.most_kept(self.piece, self.variables, self.kept))
        if self.piece.ranks[self.piece.allowed].any():
            chosen.append(goals.fewest_outside(self.piece, self.variables))
            chosen.append(goals.earliest_overflow(self.piece, self.variables))
        return chosen

    def counts(self, solution: Solution) -> Counts:
        """People of each class at each center."""
        counts = np.zeros(self.piece.metres.shape, dtype=np.int64)
        for key, variable in self.variables.goes.items():
            counts[key] = solution.value(variable)
        return counts


def build_model(piece: Piece, previous: Kept = NOTHING_KEPT) -> CentersModel:
    """Variables and every hard rule of a piece.

    Args:
        piece: counts, pools and peaks.
        previous: people whom the previous plan has at (class, center) and who are still here.
    """
    model = Model()
    variables = create_variables(model, piece, previous)
    constraints.everyone_accounted_for(model, piece, variables)
    constraints.pools_add_up(model, piece, variables)
    constraints.families_within_seats(model, piece, variables)
    constraints.peak_kept(model, piece, variables)
    constraints.kept_people_stay(model, variables)
    return CentersModel(model, piece, variables, previous)


def build_held_model(
    piece: Piece, previous: Kept, outcomes: tuple[GoalOutcome, ...]
) -> CentersModel:
    """A fresh model in which settled goals may not get worse."""
    built = build_model(piece, previous)
    for goal, outcome in zip(built.place_goals(), outcomes, strict=True):
        built.model.add(goal.expression <= outcome.value)
    return built
