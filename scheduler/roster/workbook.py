"""One sheet of an XLSX workbook as Python values; what calamine does not tell is read from the XML.

Calamine gives an error cell (``#N/A``) as an empty one and knows nothing of hidden rows, so both
are looked up in the sheet's XML by pattern, without parsing it as XML.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

import python_calamine

from models.finding_codes import finding
from models.findings import Finding

UNPACKED_LIMIT = 4 << 30
"""Bytes a workbook may unpack to."""

_ROW_OR_ERROR = re.compile(
    rb'<(?:\w+:)?row [^>]*\bhidden="(?:1|true)"[^>]*>'
    rb'|<(?:\w+:)?c ([^>]*\bt="e"[^>]*)>(?:<(?:\w+:)?f\b[^>]*/>|<(?:\w+:)?f\b.*?</(?:\w+:)?f>)?'
    rb"<(?:\w+:)?v>([^<]*)</",
    re.DOTALL,
)
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, LookupError, ValueError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
"""What reading a damaged archive may raise."""

_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]+)"')


@dataclass(frozen=True)
class SheetContent:
    """Records from A1 on, padded to one width; errors by (record index, column index, text)."""

    sheet: str
    records: list[list[object]]
    errors: tuple[tuple[int, int, str], ...]
    findings: tuple[Finding, ...]


class WorkbookRefused(Exception):
    """The workbook cannot be read as one table."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(findings[0].code)
        self.findings = findings


def read_sheet(data: bytes, file: str, sheet: str | None) -> SheetContent:
    """Read the named sheet, or the only one that holds data.

    Raises:
        WorkbookRefused: no such sheet, several with data and none named, merged cells, macros,
            entity declarations, or a damaged file.
    """
    archive = _open(data, file)
    try:
        workbook = python_calamine.CalamineWorkbook.from_object(io.BytesIO(data))
        names = workbook.sheet_names
        if sheet is not None and sheet not in names:
            raise WorkbookRefused(finding("SHEET_UNKNOWN", file, sheet=sheet))
        wanted = [sheet] if sheet is not None else names
        filled = [name for name in wanted if workbook.get_sheet_by_name(name).height > 0]
        if len(filled) > 1:
            raise WorkbookRefused(finding("SHEET_AMBIGUOUS", file, value="; ".join(filled)))
        if not filled:
            raise WorkbookRefused(finding("FILE_EMPTY", file, sheet=sheet or ""))
        name = filled[0]
        chosen = workbook.get_sheet_by_name(name)
        merged = chosen.merged_cell_ranges or []
        if merged:
            raise WorkbookRefused(
                *(
                    finding(
                        "SHEET_MERGED_CELLS",
                        file,
                        sheet=name,
                        row=start[0] + 1,
                        value=f"{_address(start)}:{_address(end)}",
                    )
                    for start, end in merged
                )
            )
        records: list[list[object]] = [
            list(record) for record in chosen.to_python(skip_empty_area=False)
        ]
        xml = archive.read(_part_name(archive, names.index(name)))
    except (python_calamine.CalamineError, *_DAMAGED):
        raise WorkbookRefused(finding("FILE_UNREADABLE", file)) from None
    errors, hidden = _errors_and_hidden_rows(xml)
    notes = (
        (finding("SHEET_HIDDEN_ROWS", file, sheet=name, value=f"{hidden} rows"),) if hidden else ()
    )
    return SheetContent(name, records, errors, notes)


def _open(data: bytes, file: str) -> zipfile.ZipFile:
    """Open the archive and refuse what a table has no use for."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.namelist()
        if "xl/workbook.xml" not in parts:
            raise WorkbookRefused(finding("FILE_CONTENT_MISMATCH", file, value=".xlsx"))
        if sum(info.file_size for info in archive.infolist()) > UNPACKED_LIMIT:
            raise WorkbookRefused(finding("FILE_TOO_LARGE_UNPACKED", file))
        if any(part.endswith("vbaProject.bin") for part in parts):
            raise WorkbookRefused(finding("FILE_TYPE_UNSUPPORTED", file, value="macros"))
        for part in parts:
            if part.endswith((".xml", ".rels")):
                with archive.open(part) as stream:
                    if b"<!DOCTYPE" in stream.read(4096):
                        raise WorkbookRefused(finding("XML_DTD_FORBIDDEN", file, value=part))
    except _DAMAGED:
        raise WorkbookRefused(finding("FILE_UNREADABLE", file)) from None
    return archive


def _part_name(archive: zipfile.ZipFile, index: int) -> str:
    """Archive name of the sheet that stands at ``index`` in the workbook."""
    workbook = archive.read("xl/workbook.xml").decode()
    links = archive.read("xl/_rels/workbook.xml.rels").decode()
    tag = re.findall(r"<(?:\w+:)?sheet\b[^>]*>", workbook)[index]
    identity = re.search(r'\b\w+:id="([^"]+)"', tag)
    for link in re.findall(r"<Relationship\b[^>]*>", links):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', link))
        if identity is not None and attributes.get("Id") == identity[1]:
            target = attributes["Target"]
            return target[1:] if target.startswith("/") else f"xl/{target}"
    raise KeyError(index)


def _errors_and_hidden_rows(xml: bytes) -> tuple[tuple[tuple[int, int, str], ...], int]:
    errors: list[tuple[int, int, str]] = []
    hidden = 0
    for match in _ROW_OR_ERROR.finditer(xml):
        if match[1] is None:
            hidden += 1
            continue
        where = _REFERENCE.search(match[1])
        if where is not None:
            errors.append((int(where[2]) - 1, _column_index(where[1]), match[2].decode()))
    return tuple(errors), hidden


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - ord("A") + 1
    return index - 1


def _address(cell: tuple[int, int]) -> str:
    """``(3, 2)`` as ``C4``."""
    row, column = cell
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"
