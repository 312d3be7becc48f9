from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.findings import BLOCKING
from models.policy import Policy
from scheduler.roster import workbook as workbook_module
from scheduler.roster.check import check_roster
from scheduler.roster.csv_text import LISTED_ROWS, SAMPLE_VALUES
from scheduler.roster.read import read_table
from scheduler.roster.text_table import shown_name
from tests.builders import roster_rows, small_reference, write_roster
from tests.scheduler.roster.file_cases import (
    CSV,
    FILE_CASES,
    SMALL,
    FileCase,
    parquet,
    rows_of_file,
    workbook,
)

REFERENCE = small_reference()


@pytest.mark.parametrize("case", FILE_CASES, ids=lambda case: case.name)
def test_a_file(case: FileCase, tmp_path: Path) -> None:
    (tmp_path / case.file).write_bytes(case.content)
    for name, text in case.beside.items():
        (tmp_path / name).write_text(text)
    checked, found = check_roster(tmp_path / case.file, REFERENCE, Policy(), **case.options)
    blocking = [f for f in found if f.severity in BLOCKING]
    if not case.code:
        assert blocking == []
        assert checked is not None
        return
    addresses = {(f.code, f.row, f.column) for f in found}
    assert (case.code, case.row, case.column) in addresses
    assert {f.file for f in found} <= {case.file, f"{case.file}.sha256"}
    expected = next(f for f in found if f.code == case.code)
    assert (checked is None) == bool(blocking)
    assert (expected.severity in BLOCKING) == bool(blocking)


@pytest.mark.parametrize(
    "case",
    [c for c in FILE_CASES if not c.code and c.name != "subjects as number"],
    ids=lambda case: case.name,
)
def test_accepted_files_give_the_same_roster(case: FileCase, tmp_path: Path) -> None:
    """Encoding, separator, line ends, column order and format leave no trace."""
    (tmp_path / case.file).write_bytes(case.content)
    checked, _ = check_roster(tmp_path / case.file, REFERENCE, Policy(), **case.options)
    plain, _ = check_roster(write_roster(tmp_path / "plain.csv", SMALL), REFERENCE, Policy())
    assert checked is not None
    assert plain is not None
    assert checked.digest == plain.digest


def test_record_numbers_are_those_of_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text('a,b\n1,2\n\n"x\ny",3\n,\n4,5\n')
    table = read_table(path)
    assert table.rows.tolist() == [2, 4, 6]
    assert table.frame["a"].tolist() == ["1", "x\ny", "4"]


def test_cells_come_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text('a,b,c\n0011,NA,\n1.0,null," x "\ntrue,"say ""hi""",-\n')
    table = read_table(path)
    assert table.frame.to_numpy().tolist() == [
        ["0011", "NA", ""],
        ["1.0", "null", " x "],
        ["true", 'say "hi"', "-"],
    ]


def test_number_cells_of_a_workbook_are_marked(tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    path.write_bytes(workbook(lambda _, sheet: sheet.write_number(2, 4, 101)))
    table = read_table(path)
    assert table.frame["specialty"].tolist() == ["101"] * 4
    np.testing.assert_array_equal(table.numeric_cells["specialty"], [False, True, False, False])
    assert list(table.numeric_cells) == ["specialty"]


def test_nulls_of_parquet_are_blank(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    pd.DataFrame({"a": ["x", None], "b": [1.5, None], "c": pd.Categorical(["k", "l"])}).to_parquet(
        path
    )
    table = read_table(path)
    assert table.frame.to_numpy().tolist() == [["x", "1.5", "k"], ["", "", "l"]]
    assert table.numeric_cells["b"].tolist() == [True, False]


def test_a_gb18030_file_shows_what_was_decoded(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(roster_rows(100).to_csv(index=False).encode("gb18030"))
    table = read_table(path)
    (sample,) = [f for f in table.findings if f.code == "ENCODING_GB18030"]
    assert table.encoding == "gb18030"
    assert len(sample.value.split(" | ")) == SAMPLE_VALUES
    assert sample.value.startswith("张")


def test_every_ragged_record_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("a,b\n" + "1\n" * (LISTED_ROWS + 5) + "1,2\n")
    table = read_table(path)
    assert [f.row for f in table.findings][:LISTED_ROWS] == list(range(2, LISTED_ROWS + 2))
    assert table.findings[-1].value == f"{LISTED_ROWS + 5} such rows in all"
    assert table.rows.tolist() == [LISTED_ROWS + 7]


@pytest.mark.parametrize("control", ["count", "hash"])
def test_a_full_sheet_is_accepted_with_a_control(control: str, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(rows_of_file(65_536))
    expected = 65_535 if control == "count" else None
    if control == "hash":
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        (tmp_path / "r.csv.sha256").write_text(f"{digest} *r.csv\n")
    _, found = check_roster(path, REFERENCE, Policy(), expect_rows=expected)
    assert "FILE_MAYBE_TRUNCATED" not in {f.code for f in found}


def test_a_missing_file_and_a_folder_are_findings(tmp_path: Path) -> None:
    assert [f.code for f in read_table(tmp_path / "no.csv").findings] == ["FILE_NOT_FOUND"]
    assert [f.code for f in read_table(tmp_path).findings] == ["FILE_UNREADABLE"]


def test_a_workbook_that_unpacks_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_module, "UNPACKED_LIMIT", 1000)
    path = tmp_path / "r.xlsx"
    path.write_bytes(workbook())
    assert [f.code for f in read_table(path).findings] == ["FILE_TOO_LARGE_UNPACKED"]


def test_file_names_cannot_mislead() -> None:
    assert shown_name("a\u202eb\r\n.csv") == "a\\u202eb\\u000d\\u000a.csv"
    assert len(shown_name("x" * 300)) == 120


def test_a_plain_file_has_no_finding(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(CSV)
    table = read_table(path)
    assert table.findings == ()
    assert (table.records, table.encoding, table.numeric_cells) == (4, "utf-8", {})


WHOLE_FILES = {"r.xlsx": workbook(), "r.parquet": parquet(), "r.csv": CSV.encode()}


@given(
    name=st.sampled_from(sorted(WHOLE_FILES)),
    cut=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
)
@settings(max_examples=300, deadline=None)
def test_damage_never_raises(
    name: str,
    cut: float,
    changes: list[tuple[float, int]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Cut anywhere, bytes overwritten anywhere: a table or a refusal, never an exception."""
    data = bytearray(WHOLE_FILES[name])
    for place, byte in changes:
        data[int(place * len(data))] = byte
    path = tmp_path_factory.getbasetemp() / f"damaged_{name}"
    path.write_bytes(data[: int(cut * len(data))])
    table = read_table(path)
    assert len(table.rows) == len(table.frame)
    assert not table.frame.empty or any(f.severity in BLOCKING for f in table.findings)


def test_a_document_number_is_no_sample(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes("姓名,号\n张三,军字第01234号\n".encode("gb18030"))
    (sample,) = [f for f in read_table(path).findings if f.code == "ENCODING_GB18030"]
    assert sample.value == "姓名 | 张三 | 号"
