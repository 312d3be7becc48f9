"""Name and document of one person, checked without a table library.

The service takes one application at a time and may not load pandas, so the checks of
:mod:`scheduler.roster.identity` stand here once more for a single number; a test holds the two
together. What blocks a roster is refused here, so no application gets as far as that.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from scheduler.roster import patterns

EARLIEST_BIRTH_YEAR = 1920
MINIMUM_AGE = 16
_HMT = frozenset({"81", "82", "83"})
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_PLACEHOLDER = re.compile(r"(\d)\1{14,}|1234567890.*", re.ASCII)
_FORMS = {
    "resident": "[0-9]{17}[0-9X]",
    "hmt_residence": "[0-9]{17}[0-9X]",
    "foreign_pr": "9[0-9]{16}[0-9X]|[A-Z]{3}[0-9]{12}",
    "hk_macau_permit": "[HM][0-9]{8}(?:[0-9]{2})?",
    "taiwan_permit": r"[0-9]{8}|[A-Z][0-9]{7}|[0-9A-Z]{10}|[0-9]{8,10}\([0-9A-Z]\)",
}
_NOBODY = frozenset({"NULL", "NA", "N/A", "NAN", "NONE", "NIL", "无", "-", "/", "空", "未知"})
_LONGEST_NAME = 100


def number_is_sound(id_type: str, number: str, exam_year: int) -> bool:
    """Whether a normalised number can be that of its document.

    Args:
        id_type: document type; a military one is not checked.
        number: after :func:`models.identity_number.normalised_number`.
        exam_year: for the age.
    """
    if id_type == "military":
        return number != ""
    form = _FORMS.get(id_type)
    if form is None or not re.fullmatch(form, number) or not number.isascii():
        return False
    if len(number) != 18:
        return id_type not in ("resident", "hmt_residence", "foreign_pr") or (
            len(number) == 15 and not _PLACEHOLDER.fullmatch(number)
        )
    if _PLACEHOLDER.fullmatch(number) or number[17] != _check_character(number):
        return False
    return id_type == "foreign_pr" or _birth_is_sound(id_type, number, exam_year)


def _birth_is_sound(id_type: str, number: str, exam_year: int) -> bool:
    if number[14:17] == "000" or (number[:2] in _HMT) != (id_type == "hmt_residence"):
        return False
    year = int(number[6:10])
    try:
        date(year, int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return EARLIEST_BIRTH_YEAR <= year <= exam_year - MINIMUM_AGE


def _check_character(number: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK_CHARACTERS[total % 11]


def name_is_sound(name: str) -> bool:
    """Whether a name is one: no placeholder, no picture, nothing garbled, not too long."""
    if not 0 < len(name) <= _LONGEST_NAME or name.upper() in _NOBODY:
        return False
    if re.search(patterns.GARBLED, name) or re.match(patterns.SPREADSHEET_ERROR, name):
        return False
    return not any(unicodedata.category(c) in ("Cc", "Co", "Cs", "So", "Cn") for c in name)
