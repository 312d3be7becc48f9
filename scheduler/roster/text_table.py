"""What comes out of any file that holds a table: text, with what is wrong with the file as such."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.finding_codes import finding
from models.findings import Finding

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


class Refused(Exception):
    """Reading cannot go on; carries the finding that says why."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(findings[0].code)
        self.findings = findings


def title_lines(records: Sequence[Sequence[str]], file: str, sheet: str = "") -> list[Finding]:
    """Titles above the header: the first record has at most one filled cell, a later one more."""
    filled = [sum(1 for cell in record if cell.strip()) for record in records[:10]]
    if not filled or filled[0] > 1 or max(filled) <= max(filled[0], 1):
        return []
    likely = filled.index(max(filled)) + 1
    return [
        finding("HEADER_TITLE_LINES", file, sheet=sheet, row=1, value=f"header in row {likely}?")
    ]


def finish(
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


def shown_name(name: str) -> str:
    """A file name that cannot mislead in a report: unprintable characters are escaped."""
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in name)
    return shown if len(shown) <= 120 else shown[:117] + "..."
