"""Numbers and names are compared the same way by the roster check and by the look-up."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.identity_number import comparable_name, last_four, normalised_number
from scheduler.roster.columns import trimmed
from scheduler.roster.identity import normalise_numbers


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("23010219900101123X", "23010219900101123X"),
        ("23010219900101123x", "23010219900101123X"),
        ("２３０１０２１９９００１０１１２３Ｘ", "23010219900101123X"),
        (" 230102 19900101 1234\u200b", "230102199001011234"),
        ("'230102-19900101-1234", "230102199001011234"),
        ("H12345678x", "H12345678x"),  # only the check character of 17 digits is folded
        ("m12345678", "m12345678"),
        ("", ""),
    ],
)
def test_a_number_is_read_as_its_document_prints_it(written: str, normalised: str) -> None:
    assert normalised_number(written) == normalised


@given(st.text(alphabet="0123456789Xx０９Ｘｘ -‐'’\u200b\u3000HMa", max_size=24))
def test_a_look_up_normalises_exactly_as_the_roster_check(written: str) -> None:
    cells = trimmed(pd.Series([written], dtype="str"))
    checked, _ = normalise_numbers(cells)
    assert normalised_number(written) == checked.iloc[0]


@given(st.text(max_size=24))
def test_normalising_twice_changes_nothing(written: str) -> None:
    once = normalised_number(written)
    assert normalised_number(once) == once


def test_names_are_compared_composed_and_without_blanks_at_their_ends() -> None:
    assert comparable_name("\u3000张伟 ") == "张伟"
    assert comparable_name("e\u0301") == "\u00e9"
    assert comparable_name("张 伟") != comparable_name("张伟")


def test_four_characters_are_kept() -> None:
    assert last_four("23010219900101123X") == "123X"
