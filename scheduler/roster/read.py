"""Bytes to a text table; no rule about the content in it.

``verify`` imports this file too, so it knows nothing of rosters: every cell comes out as text, or
the file is refused with a reason. Reading with type guessing turns ``0011`` into 11 and a name
``NA`` into a missing value, so nothing is guessed here.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from models.finding_codes import finding
from models.findings import Finding
from scheduler.roster.workbook import SheetContent, WorkbookRefused, read_sheet

CELL_LIMIT = 4096
"""Bytes of one cell; an unclosed quote swallows lines and shows as an overlong cell."""

SAMPLE_VALUES = 20
LISTED_ROWS = 100
_BLOCK_BYTES = 16 << 20
_ZIP, _OLE, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1"
_MARKUP = re.compile(rb"^\s*<(?:!doctype|html|table|\?xml|head|body|meta)", re.IGNORECASE)
_LINE_END = re.compile(rb"\r\n|\r|\n")
_SEPARATORS = (",", ";", "\t")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


@dataclass(frozen=True)
class TextTable:
    """A table of text as it stands in the file.

    Attributes:
        frame: all columns text, blank = ``""``; names as written, but NFKC, lower case, without
            surrounding blanks, inner blanks as ``_``. Blank records are left out.
        rows: record number of each row of ``frame`` (a header without lines above it = 1).
        file: base name.
        sheet: name of the sheet, ``""`` where there is none.
        encoding: ``utf-8``, ``gb18030``, ``utf-16``, or ``""`` for binary formats.
        findings: what is wrong with the file as such; with a ``refuse`` among them the frame may
            be empty or partial.
        numeric_cells: per column that has any, a mask of the cells that were not text in the file
            (numbers, dates, truth values); only XLSX and Parquet can have such.
        header_row: where the header stands, counted as ``rows`` are.
        records: records of the file without the header, blank ones not counted.
    """

    frame: pd.DataFrame
    rows: npt.NDArray[np.int64]
    file: str
    sheet: str = ""
    encoding: str = ""
    findings: tuple[Finding, ...] = ()
    numeric_cells: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    header_row: int = 1

    @property
    def records(self) -> int:
        """Records that were read, the header not counted."""
        return len(self.rows)


class _Refused(Exception):
    """Reading cannot go on; carries the finding that says why."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(findings[0].code)
        self.findings = findings


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
            raise _Refused(finding("FILE_NOT_FOUND", file)) from None
        except OSError as error:
            raise _Refused(finding("FILE_UNREADABLE", file, value=error.strerror or "")) from None
        return _read_bytes(data, path.suffix.lower(), file, sheet, header_row - 1)
    except _Refused as refused:
        return TextTable(pd.DataFrame(), np.empty(0, np.int64), file, findings=refused.findings)


def shown_name(name: str) -> str:
    """A file name that cannot mislead in a report: unprintable characters are escaped."""
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in name)
    return shown if len(shown) <= 120 else shown[:117] + "..."


def _read_bytes(data: bytes, suffix: str, file: str, sheet: str | None, titles: int) -> TextTable:
    if not data:
        raise _Refused(finding("FILE_EMPTY", file))
    if suffix == ".parquet":
        return _read_parquet(data, file)
    if suffix in (".xlsx", ".xlsm"):
        return _read_xlsx(data, suffix, file, sheet, titles)
    if suffix == ".xls" or data.startswith(_OLE):
        raise _Refused(finding("FILE_TYPE_UNSUPPORTED", file, value=suffix))
    if data.startswith((_ZIP, _PARQUET)) or _MARKUP.match(data[:512]):
        raise _Refused(finding("FILE_CONTENT_MISMATCH", file, value=suffix))
    data, encoding = _to_utf8(data, file)
    return _below(titles, lambda: _read_csv(_without_lines(data, titles), encoding, file))


def _below(titles: int, read: Callable[[], TextTable]) -> TextTable:
    """What is read below so many lines, addressed as the whole file shows it."""

    def addressed(findings: Sequence[Finding]) -> tuple[Finding, ...]:
        return tuple(f.model_copy(update={"row": f.row + titles}) if f.row else f for f in findings)

    try:
        table = read()
    except _Refused as refused:
        raise _Refused(*addressed(refused.findings)) from None
    return replace(
        table,
        rows=table.rows + titles,
        findings=addressed(table.findings),
        header_row=1 + titles,
    )


