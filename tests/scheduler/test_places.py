"""Rooms laid out: spare machines, closures, seat kinds; and which points host whom."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import combinations

import pytest

from models.exam import Mode
from models.places import Closure, Use
from models.reference import ReferenceData
from scheduler.places import Places, SeatKind, components, host_employers, host_points, modes
from tests.builders import center, exam_point, room, sitting, small_exam, small_reference, specialty

FULL, MORNING, AFTERNOON = 0b1111, 0b0011, 0b1100
NEEDS = frozenset({"accessible", "extra_time"})


def _one_room(spare_ratio: str = "0", **fields: object) -> ReferenceData:
    closures = fields.pop("closures", ())
    rows, columns = fields.pop("rows", 2), fields.pop("columns", 5)
    return small_reference(
        exam=small_exam(spare_ratio=Decimal(spare_ratio)),
        specialties=[specialty("101"), specialty("203", mode=Mode.PAPER)],
        exam_points=[exam_point("2301")],
        centers=[center("A", "2301")],
        rooms=[room("A", "R1", rows, columns, **fields)],  # type: ignore[arg-type]
        closures=closures,  # type: ignore[arg-type]
    )


def _open(reference: ReferenceData, sitting_id: str) -> list[int]:
    places = Places(reference)
    one = {s.id: s for s in reference.exam.sittings}[sitting_id]
    return [int(m) for m in places.open_subjects(places.layouts["A", "R1"], one)]


def _kinds(reference: ReferenceData, sitting_id: str, center_id: str = "A") -> dict[SeatKind, int]:
    one = {s.id: s for s in reference.exam.sittings}[sitting_id]
    return dict(Places(reference).seat_kinds(center_id, one))


# ---------------------------------------------------------------- SeatKind.takes


@pytest.mark.parametrize("mask", [0, FULL, MORNING])
def test_a_plain_open_seat_takes_everybody_without_needs(mask: int) -> None:
    assert SeatKind(FULL, frozenset()).takes(mask, frozenset())


def test_a_closed_subject_is_not_taken() -> None:
    """Rule closed_seats_kept_free."""
    kind = SeatKind(AFTERNOON, frozenset())
    assert kind.takes(0b0100, frozenset())
    assert kind.takes(AFTERNOON, frozenset())
    assert not kind.takes(0b0110, frozenset())
    assert not kind.takes(FULL, frozenset())


def test_every_need_must_be_offered() -> None:
    """Rule needs_honoured; an offered need that nobody asks for does no harm."""
    assert SeatKind(FULL, NEEDS).takes(FULL, NEEDS)
    assert SeatKind(FULL, NEEDS).takes(FULL, frozenset())
    assert not SeatKind(FULL, frozenset({"accessible"})).takes(FULL, NEEDS)
    assert not SeatKind(FULL, frozenset()).takes(FULL, frozenset({"accessible"}))


def test_a_separate_room_is_for_those_who_need_it() -> None:
    """Rule separate_room_kept_apart, both ways."""
    separate = frozenset({"separate_room"})
    assert SeatKind(FULL, separate).takes(FULL, separate)
    assert not SeatKind(FULL, separate).takes(FULL, frozenset())
    assert not SeatKind(FULL, frozenset()).takes(FULL, separate)
    assert not SeatKind(FULL, separate).takes(FULL, separate | {"accessible"})


# ---------------------------------------------------------------- layouts


def test_seats_are_open_for_the_whole_sitting_of_their_mode() -> None:
    reference = _one_room()
    assert _open(reference, "C1") == [FULL] * 10
    assert _open(reference, "P1") == [0] * 10


def test_a_room_in_reserve_is_open_to_nobody_and_keeps_no_spare_machines() -> None:
    reference = _one_room("0.1", use=Use.RESERVE)
    assert _open(reference, "C1") == [0] * 10
    assert Places(reference).layouts["A", "R1"].spare_numbers == []
    assert Places(reference).rooms_of_center == {}


def test_missing_seats_are_not_there() -> None:
    layout = Places(_one_room(missing=(2, 9))).layouts["A", "R1"]
    assert [int(n) for n in layout.numbers] == [1, 3, 4, 5, 6, 7, 8, 10]
    assert (len(layout.rows), len(layout.columns), len(layout.spare)) == (8, 8, 8)


@pytest.mark.parametrize(("ratio", "number"), [("0", 0), ("0.1", 1), ("0.11", 2), ("0.5", 5)])
def test_spare_machines_are_rounded_up_and_stay_free(ratio: str, number: int) -> None:
    reference = _one_room(ratio)
    layout = Places(reference).layouts["A", "R1"]
    assert len(layout.spare_numbers) == number
    closed = [int(n) for n, m in zip(layout.numbers, _open(reference, "C1"), strict=True) if not m]
    assert closed == layout.spare_numbers
    assert _kinds(reference, "C1") == {SeatKind(FULL, frozenset()): 10 - number}


def test_paper_rooms_keep_no_spare_seats() -> None:
    reference = _one_room("0.5", mode=Mode.PAPER)
    assert _open(reference, "P1") == [FULL] * 10


def test_spare_machines_are_chosen_where_they_cost_least() -> None:
    """Not the seats that offer a need, and not those that are closed on some date."""
    closure = Closure(center_id="A", room_id="R1", seats=(1, 2, 3), sitting="C2", subjects="12")
    reference = _one_room("0.4", features={"accessible": (4, 5)}, closures=(closure,))
    assert set(Places(reference).layouts["A", "R1"].spare_numbers) <= {6, 7, 8, 9, 10}
    more = _one_room("0.8", features={"accessible": (4, 5)}, closures=(closure,))
    assert {4, 5}.isdisjoint(Places(more).layouts["A", "R1"].spare_numbers)


def _spare_cells(reference: ReferenceData) -> list[tuple[int, int]]:
    layout = Places(reference).layouts["A", "R1"]
    cells = zip(layout.rows.tolist(), layout.columns.tolist(), strict=True)
    return [cell for cell, spare in zip(cells, layout.spare.tolist(), strict=True) if spare]


def _adjacencies(cells: set[tuple[int, int]]) -> int:
    return sum(((r, c + 1) in cells) + ((r + 1, c) in cells) for r, c in cells)


def test_spare_machines_are_spread_over_the_room() -> None:
    """Two of 5 x 10: inner cells of one colour, from one end of the room to the other."""
    first, second = _spare_cells(_one_room("0.04", rows=5, columns=10))
    assert abs(first[0] - second[0]) + abs(first[1] - second[1]) >= 2 + 6


@pytest.mark.parametrize(("rows", "columns", "spare"), [(3, 4, 2), (4, 4, 3), (3, 5, 3)])
@pytest.mark.parametrize("missing", [(), (2,), (1, 6)])
def test_spare_machines_separate_most(
    rows: int, columns: int, spare: int, missing: tuple[int, ...]
) -> None:
    """No other choice of as many machines leaves fewer neighbours; not all in one corner."""
    room = _one_room(rows=rows, columns=columns, spare=spare, missing=missing)
    layout = Places(room).layouts["A", "R1"]
    present = set(zip(layout.rows.tolist(), layout.columns.tolist(), strict=True))
    chosen = _spare_cells(room)
    assert len(chosen) == spare
    fewest = min(_adjacencies(present - set(other)) for other in combinations(present, spare))
    assert _adjacencies(present - set(chosen)) == fewest
    assert (
        max(r for r, _ in chosen)
        - min(r for r, _ in chosen)
        + max(c for _, c in chosen)
        - min(c for _, c in chosen)
        >= 2
    )


@pytest.mark.parametrize("seed", [*range(20), 207, 251, 1037, 1261])
def test_spare_machines_are_never_all_in_one_quarter(seed: int) -> None:
    draw = random.Random(seed)
    rows, columns = draw.randint(2, 8), draw.randint(3, 10)
    gaps = draw.randint(1, rows * columns // 6) if seed % 2 else 0
    missing = tuple(sorted(draw.sample(range(1, rows * columns + 1), gaps)))
    spare = draw.randint(2, max(2, rows * columns // 6))
    chosen = _spare_cells(_one_room(rows=rows, columns=columns, spare=spare, missing=missing))
    assert len(chosen) == spare
    quarters = {(2 * row > rows - 1, 2 * column > columns - 1) for row, column in chosen}
    middle = any(2 * row == rows - 1 or 2 * column == columns - 1 for row, column in chosen)
    assert len(quarters) > 1 or middle


# ---------------------------------------------------------------- closures

CLOSURE_CASES: dict[str, tuple[Closure, str, list[int]]] = {
    "a seat, a morning": (
        Closure(center_id="A", room_id="R1", seats=(2,), sitting="C1", subjects="12"),
        "C1", [FULL, AFTERNOON, FULL, FULL],
    ),
    "another date is untouched": (
        Closure(center_id="A", room_id="R1", seats=(2,), sitting="C1", subjects="12"),
        "C2", [FULL] * 4,
    ),
    "a room, all day": (Closure(center_id="A", room_id="R1", sitting="C1"), "C1", [0] * 4),
    "a center, every date": (Closure(center_id="A", subjects="4"), "C3", [0b0111] * 4),
    "an exam point": (Closure(exam_point="2301", sitting="C1"), "C1", [0] * 4),
    "one mode": (Closure(exam_point="2301", mode=Mode.PAPER), "C1", [FULL] * 4),
    "another room": (Closure(center_id="A", room_id="R2", sitting="C1"), "C1", [FULL] * 4),
}  # fmt: skip


@pytest.mark.parametrize("case", CLOSURE_CASES)
def test_closures_take_subjects_away(case: str) -> None:
    closure, sitting_id, expected = CLOSURE_CASES[case]
    assert _open(_one_room(rows=2, columns=2, closures=(closure,)), sitting_id) == expected


def test_closures_add_up() -> None:
    closures = (
        Closure(center_id="A", room_id="R1", seats=(1, 2), sitting="C1", subjects="1"),
        Closure(center_id="A", room_id="R1", seats=(2, 3), sitting="C1", subjects="34"),
    )
    expected = [0b1110, 0b0010, 0b0011, FULL]
    reference = _one_room(rows=2, columns=2, closures=closures)
    assert _open(reference, "C1") == expected
    assert _kinds(reference, "C1") == {SeatKind(m, frozenset()): 1 for m in expected}


# ---------------------------------------------------------------- seat kinds


def test_seat_kinds_count_features_and_leave_out_other_modes() -> None:
    reference = _one_room(rows=2, columns=2, features={"accessible": (1,), "extra_time": ()})
    assert _kinds(reference, "C1") == {
        SeatKind(FULL, NEEDS): 1,
        SeatKind(FULL, frozenset({"extra_time"})): 3,
    }
    assert _kinds(reference, "P1") == {}


def test_a_center_without_rooms_counts_its_declared_seats() -> None:
    closures = (Closure(center_id="A", sitting="C1", subjects="12"), Closure(center_id="A",
                sitting="C2"))  # fmt: skip
    reference = small_reference(
        centers=[center("A", "2301", computer_seats=7)], rooms=[], closures=closures,
        exam_points=[exam_point("2301")],
    )  # fmt: skip
    assert _kinds(reference, "C1") == {SeatKind(AFTERNOON, frozenset()): 7}
    assert _kinds(reference, "C2") == {}
    assert _kinds(reference, "C3") == {SeatKind(FULL, frozenset()): 7}
    assert _kinds(reference, "P1") == {}


# ---------------------------------------------------------------- hosts


def _points(**of_first: object) -> ReferenceData:
    points = [exam_point("2301", **of_first), *(exam_point(p) for p in ("2302", "2303", "2304"))]
    return small_reference(exam_points=points, centers=[center("A", "2302")], rooms=[])


def test_a_point_hosts_its_own_candidates() -> None:
    """Rule home_point_or_overflow."""
    assert host_points(_points(), "2301") == ("2301",)


def test_overflow_points_follow_in_the_order_written() -> None:
    reference = _points(overflow_to=("2304", "2302"))
    assert host_points(reference, "2301") == ("2301", "2304", "2302")
    assert host_points(reference, "2304") == ("2304",)


def test_a_point_that_delegates_hosts_nobody() -> None:
    reference = _points(delegates_to="2303", overflow_to=("2303", "2302"))
    assert host_points(reference, "2301") == ("2303", "2302")
    back = _points(delegates_to="2303").model_copy(
        update={
            "exam_points": (
                exam_point("2301", delegates_to="2303"),
                exam_point("2302", overflow_to=("2301", "2303")),
                exam_point("2303"),
            )
        }
    )
    assert host_points(back, "2302") == ("2302", "2303")


def test_components_join_points_that_share_seats() -> None:
    assert components(_points()) == (("2301",), ("2302",), ("2303",), ("2304",))
    assert components(_points(overflow_to=("2304",))) == (("2301", "2304"), ("2302",), ("2303",))
    assert components(_points(delegates_to="2303", overflow_to=("2302",))) == (
        ("2301", "2302", "2303"),
        ("2304",),
    )


def test_host_employers_and_modes() -> None:
    assert host_employers(small_reference()) == {"E1"}
    assert host_employers(_one_room()) == frozenset()
    assert modes(small_reference()) == (Mode.COMPUTER, Mode.PAPER)
    only = small_exam(sittings=[sitting("C1", "2022-04-09")])
    assert modes(small_reference(exam=only)) == (Mode.COMPUTER,)
