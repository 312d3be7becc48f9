"""Dates with what they reach, exactly, by component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

from scheduler.dates.bounds import counted_peak
from scheduler.dates.components import ComponentResult, SpecialtyDates, solve_component
from scheduler.dates.problem import DatesProblem


class Evaluated:
    """Dates with what they reach, exactly, by component."""

    def __init__(self, problem: DatesProblem, dates: SpecialtyDates, order: Sequence[int]) -> None:
        self.problem = problem
        self.dates = dates
        self.results = {
            part: solve_component(
                problem,
                part,
                dates,
                _component_order(order),
                peak_bound=counted_peak(problem, part),
            )
            for part in problem.demand
        }
        self.papers = _papers_used(problem, dates)
        self.question_papers = _question_papers_used(problem, dates)
        self.variety = self.question_papers - papers_of_a_set(problem) * self.papers
        """Question papers beyond one set per pair: what splitting a group's specialties costs."""
        self.values = {
            g: sum(r.outcomes[g].value for r in self.results.values()) for g in (1, 2, 4)
        } | {3: self.papers}

    def with_dates(
        self, dates: SpecialtyDates, results: Mapping[int, ComponentResult]
    ) -> Evaluated:
        """Other dates, as many for every group, with the same values."""
        found = copy(self)
        found.dates, found.results = dates, dict(results)
        return found

    def rank(self, order: Sequence[int], extra_pairs: int, fewest: int) -> tuple[int, ...]:
        """Lexicographic value; pairs within what goal 4 may spend count last."""
        spent = max(self.papers - fewest - extra_pairs, 0)
        tiers = {g: (value,) for g, value in self.values.items()} | {3: (spent, self.variety)}
        return (*(n for g in order for n in tiers[g]), self.papers)


def _component_order(order: Sequence[int]) -> tuple[int, ...]:
    return tuple(g for g in order if g != 3)


def _papers_used(problem: DatesProblem, dates: SpecialtyDates) -> int:
    return len({(g, t) for s, g in problem.group_of.items() for t in dates.get(s, frozenset())})


def _question_papers_used(problem: DatesProblem, dates: SpecialtyDates) -> int:
    """(question paper, sitting) pairs, whether or not a specialty's people use all its dates."""
    return len({(p, t) for s, on in dates.items() for t in on for p in problem.papers[s]})


def by_specialty(problem: DatesProblem, sittings: Sequence[frozenset[int]]) -> SpecialtyDates:
    """The sittings of each group as those of its specialties."""
    every = frozenset(range(len(problem.sittings)))
    return {specialty: sittings[group] & every for specialty, group in problem.group_of.items()}


def papers_of_a_set(problem: DatesProblem) -> int:
    """The fewest question papers that any specialty has."""
    return min((len(set(problem.papers[s])) for s in problem.group_of), default=0)
