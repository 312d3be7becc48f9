"""Lists that travel inside one table cell: ``a;b``, ``7;9-12``, ``134``."""

from __future__ import annotations

import re

ALL_SUBJECTS = "1234"
_RANGE = re.compile(r"^([0-9]{1,6})(?:-([0-9]{1,6}))?$")
_SUBJECTS = re.compile(r"^1?2?3?4?$")


def parse_items(cell: str) -> tuple[str, ...]:
    """Items joined by ``;`` in the order written; blank gives none.

    Raises:
        ValueError: an item is empty or stands twice.
    """
    if cell == "":
        return ()
    items = tuple(cell.split(";"))
    if "" in items:
        raise ValueError("an item between ';' is empty")
    if len(set(items)) != len(items):
        raise ValueError("an item stands twice")
    return items


def parse_numbers(cell: str) -> tuple[int, ...]:
    """A number list such as ``7;9-12``, ascending, each number at least 1.

    Raises:
        ValueError: not a number or range, a range that falls, or a number twice.
    """
    numbers: list[int] = []
    for item in parse_items(cell):
        match = _RANGE.match(item)
        if match is None:
            raise ValueError(f"{item!r} is neither a number nor a range such as 9-12")
        first = int(match[1])
        last = int(match[2]) if match[2] else first
        if first < 1 or last < first:
            raise ValueError(f"{item!r} does not rise from 1")
        numbers.extend(range(first, last + 1))
    if len(set(numbers)) != len(numbers):
        raise ValueError("a number stands twice")
    return tuple(sorted(numbers))


def format_numbers(numbers: tuple[int, ...] | list[int]) -> str:
    """The shortest number list: runs of two or more become ranges."""
    parts: list[str] = []
    ordered = sorted(numbers)
    i = 0
    while i < len(ordered):
        j = i
        while j + 1 < len(ordered) and ordered[j + 1] == ordered[j] + 1:
            j += 1
        parts.append(str(ordered[i]) if i == j else f"{ordered[i]}-{ordered[j]}")
        i = j + 1
    return ";".join(parts)


def subjects_to_mask(cell: str) -> int:
    """Bit ``i - 1`` set for each subject ``i``; ``134`` gives 0b1101.

    Raises:
        ValueError: blank, not ascending, or a digit outside 1..4.
    """
    if cell == "" or _SUBJECTS.match(cell) is None:
        raise ValueError("subjects are ascending digits of 1..4 without separator, such as 134")
    return sum(1 << (int(digit) - 1) for digit in cell)


def mask_to_subjects(mask: int) -> str:
    """The inverse of :func:`subjects_to_mask`; 0 gives the empty text."""
    return "".join(str(i + 1) for i in range(4) if mask >> i & 1)
