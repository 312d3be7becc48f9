"""Ticket numbers: prefix, serial, check digit (docs/formats.md, section 4).

The official digit structure is not public, and nothing here imitates it.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.errors import UsageError
from models.policy import Ticket

_START = 10
"""The standard's P_1 for MOD 11-10."""
_DECIMAL = frozenset("0123456789")


def check_digit(digits: str) -> str:
    """ISO 7064 MOD 11-10 over the decimal digits of ``digits``; other characters are skipped."""
    state = np.array([_START], dtype=np.int64)
    for digit in digits:
        if digit in _DECIMAL:
            state = _step(state, np.array([int(digit)]))
    return str(_closing(state)[0])


def number_tickets(
    frame: pd.DataFrame, ticket: Ticket, year: int, parent: pd.DataFrame | None = None
) -> pd.Series:
    """Deal ticket numbers per exam point, in the order of the rows; a number once dealt is kept.

    Args:
        frame: placed candidates in the row order of ``seats.parquet``, with ``exam_point``, and
            with ``candidate_id`` where there is a parent.
        ticket: the policy.
        year: year of the exam.
        parent: ``candidate_id``, ``exam_point`` and ``ticket_number`` of everybody who was ever
            numbered: the rows of ``seats.parquet`` of the parent version and of those before it,
            newest first. Whoever is in it keeps the newest number; others get the next free one of
            their exam point. No number comes back with another person.

    Returns:
        ``ticket_number`` (text) on the index of ``frame``.

    Raises:
        UsageError: an exam point has more candidates than serials of ``ticket.digits``, or the
            parent numbered by another policy.
    """
    points, prefixes = _prefixes(frame["exam_point"], ticket, year)
    if parent is None:
        numbers = _deal(points, prefixes, np.zeros(len(prefixes), dtype=np.int64), ticket)
        return numbers.set_axis(frame.index)
    newest = parent.drop_duplicates("candidate_id")
    number_of = dict(zip(newest["candidate_id"], newest["ticket_number"], strict=True))
    number = np.array([number_of.get(c, "") for c in frame["candidate_id"]], dtype=object)
    known = {*prefixes, *_prefixes(parent["exam_point"], ticket, year)[1]}
    last = _last_serials(parent["ticket_number"], known, ticket)
    new = number == ""
    after = np.array([last[prefix] for prefix in prefixes], dtype=np.int64)
    number[new] = _deal(points[new], prefixes, after, ticket)
    return pd.Series(number, index=frame.index, dtype="str", name="ticket_number")


def _deal(
    point_of: npt.NDArray[np.int64],
    prefixes: list[str],
    after: npt.NDArray[np.int64],
    ticket: Ticket,
) -> pd.Series:
    """The next numbers of each exam point, after the serials that are dealt.

    Raises:
        UsageError: see :func:`number_tickets`.
    """
    dealt_before = pd.Series(point_of).groupby(point_of, sort=False).cumcount().to_numpy()
    serial = np.asarray(after[point_of] + dealt_before + 1, dtype=np.int64)
    most = int(serial.max()) if len(serial) else 0
    if most >= 10**ticket.digits:
        raise UsageError(
            f"ticket.digits = {ticket.digits} is too few: an exam point has {most} candidates"
        )
    parts = [
        pa.array(prefixes, pa.large_string()).take(pa.array(point_of)),
        pc.utf8_lpad(pa.array(serial).cast(pa.large_string()), ticket.digits, "0"),
    ]
    if ticket.check_digit:
        digits = _check_digits(prefixes, point_of, serial, ticket.digits)
        parts.append(pa.array(digits).cast(pa.large_string()))
    dealt = pc.binary_join_element_wise(*parts, pa.scalar("", pa.large_string()))
    return pd.Series(dealt.to_pandas(), dtype="str", name="ticket_number")


def _prefixes(
    exam_points: pd.Series, ticket: Ticket, year: int
) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Per row the number of its exam point, and the prefix of each of these."""
    codes, points = pd.factorize(exam_points)
    prefixes = [
        ticket.prefix.replace("{year}", str(year)).replace("{exam_point}", str(point))
        for point in points
    ]
    return codes.astype(np.int64), prefixes


def _last_serials(numbers: pd.Series, prefixes: Collection[str], ticket: Ticket) -> dict[str, int]:
    """The highest serial dealt so far, by prefix.

    Raises:
        UsageError: a number does not have the form that the policy gives it.
    """
    last = dict.fromkeys(prefixes, 0)
    for number in numbers.tolist():
        body = number[:-1] if ticket.check_digit else number
        prefix, serial = body[: -ticket.digits], body[-ticket.digits :]
        if prefix not in last or not serial.isdecimal():
            raise UsageError(
                "the parent plan numbered tickets by another [ticket] policy; numbers are kept, "
                "so prefix, digits and check_digit stay as they were"
            )
        last[prefix] = max(last[prefix], int(serial))
    return last


def _step(state: npt.NDArray[np.int64], digit: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """One digit of the hybrid system: add modulo 10 (0 counts as 10), double modulo 11."""
    total = (state + digit) % 10
    return np.where(total == 0, 10, total) * 2 % 11


def _closing(state: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The digit that brings the sum to 1 modulo 10."""
    return (11 - state) % 10


def _check_digits(
    prefixes: list[str],
    point_of: npt.NDArray[np.int64],
    serial: npt.NDArray[np.int64],
    digits: int,
) -> npt.NDArray[np.int64]:
    """Check digits of all numbers at once: the prefix once per exam point, then each column."""
    after_prefix = np.full(len(prefixes), _START, dtype=np.int64)
    for i, prefix in enumerate(prefixes):
        for digit in prefix:
            if digit in _DECIMAL:
                after_prefix[i] = _step(after_prefix[i : i + 1], np.array([int(digit)]))[0]
    state = after_prefix[point_of]
    for place in range(digits - 1, -1, -1):
        state = _step(state, serial // 10**place % 10)
    return _closing(state)
