"""Subject masks and seats: the twelve families, the patterns of one seat, chains.

Two candidates can use one seat in one sitting exactly when their masks are disjoint. The least
number of identical seats for ``n[mask]`` candidates is the largest sum of ``n`` over a maximal
family of pairwise intersecting masks (theorem and proof: docs/model.md, section 2). A mask is
an int with bit ``i - 1`` set for subject ``i``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    load = [sum(counts[mask] for mask in family) for family in families(FULL)]
    left = seats
    used: dict[tuple[int, ...], int] = {}
    while any(counts):
        pattern, repeat = _next_chain(counts, load, left)
        for mask in pattern:
            counts[mask] -= repeat
        met, _ = _met(pattern)
        for i in met:
            load[i] -= repeat
        left -= repeat
        used[pattern] = used.get(pattern, 0) + repeat
    return tuple(sorted(used.items()))


def _next_chain(
    counts: Sequence[int], load: Sequence[int], seats: int
) -> tuple[tuple[int, ...], int]:
    """A pattern, and how often to use it, after which the rest fits ``seats - repeat`` seats.

    ``load`` is the sum of ``counts`` over each family. Every copy takes a seat from all families
    and a candidate only from those that it meets, so the others say how often.
    """
    for pattern in patterns():
        most = min([counts[mask] for mask in pattern])
        if most:
            _, unmet = _met(pattern)
            repeat = min(most, seats - max([load[i] for i in unmet], default=0))
            if repeat > 0:
                return pattern, repeat
    raise ValueError("the masks do not fit the seats")


@cache
def _met(pattern: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Families with a mask of the pattern (one, for its masks are disjoint), and the others."""
    met = [not family.isdisjoint(pattern) for family in families(FULL)]
    return tuple(i for i, m in enumerate(met) if m), tuple(i for i, m in enumerate(met) if not m)


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
