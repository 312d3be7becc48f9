"""Identity numbers and names as they are compared: the roster check and the look-up agree.

Pure text, so the service that answers a candidate normalises exactly as the roster did without
loading a table library. No number of a person is ever kept by anything in here.
"""

from __future__ import annotations

import re
import unicodedata

BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\u200b\u200c\u200d\u2060\ufeff\u00ad"
)
"""Characters that mean nothing at the ends of a cell: white, no-break, zero-width."""

_CLUTTER = re.compile(r"[\s\-\u2010-\u2015'\u2018\u2019`]")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_LOWER_X = re.compile("[0-9]{17}x")


def number_steps(number: str) -> tuple[str, str, str, str]:
    """A number as written, with plain characters, without clutter, with a capital X.

    Full-width characters become plain ones; blanks, hyphens and apostrophes, visible or not, go;
    a lower-case x at the end of 17 digits becomes X.
    """
    plain = number.translate(_FULL_WIDTH)
    bare = "".join(c for c in _CLUTTER.sub("", plain) if unicodedata.category(c) != "Cf")
    upper = f"{bare[:17]}X" if _LOWER_X.fullmatch(bare) else bare
    return number, plain, bare, upper


def normalised_number(number: str) -> str:
    """An identity number as its document prints it (:func:`number_steps`, last step)."""
    if number.isascii() and number.isalnum() and not number.endswith("x"):
        return number
    return number_steps(number.strip(BLANKS))[-1]


def last_four(number: str) -> str:
    """The last four characters of a normalised number: all of it that is ever kept."""
    return number[-4:]


def comparable_name(name: str) -> str:
    """A name as it is compared: composed (Unicode NFC), without blanks at its ends."""
    return unicodedata.normalize("NFC", name.strip(BLANKS))
