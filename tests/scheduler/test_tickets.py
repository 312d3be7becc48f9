"""Ticket numbers against the standard's oracle, and the order in which they are dealt."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_10

from models.errors import UsageError
from models.policy import Ticket
from scheduler.tickets import check_digit, number_tickets


def seats_of(*points: str) -> pd.DataFrame:
    return pd.DataFrame({"exam_point": list(points)}, dtype="str")


@given(st.text("0123456789", min_size=1, max_size=20))
def test_check_digit_is_iso_7064_mod_11_10(digits: str) -> None:
    assert check_digit(digits) == mod_11_10.calc_check_digit(digits)


def test_the_example_of_the_standard() -> None:
    assert check_digit("0794") == "5"


def test_characters_other_than_digits_are_skipped() -> None:
    assert check_digit("07-9A4") == check_digit("0794")


def test_serials_run_per_exam_point_in_row_order() -> None:
    numbers = number_tickets(seats_of("2302", "2301", "2302"), Ticket(), 2022)
    assert [n[:-1] for n in numbers] == ["20222302000001", "20222301000001", "20222302000002"]


def test_column_wise_digits_equal_the_plain_ones() -> None:
    frame = seats_of(*(["2301", "HD-7", "2300"] * 700))
    numbers = number_tickets(frame, Ticket(digits=4), 2022)
    assert all(number[-1] == check_digit(number[:-1]) for number in numbers)
    assert numbers.is_unique


def test_numbers_keep_the_index_of_the_rows() -> None:
    frame = seats_of("2301", "2302").set_axis([7, 3])
    assert list(number_tickets(frame, Ticket(), 2022).index) == [7, 3]


def test_prefix_digits_and_check_digit_follow_the_policy() -> None:
    ticket = Ticket(prefix="9{exam_point}", digits=5, check_digit=False)
    assert number_tickets(seats_of("2301"), ticket, 2022).tolist() == ["9230100001"]


def test_more_candidates_than_serials_are_refused() -> None:
    frame = pd.DataFrame({"exam_point": ["2301"] * 10_000}, dtype="str")
    with pytest.raises(UsageError, match=r"ticket\.digits"):
        number_tickets(frame, Ticket(digits=4), 2022)


def test_nobody_gets_no_number() -> None:
    assert number_tickets(seats_of(), Ticket(), 2022).empty
