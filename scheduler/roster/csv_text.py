"""CSV as it comes from anywhere: its encoding, its separator, its quotes and its ragged rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from models.finding_codes import finding
from models.findings import Finding
from scheduler.roster.text_table import Refused, TextTable, finish, title_lines

CELL_LIMIT = 4096
"""Bytes of one cell; an unclosed quote swallows lines and shows as an overlong cell."""

SAMPLE_VALUES = 20
LISTED_ROWS = 100
_BLOCK_BYTES = 16 << 20
_LINE_END = re.compile(rb"\r\n|\r|\n")
_SEPARATORS = (",", ";", "\t")


def to_utf8(data: bytes, file: str) -> tuple[bytes, str]:
    """The same text as UTF-8 without byte-order mark, and the encoding it was in."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16").encode(), "utf-16"
        except UnicodeError:
            raise Refused(finding("FILE_TRUNCATED", file)) from None
    if b"\0" in data:
        half_zero = data[:64].count(0) * 3 > len(data[:64])
        code = "ENCODING_UTF16_WITHOUT_BOM" if half_zero else "FILE_CONTENT_MISMATCH"
        raise Refused(finding(code, file))
    marked = data.startswith(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise Refused(finding("FILE_TRUNCATED", file)) from None
        try:
            return data.decode("gb18030").encode(), "gb18030"
        except UnicodeDecodeError:
            raise Refused(finding("ENCODING_UNKNOWN", file)) from None
    if not marked and _could_be_gbk(data, text):
        raise Refused(finding("ENCODING_AMBIGUOUS", file))
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


def without_lines(data: bytes, lines: int) -> bytes:
    """What follows the first lines, whatever ends them."""
    start = 0
    for _ in range(lines):
        end = _LINE_END.search(data, start)
        if end is None:
            return b""
        start = end.end()
    return data[start:]


def read_csv(data: bytes, encoding: str, file: str) -> TextTable:
    """Read CSV in UTF-8.

    Args:
        data: from the header on.
        encoding: what the file was in (:func:`to_utf8`); GB18030 shows samples of what was read.
        file: base name.

    Raises:
        Refused: with the findings that say why it cannot be read as it stands.
    """
    head = _first_records(data, file)
    separator = _separator(head.lines, file)
    records = list(csv.reader(io.StringIO("\n".join(head.lines), newline=""), delimiter=separator))
    # The header may itself hold line breaks inside quotes: the csv module knows where it ends.
    header = next(csv.reader(io.StringIO(head.text, newline=""), delimiter=separator), [])
    findings = [*title_lines(records, file)]
    if findings:
        raise Refused(*findings)
    table, ragged = _parse(data, separator, len(header), file)
    _refuse_swallowed_lines(data, table, ragged, separator, file)
    rows = np.arange(1, len(table) + len(ragged) + 1, dtype=np.int64)
    rows = np.delete(rows, [number - 1 for number, _ in ragged])
    if ragged:
        complete = data.endswith((b"\n", b"\r"))
        findings += _ragged_findings(ragged, len(header), len(rows) + len(ragged), complete, file)
    frame = table.slice(1).to_pandas()
    result = finish(header, frame, rows[1:], file=file, findings=findings, encoding=encoding)
    if encoding == "gb18030":
        sample = finding("ENCODING_GB18030", file, value=" | ".join(_sample_values(result.frame)))
        result = replace(result, findings=(*result.findings, sample))
    return result


@dataclass(frozen=True)
class _Head:
    lines: list[str]
    text: str


def _first_records(data: bytes, file: str) -> _Head:
    text = data[: 1 << 16].decode("utf-8", errors="ignore")
    lines = re.split(r"\r\n|\r|\n", text)[:10]
    if not text.strip():
        raise Refused(finding("FILE_EMPTY", file))
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
        raise Refused(finding("CSV_SEPARATOR_UNCLEAR", file, row=1))
    return proven[0]


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
        raise Refused(finding(code, file, row=start or 0)) from None
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
            raise Refused(finding("CSV_QUOTE_UNBALANCED", file, row=start))
    if overlong:
        column = lengths.index(max(lengths))
        where = pc.index(pc.greater(pc.binary_length(table[column]), CELL_LIMIT), True).as_py()
        raise Refused(
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