# ---------------------------------------------------------------- CSV


def _without_lines(data: bytes, lines: int) -> bytes:
    start = 0
    for _ in range(lines):
        end = _LINE_END.search(data, start)
        if end is None:
            return b""
        start = end.end()
    return data[start:]


def _read_csv(data: bytes, encoding: str, file: str) -> TextTable:
    head = _first_records(data, file)
    separator = _separator(head.lines, file)
    records = list(csv.reader(io.StringIO("\n".join(head.lines), newline=""), delimiter=separator))
    # The header may itself hold line breaks inside quotes: the csv module knows where it ends.
    header = next(csv.reader(io.StringIO(head.text, newline=""), delimiter=separator), [])
    findings = [*_title_lines(records, file)]
    if findings:
        raise _Refused(*findings)
    table, ragged = _parse(data, separator, len(header), file)
    _refuse_swallowed_lines(data, table, ragged, separator, file)
    rows = np.arange(1, len(table) + len(ragged) + 1, dtype=np.int64)
    rows = np.delete(rows, [number - 1 for number, _ in ragged])
    if ragged:
        complete = data.endswith((b"\n", b"\r"))
        findings += _ragged_findings(ragged, len(header), len(rows) + len(ragged), complete, file)
    frame = table.slice(1).to_pandas()
    result = _finish(header, frame, rows[1:], file=file, findings=findings, encoding=encoding)
    if encoding == "gb18030":
        sample = finding("ENCODING_GB18030", file, value=" | ".join(_sample_values(result.frame)))
        result = replace(result, findings=(*result.findings, sample))
    return result


