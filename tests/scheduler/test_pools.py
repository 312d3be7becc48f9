"""Seat pools: who may sit in which center, and which seats count as the same."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.exam import Sitting
from models.places import Closure
from models.reference import ReferenceData
from scheduler.masks import ALL_MASKS, FULL, families, submasks
from scheduler.places import Places, SeatKind
from scheduler.pools import (
    CandidateClass,
    Component,
    Pool,
    families_present,
    may_sit,
    own_employer_avoided,
    pins_honoured,
    seat_pools,
)
from tests.builders import center, exam_point, room, sitting, small_exam, small_reference, specialty

PLAIN = CandidateClass("2301", frozenset(), "", "")
NEEDY = PLAIN._replace(needs=frozenset({"accessible"}))
STAFF = PLAIN._replace(excluded_employer="E1")
PINNED = PLAIN._replace(pinned_center="B")
OPEN = SeatKind(0b1111, frozenset())
MORNING_CLOSED = 0b1100
C1 = sitting("C1", "2022-04-09")


def _reference(**fields: object) -> ReferenceData:
    """Point 2301: A (five seats, one accessible, hosted by E1) and B (three); 2302: C (two)."""
    values: dict[str, object] = {
        "exam": small_exam(spare_ratio=Decimal(0), sittings=[C1]),
        "specialties": [specialty("101")],
        "exam_points": [exam_point("2301"), exam_point("2302")],
        "centers": [center("A", "2301", employer="E1"), center("B", "2301"), center("C", "2302")],
        "rooms": [
            room("A", "R1", 1, 5, features={"accessible": (1,)}),
            room("B", "R1", 1, 3),
            room("C", "R1", 1, 2),
        ],
    }
    return small_reference(**(values | fields))  # type: ignore[arg-type]


def _pools(
    reference: ReferenceData, *classes: CandidateClass, points: tuple[str, ...] = ("2301", "2302")
) -> tuple[Pool, ...]:
    one: Sitting = reference.exam.sittings[0]
    return seat_pools(Places(reference), classes, points, one)


@pytest.mark.parametrize(
    ("candidate", "host", "avoided"),
    [(PLAIN, "E1", True), (STAFF, "E1", False), (STAFF, "E2", True), (STAFF, "", True),
     (PLAIN, "", True)],
)  # fmt: skip
def test_own_employer_avoided(candidate: CandidateClass, host: str, avoided: bool) -> None:
    assert own_employer_avoided(candidate, center("A", "2301", employer=host)) is avoided


@pytest.mark.parametrize(
    ("candidate", "center_id", "honoured"),
    [(PLAIN, "A", True), (PINNED, "B", True), (PINNED, "A", False)],
)
def test_pins_honoured(candidate: CandidateClass, center_id: str, honoured: bool) -> None:
    assert pins_honoured(candidate, center(center_id, "2301")) is honoured


def test_may_sit_asks_every_rule() -> None:
    host = center("A", "2301", employer="E1")
    assert may_sit(PLAIN, host, OPEN, ["2301"])
    assert not may_sit(PLAIN, host, OPEN, ["2302"])
    assert not may_sit(STAFF, host, OPEN, ["2301"])
    assert not may_sit(PINNED, host, OPEN, ["2301"])
    assert not may_sit(NEEDY, host, OPEN, ["2301"])
    assert may_sit(NEEDY, host, SeatKind(0b1111, frozenset({"accessible"})), ["2301"])


def test_seats_that_nobody_tells_apart_are_one_pool() -> None:
    """Center B's seats and the plain ones of A differ to nobody here."""
    assert _pools(_reference(), PLAIN) == (Pool("2301", "C1", 0b1111, (0,), 9 - 1),)


def test_a_class_splits_the_pools_it_can_tell_apart() -> None:
    assert _pools(_reference(), PLAIN, NEEDY) == (
        Pool("2301", "C1", 0b1111, (0,), 7),
        Pool("2301", "C1", 0b1111, (0, 1), 1),
    )
    assert _pools(_reference(), PLAIN, STAFF) == (
        Pool("2301", "C1", 0b1111, (0,), 5),
        Pool("2301", "C1", 0b1111, (0, 1), 3),
    )
    assert _pools(_reference(), PINNED) == (Pool("2301", "C1", 0b1111, (0,), 3),)


def test_closures_make_pools_of_their_own() -> None:
    closure = Closure(center_id="B", room_id="R1", seats=(2,), sitting="C1", subjects="12")
    assert _pools(_reference(closures=[closure]), PLAIN) == (
        Pool("2301", "C1", MORNING_CLOSED, (0,), 1),
        Pool("2301", "C1", 0b1111, (0,), 7),
    )


def test_overflow_opens_the_seats_of_another_point() -> None:
    reference = _reference(exam_points=[exam_point("2301", overflow_to=("2302",)),
                                        exam_point("2302")])  # fmt: skip
    other = PLAIN._replace(exam_point="2302")
    assert _pools(reference, PLAIN, other) == (
        Pool("2301", "C1", 0b1111, (0,), 8),
        Pool("2302", "C1", 0b1111, (0, 1), 2),
    )


def test_seats_that_take_nobody_are_no_pool() -> None:
    assert _pools(_reference()) == ()
    assert _pools(_reference(), PLAIN._replace(needs=frozenset({"separate_room"}))) == ()
    assert _pools(_reference(), PLAIN, points=("2302",)) == ()


def test_a_component_knows_the_home_of_a_class() -> None:
    reference = _reference(exam_points=[exam_point("2301", delegates_to="2302"),
                                        exam_point("2302")])  # fmt: skip
    part = Component(("2301", "2302"), (PLAIN,), ())
    assert part.home_of(Places(reference), 0) == "2302"
    assert _pools(reference, PLAIN) == (Pool("2302", "C1", 0b1111, (0,), 2),)


@pytest.mark.parametrize(
    ("masks", "expected"),
    [
        ({0b1111}, [{0b1111}]),
        ({0b0001, 0b0010}, [{0b0001}, {0b0010}]),
        ({0b0011, 0b0101, 0b0110}, [{0b0011, 0b0101, 0b0110}]),
        ({0b0001, 0b0010, 0b1111}, [{0b0001, 0b1111}, {0b0010, 0b1111}]),
        (set(), []),
    ],
)
def test_families_are_thinned_to_masks_that_occur(
    masks: set[int], expected: list[set[int]]
) -> None:
    assert [set(f) for f in families_present(frozenset(masks), share=True)] == expected


def test_all_masks_have_the_families_of_the_theorem() -> None:
    assert families_present(frozenset(ALL_MASKS), share=True) == families(FULL)
    half = frozenset(submasks(MORNING_CLOSED))
    assert families_present(half, share=True) == families(MORNING_CLOSED)


def test_without_sharing_there_is_one_family_of_all_masks() -> None:
    assert families_present(frozenset({1, 2}), share=False) == (frozenset({1, 2}),)
