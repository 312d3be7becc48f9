"""Which names the fonts of printed documents cannot show, over a whole column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scheduler.documents.typefaces import missing
from scheduler.roster.columns import Mask, characters, contains


def not_printable(names: pd.Series[str], among: Mask) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Rows whose name has a character without a font, and these characters as code points.

    Args:
        names: any texts.
        among: rows to look at.

    Returns:
        Positions, and for each a text such as ``U+30000 U+202E``.
    """
    odd = sorted(c for c in characters(names) if missing(c))
    if not odd:
        return np.empty(0, np.int64), []
    codes, different = pd.factorize(names)
    pattern = "".join(f"\\x{{{ord(c):x}}}" for c in odd)
    suspect = np.flatnonzero(contains(pd.Series(different), f"[{pattern}]")).tolist()
    gone = {i: lacking for i in suspect if (lacking := missing(different[i]))}
    rows = np.flatnonzero(np.isin(codes, list(gone)) & among)
    return rows, [" ".join(f"U+{ord(c):04X}" for c in gone[k]) for k in codes[rows].tolist()]
