"""What a check has to say about one cell of one file."""

from __future__ import annotations

from enum import StrEnum

from models.base import Frozen


class Severity(StrEnum):
    """``refuse``: the file; ``fix``: the row blocks until mended or set aside."""

    REFUSE = "refuse"
    FIX = "fix"
    WARN = "warn"
    NORMALISED = "normalised"


class Finding(Frozen):
    """One finding; ``row`` is the record number a spreadsheet shows (header = 1, 0 = none)."""

    severity: Severity
    file: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    candidate_id: str = ""
    value: str = ""
    code: str
    advice: str


BLOCKING = frozenset({Severity.REFUSE, Severity.FIX})


def mask_personal(value: str) -> str:
    """At most the last four characters, the rest as dots."""
    shown = value[-4:] if len(value) > 8 else value[-1:] if len(value) > 1 else ""
    return "•" * (len(value) - len(shown)) + shown
