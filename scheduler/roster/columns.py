"""Questions asked of a whole text column at once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.identity_number import BLANKS

Mask = npt.NDArray[np.bool_]

_DECIMAL = pa.decimal128(38, 20)
"""Room for coordinates as anybody writes them."""

FULL_WIDTH = "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19"
_FULL_WIDTH_DIGITS = {ord(digit): str(i) for i, digit in enumerate(FULL_WIDTH)}


def contains(column: pd.Series[str], pattern: str) -> Mask:
    """Where a regular expression (RE2 syntax) matches anywhere in the cell."""
    found = pc.match_substring_regex(pa.array(column, pa.large_string()), pattern)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def holds(column: pd.Series[str], texts: str) -> bool:
    """Does any of these characters stand anywhere in the column?

    A look at its bytes: nothing beside a regular expression, which asks cell by cell.
    """
    wanted = [text.encode() for text in texts]
    for chunk in _chunks(pa.array(column, pa.large_string())):
        data = _bytes(chunk)
        plain = data.isascii()
        if any(text in data for text in wanted if text.isascii() or not plain):
            return True
    return False


def characters(column: pd.Series[str]) -> frozenset[str]:
    """Every character that stands anywhere in the column."""
    return frozenset(joined(pa.array(column, pa.large_string())).decode())


def joined(texts: pa.Array | pa.ChunkedArray) -> bytes:
    """All texts (large strings) one after the other, in UTF-8."""
    return b"".join(map(_bytes, _chunks(texts)))


def _chunks(texts: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]


def _bytes(texts: pa.Array) -> bytes:
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return b""
    ends = np.frombuffer(offsets, dtype=np.int64)
    first, last = int(ends[texts.offset]), int(ends[texts.offset + len(texts)])
    return bytes(data.slice(first, last - first))


def is_blank(column: pd.Series[str]) -> Mask:
    """Where the cell is empty."""
    return (column == "").to_numpy(dtype=bool)


def over_unique(column: pd.Series[str], test: Callable[[str], bool]) -> Mask:
    """Ask a question once per different cell text; for columns with few different texts."""
    codes, uniques = pd.factorize(column)
    return np.fromiter((test(text) for text in uniques), bool, len(uniques))[codes]


def rewritten(column: pd.Series[str], rewrite: Callable[[str], str]) -> pd.Series[str]:
    """Rewrite each different cell text once."""
    codes, uniques = pd.factorize(column)
    texts = pd.Series([rewrite(text) for text in uniques], dtype="str")
    return texts.take(codes).set_axis(column.index)


def numbers(column: pd.Series[str]) -> npt.NDArray[np.float64]:
    """Texts as numbers, NaN where blank or not a number."""
    filled = column.where(column != "")
    try:
        found = pa.array(filled, pa.large_string(), from_pandas=True).cast(pa.float64())
    except pa.ArrowInvalid:
        return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.float64)


def rounded(column: pd.Series[str], decimals: int) -> pd.Series[str]:
    """Decimal texts rounded half-even, exactly, printed with that many decimals; blanks stay."""
    try:
        cells = pa.array(column, pa.large_string())
        exact = pc.if_else(pc.not_equal(cells, ""), cells, pa.scalar(None, cells.type)).cast(
            _DECIMAL
        )
    except pa.ArrowInvalid:  # more digits than the type holds, an exponent, a blank inside
        return rewritten(column, lambda cell: _rounded_text(cell, decimals))
    near = pc.round(exact, decimals, round_mode="half_to_even").cast(pa.decimal128(38, decimals))
    texts = pc.fill_null(near.cast(pa.string()), "")
    return pd.Series(texts.to_pandas(), index=column.index, dtype="str")


def _rounded_text(cell: str, decimals: int) -> str:
    if cell == "":
        return ""
    value = Decimal(cell).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    return format(abs(value) if value == 0 else value, "f")


def trimmed(column: pd.Series[str]) -> pd.Series[str]:
    """The cells without blanks at their ends."""
    return column if _is_plain(column) else column.str.strip(BLANKS)


def _is_plain(column: pd.Series[str]) -> bool:
    """Is everything in the column ASCII, and nothing a blank?"""
    blanks = [blank.encode() for blank in BLANKS if blank.isascii()]
    return all(
        data.isascii() and not any(blank in data for blank in blanks)
        for data in map(_bytes, _chunks(pa.array(column, pa.large_string())))
    )


def plain_digits(column: pd.Series[str]) -> pd.Series[str]:
    """The cells with full-width digits written as ``0`` to ``9``."""
    if not holds(column, FULL_WIDTH):
        return column
    odd = contains(column, f"[{FULL_WIDTH}]")
    texts = column.to_numpy(dtype=object, copy=True)
    texts[odd] = [text.translate(_FULL_WIDTH_DIGITS) for text in texts[odd]]
    return pd.Series(texts, index=column.index, dtype="str")


def differs(before: pd.Series[str], after: pd.Series[str]) -> Mask:
    """Where two columns of the same length differ."""
    return (before != after).to_numpy(dtype=bool)
