"""Random numbers whose bytes depend on the seed alone.

Only whole numbers are drawn and only whole-number arithmetic follows: logarithms, floating sums
and their order differ between processors, and the sample must be the same bytes everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Stream(IntEnum):
    """One stream of random numbers for each topic: changing one topic leaves the others."""

    DEMAND = 1
    NEEDS = 2
    EMPLOYERS = 3
    SITES = 4
    PINS = 5
    NAMES = 6
    DOCUMENTS = 7
    ORDER = 8
    TIGHTNESS = 9


def generator(seed: int, stream: Stream) -> np.random.Generator:
    """PCG64 for one topic of the sample."""
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(int(stream),)))
    )


def spread(weights: Sequence[int] | Integers, total: int, rng: np.random.Generator) -> Integers:
    """Deal ``total`` items by weight: each share is its exact quota, rounded up or down.

    Systematic sampling: equally spaced marks from one random start, so a rare item appears at
    its fair rate over many calls instead of never.

    Args:
        weights: whole numbers, not all zero.
        total: number of items.
        rng: gives the random start.

    Returns:
        As many counts as weights, with the sum ``total``.
    """
    ends = np.cumsum(np.asarray(weights, dtype=np.int64))
    whole = int(ends[-1])
    start = int(rng.integers(whole))
    marks: Integers = (ends * total + start) // whole
    return np.diff(marks, prepend=0)


def choose(weights: Sequence[int] | Integers, size: int, rng: np.random.Generator) -> Integers:
    """``size`` independent indices drawn by weight."""
    ends = np.cumsum(np.asarray(weights, dtype=np.int64))
    return np.searchsorted(ends, rng.integers(int(ends[-1]), size=size), side="right")
