"""The oracle is python-stdnum's ``cn.ric`` where it is right.

Where it is not, by its own design: it refuses the regions 81, 82 and 83 of residence permits,
accepts birth dates in the future, cleans full-width digits before it looks, and refuses a county
that did not yet exist on the day of birth, although a number is given by where one registers.
"""

from __future__ import annotations

import random
from datetime import date, timedelta

import pandas as pd
import pytest
from stdnum.cn import ric

from scheduler.roster.identity import (
    check_identities,
    eighteen_of_fifteen,
    normalise_numbers,
)
from tests.builders import resident_number

REGIONS = ("110101", "310104", "310101")  # counties older than everybody here
FIRST_DAY, DAYS = date(1921, 1, 1), 31_000  # to November 2005


def codes_of(numbers: list[str], kind: str = "resident", year: int = 2022) -> list[set[str]]:
    series = pd.Series(numbers, dtype="str")
    found = check_identities(pd.Series([kind] * len(numbers), dtype="str"), series, year)
    codes: list[set[str]] = [set() for _ in numbers]
    for position, code in zip(found["position"], found["code"], strict=True):
        codes[position].add(code)
    return codes


def random_numbers(count: int, seed: int) -> list[str]:
    source = random.Random(seed)
    return [
        resident_number(
            source.randrange(998),
            region=source.choice(REGIONS),
            birth=FIRST_DAY + timedelta(days=source.randrange(DAYS)),
        )
        for _ in range(count)
    ]


def test_valid_numbers_pass_here_and_there() -> None:
    numbers = random_numbers(4000, seed=1)
    assert all(ric.is_valid(number) for number in numbers)
    assert codes_of(numbers) == [set()] * len(numbers)


def test_corrupted_numbers_fail_here_and_there() -> None:
    """One digit replaced or two neighbours swapped: MOD 11-2 finds each of them."""
    source = random.Random(2)
    corrupted = []
    for number in random_numbers(4000, seed=3):
        digits = list(number)
        if source.random() < 0.5:
            place = source.randrange(6, 17)
            digits[place] = source.choice([d for d in "0123456789" if d != digits[place]])
        else:
            place = source.randrange(6, 16)
            digits[place], digits[place + 1] = digits[place + 1], digits[place]
        if "".join(digits) != number:
            corrupted.append("".join(digits))
    assert not any(ric.is_valid(number) for number in corrupted)
    # A sequence that became 000 is called invented before its check digit is looked at.
    assert all(
        codes == {"ID_CHECK_DIGIT"} or (codes == {"ID_PLACEHOLDER"} and number[14:17] == "000")
        for number, codes in zip(corrupted, codes_of(corrupted), strict=True)
    )


def test_every_wrong_check_character_is_found() -> None:
    number = resident_number(5)
    wrong = [number[:17] + c for c in "0123456789X" if c != number[17]]
    assert codes_of(wrong) == [{"ID_CHECK_DIGIT"}] * 10


def test_dates_agree_with_the_calendar() -> None:
    """Every day pattern of a leap and a common year, impossible ones included."""
    numbers, real = [], []
    for year in (1999, 2000):
        for month in range(14):
            for day in range(33):
                head = f"230102{year}{month:02d}{day:02d}001"
                total = sum(int(d) * 2 ** (17 - i) for i, d in enumerate(head))
                numbers.append(head + "10X98765432"[total % 11])
                try:
                    date(year, month, day)
                    real.append(True)
                except ValueError:
                    real.append(False)
    assert [not codes for codes in codes_of(numbers)] == real
    assert [ric.is_valid(number) for number in numbers] == real


def test_where_the_oracle_is_not_right() -> None:
    future = resident_number(1, birth=date(2031, 1, 1))
    assert ric.is_valid(future)
    assert codes_of([future]) == [{"ID_BIRTH_RANGE"}]
    younger_county = resident_number(1, region="440305", birth=date(1970, 1, 1))
    assert not ric.is_valid(younger_county)
    assert codes_of([younger_county]) == [set()]
    permit = resident_number(1, region="810000")
    assert not ric.is_valid(permit)
    assert codes_of([permit], "hmt_residence") == [set()]


@pytest.mark.parametrize("region", ["110000", "810000", "990000"])
def test_an_area_warning_comes_on_top_of_nothing_else(region: str) -> None:
    kind = "hmt_residence" if region == "810000" else "resident"
    expected = {"ID_AREA"} if region == "990000" else set()
    assert codes_of([resident_number(1, region=region)], kind) == [expected]


def test_the_proposed_form_of_an_old_number_is_valid() -> None:
    for number in random_numbers(200, seed=4):
        if number[6:8] == "19":
            assert eighteen_of_fifteen(number[:6] + number[8:17]) == number


def test_normalised_numbers_keep_their_place() -> None:
    plain = resident_number(1)
    written = pd.Series([plain, f" {plain[:6]} {plain[6:]}", "", "军a-1"], dtype="str")
    numbers, changed = normalise_numbers(written)
    assert numbers.tolist() == [plain, plain, "", "军a1"]
    assert {code: mask.tolist() for code, mask in changed.items()} == {
        "ID_SEPARATORS": [False, True, False, True]
    }
