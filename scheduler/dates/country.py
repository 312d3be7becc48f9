"""The search for dates of a country, where an exact answer costs seconds and a model minutes.

The estimate of :class:`scheduler.dates.search.Landscape` says how many extra pairs leave nobody
over; only dates that it holds for good are answered exactly. Where people stay unplaced all the
same, further groups get several dates, the largest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.policy import Policy
from scheduler.dates.bounds import counted_peak, fewest_sittings, free_bounds, nothing_lost
from scheduler.dates.evaluated import Evaluated, by_specialty
from scheduler.dates.problem import DatesProblem
from scheduler.dates.search import landscape, search_dates
from scheduler.solver import LOG

COUNTRY = 100_000
"""(cell, sitting) counts from which the model of all components together is out of reach."""
GOOD_ENOUGH = 0.001
"""Gap of goal 4 that no further dates are answered exactly for."""


@dataclass(frozen=True)
class _Found:
    """Dates by ``extra`` pairs, and how many people the estimate leaves over."""

    extra: int
    sittings: list[frozenset[int]]
    over: int

    @property
    def pairs(self) -> int:
        """(paper group, sitting) pairs."""
        return sum(map(len, self.sittings))


def is_country(problem: DatesProblem) -> bool:
    """Is the model of all components together out of reach?"""
    return problem.options >= COUNTRY


def search_country(
    problem: DatesProblem, order: Sequence[int], policy: Policy
) -> tuple[Evaluated, int]:
    """The best dates found, and the fewest pairs that are as good in the goals before goal 3."""
    allowance = policy.dates.extra_pairs
    search = _Search(problem, order)
    found = search.fewest_that_fit(allowance)
    best = search.answer(found)
    while _left_out(best) and not LOG.asked_to_stop():
        if _left_out(best) <= free_bounds(problem, best.results).total_unplaced:
            break
        wider = search.wider(found, allowance)
        if wider.pairs == found.pairs:
            break
        found = wider
        best = min((best, search.answer(found)), key=lambda e: e.rank(order, 0, 0))
    fewest = best.papers
    more = search.dates(found.extra + allowance)
    if more.pairs > found.pairs and not more.over and _uneven(best) and not LOG.asked_to_stop():
        answers = best, search.answer(more)
        best = min(answers, key=lambda e: e.rank(order, allowance, fewest))
    return best, fewest


class _Search:
    """Searches by extra pairs, each made once."""

    def __init__(self, problem: DatesProblem, order: Sequence[int]) -> None:
        self._problem, self._order = problem, order
        self._land = landscape(problem)
        self._needed = fewest_sittings(problem, nothing_lost(problem).unplaced)
        self._found: dict[int, _Found] = {}

    def dates(self, extra: int) -> _Found:
        """Dates with so many pairs over what counting asks for."""
        if extra not in self._found:
            sittings = search_dates(self._problem, self._needed, extra)
            over = self._land.people_over([tuple(sorted(s)) for s in sittings])
            self._found[extra] = _Found(extra, sittings, over)
        return self._found[extra]

    def wider(self, found: _Found, allowance: int) -> _Found:
        """With one pair more, or twice as many once the allowance is spent."""
        return self.dates(found.extra + (1 if found.extra < allowance else max(found.extra, 1)))

    def fewest_that_fit(self, allowance: int) -> _Found:
        """Down from the allowance while nobody is over; up from it while somebody is."""
        found = self.dates(allowance)
        if found.over:
            while found.over and not LOG.asked_to_stop():
                wider = self.wider(found, allowance)
                if wider.pairs == found.pairs:
                    break
                found = wider
            return found
        for extra in reversed(range(allowance)):
            if LOG.asked_to_stop():
                break
            fewer = self.dates(extra)
            if fewer.over:
                break
            found = fewer
        return found

    def answer(self, found: _Found) -> Evaluated:
        """What the dates reach, exactly."""
        dates = by_specialty(self._problem, found.sittings)
        return Evaluated(self._problem, dates, self._order)


def _left_out(found: Evaluated) -> int:
    return found.values[1] + found.values[2]


def _uneven(found: Evaluated) -> bool:
    peak = sum(counted_peak(found.problem, part) for part in found.results)
    return found.values[4] - peak > GOOD_ENOUGH * found.values[4]
