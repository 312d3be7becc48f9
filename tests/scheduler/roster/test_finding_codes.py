from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.finding_codes import CODES, GROUPS, finding
from scheduler.roster.findings_io import findings_page
from tests.scheduler.roster.file_cases import FILE_CASES
from tests.scheduler.roster.policy_cases import DATES_CASES, POLICY_CASES
from tests.scheduler.roster.reference_cases import REFERENCE_CASES
from tests.scheduler.roster.roster_cases import ROSTER_CASES

CHECKOUT = Path(__file__).parents[3]

RAISED_IN_TESTS_OF_THEIR_OWN = {
    "FILE_TOO_LARGE_UNPACKED",  # test_files.py
    "ID_COLUMN_CONFIRMED",
    "ID_COLUMN_SUSPECT",
    "ROSTER_ALL_SET_ASIDE",
    "ROW_SET_ASIDE",
    "SET_ASIDE_NO_MATCH",
    "SET_ASIDE_REASON",
    "SET_ASIDE_TWICE",  # test_check.py
}
NAMED_IN_TESTS_OF_THEIR_OWN = {"R04", "S16", "X04"}


def test_every_code_is_raised_by_a_fixture() -> None:
    raised = {case.code for case in FILE_CASES} - {""}
    for cases in (ROSTER_CASES, REFERENCE_CASES, POLICY_CASES, DATES_CASES):
        raised |= {expected[0] for case in cases for expected in case.expected}
    assert raised | RAISED_IN_TESTS_OF_THEIR_OWN == set(CODES)


def test_every_bad_input_case_that_a_code_claims_has_a_fixture() -> None:
    claimed = {case for code in CODES.values() for case in code.cases}
    named: set[str] = set()
    for cases in (FILE_CASES, ROSTER_CASES, REFERENCE_CASES, POLICY_CASES, DATES_CASES):
        named |= {word for c in cases for word in re.findall(r"\b[XRCSK][0-9]{2}\b", c.name)}
    assert claimed - named - NAMED_IN_TESTS_OF_THEIR_OWN == set()


def test_codes_are_unique_and_speak() -> None:
    entries = [entry for group in GROUPS.values() for entry in group]
    assert len(entries) == len(CODES)
    for entry in entries:
        assert re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", entry.code)
        assert entry.advice.endswith((".", "?"))


def test_an_unregistered_code_is_a_defect() -> None:
    with pytest.raises(KeyError):
        finding("NO_SUCH_CODE", "x")


def test_the_page_of_findings_is_up_to_date() -> None:
    page = (CHECKOUT / "docs" / "findings.md").read_text(encoding="utf-8")
    assert page == findings_page(), "write findings_page() to docs/findings.md"
    for code in CODES:
        assert f"`{code}`" in page
