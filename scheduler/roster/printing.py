"""Which names the fonts of printed documents cannot show, over a whole column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scheduler.documents.typefaces import missing
from scheduler.roster.columns import Mask, contains

_COMMON = "\\x20-\\x7e·\u3400-\u9fff"
"""Ranges of nearly every name; what the fonts lack of them is looked for by itself."""


def not_printable(names: pd.Series[str], among: Mask) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Rows whose name has a character without a font, and these characters as code points.

    Args:
        names: any texts.
        among: rows to look at.

    Returns:
        Positions, and for each a text such as ``U+30000 U+202E``.
    """
    codes, different = pd.factorize(names)
    gaps = "".join(missing("".join(map(chr, range(0x3400, 0xA000)))))
    suspect = np.flatnonzero(contains(pd.Series(different), f"[^{_COMMON}]|[{gaps}]")).tolist()
    gone = {i: characters for i in suspect if (characters := missing(different[i]))}
    rows = np.flatnonzero(np.isin(codes, list(gone)) & among)
    return rows, [" ".join(f"U+{ord(c):04X}" for c in gone[k]) for k in codes[rows].tolist()]
