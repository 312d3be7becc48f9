"""Which candidates of one center and sitting use which seats, as counts.

Seats that nobody present can tell apart form a *pool*; a pool needs the theorem's number of
seats for the masks put on it (docs/model.md, section 2). Nearly everywhere there is one pool,
or every candidate has only one, and nothing is left to decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from scheduler.places import SeatKind


class Class(NamedTuple):
    """What decides where a candidate may sit: the mask, and the needs in ascending order."""

    mask: int
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Pool:
    """Seats that take the same classes of the candidates present."""

    takes: frozenset[Class]
    features: frozenset[str]
    """The features of these seats that somebody present needs."""
    seats: int


def pools_of(
    seats: Mapping[SeatKind, int], classes: Sequence[Class]
) -> tuple[tuple[Pool, ...], dict[SeatKind, int]]:
    """Group seat kinds by the classes that they take.

    Returns:
        The pools in a fixed order, and the pool of each seat kind; kinds that take nobody
        present are absent, so rooms for a need that nobody has stay closed.
    """
    pools: list[Pool] = []
    pool_of: dict[SeatKind, int] = {}
    for takes, features, members in _alike(tuple(seats), tuple(classes)):
        pool_of.update(dict.fromkeys(members, len(pools)))
        pools.append(Pool(takes, features, sum(seats[k] for k in members)))
    return tuple(pools), pool_of


@lru_cache(maxsize=4096)
def _alike(
    kinds: tuple[SeatKind, ...], classes: tuple[Class, ...]
) -> tuple[tuple[frozenset[Class], frozenset[str], tuple[SeatKind, ...]], ...]:
    """Seat kinds that take the same classes: the classes, the features needed, the kinds."""
    needed = frozenset(need for c in classes for need in c.needs)
    alike: dict[frozenset[Class], list[SeatKind]] = defaultdict(list)
    for kind in kinds:
        takes = frozenset(c for c in classes if kind.takes(c.mask, frozenset(c.needs)))
        if takes:
            alike[takes].append(kind)
    return tuple(
        (takes, frozenset.intersection(*(k.features for k in alike[takes])) & needed,
         tuple(alike[takes]))
        for takes in sorted(alike, key=sorted)
    )  # fmt: skip
