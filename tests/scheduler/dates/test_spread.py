"""Even dates: groups on several dates sit evenly, at no cost in goals 1 to 4."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace

import pandas as pd
import pytest

from models.exam import Mode
from models.text import subjects_to_mask
from scheduler.dates import stage
from scheduler.dates.components import solve_component
from scheduler.dates.level import level_dates
from scheduler.dates.problem import DatesProblem
from scheduler.dates.search import landscape, search_dates
from scheduler.dates.spread import spread_evenly
from scheduler.dates.stage import DatesResult
from tests.builders import center, exam_point, room, roster_rows
from tests.scheduler.dates.instances import chosen, policy_of, problem_of, reference_of

MASKS = ["1234"] * 6 + ["12", "34", "3", "124"]


def _people_on(result: DatesResult, specialty: str) -> list[int]:
    """People of a specialty on each sitting."""
    on: Counter[str] = Counter()
    for cell in result.problem.cells:
        if cell.specialty == specialty:
            on.update(result.quotas[cell.row])
    return [on[t] for t in result.problem.sittings]


def _roster(seed: int, points: tuple[str, ...] = ("2301",)) -> pd.DataFrame:
    """101 is half of everybody; 102 to 113 are the rest, of different sizes."""
    rng = random.Random(seed)
    codes = ["101"] * 80 + [rng.choice(OTHERS[: i % 12 + 1]) for i in range(80)]
    people = [(c, p) for p in points for c in codes]
    return roster_rows(
        len(people),
        specialty=[c for c, _ in people],
        exam_point=[p for _, p in people],
        subjects=[rng.choice(MASKS) for _ in people],
    )


OTHERS = [str(102 + i) for i in range(12)]


def _problem(seed: int, points: tuple[str, ...] = ("2301", "2302")) -> DatesProblem:
    reference = reference_of(
        dates=4,
        codes=["101", *OTHERS],
        points=[exam_point(p) for p in points],
        centers=[center(p, p) for p in points],
        rooms=[room(p, "R1", 6, 7) for p in points],
    )
    return problem_of(reference, _roster(seed, points))


def test_a_group_on_fixed_dates_is_even_on_them() -> None:
    policy = policy_of(group={"101": {"fixed": ["C1", "C2", "C3"]}})
    result = chosen(reference_of(40, 3), roster_rows(60), policy)
    assert _people_on(result, "101") == [20, 20, 20]


def test_dates_given_from_above_are_filled_evenly() -> None:
    given = {"101": ("C1", "C2", "C3"), "102": ("C2",)}
    roster = roster_rows(36, specialty=["101"] * 30 + ["102"] * 6)
    order = (1, 2, 3, 4, 5, 6)
    result = chosen(reference_of(40, 3), roster, policy_of(order=order), given=given)
    # Goal 4 is worth more: with six on C2 the busiest date needs twelve seats, not sixteen.
    assert result.peak.value == result.peak.bound == 12
    assert _people_on(result, "101") == [12, 6, 12]


def test_goal_4_leaves_room_and_the_spread_takes_it() -> None:
    """20 of 102 make C2 the busiest date; 101 may sit anyhow below that, and sits evenly."""
    given = {"101": ("C1", "C3"), "102": ("C2",)}
    roster = roster_rows(40, specialty=["101"] * 20 + ["102"] * 20)
    result = chosen(reference_of(40, 3), roster, given=given)
    assert _people_on(result, "101") == [10, 0, 10]


def test_every_kind_of_candidate_is_in_proportion() -> None:
    rng = random.Random(4)
    subjects = [rng.choice(MASKS) for _ in range(100)]
    policy = policy_of(group={"101": {"fixed": ["C1", "C2", "C3", "C4"]}})
    result = chosen(reference_of(60, 4), roster_rows(100, subjects=subjects), policy)
    assert max(_people_on(result, "101")) - min(_people_on(result, "101")) <= 1
    sizes = Counter(subjects_to_mask(s) for s in subjects)
    on: dict[int, Counter[str]] = defaultdict(Counter)
    for cell in result.problem.cells:
        on[cell.mask].update(result.quotas[cell.row])
    for mask, size in sizes.items():
        assert all(abs(on[mask][t] - size / 4) <= 1 for t in result.problem.sittings)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_paid_for_the_spread(seed: int) -> None:
    problem = _problem(seed, ("2301",))
    dates = {c.specialty: frozenset({int(c.specialty) % 4}) for c in problem.cells}
    dates["101"] = frozenset(range(4))
    before = solve_component(problem, 0, dates)
    after = spread_evenly(problem, dates, before)
    assert after.outcomes == before.outcomes
    assert after.peaks == before.peaks
    held = {item: sum(n.values()) for item, n in before.counts.items()}
    assert {item: sum(n.values()) for item, n in after.counts.items()} == held

    def squares(counts: object) -> int:
        assert isinstance(counts, dict)
        on: Counter[int] = Counter()
        for (_, _, allowed), here in counts.items():
            if len(allowed) > 1:
                on.update(here)
        return sum(n * n for n in on.values())

    assert squares(after.counts) <= squares(before.counts)
    # The goals are met again from the counts alone.
    again = solve_component(problem, 0, dates, previous=_by_cell(problem, after.counts))
    assert again.outcomes[4].value == before.outcomes[4].value


def _by_cell(problem: DatesProblem, counts: object) -> dict[tuple[int, int], int]:
    """Counts of items dealt to cells in order: an "earlier plan" that a solve may keep."""
    assert isinstance(counts, dict)
    left = {item: dict(here) for item, here in counts.items()}
    dealt: dict[tuple[int, int], int] = {}
    for cell in problem.cells:
        several = (0, 1, 2, 3) if cell.specialty == "101" else (int(cell.specialty) % 4,)
        here = left[cell.klass, cell.mask, several]
        need = cell.count
        for t in here:
            take = min(need, here[t])
            here[t] -= take
            need -= take
            dealt[cell.row, t] = take
    return dealt


@pytest.mark.parametrize("seed", range(6))
def test_levelled_dates_are_as_many_and_no_dearer(seed: int) -> None:
    problem = _problem(seed)
    needed = [4 if r.group == "101" else 1 for r in problem.groups]
    start = search_dates(problem, needed, 0)
    land = landscape(problem)

    def unevenness(sittings: list[frozenset[int]]) -> tuple[float, float]:
        loads = land.seats[None] * 0.0
        split = [(g, tuple(sorted(s))) for g, s in enumerate(sittings) if len(s) > 1]
        for g, s in enumerate(sittings):
            if len(s) == 1:
                loads[0, :, min(s)] += land.size[g]
        spread = loads[0] - loads[0].mean(axis=1, keepdims=True)
        return float(land.price(loads, split)[0]), float((spread**2).sum())

    options = list(level_dates(problem, start))
    price, before = unevenness(start)
    for option in options:
        assert [len(s) for s in option] == [len(s) for s in start]
        assert unevenness(option)[0] <= price
    if options:
        assert unevenness(options[0])[1] < before
        assert list(level_dates(problem, options[0]))[:1] in ([], [options[0]])


def test_groups_without_a_choice_are_not_moved() -> None:
    problem = _problem(1)
    fixed = tuple(replace(r, fixed=True, max_sittings=1) for r in problem.groups)
    start = [frozenset({0, 1, 2, 3}), *(frozenset({i % 4}) for i in range(len(fixed) - 1))]
    assert list(level_dates(replace(problem, groups=fixed), start)) == []


@pytest.mark.parametrize("seed", range(4))
def test_whole_choice_is_level_with_every_goal_kept(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = _problem(seed)
    policy = policy_of(group={"101": {"fixed": ["C1", "C2", "C3", "C4"]}})
    rules = tuple(
        replace(r, fixed=r.group == "101", max_sittings=4 if r.group == "101" else 1)
        for r in problem.groups
    )
    problem = replace(problem, groups=rules, mode=Mode.COMPUTER)
    level = stage.choose_dates(problem, policy)
    monkeypatch.setattr(stage, "level_dates", lambda *_: iter(()))
    monkeypatch.setattr(stage, "spread_evenly", lambda _problem, _dates, result, _time: result)
    plain = stage.choose_dates(problem, policy)

    def figures(result: DatesResult) -> list[object]:
        return [result.unplaced, result.outside, result.papers, result.peak]

    assert figures(level) == figures(plain)
    spans = [max(n) - min(n) for n in (_people_on(r, "101") for r in (level, plain))]
    assert spans[0] <= spans[1]
