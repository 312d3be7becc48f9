"""Subject masks and seats: the twelve families, the patterns of one seat, chains.

Two candidates can use one seat in one sitting exactly when their masks are disjoint. The least
number of identical seats for ``n[mask]`` candidates is the largest sum of ``n`` over a maximal
family of pairwise intersecting masks (theorem and proof: docs/model.md, section 2). A mask is
an int with bit ``i - 1`` set for subject ``i``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

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
    found: list[frozenset[int]] = []

    def grow(family: tuple[int, ...], candidates: tuple[int, ...], seen: tuple[int, ...]) -> None:
        if not candidates and not seen:
            found.append(frozenset(family))
        for i, mask in enumerate(candidates):
            meets = [m for m in candidates[i + 1 :] if m & mask]
            grow(
                (*family, mask),
                tuple(meets),
                tuple(m for m in (*seen, *candidates[:i]) if m & mask),
            )

    if masks:
        grow((), masks, ())
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


@cache
def _chain_patterns(need: tuple[int, ...], seats: int) -> tuple[tuple[tuple[int, ...], int], ...]:
    """How often each pattern is used so that ``need[mask]`` is covered with ``seats`` chains.

    ``need`` has 16 entries, by mask. A chain may be cut off whenever the rest still fits the
    remaining seats; by the theorem such a chain exists while anybody is left, so the
    construction never has to go back.
    """
    counts = list(need)
    left = seats
    used: dict[tuple[int, ...], int] = {}
    while any(counts):
        pattern, repeat = _next_chain(counts, left)
        for mask in pattern:
            counts[mask] -= repeat
        left -= repeat
        used[pattern] = used.get(pattern, 0) + repeat
    return tuple(sorted(used.items()))


def _next_chain(counts: list[int], seats: int) -> tuple[tuple[int, ...], int]:
    """A pattern, and how often to use it, after which the rest fits ``seats - repeat`` seats."""
    present = {m: n for m, n in enumerate(counts) if n}
    for pattern in patterns():
        most = min(present.get(mask, 0) for mask in pattern)
        if most == 0:
            continue
        low, high = 0, min(most, seats)
        # Bisection: a further copy takes one seat and at most one from each family, so once
        # the rest does not fit it fits for no larger number of copies.
        while low < high:
            middle = (low + high + 1) // 2
            rest = dict(present)
            for mask in pattern:
                rest[mask] -= middle
            if seats_needed(rest) <= seats - middle:
                low = middle
            else:
                high = middle - 1
        if low:
            return pattern, low
    raise ValueError("the masks do not fit the seats")


def chain_patterns(
    counts: Mapping[int, int], seats: int
) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Chains that seat ``counts[mask]`` candidates on at most ``seats`` identical seats.

    Returns ``(pattern, repeat)`` pairs; patterns that put more masks on a seat come first in
    the search, so few seats are used.

    Raises:
        ValueError: more seats are needed than given.
    """
    if seats_needed(counts) > seats:
        raise ValueError(f"{seats_needed(counts)} seats are needed, {seats} are given")
    return _chain_patterns(tuple(counts.get(m, 0) for m in range(FULL + 1)), seats)
