from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_10

from scheduler.verify.measure import check_digit, check_digits, metres, rounded_coordinate


@given(st.text("0123456789", min_size=1, max_size=20))
def test_check_digit_against_stdnum(body: str) -> None:
    assert check_digit(body) == mod_11_10.calc_check_digit(body)


@given(st.lists(st.text("0123456789AZ-", max_size=15), max_size=8))
def test_check_digits_of_many_are_those_of_each(bodies: list[str]) -> None:
    assert check_digits(bodies).tolist() == [int(check_digit(body)) for body in bodies]


def test_other_characters_are_skipped() -> None:
    assert check_digit("2022-2301/000001") == check_digit("20222301000001")


@pytest.mark.parametrize(
    ("cell", "decimals", "expected"),
    [
        ("45.805", 2, "45.80"),
        ("45.815", 2, "45.82"),
        ("45.8050000001", 2, "45.81"),
        ("-0.004", 2, "0.00"),
        ("-0.005", 2, "0.00"),
        ("-0.015", 2, "-0.02"),
        ("126", 2, "126.00"),
        ("126.5", 0, "126"),
        ("1.2E2", 1, "120.0"),
        ("", 2, ""),
        ("north", 2, "north"),
        ("NaN", 2, "NaN"),
    ],
)
def test_coordinates_are_rounded_half_to_even(cell: str, decimals: int, expected: str) -> None:
    assert rounded_coordinate(cell, decimals) == expected


@given(st.decimals(-180, 180, places=7), st.integers(0, 6))
def test_rounding_is_the_decimal_one(value: Decimal, decimals: int) -> None:
    rounded = rounded_coordinate(str(value), decimals)
    step = Decimal(1).scaleb(-decimals)
    assert Decimal(rounded) == value.quantize(step, ROUND_HALF_EVEN)
    assert rounded_coordinate(rounded, decimals) == rounded


def test_distances() -> None:
    """A degree of a meridian is pi R / 180; half way round is pi R."""
    here, there = np.array([0.0, 45.0, 0.0]), np.array([1.0, 45.0, 0.0])
    east = np.array([0.0, 0.0, 180.0])
    found = metres(here, np.zeros(3), there, east)
    radius = 6_371_008.8
    assert found.tolist() == [round(math.pi * radius / 180), 0, round(math.pi * radius)]
