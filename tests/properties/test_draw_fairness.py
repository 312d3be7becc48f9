"""The date draw over 2,000 seeds: equal chances for all of one kind, every employer spread.

The seeds are fixed, so the tests give the same answer every time. Had they been drawn anew, a fair
draw would fail the chi-square tests with the probability :data:`FALSE_ALARM`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from math import exp
from random import Random

import pytest

from scheduler.draw import Draw, draw_dates

SEEDS = 2_000
FALSE_ALARM = 1e-4
"""For all people of a cell together (Bonferroni)."""

CELL = "2301/368/1234////"
STAFF = {"E1": 6, "E2": 3, "E3": 1, "": 4}
PEOPLE = {f"A{e or 'x'}{i}": e for e, count in STAFF.items() for i in range(count)}
"""Fourteen people, one of them the only one of the employer."""

Dealt = Mapping[str, str]
Dealer = Callable[[int], Dealt]


def by_draw(quotas: Mapping[str, int]) -> Dealer:
    """The product's draw under one seed after another."""
    return lambda seed: draw_dates(Draw("TEST-2022", f"{seed:032x}"), CELL, PEOPLE, quotas)


def unfair(quotas: Mapping[str, int]) -> Dealer:
    """Employers in keyed order, each one's people dealt in turn: what section 6 warns of."""
    entries = sorted(t for t, n in quotas.items() for _ in range(n))

    def deal(seed: int) -> Dealt:
        rng = Random(seed)
        line = [c for e in sorted(STAFF) for c in rng.sample(sorted(_of(e)), STAFF[e])]
        return dict(zip(line, entries, strict=True))

    return deal


def _of(employer: str) -> set[str]:
    return {candidate for candidate, own in PEOPLE.items() if own == employer}


def smallest_p(dealer: Dealer, quotas: Mapping[str, int]) -> float:
    """The smallest p value of all people's chi-square tests against ``quotas``.

    There are three outcomes, so two degrees of freedom, where the p value is exp(-x/2) exactly.
    """
    assert len(quotas) == 3
    seen: Counter[tuple[str, str]] = Counter()
    for seed in range(SEEDS):
        seen.update(dealer(seed).items())
    total = sum(quotas.values())
    statistics = [
        sum((seen[c, t] - SEEDS * q / total) ** 2 / (SEEDS * q / total) for t, q in quotas.items())
        for c in PEOPLE
    ]
    return exp(-max(statistics) / 2)


@pytest.mark.parametrize(
    "quotas",
    [{"C1": 5, "C2": 5, "C3": 4}, {"C1": 9, "C2": 3, "": 2}, {"C1": 1, "C2": 12, "C4": 1}],
    ids=["even", "uneven, some unplaced", "single places"],
)
def test_everybody_of_a_cell_has_the_same_chance_of_every_date(quotas: dict[str, int]) -> None:
    assert smallest_p(by_draw(quotas), quotas) > FALSE_ALARM / len(PEOPLE)


def test_the_test_would_find_an_unfair_draw() -> None:
    quotas = {"C1": 5, "C2": 5, "C3": 4}
    assert smallest_p(unfair(quotas), quotas) < FALSE_ALARM / len(PEOPLE)


@pytest.mark.parametrize(
    "quotas", [{"C1": 5, "C2": 5, "C3": 4}, {"C1": 9, "C2": 3, "": 2}, {"C1": 7, "C2": 7}]
)
def test_every_employer_is_spread_to_within_two_in_every_seed(quotas: dict[str, int]) -> None:
    """Exactly as many as planned on each date, and no hospital loses its staff on one day."""
    for seed in range(SEEDS):
        dealt = by_draw(quotas)(seed)
        assert Counter(dealt.values()) == quotas
        for employer, staff in STAFF.items():
            got = Counter(dealt[candidate] for candidate in _of(employer))
            for sitting, quota in quotas.items():
                assert abs(got[sitting] - staff * quota / len(PEOPLE)) < 2, (seed, employer)


def test_dates_of_two_people_of_different_employers_are_not_tied() -> None:
    """Some seeds part them and some do not, whoever they are."""
    quotas = {"C1": 7, "C2": 7}
    dealt = [by_draw(quotas)(seed) for seed in range(200)]
    for one in sorted(PEOPLE):
        for other in sorted(PEOPLE):
            if PEOPLE[one] != PEOPLE[other]:
                together = sum(d[one] == d[other] for d in dealt)
                assert 0 < together < len(dealt), (one, other)
