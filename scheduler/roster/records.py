"""One record of a reference table: typed cells, every fault reported with its address."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from models.finding_codes import CODES, finding
from models.findings import BLOCKING, Finding
from models.identity_number import BLANKS
from models.tables import Column
from models.text import parse_items, parse_numbers
from scheduler.roster import patterns
from scheduler.roster.read import read_table

_CODE = re.compile(patterns.CODE)
_SPREADSHEET_NUMBER = re.compile(patterns.SPREADSHEET_NUMBER)
_ERROR = re.compile(patterns.SPREADSHEET_ERROR)
_GARBLED = re.compile(patterns.GARBLED)
_DEGREES = re.compile(patterns.DEGREES)
_WHOLE = re.compile(r"^-?[0-9]{1,9}$")

Choice = TypeVar("Choice", bound=StrEnum)


class Record:
    """The trimmed cells of one record and what was found wrong with them.

    The typed accessors return ``None`` after reporting a fault; ``sound`` tells whether a model
    may be built.
    """

    def __init__(self, file: str, row: int, cells: dict[str, str]) -> None:
        """Keep the address; nothing is checked yet."""
        self.file = file
        self.row = row
        self.cells = cells
        self.found: list[Finding] = []
        self._unsound: set[str] = set()

    def __getitem__(self, column: str) -> str:
        """The text of a cell; blank where the file lacks an optional column."""
        return self.cells.get(column, "")

    @property
    def sound(self) -> bool:
        """No blocking finding."""
        return not any(f.severity in BLOCKING for f in self.found)

    def report(self, code: str, column: str, *, value: str | None = None, hint: str = "") -> None:
        """Add a finding with this record's address; ``value`` defaults to the cell."""
        if CODES[code].severity in BLOCKING:
            self._unsound.add(column)
        shown = self[column] if value is None else value
        self.found.append(
            finding(code, self.file, row=self.row, column=column, value=shown[:60], hint=hint)
        )

    def code(self, column: str) -> str | None:
        """A filled cell whose code is well formed, else ``None`` without a report."""
        return self[column] if self[column] and column not in self._unsound else None

    def whole(self, column: str, low: int, high: int) -> int | None:
        """A whole number within bounds."""
        if not _WHOLE.match(self[column]):
            self.report("NUMBER_FORM", column)
            return None
        number = int(self[column])
        if not low <= number <= high:
            self.report("NUMBER_RANGE", column, hint=f"Allowed: {low} to {high}.")
            return None
        return number

    def choice(
        self, column: str, kind: type[Choice], default: Choice | None = None
    ) -> Choice | None:
        """One of the values of an enumeration; blank gives the default."""
        text = self[column]
        if text == "":
            return default  # a required blank was reported with the other blanks
        try:
            return kind(text)
        except ValueError:
            self.report("CHOICE_UNKNOWN", column, hint=f"Allowed: {', '.join(kind)}.")
            return None

    def numbers(self, column: str) -> tuple[int, ...]:
        """A number list such as ``7;9-12``."""
        try:
            return parse_numbers(self[column])
        except ValueError as error:
            self.report("LIST_FORM", column, hint=f"{error}.")
            return ()

    def items(self, column: str) -> tuple[str, ...]:
        """Codes joined by ``;``."""
        try:
            items = parse_items(self[column])
        except ValueError as error:
            self.report("LIST_FORM", column, hint=f"{error}.")
            return ()
        if not all(_CODE.match(item) for item in items):
            self.report("CODE_FORM", column)
            return ()
        return items

    def place(self) -> tuple[Decimal, Decimal] | None:
        """Latitude and longitude in degrees."""
        before = len(self.found)
        for column in ("latitude", "longitude"):
            if self[column] and not _DEGREES.match(self[column]):
                self.report("COORDINATE_FORM", column)
        if len(self.found) > before or not (self["latitude"] and self["longitude"]):
            return None
        latitude, longitude = Decimal(self["latitude"]), Decimal(self["longitude"])
        swapped = abs(latitude) <= 180 and abs(longitude) <= 90
        if abs(latitude) > 90:
            self.report("COORDINATE_RANGE", "latitude", hint="swapped?" if swapped else "")
        if abs(longitude) > 180:
            self.report("COORDINATE_RANGE", "longitude")
        if latitude == longitude == 0:
            self.report("COORDINATE_ZERO", "latitude")
        return (latitude, longitude) if len(self.found) == before else None


