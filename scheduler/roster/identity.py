"""Identity numbers by declared document type, over whole columns.

Sources: GB 11643-1999 for the resident card (region 6, birth date 8, order 3, check character by
ISO 7064 MOD 11-2), used alike for the residence permits of Hong Kong, Macau and Taiwan people
(regions 81, 82, 83) and for the foreign permanent-residence card since 1 December 2023 (first
digit 9). The travel permits are checked by form only; military numbers are not checked.

A number gets the first code that applies, because the later ones would only repeat the fault;
``ID_AREA`` is a warning and comes on top.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from models.identity_number import number_steps
from scheduler.roster.columns import joined

ID_TYPES = (
    "resident",
    "hmt_residence",
    "hk_macau_permit",
    "taiwan_permit",
    "foreign_pr",
    "military",
)
EARLIEST_BIRTH_YEAR = 1920
MINIMUM_AGE = 16

HMT_REGIONS = (81, 82, 83)
PROVINCES = frozenset(
    (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55))
) | frozenset((*range(61, 66), 71, *HMT_REGIONS))
"""First two digits of today's codes; county codes change too often to be checked."""

_WEIGHTS = np.array((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), dtype=np.float32)
"""As floats, for their products are many times as fast, and exact so far below 2**24."""
_CHECK_CHARACTERS = np.frombuffer(b"10X98765432", dtype=np.uint8)
_MONTH_DAYS = np.array((0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), dtype=np.int64)
_MOD_11_2_FORM = r"[0-9]{17}[0-9X]"
_SCIENTIFIC = r"[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]+"
_PLACEHOLDERS = "|".join([*(f"{digit}{{15,}}" for digit in range(10)), "1234567890.*"])
_PERMIT_FORMS = {
    "hk_macau_permit": r"[HM][0-9]{8}(?:[0-9]{2})?",
    # Older ten-character permits end in a bracketed office letter on some cards.
    "taiwan_permit": r"[0-9]{8}|[A-Z][0-9]{7}|[0-9A-Z]{10}|[0-9]{8,10}\([0-9A-Z]\)",
}

_Mask = npt.NDArray[np.bool_]


def normalise_numbers(numbers: pd.Series[str]) -> tuple[pd.Series[str], dict[str, _Mask]]:
    """Numbers as the documents print them, and which were written otherwise, by code.

    Full-width characters become plain ones (``ID_FULL_WIDTH``); blanks, hyphens and apostrophes,
    visible or not, go (``ID_SEPARATORS``); a lower-case x becomes X (``ID_LOWER_X``).
    """
    changed: dict[str, _Mask] = {}
    odd = ~numbers.str.fullmatch(r"[0-9A-Z]*").to_numpy(dtype=bool)
    if not odd.any():
        return numbers, changed
    where = np.flatnonzero(odd)
    steps = [number_steps(number) for number in numbers.iloc[where]]
    for i, code in enumerate(("ID_FULL_WIDTH", "ID_SEPARATORS", "ID_LOWER_X")):
        mask = np.zeros(len(numbers), dtype=bool)
        mask[where] = [step[i] != step[i + 1] for step in steps]
        if mask.any():
            changed[code] = mask
    texts = numbers.to_numpy(dtype=object, copy=True)
    texts[where] = [step[-1] for step in steps]
    return pd.Series(texts, index=numbers.index, dtype="str"), changed


