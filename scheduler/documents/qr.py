"""The QR code of a ticket: what it says, and its squares."""

from __future__ import annotations

from functools import lru_cache

import segno

from models.publication import PublishedFacts

_MASK = 4
"""A fixed mask: the search for the best of eight costs four times the code itself."""


def ticket_code(facts: PublishedFacts, ticket_number: str) -> str:
    """``2022230100001/1/0A1B2C3D4E5F``: ticket number, plan version, short root hash.

    No name and no ID number is in it; with upper-case letters the code stays small.
    """
    return f"{ticket_number}/{facts.plan_version}/{facts.root_hash[:12].upper()}"


@lru_cache(maxsize=16)
def bars(content: str) -> tuple[int, tuple[tuple[int, int, int], ...]]:
    """Modules per side, and the dark runs ``(row, column, length)``, quiet zone not counted."""
    code = segno.make(content, error="m", mask=_MASK, micro=False, boost_error=False)
    found = []
    for row, modules in enumerate(code.matrix):
        column, size = 0, len(modules)
        while column < size:
            start = column
            while column < size and modules[column]:
                column += 1
            if column > start:
                found.append((row, start, column - start))
            column += 1
    return len(code.matrix), tuple(found)
