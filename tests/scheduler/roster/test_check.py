from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.finding_codes import CODES
from models.findings import BLOCKING, Finding, Severity
from models.policy import Policy
from models.tables import CANONICAL_ROSTER
from scheduler.roster.check import (
    LISTED,
    CheckedRoster,
    canonical_bytes,
    canonical_candidates,
    check_roster,
)
from scheduler.roster.findings_io import findings_csv, findings_json, summary
from scheduler.verify.roster import canonical_digest, read_roster
from tests.builders import resident_number, roster_rows, small_reference, write_roster
from tests.scheduler.roster.roster_cases import ROSTER_CASES, RosterCase

REFERENCE = small_reference()


def check(
    folder: Path, frame: pd.DataFrame, policy: Policy | None = None
) -> tuple[CheckedRoster | None, tuple[Finding, ...]]:
    return check_roster(write_roster(folder / "r.csv", frame), REFERENCE, policy or Policy())


def addresses(found: tuple[Finding, ...]) -> list[tuple[str, int, str]]:
    return sorted((f.code, f.row, f.column) for f in found)


@pytest.mark.parametrize("case", ROSTER_CASES, ids=lambda case: case.name)
def test_a_roster(case: RosterCase, tmp_path: Path) -> None:
    path = write_roster(tmp_path / "r.csv", case.frame())
    checked, found = check_roster(path, case.reference, case.policy)
    assert addresses(found) == sorted(case.expected)
    assert (checked is None) == any(
        CODES[code].severity in BLOCKING for code, _, _ in case.expected
    )


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    frame = roster_rows(
        5,
        id_number=["", "1", resident_number(3), resident_number(4), resident_number(4)],
        specialty=["101", "999", "101", "101.0", "101"],
        exam_point=["2301", "", "2301", "x y", "2301"],
        needs=["", "", "wings", "", ""],
    )
    _, found = check(tmp_path, frame)
    assert addresses(found) == [
        ("CODE_FORM", 5, "exam_point"),
        ("CODE_MISSING", 3, "exam_point"),
        ("CODE_SPREADSHEET_NUMBER", 5, "specialty"),
        ("ID_DUPLICATE_NAMES", 5, "id_number"),
        ("ID_DUPLICATE_NAMES", 6, "id_number"),
        ("ID_LENGTH", 3, "id_number"),
        ("ID_MISSING", 2, "id_number"),
        ("NEED_UNKNOWN", 4, "needs"),
        ("SPECIALTY_UNKNOWN", 3, "specialty"),
    ]


def test_a_column_of_numbers_without_x_is_suspect(tmp_path: Path) -> None:
    """R04; 199 of them are not enough to tell."""
    plain = [n for n in map(resident_number, range(1, 400)) if not n.endswith("X")]
    _, found = check(tmp_path, roster_rows(200, id_number=plain[:200]))
    assert addresses(found) == [("ID_COLUMN_SUSPECT", 0, "id_number")]
    assert check(tmp_path, roster_rows(199, id_number=plain[:199]))[1] == ()
    assert check(tmp_path, roster_rows(200))[1] == ()
    path = write_roster(tmp_path / "r.csv", roster_rows(200, id_number=plain[:200]))
    checked, (warning,) = check_roster(path, REFERENCE, Policy(), ids_checked_by=" Li Na ")
    assert checked is not None
    assert (warning.code, warning.value) == (
        "ID_COLUMN_CONFIRMED",
        "200 numbers, checked by Li Na",
    )


def test_a_far_origin_that_swapping_would_mend_says_so(tmp_path: Path) -> None:
    frame = roster_rows(2, latitude=["60.0", ""], longitude=["45.8", ""])
    _, found = check(tmp_path, frame)
    assert [f.code for f in found] == ["COORDINATE_FAR"]
    assert "swapped?" not in found[0].advice
    frame = roster_rows(2, latitude=["126.5", ""], longitude=["45.8", ""])
    _, found = check(tmp_path, frame)
    assert found[0].advice.endswith("swapped?")


# ---------------------------------------------------------------- privacy


def test_no_personal_value_reaches_a_report(tmp_path: Path) -> None:
    """Also not where an ID number stands in a wrong column."""
    numbers = [resident_number(i)[:17] for i in range(1, 5)]
    frame = roster_rows(
        4,
        id_number=numbers,
        name=["王某某 \u200b", "王某某\n", "王🙂某", "王5某"],
        specialty=[*numbers[:2], "101", "101"],
        exam_point=["2301", "2301", f"{resident_number(3)}!", "2301"],
    )
    _, found = check(tmp_path, frame)
    text = findings_csv(found) + findings_json(found)
    assert not any(number in text for number in numbers)
    assert "王某某" not in text
    assert max((len(f.value.replace("•", "")) for f in found if "•" in f.value), default=0) <= 4


def test_fifteen_digits_get_a_masked_proposal(tmp_path: Path) -> None:
    frame = roster_rows(1, id_number="230102700101001")
    _, (found,) = check(tmp_path, frame)
    assert found.advice.endswith("Proposed: ••••••••••••••001X.")


