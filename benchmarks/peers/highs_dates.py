"""Peer (c), dates: paikao's model of docs/model.md, sections 2 to 4, in HiGHS.

Linear, with every date open to every group, it falls apart into one small program per component,
and bounds goals 1 and 4 at any size. With papers in use it is one program of the whole country.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from ortools.math_opt.python import mathopt

from benchmarks.peers.exam import Exam
from benchmarks.peers.highs import Answer, Linear, minimised
from scheduler.dates.columns import Cell
from scheduler.dates.problem import DatesProblem
from scheduler.pools import families_present

Item = tuple[int, int, int, tuple[int, ...]]
"""(class, paper group, mask, sittings that may be used); without papers the group is -1."""
ItemKey = tuple[int, Item]
"""(component, item)."""


@dataclass
class DatesModel:
    """One or all components of a date problem."""

    problem: DatesProblem
    integer: bool
    papers_counted: bool
    model: mathopt.Model = field(default_factory=lambda: mathopt.Model(name="dates"))
    people: dict[tuple[ItemKey, int], mathopt.Variable] = field(default_factory=dict)
    sits_on: dict[tuple[int, int], mathopt.Variable] = field(default_factory=dict)
    _left: list[Linear] = field(default_factory=list)
    _peaks: list[mathopt.Variable] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Papers in use: which group sits on which date, and on how many at most."""
        if not self.papers_counted:
            return
        for g, rule in enumerate(self.problem.groups):
            for t in rule.allowed:
                at_least = 1.0 if rule.fixed else 0.0
                self.sits_on[g, t] = self._variable(1.0, at_least)
            uses = mathopt.fast_sum([self.sits_on[g, t] for t in rule.allowed])
            self.model.add_linear_constraint(uses <= rule.max_sittings)

    def _variable(self, most: float, least: float = 0.0) -> mathopt.Variable:
        return self.model.add_variable(lb=least, ub=most, is_integer=self.integer)

    def add(self, part: int) -> None:
        """Everybody of a component sits on a date or is left, and pools hold every family."""
        people: dict[tuple[int, int, int], list[mathopt.Variable]] = defaultdict(list)
        for item, count in self._items(self.problem.cells_by_component[part]).items():
            klass, group, mask, allowed = item
            dates = []
            for t in allowed:
                variable = self._variable(count)
                dates.append(variable)
                people[klass, mask, t].append(variable)
                self.people[(part, item), t] = variable
                if self.papers_counted:
                    self.model.add_linear_constraint(variable <= count * self.sits_on[group, t])
            self.model.add_linear_constraint(mathopt.fast_sum(dates) <= count)
            self._left.append(count - mathopt.fast_sum(dates))
        self._seats(part, people)

    def item_of(self, cell: Cell) -> Item:
        """What the model makes of a cell."""
        return cell.klass, cell.group if self.papers_counted else -1, cell.mask, cell.allowed

    def _items(self, cells: Iterable[Cell]) -> Mapping[Item, int]:
        items: dict[Item, int] = defaultdict(int)
        for cell in cells:
            items[self.item_of(cell)] += cell.count
        return items

    def _seats(
        self, part: int, people: Mapping[tuple[int, int, int], list[mathopt.Variable]]
    ) -> None:
        sits: dict[tuple[int, int, int], list[mathopt.Variable]] = defaultdict(list)
        used: dict[tuple[str, int], list[mathopt.Variable]] = defaultdict(list)
        for pool in self.problem.components[part].pools:
            t = self.problem.pool_sitting(pool)
            by_mask: dict[int, list[mathopt.Variable]] = defaultdict(list)
            for klass, mask, sitting in people:
                if sitting == t and klass in pool.takers and mask & ~pool.open_subjects == 0:
                    variable = self._variable(pool.seats)
                    sits[klass, mask, t].append(variable)
                    by_mask[mask].append(variable)
            seats = self._variable(pool.seats)
            used[pool.host, t].append(seats)
            for family in families_present(frozenset(by_mask), self.problem.share):
                members = [v for mask in sorted(family) for v in by_mask[mask]]
                self.model.add_linear_constraint(mathopt.fast_sum(members) <= seats)
        for key, variables in people.items():
            total = mathopt.fast_sum(variables)
            self.model.add_linear_constraint(total == mathopt.fast_sum(sits[key]))
        for host in sorted({host for host, _ in used}):
            peak = self._variable(float("inf"))
            self._peaks.append(peak)
            for (other, _), seats_used in used.items():
                if other == host:
                    self.model.add_linear_constraint(mathopt.fast_sum(seats_used) <= peak)

    @property
    def unplaced(self) -> Linear:
        """Goal 1."""
        return mathopt.fast_sum(self._left)

    @property
    def papers(self) -> Linear:
        """Goal 3."""
        return mathopt.fast_sum(list(self.sits_on.values()))

    @property
    def peak(self) -> Linear:
        """Goal 4."""
        return mathopt.fast_sum(self._peaks)

    def in_turn(self, goals: Mapping[str, Linear], seconds: float) -> dict[str, Answer]:
        """Goals one after the other, each with so many seconds; stops where one has no answer."""
        answers: dict[str, Answer] = {}
        hint = None
        for name, goal in goals.items():
            answer = minimised(self.model, goal, seconds, hint=hint, barrier=not self.integer)
            answers[name] = answer
            if answer.value is None:
                break
            # A linear optimum may lie between whole numbers; its bound is the next one above.
            self.model.add_linear_constraint(
                goal <= (answer.value if self.integer else answer.bound)
            )
            hint = answer.values if self.integer else None
        return answers