def check_identities(
    id_type: pd.Series[str], id_number: pd.Series[str], exam_year: int
) -> pd.DataFrame:
    """Check normalised numbers against the form of their document.

    Args:
        id_type: declared document types.
        id_number: numbers after :func:`normalise_numbers`, same length.
        exam_year: for the age; there is no clock in it.

    Returns:
        Columns ``position`` (0-based) and ``code``, sorted; at most one blocking code a number.
    """
    size = len(id_number)
    marked = [""]  # the codes by number; as texts they would be objects of everybody
    code_of = np.zeros(size, dtype=np.int8)
    type_of, types = pd.factorize(id_type)
    open_ = np.ones(size, dtype=bool)

    def mark(code: str, mask: _Mask) -> None:
        hit = mask & open_
        code_of[hit] = len(marked)
        marked.append(code)
        open_[hit] = False

    def matches(pattern: str, among: _Mask) -> _Mask:
        rows = np.flatnonzero(among)
        return _spread(id_number.iloc[rows].str.fullmatch(pattern).to_numpy(bool), rows, size)

    def is_type(*wanted: str) -> _Mask:
        return np.asarray(types.isin(wanted)[type_of], dtype=bool)

    well_formed = id_number.str.fullmatch(_MOD_11_2_FORM).to_numpy(dtype=bool)
    mark("ID_TYPE_UNKNOWN", ~is_type(*ID_TYPES))
    mark("ID_MISSING", (id_number == "").to_numpy(dtype=bool))
    open_ &= ~is_type("military")
    mark("ID_SCIENTIFIC", matches(_SCIENTIFIC, ~well_formed))

    national = is_type("resident", "hmt_residence")
    foreign = is_type("foreign_pr")
    length = id_number.str.len().to_numpy(dtype=np.int64)
    mark("ID_PLACEHOLDER", matches(_PLACEHOLDERS, national | foreign))
    mark("ID_15_DIGITS", matches("[0-9]{15}", is_type("resident") & (length == 15)))
    mark("ID_LENGTH", national & (length != 18))
    mark("ID_LENGTH", foreign & (length != 18) & (length != 15))
    long_form = (national | foreign) & (length == 18) & open_
    mark("ID_FORM", long_form & ~well_formed)
    forms = [
        (foreign & (length == 15), "[A-Z]{3}[0-9]{12}"),
        (foreign & (length == 18), "9.*"),
        *((is_type(kind), form) for kind, form in _PERMIT_FORMS.items()),
    ]
    for among, form in forms:
        mark("ID_FORM", among & ~matches(form, among))

    warned = np.zeros(size, dtype=bool)
    where = np.flatnonzero(long_form & open_)
    if len(where):
        digits = _characters(id_number.iloc[where])
        for code, failed in _long_form_failures(
            digits, national[where], is_type("hmt_residence")[where], exam_year
        ):
            mark(code, _spread(failed, where, size))
        region = _number(digits, 0, 2)
        unknown = ~np.isin(region, list(PROVINCES)) & national[where]
        warned = _spread(unknown, where, size) & open_
    faulty = np.flatnonzero(code_of)
    found = pd.DataFrame(
        {
            "position": np.concatenate([faulty, np.flatnonzero(warned)]),
            "code": [*(marked[i] for i in code_of[faulty]), *(["ID_AREA"] * int(warned.sum()))],
        }
    )
    return found.sort_values(["position", "code"], ignore_index=True)


def _long_form_failures(
    digits: npt.NDArray[np.uint8], national: _Mask, hmt: _Mask, exam_year: int
) -> list[tuple[str, _Mask]]:
    """Faults of well-formed 18-character numbers, in the order in which they are named."""
    region = _number(digits, 0, 2)
    year, month, day = _number(digits, 6, 10), _number(digits, 10, 12), _number(digits, 12, 14)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    real_month = (month >= 1) & (month <= 12)
    last_day = _MONTH_DAYS[np.where(real_month, month, 0)] + (leap & (month == 2))
    return [
        ("ID_PLACEHOLDER", national & (_number(digits, 14, 17) == 0)),
        ("ID_CHECK_DIGIT", check_characters(digits) != digits[:, 17]),
        ("ID_TYPE_REGION", national & (np.isin(region, HMT_REGIONS) != hmt)),
        ("ID_BIRTH_DATE", national & ~(real_month & (day >= 1) & (day <= last_day))),
        (
            "ID_BIRTH_RANGE",
            national & ((year < EARLIEST_BIRTH_YEAR) | (year > exam_year - MINIMUM_AGE)),
        ),
    ]


def check_characters(digits: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """ISO 7064 MOD 11-2 check characters of rows of at least 17 ASCII digits."""
    sums = (digits[:, :17].astype(np.float32) - ord("0")) @ _WEIGHTS
    return np.take(_CHECK_CHARACTERS, sums.astype(np.int64) % 11)


def eighteen_of_fifteen(old: str) -> str:
    """The 18-character form of a number of 15 digits: proposed, never substituted."""
    head = f"{old[:6]}19{old[6:]}"
    digits = np.frombuffer(head.encode("ascii"), dtype=np.uint8).reshape(1, 17)
    return head + chr(check_characters(digits)[0])


def _characters(numbers: pd.Series[str]) -> npt.NDArray[np.uint8]:
    """Numbers of 18 ASCII characters as a matrix of bytes."""
    text = joined(pa.array(numbers, pa.large_string()))
    return np.frombuffer(text, dtype=np.uint8).reshape(-1, 18)


def _number(digits: npt.NDArray[np.uint8], start: int, stop: int) -> npt.NDArray[np.int64]:
    """The digits ``start:stop`` of each row as a number."""
    value = np.zeros(len(digits), dtype=np.int64)
    for i in range(start, stop):
        value = value * 10 + digits[:, i] - ord("0")
    return value


def _spread(part: _Mask, where: npt.NDArray[np.int64], size: int) -> _Mask:
    """A mask over ``where`` as one over all rows."""
    mask = np.zeros(size, dtype=bool)
    mask[where] = part
    return mask
