"""Each rule alone on a bare model: trivially feasible, forbidden infeasible, allowed feasible."""

from __future__ import annotations

from ortools.sat.python import cp_model

from scheduler.centers import constraints
from scheduler.centers.problem import Piece
from scheduler.centers.variables import Variables, create_variables
from tests.scheduler.centers.instances import piece

M1, M2, M12, M13, M23, ALL = 0b0001, 0b0010, 0b0011, 0b0101, 0b0110, 0b1111


def bare(instance: Piece, kept: dict[tuple[int, int], int] | None = None) -> tuple[
    cp_model.CpModel, Variables
]:  # fmt: skip
    model = cp_model.CpModel()
    return model, create_variables(model, instance, kept or {})


def status(model: cp_model.CpModel, *fixed: tuple[cp_model.LinearExprT, int]) -> str:
    trial = model.clone()
    for expression, value in fixed:
        trial.add(expression == value)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    return str(solver.status_name(solver.solve(trial)))


ONE_ROOM = piece([(ALL, 3)], [(0, (0,), 2)])
TWO_CENTERS = piece([(ALL, 2)], [(0, (0,), 2), (1, (0,), 2)])


def test_everyone_accounted_for() -> None:
    model, v = bare(TWO_CENTERS)
    constraints.everyone_accounted_for(model, TWO_CENTERS, v)
    here, there = v.goes[0, 0], v.goes[0, 1]
    assert status(model) == "OPTIMAL"
    assert status(model, (here, 2), (there, 1)) == "INFEASIBLE"
    assert status(model, (here, 0), (there, 0), (v.unplaced[0], 1)) == "INFEASIBLE"
    assert status(model, (here, 1), (there, 0), (v.unplaced[0], 1)) == "OPTIMAL"


def test_pools_add_up() -> None:
    instance = piece([(ALL, 3)], [(0, (0,), 2), (0, (0,), 2)])
    model, v = bare(instance)
    constraints.pools_add_up(model, instance, v)
    assert status(model) == "OPTIMAL"
    assert status(model, (v.goes[0, 0], 3), (v.sits[0, 0], 1), (v.sits[0, 1], 1)) == "INFEASIBLE"
    assert status(model, (v.goes[0, 0], 3), (v.sits[0, 0], 1), (v.sits[0, 1], 2)) == "OPTIMAL"


def test_families_within_seats() -> None:
    model, v = bare(ONE_ROOM)
    constraints.families_within_seats(model, ONE_ROOM, v)
    assert status(model) == "OPTIMAL"
    assert status(model, (v.sits[0, 0], 3)) == "INFEASIBLE"
    assert status(model, (v.sits[0, 0], 2)) == "OPTIMAL"


def test_families_see_what_single_sessions_do_not() -> None:
    # 12, 13, 23 load each session with two and need three seats.
    triangle = piece([(M12, 1), (M13, 1), (M23, 1)], [(0, (0, 1, 2), 2)])
    model, v = bare(triangle)
    constraints.families_within_seats(model, triangle, v)
    one, two, three = v.sits[0, 0], v.sits[1, 0], v.sits[2, 0]
    assert status(model, (one, 1), (two, 1), (three, 1)) == "INFEASIBLE"
    assert status(model, (one, 1), (two, 1), (three, 0)) == "OPTIMAL"


def test_disjoint_masks_share_a_seat_only_where_sharing_is_on() -> None:
    for share, expected in ((True, "OPTIMAL"), (False, "INFEASIBLE")):
        instance = piece([(M1, 1), (M2, 1)], [(0, (0, 1), 1)], share=share)
        model, v = bare(instance)
        constraints.families_within_seats(model, instance, v)
        assert status(model, (v.sits[0, 0], 1), (v.sits[1, 0], 1)) == expected


def test_peak_kept() -> None:
    # Two centers of one host with 2 seats each, but goal 4 settled on 2 seats in all.
    instance = piece([(ALL, 3)], [(0, (0,), 2), (1, (0,), 2)], peaks={"H": 2})
    model, v = bare(instance)
    constraints.families_within_seats(model, instance, v)
    constraints.peak_kept(model, instance, v)
    here, there = v.sits[0, 0], v.sits[0, 1]
    assert status(model) == "OPTIMAL"
    assert status(model, (here, 2), (there, 1)) == "INFEASIBLE"
    assert status(model, (here, 1), (there, 1)) == "OPTIMAL"


def test_a_peak_of_another_host_limits_nothing() -> None:
    instance = piece([(ALL, 3)], [(0, (0,), 2), (1, (0,), 2)], hosts=("H", "G"), peaks={"G": 1})
    model, v = bare(instance)
    constraints.families_within_seats(model, instance, v)
    constraints.peak_kept(model, instance, v)
    assert status(model, (v.sits[0, 0], 2), (v.sits[0, 1], 1)) == "OPTIMAL"
    assert status(model, (v.sits[0, 0], 1), (v.sits[0, 1], 2)) == "INFEASIBLE"


def test_kept_people_stay() -> None:
    model, v = bare(TWO_CENTERS, {(0, 1): 2})
    constraints.kept_people_stay(model, v)
    assert status(model) == "OPTIMAL"
    assert status(model, (v.goes[0, 1], 1), (v.kept[0, 1], 2)) == "INFEASIBLE"
    assert status(model, (v.goes[0, 1], 2), (v.kept[0, 1], 2)) == "OPTIMAL"


def test_opened_where_used() -> None:
    model, v = bare(TWO_CENTERS)
    opened = [model.new_bool_var("A"), model.new_bool_var("B")]
    constraints.opened_where_used(model, TWO_CENTERS, v, opened)
    assert status(model) == "OPTIMAL"
    assert status(model, (v.sits[0, 0], 1), (opened[0], 0)) == "INFEASIBLE"
    assert status(model, (v.sits[0, 0], 1), (opened[0], 1), (opened[1], 0)) == "OPTIMAL"


def test_presence_in_opened() -> None:
    model, v = bare(TWO_CENTERS)
    presence = model.new_int_var(0, 2, "presence")
    constraints.presence_in_opened(model, v, [0], presence)
    assert status(model) == "OPTIMAL"
    assert status(model, (v.goes[0, 0], 1), (presence, 2)) == "INFEASIBLE"
    assert status(model, (v.goes[0, 1], 1)) == "INFEASIBLE"
    assert status(model, (v.goes[0, 0], 2), (v.goes[0, 1], 0), (presence, 2)) == "OPTIMAL"