def read_records(
    path: Path,
    columns: tuple[Column, ...],
    *,
    may_be_empty: bool = False,
    sheet: str | None = None,
    ignore_columns: Collection[str] = (),
) -> tuple[list[Record], list[Finding]]:
    """Read a reference table; codes and blanks are already checked in its records.

    Args:
        path: CSV file; Parquet and XLSX as well.
        columns: its columns, from ``models.tables``.
        may_be_empty: a header without records is fine.
        sheet: sheet of a workbook.
        ignore_columns: unknown columns that are dropped without a word.

    Returns:
        Records (none if the file was refused) and findings about the file as such. Findings
        about cells stay with their records.
    """
    table = read_table(path, sheet=sheet)
    found = [
        f
        for f in table.findings
        if not (may_be_empty and f.code == "FILE_EMPTY" and len(table.frame.columns))
    ]
    if not len(table.frame.columns):
        return [], found
    known = {column.name for column in columns}
    for column in columns:
        if column.required and column.name not in table.frame.columns:
            found.append(finding("HEADER_MISSING", table.file, row=1, column=column.name))
    for name in table.frame.columns:
        if name not in known and name not in ignore_columns:
            found.append(finding("UNKNOWN_COLUMN", table.file, row=1, column=name[:60]))
    if any(f.code == "HEADER_MISSING" for f in found):
        return [], found
    header = [str(name) for name in table.frame.columns]
    lines = zip(*(table.frame[name].tolist() for name in header), strict=True)
    records = [
        Record(table.file, row, dict(zip(header, cells, strict=True)))
        for row, cells in zip(table.rows.tolist(), lines, strict=True)
    ]
    for column in columns:
        _check_cells(records, column)
    _check_numeric_cells(records, columns, table.numeric_cells)
    return records, found


def _check_numeric_cells(
    records: list[Record], columns: tuple[Column, ...], numeric: Mapping[str, npt.NDArray[np.bool_]]
) -> None:
    """Codes and document numbers that a workbook holds as numbers have lost their zeros."""
    for column in columns:
        if column.name not in numeric or not (column.pattern or column.name == "id_number"):
            continue
        code = "ID_NUMERIC_CELL" if column.name == "id_number" else "CODE_NUMERIC_CELL"
        for i in np.flatnonzero(numeric[column.name]):
            records[i].report(code, column.name, value="")


def _check_cells(records: list[Record], column: Column) -> None:
    """Trim the cells of a column and report what is wrong; equal cells are looked at once."""
    judged: dict[str, tuple[str, str]] = {}
    for record in records:
        written = record[column.name]
        if written not in judged:
            text = written.strip(BLANKS)
            judged[written] = text, "".join(_faults(column, text))
        text, fault = judged[written]
        record.cells[column.name] = text
        if fault:
            record.report(fault, column.name)
        elif text != written:
            record.found.append(
                finding(
                    "CELL_TRIMMED",
                    record.file,
                    row=record.row,
                    column=column.name,
                    value=written[:60],
                )
            )


def _faults(column: Column, text: str) -> Iterator[str]:
    """The code of what is wrong with a cell, if anything."""
    is_code = column.pattern != ""
    if text == "":
        if column.required:
            yield "CODE_MISSING" if is_code else "TEXT_MISSING"
    elif _ERROR.match(text):
        yield "CELL_ERROR"
    elif is_code and not _CODE.match(text):
        yield "CODE_SPREADSHEET_NUMBER" if _SPREADSHEET_NUMBER.match(text) else "CODE_FORM"
    elif _GARBLED.search(text):
        yield "TEXT_MOJIBAKE"
