"""Checks a roster in one pass over whole columns and makes the canonical roster.

Everything that is wrong is reported at once; nothing is planned while a blocking finding stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.finding_codes import CODES, finding
from models.findings import BLOCKING, Finding, Severity
from models.policy import Policy
from models.reference import ReferenceData
from models.tables import CANONICAL_ROSTER, ROSTER, Column
from models.tables import names as column_names
from scheduler.csv_lines import csv_lines
from scheduler.roster.columns import (
    differs,
    plain_digits,
    rewritten,
    rounded,
    trimmed,
)
from scheduler.roster.control import apply_set_aside, control_findings
from scheduler.roster.examined import Hits, Roster, Rule, shown
from scheduler.roster.findings_io import in_order
from scheduler.roster.identity import normalise_numbers
from scheduler.roster.read import read_table
from scheduler.roster.roster_rules import RULES
from scheduler.roster.text_table import TextTable, header_name

LISTED = {Severity.NORMALISED: 100, Severity.WARN: 1000}
"""Findings of one code in one column that are listed; the rest is one line with their number.

Blocking ones are all listed, for each must be mended.
"""

NOT_NEEDED = frozenset(
    {
        "phone", "mobile", "telephone", "tel", "address", "home_address", "email", "mail",
        "birth_date", "birthday", "birth", "date_of_birth", "sex", "gender", "ethnicity",
        "nationality", "marital_status", "wechat", "qq", "bank_account",
        "手机", "手机号", "手机号码", "电话", "联系电话", "地址", "通讯地址", "家庭住址", "邮箱",
        "电子邮箱", "出生日期", "出生年月", "性别", "民族", "婚姻状况", "微信",
    }
)  # fmt: skip
"""Columns of personal data that nobody asked for (least data)."""

MEANT = {
    "档案号": "candidate_id", "姓名": "name", "证件类型": "id_type", "证件号码": "id_number",
    "证件号": "id_number", "身份证号": "id_number", "专业": "specialty", "专业代码": "specialty",
    "考点": "exam_point", "考点代码": "exam_point", "科目": "subjects", "报考科目": "subjects",
    "特殊需求": "needs", "单位": "employer", "单位代码": "employer", "工作单位": "employer",
    "纬度": "latitude", "经度": "longitude", "照片": "photo", "考场": "pinned_center",
}  # fmt: skip
"""Column names that tell which one is meant; they are proposed, never assumed."""


@dataclass(frozen=True)
class CheckedRoster:
    """A roster without blocking findings.

    Attributes:
        candidates: the columns of ``CANONICAL_ROSTER``, all text, sorted by ``candidate_id``,
            with a fresh index; needs sorted; coordinates rounded half-even to
            ``policy.travel.decimals`` and printed with exactly that many decimals.
        digest: SHA-256 of :func:`canonical_bytes`, in hex.
        rows: records in the file, the header not counted.
        set_aside: records left out by the set-aside file.
        findings: warnings and normalisations.
    """

    candidates: pd.DataFrame
    digest: str
    rows: int
    set_aside: int
    findings: tuple[Finding, ...]


def check_roster(
    path: Path,
    reference: ReferenceData,
    policy: Policy,
    *,
    set_aside: Path | None = None,
    expect_rows: int | None = None,
    ignore_columns: Sequence[str] = (),
    sheet: str | None = None,
    header_row: int = 1,
    ids_checked_by: str = "",
) -> tuple[CheckedRoster | None, tuple[Finding, ...]]:
    """Check a roster file against reference data and policy.

    Args:
        path: CSV, Parquet or XLSX (docs/formats.md, section 3).
        reference: checked reference data.
        policy: for pins and sittings that are closed to a specialty.
        set_aside: rows to leave out, ``row, candidate_id, reason``.
        expect_rows: announced number of records.
        ignore_columns: columns to drop without a word.
        sheet: sheet of a workbook.
        header_row: line or row of the header.
        ids_checked_by: a second person who vouches for an identity column that looks cut.

    Returns:
        The checked roster, ``None`` if any finding blocks, and all findings in the order of
        reports.
    """
    table = read_table(path, sheet=sheet, header_row=header_row)
    found = list(table.findings)
    if table.frame.empty:
        return None, in_order(found)
    found += control_findings(path, table, expect_rows)
    found += header_findings(table, ignore_columns)
    if any(f.code == "HEADER_MISSING" for f in found):
        return None, in_order(found)
    frame, normalised = clean(table)
    rows = table.rows
    cells = dict(table.numeric_cells)
    aside = np.zeros(table.records, dtype=bool)
    if set_aside is not None:
        aside, more = apply_set_aside(set_aside, table, frame["candidate_id"])
        found += more
    if aside.any():
        frame, rows = frame[~aside].reset_index(drop=True), rows[~aside]
        cells = {name: mask[~aside] for name, mask in cells.items()}
        kept = np.cumsum(~aside) - 1
        normalised = [
            Hits(h.code, kept[h.positions[~aside[h.positions]]], h.column, _select(h, aside))
            for h in normalised
        ]
    if frame.empty:
        found.append(finding("ROSTER_ALL_SET_ASIDE", table.file))
        return None, in_order(found)
    roster = Roster(frame, cells, reference, policy, ids_checked_by=ids_checked_by.strip())
    for hits in [*normalised, *examine(roster)]:
        found += as_findings(hits, roster.frame, rows, table)
    ordered = in_order(found)
    if any(f.severity in BLOCKING for f in ordered):
        return None, ordered
    candidates = canonical_candidates(roster.frame, policy.travel.decimals)
    digest = hashlib.sha256(canonical_bytes(candidates)).hexdigest()
    return (
        CheckedRoster(candidates, digest, table.records, int(aside.sum()), ordered),
        ordered,
    )


def _select(hits: Hits, aside: npt.NDArray[np.bool_]) -> list[str]:
    """The values of the hits that are not set aside."""
    kept = ~aside[hits.positions]
    return [v for v, keep in zip(hits.values or (), kept, strict=True) if keep]


def examine(roster: Roster, rules: Sequence[Rule] = RULES) -> Iterator[Hits]:
    """Run every rule; what blocks is taken out of later rules."""
    for rule in rules:
        for hits in rule(roster):
            if CODES[hits.code].severity in BLOCKING:
                roster.reject(hits)
            yield hits


def header_findings(
    table: TextTable, ignore_columns: Collection[str], columns: Sequence[Column] = ROSTER
) -> list[Finding]:
    """Required columns that are missing and columns that nobody knows."""
    known = [column.name for column in columns]
    ignored = {header_name(name) for name in ignore_columns}
    present = list(table.frame.columns)
    at = partial(finding, file=table.file, sheet=table.sheet, row=table.header_row)
    found = [
        at("HEADER_MISSING", column=column.name)
        for column in columns
        if column.required and column.name not in present
    ]
    for name in present:
        if name in known or name in ignored:
            continue
        code = "COLUMN_NOT_NEEDED" if name in NOT_NEEDED else "UNKNOWN_COLUMN"
        hint = f"Do you mean {MEANT[name]}?" if name in MEANT else ""
        found.append(at(code, column=name[:60], hint=hint))
    return found


def clean(table: TextTable) -> tuple[pd.DataFrame, list[Hits]]:
    """All columns of the format, trimmed and in plain digits, and what was changed."""
    columns: dict[str, pd.Series[str]] = {}
    changes: list[Hits] = []

    def note(code: str, name: str, changed: npt.NDArray[np.bool_]) -> None:
        if changed.any():
            before = table.frame[name][changed].to_list()
            values = [shown(name, cell) for cell in before]
            changes.append(Hits(code, np.flatnonzero(changed), name, values))

    blank = pd.Series("", index=table.frame.index, dtype="str")
    for name in column_names(ROSTER):
        if name not in table.frame.columns:
            columns[name] = blank
            continue
        written = table.frame[name]
        cells = trimmed(written)
        if cells is not written:
            note("CELL_TRIMMED", name, differs(written, cells))
        if name == "id_number":
            cells, changed = normalise_numbers(cells)
            for code, mask in changed.items():
                note(code, name, mask)
        elif name in CANONICAL_ROSTER:
            plain = plain_digits(cells)
            if plain is not cells:
                note("CODE_FULL_WIDTH", name, differs(cells, plain))
                cells = plain
        columns[name] = cells
    return pd.DataFrame(columns), changes


def as_findings(
    hits: Hits, frame: pd.DataFrame, rows: npt.NDArray[np.int64], table: TextTable
) -> Iterator[Finding]:
    """Hits with their address; long lists of what does not block are shortened."""
    at = partial(finding, hits.code, table.file, sheet=table.sheet, column=hits.column)
    if hits.whole_file:
        yield at(value=(hits.values or [""])[0])
        return
    listed = hits.positions[: LISTED.get(CODES[hits.code].severity, len(hits.positions))]
    ids = frame["candidate_id"].iloc[listed].to_list()
    values = hits.values
    if values is None:
        values = [shown(hits.column, cell) for cell in frame[hits.column].iloc[listed]]
    for i, position in enumerate(listed):
        yield at(
            row=int(rows[position]),
            candidate_id=ids[i],
            value=values[i],
            hint=hits.hints[i] if hits.hints is not None else "",
        )
    if len(hits.positions) > len(listed):
        yield at(value=f"{len(hits.positions)} rows in all")


def canonical_candidates(frame: pd.DataFrame, decimals: int) -> pd.DataFrame:
    """The canonical columns of sound rows (see :class:`CheckedRoster`)."""
    columns = {name: frame[name] for name in CANONICAL_ROSTER}
    columns["needs"] = rewritten(columns["needs"], lambda cell: ";".join(sorted(cell.split(";"))))
    for name in ("latitude", "longitude"):
        columns[name] = rounded(columns[name], decimals)
    return pd.DataFrame(columns).sort_values("candidate_id", kind="stable", ignore_index=True)


def canonical_bytes(candidates: pd.DataFrame) -> bytes:
    """The canonical roster as CSV: no header, LF, quotes (RFC 4180) only where needed."""
    return csv_lines([candidates[name] for name in CANONICAL_ROSTER])
