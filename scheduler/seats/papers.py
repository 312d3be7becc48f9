"""Counting question papers on many seats at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scheduler.ordering import joined, ranks

Ints = npt.NDArray[np.int64]

SUBJECTS = 4


def carried(group: Ints, papers: Ints, size: Ints | None = None) -> list[Ints]:
    """How many seats of its group carry the paper of each seat, by subject; 0 without a paper.

    Args:
        group: of each seat.
        papers: of each seat, shape (seats, 4), 0 for none.
        size: how many seats each row stands for, one by default.
    """
    own = []
    for paper in papers.T:
        number = group * (int(paper.max(initial=0)) + 1) + paper
        carry = np.bincount(number, size)[number].astype(np.int64)
        carry[paper == 0] = 0
        own.append(carry)
    return own


def codes(papers: Ints) -> Ints:
    """One number per seat that compares as its four papers do, those in use numbered from 0."""
    return ranks(joined(*papers.T))
