"""The date model of the whole country: which sittings each paper group uses.

Groups that are not ``free`` have one sitting, and their demand is a constant times a Boolean;
only free groups carry counts. With every group free the model is exact for goals 1 to 4, and
its bounds are valid; with few free groups it is small enough for a country.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from scheduler.dates import constraints as rules
from scheduler.dates import goals
from scheduler.dates.columns import Cell
from scheduler.dates.components import SpecialtyDates
from scheduler.dates.problem import DatesProblem
from scheduler.dates.variables import ComponentVariables, Key, Offer, component_variables
from scheduler.solver import (
    Goal,
    GoalOutcome,
    Linear,
    Model,
    Solution,
    meet_bounds,
    minimise_in_turn,
)


@dataclass(frozen=True)
class KnownBounds:
    """Bounds proven by counting, without the whole model."""

    unplaced: int = 0
    outside: int = 0
    papers: int = 0
    question_papers: int = 0
    peak: int = 0


@dataclass(frozen=True)
class ModelResult:
    """Dates per specialty, and what each goal reached (3 = papers before goal 4 spends)."""

    dates: SpecialtyDates
    outcomes: Mapping[str, GoalOutcome]


class DatesModel:
    """Builds and solves the model."""

    def __init__(self, problem: DatesProblem, free: Collection[int]) -> None:
        """Create variables and constraints; ``free`` groups may use several sittings."""
        self.problem = problem
        self.model: cp_model.CpModel = Model()
        self._free = frozenset(free)
        self._unseated: list[Linear] = []
        self._counts: dict[tuple[int, int], cp_model.IntVar] = {}
        m, sittings = self.model, range(len(problem.sittings))
        self.sits_on = [
            [m.new_bool_var(f"sits_on_{rule.group}_{problem.sittings[t]}") for t in sittings]
            for rule in problem.groups
        ]
        self.uses: dict[str, list[cp_model.IntVar]] = {}
        self._specialties_of: dict[int, list[str]] = defaultdict(list)
        for specialty, group in sorted({(c.specialty, c.group) for c in problem.cells}):
            self._specialties_of[group].append(specialty)
        for g, rule in enumerate(problem.groups):
            rules.group_sittings_allowed(m, rule, self.sits_on[g])
            if not rule.fixed and g not in self._free:
                m.add(sum(self.sits_on[g]) <= 1)
            self._specialty_variables(g)
        self.components = [
            self._component(part, cells)
            for part, cells in sorted(problem.cells_by_component.items())
        ]

    def _specialty_variables(self, g: int) -> None:
        specialties = self._specialties_of[g]
        for specialty in specialties:
            if len(specialties) == 1 or g not in self._free:
                self.uses[specialty] = self.sits_on[g]
                continue
            self.uses[specialty] = [
                self.model.new_bool_var(f"uses_{specialty}_{t}")
                for t in range(len(self.problem.sittings))
            ]
            for used, on in zip(self.uses[specialty], self.sits_on[g], strict=True):
                self.model.add_implication(used, on)

    def _component(self, part: int, cells: Sequence[Cell]) -> ComponentVariables:
        amount: dict[Key, list[Linear]] = defaultdict(list)
        limit: dict[Key, int] = defaultdict(int)
        constant: dict[tuple[Key, str], int] = defaultdict(int)
        left: dict[tuple[int, int], list[Linear]] = defaultdict(list)
        people: dict[tuple[int, int], int] = defaultdict(int)
        for cell in cells:
            class_mask = cell.klass, cell.mask
            people[class_mask] += cell.count
            several = cell.group in self._free or self.problem.groups[cell.group].fixed
            if several and len(cell.allowed) > 1:
                left[class_mask].append(self._free_cell(cell, amount, limit))
                continue
            for t in cell.allowed:
                constant[(cell.klass, cell.mask, t), cell.specialty] += cell.count
                limit[cell.klass, cell.mask, t] += cell.count
            here = sum(self.uses[cell.specialty][t] for t in cell.allowed)
            left[class_mask].append(cell.count - cell.count * here)
        for (key, specialty), count in sorted(constant.items()):
            amount[key].append(count * self.uses[specialty][key[2]])
        offered = {key: Offer(sum(terms), limit[key]) for key, terms in sorted(amount.items())}
        v = component_variables(self.model, self.problem, part, offered, elastic=True)
        rules.everyone_accounted_for(self.model, self.problem, v)
        rules.families_within_seats(self.model, self.problem, v)
        rules.peak_covers_every_sitting(self.model, self.problem, v)
        for terms in left.values():
            self._unseated.extend(terms)
        if self.problem.proportional:
            self._proportional(v, left, people)
        return v

    def _free_cell(
        self,
        cell: Cell,
        amount: dict[Key, list[Linear]],
        limit: dict[Key, int],
    ) -> Linear:
        """Counts of one cell over its sittings; returns how many get none."""
        counts = []
        for t in cell.allowed:
            count = self.model.new_int_var(0, cell.count, f"people_{cell.row}_{t}")
            self.model.add(count <= cell.count * self.uses[cell.specialty][t])
            self._counts[cell.row, t] = count
            counts.append(count)
            amount[cell.klass, cell.mask, t].append(count)
            limit[cell.klass, cell.mask, t] += cell.count
        self.model.add(sum(counts) <= cell.count)
        return cell.count - sum(counts)

    def _proportional(
        self,
        v: ComponentVariables,
        left: Mapping[tuple[int, int], list[Linear]],
        people: Mapping[tuple[int, int], int],
    ) -> None:
        unplaced: dict[int, dict[int, Linear]] = defaultdict(dict)
        for (klass, mask), terms in left.items():
            unplaced[klass][mask] = sum(terms)
        for (klass, mask, _), amount in v.unplaced.items():
            unplaced[klass][mask] = unplaced[klass][mask] + amount
        for klass, by_mask in unplaced.items():
            counts = {mask: people[klass, mask] for mask in by_mask}
            rules.unplaced_in_proportion(self.model, by_mask, counts)

    def variety(self) -> Linear:
        """(question paper, sitting) pairs beyond one set for each pair of a group.

        Only of groups of several specialties that may split; the others have no choice.
        """
        used: dict[tuple[str, int], cp_model.IntVar] = {}
        sets: list[Linear] = []
        for g in sorted(self._free):
            specialties = self._specialties_of[g]
            if len(specialties) < 2:
                continue
            fewest = min(len(set(self.problem.papers[s])) for s in specialties)
            for t, on in enumerate(self.sits_on[g]):
                sets.append(fewest * on)
                self.model.add(on <= sum(self.uses[s][t] for s in specialties))
            for specialty in specialties:
                for t, on in enumerate(self.uses[specialty]):
                    for paper in self.problem.papers[specialty]:
                        if (paper, t) not in used:
                            used[paper, t] = self.model.new_bool_var(f"paper_{paper}_{t}")
                        self.model.add_implication(on, used[paper, t])
        return sum(used.values()) - sum(sets)

    def hint(self, dates: SpecialtyDates) -> None:
        """Hint the Booleans; the solver completes the counts."""
        self.model.clear_hints()
        hinted: set[int] = set()
        for g, row in enumerate(self.sits_on):
            union = {t for s in self._specialties_of[g] for t in dates.get(s, ())}
            for t, on in enumerate(row):
                self.model.add_hint(on, int(t in union))
                hinted.add(on.index)
        for specialty, used in self.uses.items():
            for t, on in enumerate(used):
                if on.index not in hinted:
                    self.model.add_hint(on, int(t in dates.get(specialty, ())))
                    hinted.add(on.index)

    def solve(
        self,
        order: Sequence[int],
        bounds: KnownBounds,
        *,
        extra_pairs: int,
        deterministic_time: float,
        workers: int,
    ) -> ModelResult:
        """Solve goals 1 to 4 in the given order; goal 4 may spend ``extra_pairs`` over goal 3.

        The second tier of goal 3 comes right after the first; a pair that goal 4 spends may
        bring one set of question papers with it and no more.
        """
        papers = goals.fewest_papers(self.sits_on)
        spend = extra_pairs if 4 in order[order.index(3) :] else 0
        spent = self.model.new_int_var(0, spend, "spent")
        variety = self.variety()
        # Dear enough that no pair is spent before goal 4, which alone may.
        price = len(self.problem.sittings) * sum(len(p) for p in self.problem.papers.values())
        expressions = {
            1: self._nobody_lost(bounds),
            2: self._inside(bounds),
            3: Goal("papers", papers, bounds.papers, spent),
            4: Goal("peak", sum(goals.lowest_peak(v) for v in self.components), bounds.peak),
        }
        turn = [expressions[g] for g in order]
        if not isinstance(variety, int):
            tier = Goal("question papers", variety + price * spent, slack=price * spent)
            turn.insert(order.index(3) + 1, tier)
        if spend:
            turn.append(Goal("papers used", papers, bounds.papers))
        turn = [g for g in turn if not isinstance(g.expression, int)]
        solution, outcomes = minimise_in_turn(
            self.model, turn, deterministic_time=deterministic_time, workers=workers
        )
        return ModelResult(self._dates(solution), {o.name: o for o in outcomes})

    def meet(
        self, bounds: KnownBounds, *, extra_pairs: int, deterministic_time: float
    ) -> SpecialtyDates | None:
        """Dates at the bounds of goals 1 to 3, with ``extra_pairs`` over it, if any are found.

        Nothing is minimised, which finds a packing in seconds where the goals in turn find none.
        """
        turn = [self._nobody_lost(bounds), self._inside(bounds)]
        turn.append(Goal("papers", goals.fewest_papers(self.sits_on), bounds.papers + extra_pairs))
        turn = [g for g in turn if not isinstance(g.expression, int)]
        found = meet_bounds(self.model, turn, deterministic_time=deterministic_time)
        return None if found is None else self._dates(found[0])

    def _nobody_lost(self, bounds: KnownBounds) -> Goal:
        unplaced = sum(goals.fewest_unplaced(v) for v in self.components) + sum(self._unseated)
        return Goal("unplaced", unplaced, bounds.unplaced)

    def _inside(self, bounds: KnownBounds) -> Goal:
        outside = sum(goals.fewest_outside(self.problem, v) for v in self.components)
        return Goal("outside", outside, bounds.outside)

    def _dates(self, solution: Solution) -> SpecialtyDates:
        return {
            specialty: frozenset(t for t, on in enumerate(used) if solution.value(on))
            for specialty, used in self.uses.items()
        }