# ---------------------------------------------------------------- set aside


def set_aside_file(folder: Path, *lines: str) -> Path:
    path = folder / "aside.csv"
    path.write_text("\n".join(["row,candidate_id,reason", *lines]) + "\n", encoding="utf-8")
    return path


def test_a_row_that_is_set_aside_blocks_nothing(tmp_path: Path) -> None:
    frame = roster_rows(4, specialty=["101", "999", "101", "101"])
    path = write_roster(tmp_path / "r.csv", frame)
    aside = set_aside_file(tmp_path, "3,A000002,核实中")
    checked, found = check_roster(path, REFERENCE, Policy(), set_aside=aside)
    assert checked is not None
    assert addresses(found) == [("ROW_SET_ASIDE", 3, "")]
    assert found[0].value == "核实中"
    assert checked.candidates["candidate_id"].tolist() == ["A000001", "A000003", "A000004"]
    assert (checked.rows, checked.set_aside) == (4, 1)


def test_setting_one_of_two_duplicates_aside_frees_the_other(tmp_path: Path) -> None:
    frame = roster_rows(4, candidate_id=["A1", "A1", "A3", " A4"])
    path = write_roster(tmp_path / "r.csv", frame)
    aside = set_aside_file(tmp_path, "2,A1,重复")
    checked, found = check_roster(path, REFERENCE, Policy(), set_aside=aside)
    assert checked is not None
    assert addresses(found) == [("CELL_TRIMMED", 5, "candidate_id"), ("ROW_SET_ASIDE", 2, "")]
    aside = set_aside_file(tmp_path, "5,A4,其他", "2,A1,重复")
    checked, found = check_roster(path, REFERENCE, Policy(), set_aside=aside)
    assert checked is not None
    assert checked.candidates["candidate_id"].tolist() == ["A1", "A3"]
    assert {f.code for f in found} == {"ROW_SET_ASIDE"}


@pytest.mark.parametrize(
    ("lines", "code", "row", "column"),
    [
        (["9,A000002,x"], "SET_ASIDE_NO_MATCH", 2, "row"),
        (["3,A000003,x"], "SET_ASIDE_NO_MATCH", 2, "row"),
        (["1,candidate_id,x"], "SET_ASIDE_NO_MATCH", 2, "row"),
        (["three,A000002,x"], "SET_ASIDE_NO_MATCH", 2, "row"),
        (["3,A000002,x", "3,A000002,y"], "SET_ASIDE_TWICE", 3, "row"),
        (["3,A000002, "], "SET_ASIDE_REASON", 2, "reason"),
    ],
)
def test_an_entry_must_match(
    lines: list[str], code: str, row: int, column: str, tmp_path: Path
) -> None:
    path = write_roster(tmp_path / "r.csv", roster_rows(4))
    aside = set_aside_file(tmp_path, *lines)
    checked, found = check_roster(path, REFERENCE, Policy(), set_aside=aside)
    assert checked is None
    assert ("aside.csv", code, row, column) in {(f.file, f.code, f.row, f.column) for f in found}


def test_an_empty_set_aside_file_is_fine_and_a_wrong_one_is_not(tmp_path: Path) -> None:
    path = write_roster(tmp_path / "r.csv", roster_rows(4))
    checked, _ = check_roster(path, REFERENCE, Policy(), set_aside=set_aside_file(tmp_path))
    assert checked is not None
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("row,reason\n2,x\n")
    _, found = check_roster(path, REFERENCE, Policy(), set_aside=wrong)
    assert addresses(found) == [("HEADER_MISSING", 1, "candidate_id")]
    _, found = check_roster(path, REFERENCE, Policy(), set_aside=tmp_path / "none.csv")
    assert addresses(found) == [("FILE_NOT_FOUND", 0, "")]


def test_somebody_must_be_left(tmp_path: Path) -> None:
    path = write_roster(tmp_path / "r.csv", roster_rows(1))
    aside = set_aside_file(tmp_path, "2,A000001,x")
    checked, found = check_roster(path, REFERENCE, Policy(), set_aside=aside)
    assert checked is None
    assert "ROSTER_ALL_SET_ASIDE" in {f.code for f in found}


# ---------------------------------------------------------------- canonical roster


def test_the_canonical_roster_is_what_the_format_says(tmp_path: Path) -> None:
    frame = roster_rows(
        3,
        candidate_id=["B", "a", "A"],
        subjects=["1234", "24", "3"],
        needs=["", "extra_time;accessible", ""],
        latitude=["45.805", "", "-0.001"],
        longitude=["126.515", "", "126.5"],
        employer=["E1", "", ""],
    )
    checked, _ = check(tmp_path, frame)
    assert checked is not None
    expected = (
        "A,101,2301,3,,,0.00,126.50,,\n"
        "B,101,2301,1234,,E1,45.80,126.52,,\n"
        "a,101,2301,24,accessible;extra_time,,,,,\n"
    )
    assert canonical_bytes(checked.candidates).decode() == expected
    assert checked.digest == hashlib.sha256(expected.encode()).hexdigest()
    assert checked.candidates.index.equals(pd.RangeIndex(3))
    assert list(checked.candidates) == list(CANONICAL_ROSTER)


