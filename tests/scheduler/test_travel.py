"""Distances: known values, rounding, blanks."""

from __future__ import annotations

from decimal import Decimal
from math import acos, cos, pi, radians, sin

import numpy as np
import pytest

from scheduler.travel import great_circle_metres, metres_to_centers, round_degrees
from tests.builders import center


def metres(a: tuple[float, float], b: tuple[float, float]) -> int:
    arrays = [np.array([v]) for v in (*a, *b)]
    return int(great_circle_metres(*arrays)[0])


def test_one_degree_along_the_equator_and_along_a_meridian() -> None:
    # 6371008.8 m * pi / 180 = 111195.08 m
    assert metres((0.0, 0.0), (0.0, 1.0)) == 111_195
    assert metres((45.0, 126.0), (46.0, 126.0)) == 111_195


def test_harbin_to_qiqihar_agrees_with_the_law_of_cosines() -> None:
    a, b = (45.75, 126.65), (47.34, 123.97)
    p, q, turn = radians(a[0]), radians(b[0]), radians(b[1] - a[1])
    arc = acos(sin(p) * sin(q) + cos(p) * cos(q) * cos(turn))
    assert abs(metres(a, b) - 6_371_008.8 * arc) < 1
    assert 260_000 < metres(a, b) < 280_000


def test_antipodes_are_half_a_circumference_and_no_number_is_missing() -> None:
    assert metres((0.0, 0.0), (0.0, 180.0)) == round(pi * 6_371_008.8)


def test_distance_is_symmetric_and_zero_at_home() -> None:
    assert metres((45.8, 126.5), (45.8, 126.5)) == 0
    assert metres((45.8, 126.5), (46.1, 127.2)) == metres((46.1, 127.2), (45.8, 126.5))


@pytest.mark.parametrize(
    ("value", "decimals", "rounded"),
    [("45.125", 2, "45.12"), ("45.135", 2, "45.14"), ("-0.5", 0, "0"), ("45.1", 3, "45.100")],
)
def test_degrees_round_half_even(value: str, decimals: int, rounded: str) -> None:
    assert round_degrees(Decimal(value), decimals) == Decimal(rounded)


def test_centers_are_rounded_and_a_blank_origin_has_distance_zero() -> None:
    centers = [
        center("A", "2301", latitude=Decimal("45.805"), longitude=Decimal("126.5")),
        center("B", "2301", latitude=Decimal("46.8"), longitude=Decimal("126.5")),
    ]
    table = metres_to_centers(["45.80", ""], ["126.50", ""], centers, 2)
    # 45.805 rounds half-even to 45.80, the origin itself.
    assert table.tolist() == [[0, 111_195], [0, 0]]


def test_no_origins_and_no_centers_have_a_shape() -> None:
    assert metres_to_centers([], [], [], 2).shape == (0, 0)
    assert metres_to_centers(["45.8"], ["126.5"], [], 2).shape == (1, 0)
