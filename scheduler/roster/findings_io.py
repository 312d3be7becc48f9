"""Findings in a fixed order, as CSV, as JSON and in numbers; and the page that explains them."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from models.finding_codes import GROUPS
from models.findings import BLOCKING, Finding, Severity
from models.tables import FINDINGS, names

_RANK = {severity: rank for rank, severity in enumerate(Severity)}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By severity, file, sheet, row, column, code; the same findings in the same order always."""
    return tuple(
        sorted(
            findings,
            key=lambda f: (
                _RANK[f.severity], f.file, f.sheet, f.row, f.column, f.code,
                f.candidate_id, f.value, f.advice,
            ),
        )
    )  # fmt: skip


def findings_csv(findings: Iterable[Finding]) -> str:
    """A table with the columns of docs/formats.md, section 3.

    Cells that a spreadsheet would take for a formula get a leading apostrophe.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    columns = names(FINDINGS)
    writer.writerow(columns)
    for one in in_order(findings):
        record = one.model_dump(mode="json")
        writer.writerow([_inert(str(record[column])) for column in columns])
    return buffer.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def findings_json(findings: Iterable[Finding]) -> str:
    """``{"summary": ..., "findings": [...]}``, indented, UTF-8 text."""
    ordered = in_order(findings)
    content = {
        "summary": summary(ordered),
        "findings": [one.model_dump(mode="json") for one in ordered],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def summary(findings: Sequence[Finding]) -> dict[str, Any]:
    """``blocking`` (is planning refused?), counts by severity, counts by code."""
    severities = Counter(f.severity for f in findings)
    codes = Counter(f.code for f in findings)
    return {
        "blocking": any(f.severity in BLOCKING for f in findings),
        "severities": {severity.value: severities[severity] for severity in Severity},
        "codes": dict(sorted(codes.items())),
    }


def findings_page() -> str:
    """``docs/findings.md``: every code with its severity, its advice and the cases it answers."""
    lines = [
        "# Findings",
        "",
        "Generated from `models/finding_codes.py`; a test compares the two.",
        "",
        "`refuse` refuses the file, `fix` blocks until the row is mended or set aside, `warn` and",
        "`normalised` do not block. A cell with a blocking finding is not looked at by later",
        "rules, so one fault is reported once. Rows are numbered as in a spreadsheet: the header",
        "is 1. Values of names, ID numbers and photos are masked to at most four characters.",
        "The last column names the bad-input cases of the tests that a code answers.",
    ]
    for title, entries in GROUPS.items():
        lines += [
            "",
            f"## {title}",
            "",
            "| code | severity | advice | cases |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| `{e.code}` | {e.severity} | {e.advice} | {' '.join(e.cases)} |" for e in entries
        ]
    return "\n".join(lines) + "\n"