@pytest.mark.parametrize(
    ("decimals", "text"), [(0, "46"), (1, "45.8"), (3, "45.805"), (6, "45.805000")]
)
def test_coordinates_have_the_decimals_of_the_policy(
    decimals: int, text: str, tmp_path: Path
) -> None:
    policy = Policy.model_validate({"travel": {"decimals": decimals}})
    frame = roster_rows(1, latitude="45.805", longitude="126.5")
    checked, _ = check(tmp_path, frame, policy)
    assert checked is not None
    assert checked.candidates["latitude"].tolist() == [text]


def test_canonical_bytes_quote_only_where_needed() -> None:
    """A checked roster never needs it, but the format is CSV and an auditor's file may."""
    row = dict.fromkeys(CANONICAL_ROSTER, "")
    frame = pd.DataFrame([row | {"candidate_id": 'a"b', "employer": "x,y"}], dtype="str")
    text = canonical_bytes(frame).decode()
    assert text == '"a""b",,,,,"x,y",,,,\n'
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(frame.to_numpy().tolist())
    assert text == buffer.getvalue()
    assert canonical_bytes(frame.iloc[:0]) == b""


def mixed_roster(count: int = 40) -> pd.DataFrame:
    """Many columns filled in different ways."""
    every = range(count)
    return roster_rows(
        count,
        specialty=[("101", "303", "304", "368", "203")[i % 5] for i in every],
        exam_point=[("2301", "2302")[i % 2] for i in every],
        subjects=[("1234", "24", "3")[i % 3] for i in every],
        needs=[("", "extra_time;accessible", " accessible")[i % 3] for i in every],
        employer=[("", "E1", "E2")[i % 3] for i in every],
        latitude=[("", "45.8049", "45.815")[i % 3] for i in every],
        longitude=[("", "126.5", "126.525")[i % 3] for i in every],
        pinned_sitting=["P1" if i % 5 == 4 else "" for i in every],
    )


@given(order=st.permutations(range(12)), columns=st.permutations(range(13)))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_and_columns_leaves_no_trace(
    order: list[int], columns: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("shuffled")
    frame = mixed_roster(12)
    shuffled = frame.iloc[order]
    shuffled = shuffled[
        [name for i in columns if i < len(frame.columns) for name in [frame.columns[i]]]
    ]
    first, _ = check(folder, frame)
    second, _ = check(folder, shuffled)
    assert first is not None
    assert second is not None
    assert first.digest == second.digest
    pd.testing.assert_frame_equal(first.candidates, second.candidates)


def test_the_auditor_restates_the_same_digest(tmp_path: Path) -> None:
    """``verify`` reads the roster with code of its own."""
    path = write_roster(tmp_path / "r.csv", mixed_roster())
    checked, _ = check_roster(path, REFERENCE, Policy())
    assert checked is not None
    restated = read_roster(path, sheet=None, ignore_columns=(), decimals=2)
    assert canonical_digest(restated) == checked.digest


def test_a_checked_roster_reads_as_itself(tmp_path: Path) -> None:
    """Rounding and sorting are idempotent."""
    checked, _ = check(tmp_path, mixed_roster())
    assert checked is not None
    again = canonical_candidates(checked.candidates, 2)
    pd.testing.assert_frame_equal(again, checked.candidates)


# ---------------------------------------------------------------- reports


def test_long_lists_of_harmless_findings_are_shortened(tmp_path: Path) -> None:
    count = LISTED[Severity.NORMALISED] + 7
    frame = roster_rows(count, specialty=" 101")
    _, found = check(tmp_path, frame)
    assert len(found) == LISTED[Severity.NORMALISED] + 1
    assert found[0].row == 0
    assert found[0].value == f"{count} rows in all"


def test_blocking_findings_are_all_listed(tmp_path: Path) -> None:
    _, found = check(tmp_path, roster_rows(1500, specialty="999"))
    assert [f.row for f in found] == list(range(2, 1502))


def test_findings_as_csv_and_json(tmp_path: Path) -> None:
    _, found = check(
        tmp_path, roster_rows(3, specialty=["=1+1", "101", "999"], needs=["", "x", ""])
    )
    records = list(csv.DictReader(io.StringIO(findings_csv(found))))
    assert [(r["severity"], r["row"], r["column"], r["code"]) for r in records] == [
        ("fix", "2", "specialty", "CODE_FORM"),
        ("fix", "3", "needs", "NEED_UNKNOWN"),
        ("fix", "4", "specialty", "SPECIALTY_UNKNOWN"),
    ]
    assert records[0]["value"] == "'=1+1", "a spreadsheet must not compute it"
    content = json.loads(findings_json(found))
    assert [f["code"] for f in content["findings"]] == [r["code"] for r in records]
    assert content["summary"] == summary(found)
    assert content["summary"]["blocking"] is True
    assert content["summary"]["severities"] == {"refuse": 0, "fix": 3, "warn": 0, "normalised": 0}
    assert findings_csv(tuple(reversed(found))) == findings_csv(found)
