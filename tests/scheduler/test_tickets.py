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


# ---------------------------------------------------------------- later versions


def version(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["candidate_id", "exam_point"], dtype="str")


def numbered(frame: pd.DataFrame, parent: pd.DataFrame | None = None) -> pd.DataFrame:
    return frame.assign(ticket_number=number_tickets(frame, Ticket(), 2022, parent))


def serials(frame: pd.DataFrame) -> dict[str, str]:
    """Exam point and serial by candidate."""
    bodies = zip(frame["candidate_id"], frame["ticket_number"], strict=True)
    return {candidate: f"{number[4:8]}-{int(number[8:-1])}" for candidate, number in bodies}


FIRST = version(("A", "2301"), ("B", "2301"), ("C", "2302"), ("D", "2301"))


def test_a_later_version_keeps_every_number_whatever_the_order_of_rows() -> None:
    first = numbered(FIRST)
    second = numbered(FIRST.iloc[[3, 2, 0, 1]].reset_index(drop=True), first)
    assert serials(second) == serials(first)


def test_somebody_new_gets_the_next_free_number_of_the_exam_point() -> None:
    rows = [("X", "2301"), ("A", "2301"), ("Y", "2302"), ("Z", "2301"), ("W", "2303")]
    second = numbered(version(*rows), numbered(FIRST))
    assert serials(second) == {
        "X": "2301-4", "A": "2301-1", "Y": "2302-2", "Z": "2301-5", "W": "2303-1",
    }  # fmt: skip
    assert all(n[-1] == check_digit(n[:-1]) for n in second["ticket_number"])


def test_a_number_is_never_dealt_again() -> None:
    """D, who had the highest serial, leaves; E comes; then D comes back."""
    first = numbered(FIRST)
    second = numbered(version(("A", "2301"), ("E", "2301")), first)
    assert serials(second)["E"] == "2301-4"
    history = pd.concat([second, first], ignore_index=True)
    third = numbered(version(("F", "2301"), ("D", "2301"), ("E", "2301")), history)
    assert serials(third) == {"F": "2301-5", "D": "2301-3", "E": "2301-4"}


def test_who_changes_the_exam_point_keeps_the_number() -> None:
    second = numbered(version(("A", "2302"), ("G", "2302")), numbered(FIRST))
    assert serials(second) == {"A": "2301-1", "G": "2302-2"}


@given(
    st.lists(
        st.dictionaries(st.sampled_from("ABCDEFGHIJ"), st.sampled_from(["2301", "HD-7"])),
        min_size=1,
        max_size=5,
    )
)
def test_over_any_history_one_person_one_number(versions: list[dict[str, str]]) -> None:
    history: pd.DataFrame | None = None
    holder: dict[str, str] = {}
    number_of: dict[str, str] = {}
    for people in versions:
        plan = numbered(version(*people.items()), history)
        for candidate, number in zip(plan["candidate_id"], plan["ticket_number"], strict=True):
            assert number_of.setdefault(candidate, number) == number
            assert holder.setdefault(number, candidate) == candidate
            assert mod_11_10.is_valid("".join(c for c in number if c.isdecimal()))
        history = plan if history is None else pd.concat([plan, history], ignore_index=True)


@pytest.mark.parametrize(
    "ticket", [Ticket(digits=5), Ticket(check_digit=False), Ticket(prefix="7{exam_point}")]
)
def test_a_parent_numbered_by_another_policy_is_refused(ticket: Ticket) -> None:
    with pytest.raises(UsageError, match="another"):
        number_tickets(FIRST, ticket, 2022, numbered(FIRST))


def test_serials_of_later_versions_may_run_out_too() -> None:
    first = version(*((f"P{i}", "2301") for i in range(9_999)))
    small = Ticket(digits=4)
    parent = first.assign(ticket_number=number_tickets(first, small, 2022))
    with pytest.raises(UsageError, match=r"ticket\.digits"):
        number_tickets(version(("X", "2301")), small, 2022, parent)
