"""Bytes to a text table; no rule about the content in it.

``verify`` imports this file too, so it knows nothing of rosters: every cell comes out as text, or
the file is refused with a reason. Reading with type guessing turns ``0011`` into 11 and a name
``NA`` into a missing value, so nothing is guessed here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from models.finding_codes import finding
from models.findings import Finding
from scheduler.roster.csv_text import read_csv, to_utf8, without_lines
from scheduler.roster.text_table import Refused, TextTable, finish, shown_name, title_lines
from scheduler.roster.workbook import SheetContent, WorkbookRefused, read_sheet

_ZIP, _OLE, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1"
_MARKUP = re.compile(rb"^\s*<(?:!doctype|html|table|\?xml|head|body|meta)", re.IGNORECASE)


def read_table(path: Path, *, sheet: str | None = None, header_row: int = 1) -> TextTable:
    """Read CSV, Parquet or XLSX as text.

    Args:
        path: ``.parquet``, ``.xlsx``; everything else is read as CSV.
        sheet: the sheet of a workbook; needed where several hold data.
        header_row: line (CSV) or row (XLSX) of the header; what stands above it is not read.

    Returns:
        The table. No exception escapes: a file that cannot be read gives an empty frame and
        findings of severity ``refuse``.
    """
    file = shown_name(path.name)
    try:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise Refused(finding("FILE_NOT_FOUND", file)) from None
        except OSError as error:
            raise Refused(finding("FILE_UNREADABLE", file, value=error.strerror or "")) from None
        return _read_bytes(data, path.suffix.lower(), file, sheet, header_row - 1)
    except Refused as refused:
        return TextTable(pd.DataFrame(), np.empty(0, np.int64), file, findings=refused.findings)


def _read_bytes(data: bytes, suffix: str, file: str, sheet: str | None, titles: int) -> TextTable:
    if not data:
        raise Refused(finding("FILE_EMPTY", file))
    if suffix == ".parquet":
        return _read_parquet(data, file)
    if suffix in (".xlsx", ".xlsm"):
        return _read_xlsx(data, suffix, file, sheet, titles)
    if suffix == ".xls" or data.startswith(_OLE):
        raise Refused(finding("FILE_TYPE_UNSUPPORTED", file, value=suffix))
    if data.startswith((_ZIP, _PARQUET)) or _MARKUP.match(data[:512]):
        raise Refused(finding("FILE_CONTENT_MISMATCH", file, value=suffix))
    data, encoding = to_utf8(data, file)
    return _below(titles, lambda: read_csv(without_lines(data, titles), encoding, file))


def _below(titles: int, read: Callable[[], TextTable]) -> TextTable:
    """What is read below so many lines, addressed as the whole file shows it."""

    def addressed(findings: Sequence[Finding]) -> tuple[Finding, ...]:
        return tuple(f.model_copy(update={"row": f.row + titles}) if f.row else f for f in findings)

    try:
        table = read()
    except Refused as refused:
        raise Refused(*addressed(refused.findings)) from None
    return replace(
        table,
        rows=table.rows + titles,
        findings=addressed(table.findings),
        header_row=1 + titles,
    )


def _read_parquet(data: bytes, file: str) -> TextTable:
    if not data.startswith(_PARQUET):
        raise Refused(finding("FILE_CONTENT_MISMATCH", file, value=".parquet"))
    try:
        table = pyarrow.parquet.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError):
        raise Refused(finding("FILE_UNREADABLE", file)) from None
    columns: dict[str, pd.Series[str]] = {}
    numeric: dict[int, npt.NDArray[np.bool_]] = {}
    for i, column in enumerate(table.columns):
        values = (
            column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        )
        if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
            numeric[i] = pc.is_valid(values).to_numpy(zero_copy_only=False)
            texts = [_cell_text(v) for v in values.to_pylist()]
            values = pa.chunked_array([pa.array(texts, pa.string())])
        columns[str(i)] = pc.fill_null(values, "").to_pandas()
    frame = pd.DataFrame(columns)
    rows = np.arange(2, len(frame) + 2, dtype=np.int64)
    return finish(table.column_names, frame, rows, file=file, numeric=numeric)


def _read_xlsx(data: bytes, suffix: str, file: str, sheet: str | None, titles: int) -> TextTable:
    if suffix == ".xlsm":
        raise Refused(finding("FILE_TYPE_UNSUPPORTED", file, value=suffix))
    if data.startswith(_OLE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        code = "FILE_ENCRYPTED" if encrypted else "FILE_TYPE_UNSUPPORTED"
        raise Refused(finding(code, file, value=suffix))
    if not data.startswith(_ZIP):
        raise Refused(finding("FILE_CONTENT_MISMATCH", file, value=suffix))
    try:
        content = read_sheet(data, file, sheet)
    except WorkbookRefused as refused:
        raise Refused(*refused.findings) from None
    table = _below(titles, lambda: _read_sheet(content, titles, file))
    return replace(table, findings=(*content.findings, *table.findings))


def _read_sheet(content: SheetContent, titles: int, file: str) -> TextTable:
    records = content.records[titles:]
    head = [["" if v is None else str(v) for v in record] for record in records[:10]]
    above = title_lines(head, file, content.sheet)
    if above:
        raise Refused(*above, *content.findings)
    if not records or not any(cell.strip() for cell in head[0]):
        raise Refused(finding("FILE_EMPTY", file, sheet=content.sheet))
    columns: dict[str, list[str]] = {}
    numeric: dict[int, npt.NDArray[np.bool_]] = {}
    for i in range(len(head[0])):
        values = [record[i] for record in records[1:]]
        texts = [v if type(v) is str else _cell_text(v) for v in values]
        columns[str(i)] = texts
        mask = np.fromiter((type(v) is not str for v in values), bool, len(values))
        if mask.any():
            numeric[i] = mask
    frame = pd.DataFrame(columns, dtype="str")
    for row, column, error in content.errors:
        if row > titles:
            frame.iat[row - titles - 1, column] = error
    rows = np.arange(2, len(frame) + 2, dtype=np.int64)
    return finish(head[0], frame, rows, file=file, sheet=content.sheet, numeric=numeric)


def _cell_text(value: object) -> str:
    """A cell that is no text as a spreadsheet would show it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)
