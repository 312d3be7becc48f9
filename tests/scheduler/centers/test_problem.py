"""Pieces: which families bind, how groups collapse, how homes part."""

from __future__ import annotations

from decimal import Decimal

from models.places import Closure
from models.policy import Policy
from scheduler.centers.people import build_classes
from scheduler.centers.problem import (
    Piece,
    build_pieces,
    collapse,
    overflow_arcs,
    split,
)
from scheduler.places import Places
from tests.builders import center, exam_point, room, small_reference
from tests.scheduler.centers.instances import piece, placed


def pieces(reference: object, frame: object, **policy: object) -> list[Piece]:
    classes, _ = build_classes(frame)  # type: ignore[arg-type]
    return build_pieces(Places(reference), Policy.model_validate(policy), classes, {})  # type: ignore[arg-type]


def test_one_piece_per_component_and_sitting_in_order() -> None:
    frame = placed(4, exam_point=["2302", "2301", "2301", "2302"], sitting=["C1", "C2", "C1", "C2"])
    assert [p.name for p in pieces(small_reference(), frame)] == [
        "2301/C1", "2301/C2", "2302/C1", "2302/C2",
    ]  # fmt: skip


def test_linked_exam_points_are_one_piece_with_ranks() -> None:
    reference = small_reference(
        exam_points=(exam_point("2301", overflow_to=("2303", "2302")), exam_point("2302"),
                     exam_point("2303")),
        centers=[center(c, p, computer_seats=5) for c, p in
                 (("A", "2301"), ("B", "2302"), ("C", "2303"))],
        rooms=(),
    )  # fmt: skip
    (found,) = pieces(reference, placed(2, exam_point=["2301", "2302"]))
    assert found.centers == ("A", "B", "C")
    assert found.ranks[0].tolist() == [0, 2, 1]
    assert found.allowed.tolist() == [[True, True, True], [False, True, False]]


def test_seats_are_pooled_by_who_may_take_them() -> None:
    # 230101 has 4 accessible seats in R1, plain seats in R1 and R2, and a separate room R3.
    frame = placed(3, needs=["", "accessible", "separate_room"])
    (found,) = pieces(small_reference(), frame)
    by_need = {";".join(group.candidate.needs): g for g, group in enumerate(found.groups)}
    plain, accessible, separate = (by_need[n] for n in ("", "accessible", "separate_room"))
    takers = {(found.centers[p.center], p.groups): p.seats for p in found.pools}
    assert takers["230101", (separate,)] == 45
    assert takers["230101", tuple(sorted((plain, accessible)))] == 4
    assert takers["230101", (plain,)] == 45 + 45 - 4
    assert takers["230102", (plain,)] == 45


def test_pins_own_employer_and_closures_leave_no_seat_elsewhere() -> None:
    frame = placed(
        3,
        pinned_center=["230102", "", ""],
        excluded_employer=["", "E1", ""],
        subjects=["1234", "1234", "4"],
    )
    closed = Closure(center_id="230101", subjects="4")
    (found,) = pieces(small_reference(closures=(closed,)), frame)
    options = {
        (g.candidate.pinned_center, g.candidate.excluded_employer): [
            c for c, ok in zip(found.centers, found.allowed[i], strict=True) if ok
        ]
        for i, g in enumerate(found.groups)
    }
    assert options["230102", ""] == ["230102"]
    assert options["", "E1"] == []  # own hospital at 230102, subject 4 closed at 230101
    assert options["", ""] == ["230102"]


def test_a_pool_is_one_where_nobody_present_can_tell_seats_apart() -> None:
    # Half of the room is closed for subject 4, but nobody sits subject 4.
    reference = small_reference(
        rooms=(room("230101", "R1", 1, 4, spare=0),),
        closures=(Closure(center_id="230101", room_id="R1", seats=(1, 2), subjects="4"),),
        centers=(center("230101", "2301"),),
    )
    (found,) = pieces(reference, placed(2, subjects="123"))
    assert [p.seats for p in found.pools] == [4]


def test_collapse_sums_classes_and_kept() -> None:
    fine = piece(
        [(15, 0), (1, 0)],
        [(0, (0, 1), 9), (1, (0, 1), 9)],
        classes=[(0, 2, (5, 1)), (0, 3, (1, 5)), (1, 4, (2, 2))],
    )
    coarse, kept = collapse(fine, {(0, 0): 1, (1, 0): 2, (2, 1): 4})
    assert coarse.class_count.tolist() == [5, 4]
    assert not coarse.metres.any()
    assert kept == {(0, 0): 3, (1, 1): 4}


def test_split_keeps_seats_and_people_and_closes_the_ways_out() -> None:
    whole = piece(
        [(15, 2), (15, 3)],
        [(0, (0,), 4), (1, (0, 1), 5), (1, (1,), 2)],
        hosts=("H", "G"),
        homes=("H", "G"),
        ranks=[[0, 1], [2, 0]],
    )
    at_g, at_h = split(whole, [])
    assert (at_g.piece.centers, at_h.piece.centers) == (("B",), ("A",))
    # Without the guests of H, both pools of B take the same people.
    assert [(p.groups, p.seats) for p in at_g.piece.pools] == [((0,), 7)]
    assert at_g.classes.tolist() == [1]
    assert at_h.piece.class_count.tolist() == [2]


def test_split_keeps_together_what_an_arc_joins() -> None:
    whole = piece(
        [(15, 1), (15, 1), (15, 1)],
        [(0, (0, 1), 4), (1, (0, 1, 2), 4), (2, (2,), 4)],
        hosts=("H", "G", "F"),
        homes=("H", "G", "F"),
        ranks=[[0, 1, 2], [1, 0, 2], [2, 1, 0]],
    )
    assert overflow_arcs(whole) == [("F", "G"), ("G", "H"), ("H", "G")]
    at_f, joined = split(whole, [("H", "G")])
    assert (at_f.piece.centers, joined.piece.centers) == (("C",), ("A", "B"))
    assert joined.piece.allowed.tolist() == [[True, True], [False, True]]


def test_origins_make_classes_and_distances() -> None:
    frame = placed(3, latitude=["45.80", "45.80", ""], longitude=["126.53", "126.53", ""])
    reference = small_reference(
        exam_points=(exam_point("2301"),),
        centers=(
            center("A", "2301", computer_seats=3, latitude=Decimal("45.80"),
                   longitude=Decimal("126.53")),
            center("B", "2301", computer_seats=3, latitude=Decimal("46.80"),
                   longitude=Decimal("126.53")),
        ),
        rooms=(),
    )  # fmt: skip
    (found,) = pieces(reference, frame)
    assert found.class_count.tolist() == [1, 2]
    assert found.metres.tolist() == [[0, 0], [0, 111_195]]
