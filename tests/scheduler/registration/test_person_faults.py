"""One number at a time against the columns of the roster check: the same answer for both."""

from __future__ import annotations

import random

import pandas as pd
import pytest

from models.finding_codes import CODES
from models.findings import BLOCKING
from scheduler.registration.person_faults import name_is_sound, number_is_sound
from scheduler.roster.identity import ID_TYPES, check_identities

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def with_check(head: str) -> str:
    total = sum(int(d) * w for d, w in zip(head, WEIGHTS, strict=True))
    return head + "10X98765432"[total % 11]


def numbers(rng: random.Random) -> str:
    """A number that is right, or nearly: a wrong digit, length, date, region or form."""
    region = rng.choice(("230102", "810000", "820000", "990102", "932301"))
    year = rng.choice((1919, 1920, 1990, 2006, 2007))
    day = f"{year}{rng.randrange(14):02d}{rng.randrange(33):02d}"
    made = with_check(region + day + f"{rng.choice((0, 1, 7, 512, 999)):03d}")
    other = (
        "H12345678", "M1234567890", "H1234567", "12345678", "A1234567", "1234567890",
        "A12345678901", "USA123456789012", "230102900307003", "1" * 18, "1" * 15,
        "123456789012345678", "", "1.23E+17", "12345678(A)",
    )  # fmt: skip
    kind = rng.randrange(10)
    if kind == 0:
        return rng.choice(other)
    if kind == 1:
        at = rng.randrange(18)
        return made[:at] + rng.choice("0123456789X") + made[at + 1 :]
    if kind == 2:
        return made[: rng.randrange(19)]
    return made


def test_a_number_is_judged_as_the_roster_judges_it() -> None:
    rng = random.Random(5)
    cases = [(rng.choice(ID_TYPES), numbers(rng)) for _ in range(6_000)]
    types, given = (pd.Series(list(column), dtype="str") for column in zip(*cases, strict=True))
    found = check_identities(types, given, 2022)
    blocked = {
        position
        for position, code in zip(found["position"], found["code"], strict=True)
        if CODES[code].severity in BLOCKING
    }
    sound = {i for i, (kind, number) in enumerate(cases) if number_is_sound(kind, number, 2022)}
    differ = [cases[i] for i in sorted(set(range(len(cases))) - (sound ^ blocked))]
    assert differ == []
    assert 500 < len(sound) < 5_500, "both answers occur often"


@pytest.mark.parametrize("name", ["张三", "欧阳𬭎", "阿依娜·莫日根", "John Smith", "䶮"])
def test_a_name_is_one(name: str) -> None:
    assert name_is_sound(name)


@pytest.mark.parametrize(
    "name", ["", "无", "N/A", "null", "张三😀", "锟斤拷", "#REF!", "张\ue000", "张\n三", "张" * 101]
)
def test_a_name_is_none(name: str) -> None:
    assert not name_is_sound(name)
