"""Subject masks and seats: the twelve families, the patterns of one seat, chains.

Two candidates can use one seat in one sitting exactly when their masks are disjoint. The least
number of identical seats for ``n[mask]`` candidates is the largest sum of ``n`` over a maximal
family of pairwise intersecting masks (theorem and proof: docs/model.md, section 2). A mask is
an int with bit ``i - 1`` set for subject ``i``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, reduce

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

FULL = 0b1111
ALL_MASKS: tuple[int, ...] = tuple(range(1, FULL + 1))


@cache
def submasks(open_subjects: int) -> tuple[int, ...]:
    """Non-empty masks within ``open_subjects``, ascending."""
    return tuple(m for m in ALL_MASKS if m & ~open_subjects == 0)


@cache
def families(open_subjects: int) -> tuple[frozenset[int], ...]:
    """The maximal families of pairwise intersecting non-empty submasks of ``open_subjects``.

    Twelve for four open subjects, four for three, two for two, one for one. Sorted by their
    ascending members, so every list of constraints made from them has one order.
    """
    masks = submasks(open_subjects)
    meets = {one: frozenset(m for m in masks if m & one and m != one) for one in masks}
    found: list[frozenset[int]] = []

    def grow(family: tuple[int, ...], candidates: frozenset[int], seen: frozenset[int]) -> None:
        """Bron and Kerbosch with a pivot: a maximal family has it, or a mask that misses it."""
        if not candidates and not seen:
            found.append(frozenset(family))
            return
        pivot = max(candidates | seen, key=lambda one: (len(candidates & meets[one]), one))
        for mask in sorted(candidates - meets[pivot]):
            grow((*family, mask), candidates & meets[mask], seen & meets[mask])
            candidates -= {mask}
            seen |= {mask}

    if masks:
        grow((), frozenset(masks), frozenset())
    return tuple(sorted(found, key=sorted))


def seats_needed(counts: Mapping[int, int], open_subjects: int = FULL) -> int:
    """Least number of identical seats for ``counts[mask]`` candidates (the theorem).

    Raises:
        ValueError: a mask with candidates is not within ``open_subjects``.
    """
    for mask, count in counts.items():
        if count and mask & ~open_subjects:
            raise ValueError(f"mask {mask:04b} is not open in {open_subjects:04b}")
    return max(
        (sum(counts.get(m, 0) for m in family) for family in families(open_subjects)), default=0
    )


@cache
def patterns(open_subjects: int = FULL) -> tuple[tuple[int, ...], ...]:
    """Sets of pairwise disjoint non-empty masks that one seat can carry: 51 for four subjects."""
    masks = submasks(open_subjects)

    def extend(used: int, start: int) -> list[tuple[int, ...]]:
        out: list[tuple[int, ...]] = []
        for i in range(start, len(masks)):
            if masks[i] & used == 0:
                out.append((masks[i],))
                out.extend((masks[i], *rest) for rest in extend(used | masks[i], i + 1))
        return out

    return tuple(sorted(extend(0, 0), key=lambda p: (-len(p), p)))


def seats_of_each(counts: Ints) -> Ints:
    """:func:`seats_needed` of many pools at once: ``counts`` has a row per pool, by mask."""
    most: Ints = (counts @ family_members()).max(axis=1)
    return most


def chain_repeats(counts: Ints, seats: Ints) -> Ints:
    """How often each of :func:`patterns` is used in each pool, so that all find a place.

    A chain may be cut off whenever the rest still fits the remaining seats; by the theorem such
    a chain exists while anybody is left. Every copy takes a seat, and a candidate from the
    families that meet the pattern only: so what the others have to spare says how often. That
    never grows, so a pattern that cannot be used will not be later, and one pass is enough.

    Args:
        counts: candidates, shape (pools, 16), by mask.
        seats: of each pool.

    Raises:
        ValueError: a pool has fewer seats than are needed.
    """
    needed = seats_of_each(counts)
    if (needed > seats).any():
        i = int((needed > seats).argmax())
        raise ValueError(f"{needed[i]} seats are needed, {seats[i]} are given")
    left = counts.T.copy()
    spare = (seats[:, None] - counts @ family_members()).T.copy()
    repeats = np.zeros((len(counts), len(patterns())), dtype=np.int64)
    for i, (pattern, unmet) in enumerate(zip(patterns(), _unmet(), strict=True)):
        often = reduce(np.minimum, [left[mask] for mask in pattern])
        if often.any():
            often = reduce(np.minimum, [spare[family] for family in unmet], often.copy())
            for family in unmet:
                spare[family] -= often
            for mask in pattern:
                left[mask] -= often
            repeats[:, i] = often
    return repeats


@cache
def family_members() -> Ints:
    """Is the mask in the family? Shape (16, families), 0 or 1."""
    return np.array(
        [[int(mask in family) for family in families(FULL)] for mask in range(FULL + 1)]
    )


@cache
def _unmet() -> tuple[tuple[int, ...], ...]:
    """Per pattern the families without a mask of it; of a family one at most has."""
    return tuple(
        tuple(i for i, family in enumerate(families(FULL)) if family.isdisjoint(pattern))
        for pattern in patterns()
    )