def linear_bounds(exam: Exam) -> dict[str, int]:
    """Bounds of goals 1 and 4 with every date open to every group, component by component."""
    bounds = {"unplaced": 0, "peak": 0}
    for problem, _ in exam.dates_problems():
        for part in sorted(problem.cells_by_component):
            dates = DatesModel(problem, integer=False, papers_counted=False)
            dates.add(part)
            unplaced = minimised(dates.model, dates.unplaced).bound
            dates.model.add_linear_constraint(dates.unplaced <= unplaced)
            bounds["unplaced"] += unplaced
            bounds["peak"] += minimised(dates.model, dates.peak).bound
    return bounds


def papers_bound(exam: Exam, seconds: float) -> int | None:
    """The linear bound of goal 3; None if it is not there in so many seconds for a mode."""
    total = 0
    for problem, _ in exam.dates_problems():
        dates = _whole(problem, integer=False)
        answers = dates.in_turn({"unplaced": dates.unplaced, "papers": dates.papers}, seconds)
        if "papers" not in answers or answers["papers"].value is None:
            return None
        total += answers["papers"].bound
    return total


def sittings_of(exam: Exam, seconds: float) -> tuple[pd.Series | None, list[str]]:
    """Everybody's sitting, blank for unplaced, from whole numbers; and what each goal reached.

    Args:
        exam: the people.
        seconds: by the clock, for each goal and mode.

    Returns:
        None for the sittings if some mode has no answer at all.
    """
    sitting = np.full(len(exam.people), "", dtype=object)
    reached = []
    for problem, cell_of in exam.dates_problems():
        dates = _whole(problem, integer=True)
        goals = {"unplaced": dates.unplaced, "papers": dates.papers, "peak": dates.peak}
        answers = dates.in_turn(goals, seconds)
        reached += [f"{problem.mode} {name} {a.value} (bound {a.bound})"
                    for name, a in answers.items()]  # fmt: skip
        found = [a.values for a in answers.values() if a.values is not None]
        if not found:
            return None, reached
        rows = np.split(np.argsort(cell_of, kind="stable"), np.cumsum(np.bincount(cell_of))[:-1])
        for part, cells in problem.cells_by_component.items():
            people: dict[Item, list[int]] = defaultdict(list)
            for cell in cells:
                people[dates.item_of(cell)] += rows[cell.row].tolist()
            for item, members in people.items():
                for t in item[3]:
                    count = round(found[-1][dates.people[(part, item), t]])
                    sitting[members[:count]] = problem.sittings[t]
                    del members[:count]
    return pd.Series(sitting, dtype="str"), reached


def _whole(problem: DatesProblem, *, integer: bool) -> DatesModel:
    """All components, papers in use counted."""
    dates = DatesModel(problem, integer=integer, papers_counted=True)
    for part in sorted(problem.cells_by_component):
        dates.add(part)
    return dates
