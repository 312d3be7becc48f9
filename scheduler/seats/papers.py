"""Counting question papers on many seats at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scheduler.seats.ordering import joined, ranks

Ints = npt.NDArray[np.int64]

SUBJECTS = 4


def carried(group: Ints, papers: Ints) -> list[Ints]:
    """Seats of each group that carry each paper: per subject an array (groups, papers).

    Args:
        group: of each seat.
        papers: of each seat, shape (seats, 4); 0 is no paper and is not counted.
    """
    groups = int(group.max(initial=-1)) + 1
    counts = []
    for subject in range(SUBJECTS):
        width = int(papers[:, subject].max(initial=0)) + 1
        number = np.bincount(group * width + papers[:, subject], minlength=groups * width)
        count = number.reshape(groups, width)
        count[:, 0] = 0
        counts.append(count)
    return counts


def codes(papers: Ints) -> Ints:
    """One number per seat that compares as its four papers do, those in use numbered from 0."""
    return ranks(joined(*papers.T))


def of_seats(counts: list[Ints], group: Ints, papers: Ints) -> list[Ints]:
    """What :func:`carried` counts of each seat's own papers, by subject."""
    return [count[group, papers[:, subject]] for subject, count in enumerate(counts)]