def _to_utf8(data: bytes, file: str) -> tuple[bytes, str]:
    """The same text as UTF-8 without byte-order mark, and the encoding it was in."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16").encode(), "utf-16"
        except UnicodeError:
            raise _Refused(finding("FILE_TRUNCATED", file)) from None
    if b"\0" in data:
        half_zero = data[:64].count(0) * 3 > len(data[:64])
        code = "ENCODING_UTF16_WITHOUT_BOM" if half_zero else "FILE_CONTENT_MISMATCH"
        raise _Refused(finding(code, file))
    marked = data.startswith(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise _Refused(finding("FILE_TRUNCATED", file)) from None
        try:
            return data.decode("gb18030").encode(), "gb18030"
        except UnicodeDecodeError:
            raise _Refused(finding("ENCODING_UNKNOWN", file)) from None
    if not marked and _could_be_gbk(data, text):
        raise _Refused(finding("ENCODING_AMBIGUOUS", file))
    return (data[3:] if marked else data), "utf-8"


def _could_be_gbk(data: bytes, text: str) -> bool:
    """Is this valid UTF-8 just as well Chinese in GBK (``联通``)?

    Chinese in UTF-8 always has bytes from E0 up; two-byte characters alone are suspect when they
    read as nothing but Han characters in GB18030.
    """
    if len(data) > 1 << 16 or text.isascii() or max(data) >= 0xE0:
        return False
    try:
        other = data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return all(c.isascii() or "\u4e00" <= c <= "\u9fff" for c in other)


@dataclass(frozen=True)
class _Head:
    lines: list[str]
    text: str


def _first_records(data: bytes, file: str) -> _Head:
    text = data[: 1 << 16].decode("utf-8", errors="ignore")
    lines = re.split(r"\r\n|\r|\n", text)[:10]
    if not text.strip():
        raise _Refused(finding("FILE_EMPTY", file))
    return _Head(lines, text)


def _separator(lines: Sequence[str], file: str) -> str:
    """The separator that the header proves: it alone splits it into plain names."""
    bare = re.sub(r'"[^"]*"', "", lines[0])
    present = [s for s in _SEPARATORS if s in bare]
    if not present:
        return max(_SEPARATORS, key=lambda s: sum(line.count(s) for line in lines))
    if len(present) == 1:
        return present[0]
    proven = [
        s
        for s in present
        if all(
            not set(_SEPARATORS) & set(name) for name in next(csv.reader([lines[0]], delimiter=s))
        )
    ]
    if len(proven) != 1:
        raise _Refused(finding("CSV_SEPARATOR_UNCLEAR", file, row=1))
    return proven[0]


def _title_lines(records: Sequence[Sequence[str]], file: str, sheet: str = "") -> list[Finding]:
    """Titles above the header: the first record has at most one filled cell, a later one more."""
    filled = [sum(1 for cell in record if cell.strip()) for record in records[:10]]
    if not filled or filled[0] > 1 or max(filled) <= max(filled[0], 1):
        return []
    likely = filled.index(max(filled)) + 1
    return [
        finding("HEADER_TITLE_LINES", file, sheet=sheet, row=1, value=f"header in row {likely}?")
    ]


def _parse(
    data: bytes, separator: str, width: int, file: str
) -> tuple[pa.Table, list[tuple[int, int]]]:
    """Parse with the header as first record; ragged records come back by number."""
    columns = [str(i) for i in range(width)]
    ragged: list[tuple[int, int]] = []

    def note(row: Any) -> str:
        ragged.append((row.number or 0, row.actual_columns))
        return "skip"

    def parse(*, threads: bool) -> pa.Table:
        return pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(
                column_names=columns, use_threads=threads, block_size=_BLOCK_BYTES
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=separator,
                newlines_in_values=b'"' in data,
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()),
                strings_can_be_null=False,
                check_utf8=False,  # decoded strictly before
            ),
        )

    try:
        table = parse(threads=True)
        if ragged:  # record numbers are known in one thread only
            ragged.clear()
            table = parse(threads=False)
    except pa.ArrowInvalid:
        start = _unbalanced_quote(data.decode(), separator)
        code = "FILE_UNREADABLE" if start is None else "CSV_QUOTE_UNBALANCED"
        raise _Refused(finding(code, file, row=start or 0)) from None
    return table, ragged


def _refuse_swallowed_lines(
    data: bytes, table: pa.Table, ragged: list[tuple[int, int]], separator: str, file: str
) -> None:
    """Refuse overlong cells and quotes that opened and swallowed lines."""
    lengths = [pc.max(pc.binary_length(column)).as_py() or 0 for column in table.columns]
    overlong = max(lengths, default=0) > CELL_LIMIT
    if b'"' in data:
        suspicious = (
            overlong
            or bool(ragged)
            or data.count(b'"') % 2 == 1
            or any(
                pc.any(pc.match_substring_regex(column, "[\r\n]")).as_py()
                for column in table.columns
            )
        )
        start = _unbalanced_quote(data.decode(), separator) if suspicious else None
        if start is not None:
            raise _Refused(finding("CSV_QUOTE_UNBALANCED", file, row=start))
    if overlong:
        column = lengths.index(max(lengths))
        where = pc.index(pc.greater(pc.binary_length(table[column]), CELL_LIMIT), True).as_py()
        raise _Refused(
            finding("CELL_TOO_LONG", file, row=where + 1, column=table[column][0].as_py())
        )


def _unbalanced_quote(text: str, separator: str) -> int | None:
    """Line where the first quoted cell starts that never closes, or closes inside a cell."""
    opening = re.compile(rf'(?:\A|[{re.escape(separator)}\r\n])"')
    closing = re.compile(r'[^"]*(?:""[^"]*)*"')
    after = {separator, "\r", "\n", ""}
    position = 0
    while (found := opening.search(text, position)) is not None:
        start = found.end()
        end = closing.match(text, start)
        swallowed = end is not None and re.search(r"[\r\n]", end[0]) is not None
        if (
            end is None
            or len(end[0].encode()) > CELL_LIMIT
            or (swallowed and text[end.end() : end.end() + 1] not in after)
        ):
            return len(re.findall(r"\r\n|\r|\n", text[:start])) + 1
        position = end.end()
    return None


def _ragged_findings(
    ragged: list[tuple[int, int]], width: int, records: int, complete: bool, file: str
) -> list[Finding]:
    """Records with too many or too few cells; a short last one without line end was cut off."""
    number, cells = ragged[0]
    if not complete and number == records and cells < width:
        return [finding("FILE_TRUNCATED", file, row=number, value=f"{cells} of {width} cells")]
    found = [
        finding("CSV_RAGGED_ROW", file, row=number, value=f"{cells} cells, header has {width}")
        for number, cells in ragged[:LISTED_ROWS]
    ]
    if len(ragged) > LISTED_ROWS:
        found.append(finding("CSV_RAGGED_ROW", file, value=f"{len(ragged)} such rows in all"))
    return found


def _sample_values(frame: pd.DataFrame) -> list[str]:
    """Up to 20 different values that are not plain ASCII, so that a reader sees the encoding."""
    seen: dict[str, None] = {}
    for column in frame.columns:
        for value in (column, *frame[column].head(1000)):
            # A document number (军字第0123号) must not reach a report.
            if not value.isascii() and not re.search("[0-9]{3}", value):
                seen[value] = None
    return list(seen)[:SAMPLE_VALUES]


# ---------------------------------------------------------------- Parquet and XLSX


def _read_parquet(data: bytes, file: str) -> TextTable:
    if not data.startswith(_PARQUET):
        raise _Refused(finding("FILE_CONTENT_MISMATCH", file, value=".parquet"))
    try:
        table = pyarrow.parquet.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError):
        raise _Refused(finding("FILE_UNREADABLE", file)) from None
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
    return _finish(table.column_names, frame, rows, file=file, numeric=numeric)


def _read_xlsx(data: bytes, suffix: str, file: str, sheet: str | None, titles: int) -> TextTable:
    if suffix == ".xlsm":
        raise _Refused(finding("FILE_TYPE_UNSUPPORTED", file, value=suffix))
    if data.startswith(_OLE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        code = "FILE_ENCRYPTED" if encrypted else "FILE_TYPE_UNSUPPORTED"
        raise _Refused(finding(code, file, value=suffix))
    if not data.startswith(_ZIP):
        raise _Refused(finding("FILE_CONTENT_MISMATCH", file, value=suffix))
    try:
        content = read_sheet(data, file, sheet)
    except WorkbookRefused as refused:
        raise _Refused(*refused.findings) from None
    table = _below(titles, lambda: _read_sheet(content, titles, file))
    return replace(table, findings=(*content.findings, *table.findings))


def _read_sheet(content: SheetContent, titles: int, file: str) -> TextTable:
    records = content.records[titles:]
    head = [["" if v is None else str(v) for v in record] for record in records[:10]]
    above = _title_lines(head, file, content.sheet)
    if above:
        raise _Refused(*above, *content.findings)
    if not records or not any(cell.strip() for cell in head[0]):
        raise _Refused(finding("FILE_EMPTY", file, sheet=content.sheet))
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
    return _finish(head[0], frame, rows, file=file, sheet=content.sheet, numeric=numeric)


def _cell_text(value: object) -> str:
    """A cell that is no text as a spreadsheet would show it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


