"""Ticket numbers: prefix, serial, check digit (docs/formats.md, section 4).

The official digit structure is not public, and nothing here imitates it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

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


def number_tickets(frame: pd.DataFrame, ticket: Ticket, year: int) -> pd.Series:
    """Deal ticket numbers per exam point, in the order of the rows.

    Args:
        frame: placed candidates in the row order of ``seats.parquet``, with ``exam_point``.
        ticket: the policy.
        year: year of the exam.

    Returns:
        ``ticket_number`` (text) on the index of ``frame``.

    Raises:
        UsageError: an exam point has more candidates than serials of ``ticket.digits``.
    """
    codes, points = pd.factorize(frame["exam_point"])
    point_of = codes.astype(np.int64)
    dealt_before = frame.groupby("exam_point", sort=False).cumcount()
    serial = np.asarray(dealt_before + 1, dtype=np.int64)
    most = int(serial.max()) if len(serial) else 0
    if most >= 10**ticket.digits:
        raise UsageError(
            f"ticket.digits = {ticket.digits} is too few: an exam point has {most} candidates"
        )
    prefixes = [
        ticket.prefix.replace("{year}", str(year)).replace("{exam_point}", str(point))
        for point in points
    ]
    number = pd.Series(np.array(prefixes, dtype=object)[point_of], index=frame.index, dtype="str")
    number += pd.Series(serial, index=frame.index).astype("str").str.zfill(ticket.digits)
    if ticket.check_digit:
        digits = _check_digits(prefixes, point_of, serial, ticket.digits)
        number += pd.Series(digits, index=frame.index).astype("str")
    return number.rename("ticket_number")


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
