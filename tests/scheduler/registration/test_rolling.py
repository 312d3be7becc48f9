"""Rolling scores: worked cases from a table, each with its reason, and the rules one by one."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from models.registration import CodeChange, Examinee, RegistrationFacts
from scheduler.registration.rolling import (
    Claim,
    History,
    Match,
    passed_at_pass_mark,
    passes_found_by_archive_number,
    passes_found_by_name_and_document,
    qualified_within_two_years,
    roll,
    same_specialty_only,
    two_consecutive_years,
)
from tests.scheduler.registration.cases import POINT, examinee, facts, marks_of

FIXTURE = Path(__file__).parent / "rolling_cases.csv"
with FIXTURE.open(encoding="utf-8", newline="") as _lines:
    CASES = list(csv.DictReader(_lines))


def _examinees(cell: str) -> list[Examinee]:
    """``2021 A1 name D1 101 70:80:50:40 [point]`` joined by ``|``."""
    made = []
    for part in filter(None, cell.split("|")):
        year, number, name, document, code, marks, *point = part.split(" ")
        made.append(
            Examinee(
                int(year), number, f"T{year}{number}", name, "0038", document.encode(),
                point[0] if point else POINT, code, marks_of(marks.replace(":", ",")),
            )
        )  # fmt: skip
    return made


def _changes(cell: str) -> tuple[CodeChange, ...]:
    return tuple(
        CodeChange(year=int(year), old_code=old, subject=int(subject), new_code=new)
        for part in filter(None, cell.split(";"))
        for year, old, subjects, new in [part.split(" ")]
        for subject in subjects
    )


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_worked_case(case: dict[str, str]) -> None:
    extended = {int(year): int(until) for year, until in
                (part.split("-") for part in case["extended"].split())}  # fmt: skip
    here = facts(int(case["year"]), extended=extended)
    here = here.model_copy(update={"code_map": _changes(case["code_map"])})
    claim = Claim(case["name"], case["document"].encode(), case["archive"])
    made = roll(here, History(_examinees(case["history"])), claim, case["specialty"])
    standing = ";".join(f"{s}:{y}" for s, y in sorted(made.standing.items()))
    assert (made.open_subjects, standing, made.match.value) == (
        case["open"], case["standing"], case["match"],
    ), case["reason"]  # fmt: skip
    assert made.qualified is (case["open"] == "")


def test_the_table_is_as_long_and_as_wide_as_it_should_be() -> None:
    assert len(CASES) >= 40
    assert len({case["case"] for case in CASES}) == len(CASES)
    assert all(case["reason"] for case in CASES)
    words = " ".join(case["case"] for case in CASES)
    for topic in ("moved region", "changed code", "skipped year", "changed name", "extended year",
                  "sub-specialty"):  # fmt: skip
        assert topic in words


# ---------------------------------------------------------------- rule by rule

HISTORY = History([examinee(), examinee(candidate_id="A2", name="李四", ticket_number="T2")])
CLAIM = Claim("张三", b"d" * 32)


def test_passes_found_by_name_and_document() -> None:
    found = passes_found_by_name_and_document(HISTORY, 2021, CLAIM)
    assert found is not None
    assert found.candidate_id == "A1"
    assert passes_found_by_name_and_document(HISTORY, 2020, CLAIM) is None
    assert passes_found_by_name_and_document(HISTORY, 2021, Claim("张三", b"x" * 32)) is None
    assert passes_found_by_name_and_document(HISTORY, 2021, Claim("王五", b"d" * 32)) is None


def test_passes_found_by_archive_number() -> None:
    found = passes_found_by_archive_number(HISTORY, 2021, Claim("王五", b"x" * 32, "A2"))
    assert found is not None
    assert found.name == "李四"
    assert passes_found_by_archive_number(HISTORY, 2021, Claim("王五", b"x" * 32)) is None


def test_two_consecutive_years() -> None:
    here = facts(2022)
    assert [y for y in range(2018, 2025) if two_consecutive_years(here, y)] == [2021]
    longer = facts(2023, extended={2021: 2023})
    assert [y for y in range(2018, 2025) if two_consecutive_years(longer, y)] == [2021, 2022]


def test_same_specialty_only() -> None:
    changes = _changes("2022 109 1 101;2023 101 1 102")
    assert same_specialty_only("109", 1, 2021, 2022, changes) == "101"
    assert same_specialty_only("109", 1, 2021, 2023, changes) == "102"
    assert same_specialty_only("109", 2, 2021, 2022, changes) == "109"
    assert same_specialty_only("303", 1, 2021, 2022, ()) != "304"


@pytest.mark.parametrize(
    ("terms", "passed"),
    [
        ({}, {1, 2}),
        ({"pass_mark": 55}, {1, 2, 3}),
        ({"pass_mark_by_province": {"23": 50}}, {1, 2, 3, 4}),
        ({"pass_mark_by_province": {"22": 50}}, {1, 2}),
        ({"pass_mark": 71}, set()),
    ],
)
def test_passed_at_pass_mark(terms: dict[str, object], passed: set[int]) -> None:
    assert passed_at_pass_mark(facts(2021, **terms), examinee(marks="60,70,55,50")) == passed


def test_the_pass_mark_is_that_of_the_year_that_was_sat() -> None:
    """2021 had 50; 2022 has 60: what passed then stands now."""
    history = History([examinee(marks="50,70,40,-")], {2021: facts(2021, pass_mark=50)})
    assert roll(facts(2022), history, CLAIM, "101").open_subjects == "34"


def test_qualified_within_two_years() -> None:
    first, second = examinee(2021, "70,70,10,10"), examinee(2022, "-,-,60,60")
    history = History([first, second])

    def qualified(here: RegistrationFacts, one: Examinee) -> bool:
        return qualified_within_two_years(here, history, one).qualified

    assert not qualified(facts(2021), first)
    assert qualified(facts(2022), second)
    result = qualified_within_two_years(facts(2022), history, second)
    assert result.passed == {3, 4}
    assert dict(result.standing) == {1: 2021, 2: 2021}
    late = examinee(2023, "-,-,60,60")
    assert not qualified_within_two_years(facts(2023), History([first, late]), late).qualified


def test_who_is_found_by_archive_number_was_not_found_otherwise() -> None:
    both = Claim("张三", b"d" * 32, "A2")
    assert roll(facts(2022), HISTORY, both, "101").match is Match.DOCUMENT
