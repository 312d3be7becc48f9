"""Every rule of the date models alone, on a bare model: nothing to obey, broken, kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from ortools.sat.python import cp_model

from models.exam import Mode
from scheduler.dates import constraints as rules
from scheduler.dates.columns import Cell
from scheduler.dates.problem import DatesProblem, GroupRule
from scheduler.dates.variables import ComponentVariables, Offer
from scheduler.pools import CandidateClass, Component, Pool

PLAIN = CandidateClass("2301", frozenset(), "", "")
FULL, MORNING, AFTERNOON = 0b1111, 0b0011, 0b1100


def _problem(*pools: Pool, share: bool = True) -> DatesProblem:
    """One class at one exam point; sittings C1 and C2."""
    return DatesProblem(
        mode=Mode.COMPUTER,
        sittings=("C1", "C2"),
        groups=(GroupRule("101", (0, 1), False, 2),),
        cells=(Cell(0, 0, 0, 0, "101", FULL, (0, 1), 1),),
        components=(Component(("2301",), (PLAIN,), pools),),
        homes=(("2301",),),
        ranks=(({"2301": 0},),),
        papers={"101": ("p1", "p2", "p3", "p4")},
        share=share,
        proportional=False,
    )


def _pool(seats: int, sitting: str = "C1", open_subjects: int = FULL) -> Pool:
    return Pool("2301", sitting, open_subjects, (0,), seats)


def _status(model: cp_model.CpModel) -> cp_model.CpSolverStatus:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    return solver.solve(model)


def _seated(people: Mapping[int, int], needed: int, *, share: bool = True) -> cp_model.CpModel:
    """``people[mask]`` sit in a pool that counts ``needed`` seats."""
    model = cp_model.CpModel()
    v = ComponentVariables(0, {})
    v.needed[0] = model.new_constant(needed)
    for mask, count in people.items():
        v.seated[0, mask, 0] = model.new_constant(count)
    rules.families_within_seats(model, _problem(_pool(9), share=share), v)
    return model


# ---------------------------------------------------------------- everyone_accounted_for


def _accounted(offered: int, seated: Mapping[int, int], unplaced: int) -> cp_model.CpModel:
    """People offered C1, seated by pool index (0 and 1 on C1, 2 on C2), or unplaced."""
    model = cp_model.CpModel()
    v = ComponentVariables(0, {(0, FULL, 0): Offer(model.new_constant(offered), offered)})
    v.unplaced[0, FULL, 0] = model.new_constant(unplaced)
    for p, count in seated.items():
        v.seated[0, FULL, p] = model.new_constant(count)
    problem = _problem(_pool(9), _pool(9), _pool(9, "C2"))
    rules.everyone_accounted_for(model, problem, v)
    return model


def test_everyone_accounted_for_asks_nothing_without_an_offer() -> None:
    model = cp_model.CpModel()
    rules.everyone_accounted_for(model, _problem(_pool(1)), ComponentVariables(0, {}))
    assert len(model.proto.constraints) == 0
    assert _status(model) == cp_model.OPTIMAL


@pytest.mark.parametrize(
    ("offered", "seated", "unplaced"),
    [
        (3, {0: 2}, 0),  # somebody vanishes
        (3, {0: 2, 1: 2}, 0),  # somebody appears
        (3, {2: 3}, 0),  # seated on another date
        (0, {}, 1),  # left out without an offer
    ],
)
def test_everyone_accounted_for_forbids(
    offered: int, seated: dict[int, int], unplaced: int
) -> None:
    assert _status(_accounted(offered, seated, unplaced)) == cp_model.INFEASIBLE


@pytest.mark.parametrize(
    ("offered", "seated", "unplaced"), [(3, {0: 2, 1: 1}, 0), (3, {0: 1, 2: 9}, 2), (3, {}, 3)]
)
def test_everyone_accounted_for_allows(offered: int, seated: dict[int, int], unplaced: int) -> None:
    assert _status(_accounted(offered, seated, unplaced)) == cp_model.OPTIMAL


# ---------------------------------------------------------------- families_within_seats


def test_families_within_seats_asks_nothing_of_an_empty_pool() -> None:
    assert len(_seated({}, 0).proto.constraints) == 0
    assert _status(_seated({}, 0)) == cp_model.OPTIMAL


@pytest.mark.parametrize(
    ("people", "needed"),
    [
        ({FULL: 1}, 0),
        ({FULL: 1, 0b0001: 1}, 1),  # they meet in subject 1
        ({0b0011: 1, 0b0110: 1, 0b0101: 1}, 2),  # pairwise, though no subject holds three
        ({MORNING: 3, AFTERNOON: 2}, 2),
    ],
)
def test_families_within_seats_forbids(people: dict[int, int], needed: int) -> None:
    assert _status(_seated(people, needed)) == cp_model.INFEASIBLE


@pytest.mark.parametrize(
    ("people", "needed"),
    [
        ({FULL: 2}, 2),
        ({0b0011: 1, 0b0110: 1, 0b0101: 1}, 3),
        ({MORNING: 3, AFTERNOON: 2}, 3),
        ({0b0001: 2, 0b0010: 2, 0b0100: 2, 0b1000: 2}, 2),
    ],
)
def test_families_within_seats_allows(people: dict[int, int], needed: int) -> None:
    assert _status(_seated(people, needed)) == cp_model.OPTIMAL


def test_without_sharing_everybody_needs_a_seat_alone() -> None:
    people = {MORNING: 1, AFTERNOON: 1}
    assert _status(_seated(people, 1, share=False)) == cp_model.INFEASIBLE
    assert _status(_seated(people, 2, share=False)) == cp_model.OPTIMAL
    assert _status(_seated(people, 1, share=True)) == cp_model.OPTIMAL


# ---------------------------------------------------------------- peak_covers_every_sitting


def _peaked(needed: Mapping[int, int], peak: int) -> cp_model.CpModel:
    """Pools 0 and 1 on C1, pool 2 on C2."""
    model = cp_model.CpModel()
    v = ComponentVariables(0, {})
    v.needed = {p: model.new_constant(needed.get(p, 0)) for p in range(3)}
    v.peak = {"2301": model.new_constant(peak)}
    rules.peak_covers_every_sitting(model, _problem(_pool(9), _pool(9), _pool(9, "C2")), v)
    return model


def test_peak_covers_every_sitting_asks_nothing_without_pools() -> None:
    model = cp_model.CpModel()
    rules.peak_covers_every_sitting(model, _problem(), ComponentVariables(0, {}))
    assert _status(model) == cp_model.OPTIMAL


@pytest.mark.parametrize(("needed", "peak"), [({0: 2, 1: 2}, 3), ({0: 1, 2: 4}, 3)])
def test_peak_covers_every_sitting_forbids(needed: dict[int, int], peak: int) -> None:
    assert _status(_peaked(needed, peak)) == cp_model.INFEASIBLE


@pytest.mark.parametrize(("needed", "peak"), [({}, 0), ({0: 2, 1: 2}, 4), ({0: 2, 2: 3}, 3)])
def test_peak_covers_every_sitting_allows(needed: dict[int, int], peak: int) -> None:
    assert _status(_peaked(needed, peak)) == cp_model.OPTIMAL


# ---------------------------------------------------------------- group_sittings_allowed


def _dated(rule: GroupRule, used: tuple[int, ...]) -> cp_model.CpModel:
    model = cp_model.CpModel()
    sits_on = [model.new_bool_var(f"t{t}") for t in range(3)]
    for t, literal in enumerate(sits_on):
        model.add(literal == int(t in used))
    rules.group_sittings_allowed(model, rule, sits_on)
    return model


def test_group_sittings_allowed_lets_a_group_sit_nowhere() -> None:
    rule = GroupRule("101", (0, 1, 2), False, 3)
    assert _status(_dated(rule, ())) == cp_model.OPTIMAL


@pytest.mark.parametrize(
    ("rule", "used"),
    [
        (GroupRule("101", (0, 2), False, 3), (1,)),  # forbidden date
        (GroupRule("101", (0, 1, 2), False, 1), (0, 2)),  # more than the maximum
        (GroupRule("101", (0, 1), True, 2), (0,)),  # a fixed date is not used
        (GroupRule("101", (0,), True, 1), (0, 1)),  # another than the fixed date
    ],
)
def test_group_sittings_allowed_forbids(rule: GroupRule, used: tuple[int, ...]) -> None:
    assert _status(_dated(rule, used)) == cp_model.INFEASIBLE


@pytest.mark.parametrize(
    ("rule", "used"),
    [
        (GroupRule("101", (0, 2), False, 2), (0, 2)),
        (GroupRule("101", (0, 1, 2), False, 1), (2,)),
        (GroupRule("101", (0, 1), True, 2), (0, 1)),
    ],
)
def test_group_sittings_allowed_allows(rule: GroupRule, used: tuple[int, ...]) -> None:
    assert _status(_dated(rule, used)) == cp_model.OPTIMAL


# ---------------------------------------------------------------- unplaced_in_proportion


def _shared_out(unplaced: Mapping[int, int], people: Mapping[int, int]) -> cp_model.CpModel:
    model = cp_model.CpModel()
    left = {mask: model.new_constant(n) for mask, n in unplaced.items()}
    rules.unplaced_in_proportion(model, left, people)
    return model


def test_unplaced_in_proportion_asks_nothing_when_nobody_is_left_out() -> None:
    assert _status(_shared_out({FULL: 0, MORNING: 0}, {FULL: 10, MORNING: 30})) == cp_model.OPTIMAL


@pytest.mark.parametrize("unplaced", [{FULL: 8, MORNING: 0}, {FULL: 0, MORNING: 8}])
def test_unplaced_in_proportion_forbids(unplaced: dict[int, int]) -> None:
    """Eight of forty: two and six would be proportional."""
    assert _status(_shared_out(unplaced, {FULL: 10, MORNING: 30})) == cp_model.INFEASIBLE


@pytest.mark.parametrize(("full", "status"), [
    (0, cp_model.INFEASIBLE), (1, cp_model.OPTIMAL), (2, cp_model.OPTIMAL),
    (3, cp_model.OPTIMAL), (4, cp_model.INFEASIBLE),
])  # fmt: skip
def test_unplaced_in_proportion_allows_one_person_either_way(
    full: int, status: cp_model.CpSolverStatus
) -> None:
    model = _shared_out({FULL: full, MORNING: 8 - full}, {FULL: 10, MORNING: 30})
    assert _status(model) == status


def test_unplaced_in_proportion_of_one_mask_alone_asks_nothing() -> None:
    assert _status(_shared_out({FULL: 7}, {FULL: 10})) == cp_model.OPTIMAL


# ---------------------------------------------------------------- all of them

RULES: tuple[Callable[..., None], ...] = (
    rules.everyone_accounted_for,
    rules.families_within_seats,
    rules.peak_covers_every_sitting,
    rules.group_sittings_allowed,
    rules.unplaced_in_proportion,
)


def test_no_rule_is_left_out_here() -> None:
    public = {
        f for name, f in vars(rules).items()
        if callable(f) and getattr(f, "__module__", "") == rules.__name__ and name[0] != "_"
    }  # fmt: skip
    assert public == set(RULES)
