"""Counting question papers on many seats at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.seats.ordering import joined, ranks

Ints = npt.NDArray[np.int64]

SUBJECTS = 4


class Carried(NamedTuple):
    """Seats that carry a paper, by subject.

    ``counts``: arrays (groups, papers), nothing in column 0. ``own``: arrays over the seats, how
    many of its group carry the paper of each.
    """

    counts: list[Ints]
    own: list[Ints]


def carried(group: Ints, papers: Ints, size: Ints | None = None) -> Carried:
    """How many seats of each group carry each paper.

    Args:
        group: of each seat.
        papers: of each seat, shape (seats, 4); 0 is no paper and is not counted.
        size: how many seats each row stands for, one by default.
    """
    groups = int(group.max(initial=-1)) + 1
    counts, own = [], []
    for paper in papers.T:
        width = int(paper.max(initial=0)) + 1
        number = group * width + paper
        count = np.bincount(number, size, minlength=groups * width).astype(np.int64)
        count[::width] = 0
        counts.append(count.reshape(groups, width))
        own.append(count[number])
    return Carried(counts, own)


def codes(papers: Ints) -> Ints:
    """One number per seat that compares as its four papers do, those in use numbered from 0."""
    return ranks(joined(*papers.T))
