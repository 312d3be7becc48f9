"""Sorting whole numbers by several columns: as one number per row, which is many times faster."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.uint64]

_BITS = 63
_SHORT = 2**16
"""Numbers below are sorted by counting, which is quicker."""


def joined(*columns: Ints) -> Ints:
    """One number per row that compares as the columns do, the first of them deciding most.

    The columns hold no negative numbers.

    Raises:
        OverflowError: they take more than 63 bits together.
    """
    bits = [_bits(column) for column in columns]
    if sum(bits) > _BITS:
        raise OverflowError(f"{sum(bits)} bits are needed")
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column, width in zip(columns, bits, strict=True):
        number = (number << width) | column
    return number


def _bits(column: Ints) -> int:
    """How many bits the largest number takes."""
    return int(column.max(initial=0)).bit_length()


def ranks(column: Ints) -> Ints:
    """The rank of each number among the different ones, which takes fewer bits."""
    codes, _ = pd.factorize(column, sort=True)
    return codes.astype(np.int64)


def in_order(*columns: Ints) -> Ints:
    """Indices that sort by the columns, the first of them deciding most; ties keep their order."""
    if len(columns) == 1 and int(columns[0].max(initial=0)) < _SHORT:
        return np.argsort(columns[0].astype(np.uint16), kind="stable")
    index = np.arange(len(columns[0]))
    try:
        number = joined(*columns, index)
    except OverflowError:
        return np.lexsort(columns[::-1])
    # Numbers are sorted in half the time of their indices, which stand in their last bits.
    return np.sort(number) & ((1 << _bits(index)) - 1)


def in_drawn_order(
    group: Ints, drawn: Numbers, ties: Callable[[Ints], Sequence[Ints]] = lambda _: ()
) -> Ints:
    """Indices that sort by the group and the number drawn.

    Args:
        group: of each row, not negative.
        drawn: of each row.
        ties: columns that decide where both are equal, for the rows asked for; what they leave
            equal keeps its order.
    """
    own, last = max(_bits(group), 1), np.uint64(max(len(group) - 1, 0).bit_length())
    key = drawn >> np.uint64(own)
    key |= group.astype(np.uint64) << np.uint64(64 - own)
    key >>= last
    key <<= last
    key |= np.arange(len(group), dtype=np.uint64)
    key.sort()
    order = (key & ((np.uint64(1) << last) - np.uint64(1))).astype(np.int64)
    key >>= last
    alike = np.zeros(len(order) + 1, dtype=np.bool_)
    alike[1:-1] = key[1:] == key[:-1]
    # What was left out of the number decides.
    places = np.flatnonzero(alike[1:] | alike[:-1])
    rows = order[places]
    order[places] = rows[np.lexsort([*ties(rows)[::-1], drawn[rows], group[rows]])]
    return order


def runs(*columns: Ints) -> Ints:
    """Number of each row's run of equal rows."""
    new = np.zeros(len(columns[0]), dtype=np.bool_)
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return np.cumsum(new)