# ---------------------------------------------------------------- all formats


def _finish(
    header: Sequence[str],
    frame: pd.DataFrame,
    rows: npt.NDArray[np.int64],
    *,
    file: str,
    sheet: str = "",
    findings: Sequence[Finding] = (),
    encoding: str = "",
    numeric: dict[int, npt.NDArray[np.bool_]] | None = None,
) -> TextTable:
    """Drop blank records and columns, name the columns, note what the header shows."""
    found = list(findings)
    blank = np.ones(len(frame), dtype=bool)
    for name in frame.columns:
        if not blank.any():
            break
        blank &= (frame[name] == "").to_numpy(dtype=bool)
    if blank.any():
        frame, rows = frame[~blank].reset_index(drop=True), rows[~blank]
    if frame.empty:
        found.append(finding("FILE_EMPTY", file, sheet=sheet))
    kept: dict[str, int] = {}
    for i, written in enumerate(header):
        name = header_name(written)
        if not name:
            if (frame.iloc[:, i] != "").any():
                found.append(
                    finding("HEADER_BLANK", file, sheet=sheet, row=1, value=f"column {i + 1}")
                )
            continue
        if name != written:
            found.append(
                finding("HEADER_NORMALISED", file, sheet=sheet, row=1, column=name, value=written)
            )
        if name in kept:
            found.append(finding("HEADER_DUPLICATE", file, sheet=sheet, row=1, column=name))
            continue
        kept[name] = i
    frame = frame.iloc[:, list(kept.values())]
    frame.columns = pd.Index(list(kept), dtype="str")
    cells = {
        name: (mask[~blank] if blank.any() else mask)
        for name, i in kept.items()
        if (mask := (numeric or {}).get(i)) is not None
    }
    return TextTable(
        frame,
        rows,
        file,
        sheet,
        encoding,
        tuple(found),
        {k: v for k, v in cells.items() if v.any()},
    )


def header_name(written: str) -> str:
    """Full-width letters, case and blanks do not distinguish column names."""
    plain = unicodedata.normalize("NFKC", written).translate(_INVISIBLE)
    return re.sub(r"\s+", "_", plain.strip()).lower()
