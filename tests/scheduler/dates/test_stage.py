"""The choice of dates: goals in turn, the planner's decisions, counts, bounds, explanations."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product

import pytest

from models.errors import NoPlanInTime
from models.text import subjects_to_mask
from scheduler.dates import stage
from scheduler.dates.components import solve_component
from scheduler.dates.explain import explain
from scheduler.dates.model import DatesModel
from scheduler.dates.stage import DatesResult, is_small
from scheduler.masks import seats_needed
from tests.builders import center, exam_point, room, roster_rows
from tests.scheduler.dates.instances import (
    chosen,
    policy_of,
    problem_of,
    random_roster,
    reference_of,
    sittings_by_specialty,
)


def _explained(result: DatesResult) -> Counter[int]:
    """People by cell row over all shortages."""
    people: Counter[int] = Counter()
    for found in explain(result, lambda *_: ()):
        people.update(found.people)
    return people


# ---------------------------------------------------------------- goals in turn


def test_a_group_stays_together_before_the_peak_is_lowered() -> None:
    result = chosen(reference_of(4), roster_rows(4))
    assert (result.unplaced.value, result.papers_used, result.peak.value) == (0, 1, 4)
    assert (result.papers.bound, result.peak.bound) == (1, 4)


def test_the_order_of_the_goals_is_data() -> None:
    result = chosen(reference_of(4), roster_rows(4), policy_of(order=(1, 2, 4, 3, 5, 6)))
    assert (result.papers_used, result.peak.value) == (2, 2)


def test_extra_pairs_may_be_spent_on_the_peak() -> None:
    result = chosen(reference_of(4), roster_rows(4), policy_of(extra_pairs=1))
    assert (result.papers.value, result.papers_used, result.peak.value) == (1, 2, 2)
    assert result.papers.bound == 1


def test_extra_pairs_are_not_spent_for_nothing() -> None:
    roster = roster_rows(4, specialty=["101", "101", "102", "102"])
    result = chosen(reference_of(4), roster, policy_of(extra_pairs=3))
    assert (result.papers_used, result.peak.value) == (2, 2)


def test_nobody_is_left_out_to_spare_a_paper() -> None:
    result = chosen(reference_of(4), roster_rows(8))
    assert (result.unplaced.value, result.papers_used) == (0, 2)
    assert result.papers.bound == 2


def test_overflow_seats_only_those_whom_home_cannot() -> None:
    reference = reference_of(
        1,
        dates=1,
        points=[exam_point("2301", overflow_to=("2302",)), exam_point("2302")],
        centers=[center("A", "2301"), center("B", "2302")],
        rooms=[room("A", "R1", 1, 2), room("B", "R1", 1, 2)],
    )
    fits = chosen(reference, roster_rows(2))
    assert (fits.unplaced.value, fits.outside.value) == (0, 0)
    result = chosen(reference, roster_rows(3))
    assert (result.unplaced.value, result.outside.value, result.outside.bound) == (0, 1, 1)


def test_overflow_goes_to_the_point_written_first() -> None:
    points = ["2301", "2302", "2303"]
    reference = reference_of(
        dates=1,
        points=[exam_point("2301", overflow_to=("2303", "2302")), *map(exam_point, points[1:])],
        centers=[center(c, p) for c, p in zip("ABC", points, strict=True)],
        rooms=[room(c, "R1", 1, 2) for c in "ABC"],
    )
    result = chosen(reference, roster_rows(5))
    assert result.peaks == {"2301": 2, "2302": 1, "2303": 2}


# ---------------------------------------------------------------- decisions


def test_fixed_dates_are_used_and_no_others() -> None:
    policy = policy_of(group={"101": {"fixed": ["C2", "C3"]}})
    roster = roster_rows(6, specialty=["101"] * 4 + ["102"] * 2)
    result = chosen(reference_of(4, 3), roster, policy)
    assert result.dates["101"] == {1, 2}
    assert sittings_by_specialty(result)["101"] == {"C2", "C3"}
    assert result.unplaced.value == 0


def test_fixed_dates_hold_even_when_they_leave_people_out() -> None:
    policy = policy_of(group={"101": {"fixed": ["C2"]}})
    result = chosen(reference_of(4, 3), roster_rows(6), policy)
    assert sittings_by_specialty(result) == {"101": {"C2"}}
    assert (result.unplaced.value, result.unplaced.bound) == (2, 2)


@pytest.mark.parametrize("forbidden", [["C1"], ["C1", "C3"]])
def test_forbidden_dates_are_not_used(forbidden: list[str]) -> None:
    policy = policy_of(group={"101": {"forbidden": forbidden}}, extra_pairs=2)
    result = chosen(reference_of(4, 3), roster_rows(9), policy)
    assert sittings_by_specialty(result)["101"] == {"C1", "C2", "C3"} - set(forbidden)
    assert result.unplaced.value == 9 - 4 * (3 - len(forbidden))


def test_a_group_uses_at_most_its_maximum() -> None:
    result = chosen(reference_of(4, 3), roster_rows(9), policy_of(max_sittings=2))
    assert (len(sittings_by_specialty(result)["101"]), result.unplaced.value) == (2, 1)
    own = policy_of(max_sittings=1, group={"101": {"max_sittings": 3}})
    assert chosen(reference_of(4, 3), roster_rows(9), own).unplaced.value == 0


def test_dates_given_from_above_are_kept() -> None:
    """101 has more people than its date holds; 102 is told to use both dates."""
    given = {"101": ("C2",), "102": ("C1", "C2"), "103": (), "104": ()}
    roster = roster_rows(9, specialty=["101"] * 5 + ["102"] * 3 + ["103"])
    result = chosen(reference_of(4), roster, given=given)
    used = sittings_by_specialty(result)
    assert result.dates["101"] == {1}
    assert result.dates["102"] == {0, 1}
    assert used["101"] == {"C2"}
    assert used["103"] == set()
    assert result.unplaced.value == 2
    assert sum(_explained(result).values()) == 2


def test_a_pinned_sitting_is_kept() -> None:
    roster = roster_rows(5, pinned_sitting=["C2", "C2", "", "", ""])
    result = chosen(reference_of(5), roster)
    pinned = next(c for c in result.problem.cells if c.allowed == (1,))
    assert result.quotas[pinned.row] == {"C2": 2}
    assert (result.papers_used, result.papers.bound) == (1, 1)


# ---------------------------------------------------------------- sharing, proportion


def test_without_sharing_everybody_has_a_seat_alone() -> None:
    roster = roster_rows(6, subjects=["12", "34"] * 3)
    assert chosen(reference_of(3, 1), roster).unplaced.value == 0
    alone = chosen(reference_of(3, 1), roster, policy_of(share=False))
    assert (alone.unplaced.value, alone.unplaced.bound, alone.peak.value) == (3, 3, 3)
    assert sum(_explained(alone).values()) == 3


def _unplaced_by_mask(result: DatesResult) -> Counter[int]:
    left: Counter[int] = Counter()
    for cell in result.problem.cells:
        left[cell.mask] += result.quotas[cell.row].get("", 0)
    return left


def test_fewest_unplaced_leaves_out_whoever_needs_most() -> None:
    roster = roster_rows(30, subjects=["1234", "12", "34"] * 10)
    result = chosen(reference_of(10, 1), roster)
    assert +_unplaced_by_mask(result) == {0b1111: 10}


def test_proportional_unplaced_shares_the_loss() -> None:
    """a + b >= 10 and a + c >= 10 must lack, in parts as equal as can be: 15 instead of 10."""
    roster = roster_rows(30, subjects=["1234", "12", "34"] * 10)
    result = chosen(reference_of(10, 1), roster, policy_of(unplaced="proportional"))
    left = _unplaced_by_mask(result)
    assert left.total() == result.unplaced.bound == 15
    assert set(left) == {0b1111, 0b0011, 0b1100}
    assert all(4 <= n <= 6 for n in left.values())


@pytest.mark.parametrize("seed", range(8))
def test_proportional_is_within_one_of_the_share_of_every_mask(seed: int) -> None:
    rng = random.Random(seed)
    people = rng.randint(30, 50)
    roster = roster_rows(
        people,
        specialty=[rng.choice(["101", "102"]) for _ in range(people)],
        subjects=[rng.choice(["1234", "12", "34", "4", "123"]) for _ in range(people)],
    )
    policy = policy_of(unplaced="proportional")
    result = chosen(reference_of(rng.randint(3, 6)), roster, policy)
    masks = Counter(subjects_to_mask(s) for s in roster["subjects"])
    left = _unplaced_by_mask(result)
    total = left.total()
    assert total == result.unplaced.value > 0
    for mask, count in masks.items():
        assert abs(left[mask] * people - count * total) <= people


# ---------------------------------------------------------------- an earlier plan


def test_most_people_of_an_earlier_plan_keep_their_date() -> None:
    problem = problem_of(reference_of(4), roster_rows(4))
    dates = {"101": frozenset({0, 1})}
    fresh = solve_component(problem, 0, dates)
    assert fresh.outcomes[4].value == 2
    kept = solve_component(problem, 0, dates, previous={(0, 0): 1, (0, 1): 3})
    (counts,) = kept.counts.values()
    assert counts == {0: 1, 1: 3}
    assert kept.outcomes[4].value == 3


def test_who_cannot_keep_the_date_moves_and_nobody_else_does() -> None:
    """Five were on C1, which has four seats now; goal 1 still comes first."""
    problem = problem_of(reference_of(4), roster_rows(6))
    kept = solve_component(problem, 0, {"101": frozenset({0, 1})}, previous={(0, 0): 5, (0, 1): 1})
    (counts,) = kept.counts.values()
    assert counts == {0: 4, 1: 2}
    assert kept.outcomes[1].value == 0


def test_a_date_that_is_gone_is_counted_as_lost() -> None:
    problem = problem_of(reference_of(4), roster_rows(4))
    kept = solve_component(problem, 0, {"101": frozenset({1})}, previous={(0, 0): 3, (0, 1): 1})
    (counts,) = kept.counts.values()
    assert counts == {1: 4}


# ---------------------------------------------------------------- bounds, by enumeration


@pytest.mark.parametrize("seed", range(12))
def test_the_peak_equals_enumeration(seed: int) -> None:
    """Seats for all, one date per group: every choice of dates is tried."""
    rng = random.Random(seed)
    points = ("2301", "2302")
    reference = reference_of(
        dates=3,
        points=[exam_point(p) for p in points],
        centers=[center(p, p) for p in points],
        rooms=[room(p, "R1", 5, 8) for p in points],
    )
    codes = ("101", "102", "103", "104")
    people = 30
    roster = roster_rows(
        people,
        specialty=[rng.choice(codes) for _ in range(people)],
        exam_point=[rng.choice(points) for _ in range(people)],
        subjects=[rng.choice(["1234", "12", "34", "3", "124"]) for _ in range(people)],
    )
    rows = [
        (str(r["specialty"]), str(r["exam_point"]), subjects_to_mask(str(r["subjects"])))
        for r in roster.to_dict("records")
    ]

    def peak(dates: tuple[int, ...]) -> int:
        date_of = dict(zip(codes, dates, strict=True))
        return sum(
            max(
                seats_needed(Counter(m for s, p, m in rows if p == point and date_of[s] == t))
                for t in range(3)
            )
            for point in points
        )

    best = min(peak(dates) for dates in product(range(3), repeat=len(codes)))
    result = chosen(reference, roster, policy_of(max_sittings=1))
    assert is_small(result.problem)
    assert result.unplaced.value == 0
    assert result.peak.value == best
    assert result.peak.bound <= best


def test_bounds_never_exceed_values() -> None:
    for seed in range(10):
        result = chosen(reference_of(2, 2), random_roster(seed, 12), policy_of(extra_pairs=1))
        for name in ("unplaced", "outside", "papers", "question_papers", "peak"):
            reached = getattr(result, name)
            assert 0 <= reached.bound <= reached.value, (seed, name)
        assert result.papers.value <= result.papers_used


# ---------------------------------------------------------------- everybody accounted for


@pytest.mark.parametrize("seed", range(15))
def test_every_candidate_is_counted_and_every_unplaced_one_explained(seed: int) -> None:
    reference = reference_of(
        points=[exam_point("2301", overflow_to=("2302",)), exam_point("2302")],
        centers=[center("A", "2301", employer="E1"), center("B", "2301"), center("C", "2302")],
        rooms=[
            room("A", "R1", 1, 2, features={"accessible": (1,)}),
            room("B", "R1", 1, 1),
            room("C", "R1", 1, 1),
        ],
    )
    result = chosen(reference, random_roster(seed, 14, ("2301", "2302")))
    for cell in result.problem.cells:
        assert sum(result.quotas[cell.row].values()) == cell.count
        assert set(result.quotas[cell.row]) <= {"", *(f"C{t + 1}" for t in cell.allowed)}
    left = {row: q[""] for row, q in result.quotas.items() if q.get("")}
    assert sum(left.values()) == result.unplaced.value > 0
    assert _explained(result) == left
    found = explain(result, lambda *_: (), first_id=4)
    assert [f.shortage.shortage_id for f in found] == [f"S{4 + i:03d}" for i in range(len(found))]
    for one in found:
        assert one.shortage.short == one.shortage.demand - one.shortage.seats > 0
        assert one.people


REASONS: dict[str, dict[str, str]] = {
    "OWN_EMPLOYER": {"employer": "E1"},
    "NEED_NOT_OFFERED": {"needs": "separate_room"},
    "PINNED_CENTER_FULL": {"pinned_center": "C"},
    "CAPACITY": {"specialty": "101"},
}


@pytest.mark.parametrize("reason", REASONS)
def test_the_reason_names_what_is_missing(reason: str) -> None:
    """One center hosted by E1; C belongs to another exam point."""
    reference = reference_of(
        points=[exam_point("2301"), exam_point("2302")],
        centers=[center("A", "2301", employer="E1"), center("C", "2302")],
        rooms=[room("A", "R1", 1, 4), room("C", "R1", 1, 1)],
    )
    people = 9 if reason == "CAPACITY" else 2
    result = chosen(reference, roster_rows(people, **REASONS[reason]))
    (found,) = explain(result, lambda *_: ())
    assert found.shortage.reason == reason
    assert sum(found.people.values()) == (1 if reason == "CAPACITY" else 2)


@pytest.mark.parametrize("others", [0, 1])
def test_those_without_any_seat_each_have_a_reason_of_their_own(others: int) -> None:
    """Own employer, a need that no room offers, a center elsewhere: three reasons, not one."""
    reference = reference_of(
        points=[exam_point("2301"), exam_point("2302")],
        centers=[center("A", "2301", employer="E1"), center("C", "2302")],
        rooms=[room("A", "R1", 1, 4), room("C", "R1", 1, 1)],
    )
    roster = roster_rows(
        3 + others,
        employer=["E1", "", "", ""][: 3 + others],
        needs=["", "separate_room", "", ""][: 3 + others],
        pinned_center=["", "", "C", ""][: 3 + others],
    )
    found = explain(chosen(reference, roster), lambda *_: ())
    expected = ["NEED_NOT_OFFERED", "OWN_EMPLOYER", "PINNED_CENTER_FULL"]
    assert sorted(f.shortage.reason for f in found) == expected


def test_a_group_that_found_no_seat_at_all_lacks_seats_not_dates() -> None:
    """Six of 101 fill both dates; nobody of 102 is placed, so 102 uses no date."""
    policy = policy_of(group={"101": {"fixed": ["C1", "C2"]}})
    roster = roster_rows(7, specialty=["101"] * 6 + ["102"])
    result = chosen(reference_of(3), roster, policy)
    (found,) = explain(result, lambda *_: ())
    assert found.shortage.reason == "CAPACITY"
    assert (found.shortage.demand, found.shortage.seats, found.shortage.short) == (7, 6, 1)


def test_a_shortage_asks_for_no_more_than_everybody_needs() -> None:
    """Every seat is accessible: who needs that and who does not compete for the same seats."""
    reference = reference_of(rooms=[room("A", "R1", 1, 2, features=("accessible",))])
    roster = roster_rows(6, specialty=["101", "102"] * 3, needs=["accessible", ""] * 3)
    (found,) = explain(chosen(reference, roster), lambda *_: ())
    assert (found.shortage.need, found.shortage.reason) == ("", "CAPACITY")
    assert (found.shortage.demand, found.shortage.seats) == (6, 4)


def test_a_date_limit_is_named_as_the_reason() -> None:
    result = chosen(reference_of(4), roster_rows(6), policy_of(max_sittings=1))
    (found,) = explain(result, lambda *_: ())
    assert found.shortage.reason == "DATES_LIMITED"
    assert (found.shortage.demand, found.shortage.seats, found.shortage.short) == (6, 4, 2)
    assert found.shortage.paper_group == "101"


def test_the_same_problem_gives_the_same_dates() -> None:
    first, second = (chosen(reference_of(3), random_roster(5, 12)) for _ in range(2))
    assert first == second


def test_a_solver_without_an_answer_leaves_the_searched_dates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Found on a large roster without sharing: the limit came before a first solution."""

    def unanswered(*_: object, **__: object) -> None:
        raise NoPlanInTime("no solution within deterministic time")

    monkeypatch.setattr(stage, "_proven", lambda *_: False)
    monkeypatch.setattr(DatesModel, "solve", unanswered)
    result = chosen(reference_of(4), roster_rows(8))
    assert (result.unplaced.value, result.papers_used) == (0, 2)
