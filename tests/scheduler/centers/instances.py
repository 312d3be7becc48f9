"""Small pieces written by hand, placed candidates, and an exhaustive search over seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd

from models.tables import CANONICAL_ROSTER
from scheduler.centers.problem import CenterPool, Group, Piece
from scheduler.pools import CandidateClass


def piece(
    groups: Sequence[tuple[int, int]],
    pools: Sequence[tuple[int, tuple[int, ...], int]],
    *,
    hosts: Sequence[str] = (),
    classes: Sequence[tuple[int, int, tuple[int, ...]]] = (),
    ranks: Sequence[Sequence[int]] | None = None,
    homes: Sequence[str] = (),
    peaks: Mapping[str, int] | None = None,
    share: bool = True,
) -> Piece:
    """A piece without files.

    Args:
        groups: (mask, people); people are ignored where ``classes`` are given.
        pools: (center, groups taken, seats).
        hosts: exam point of each center, ``H`` by default.
        classes: (group, people, metres to each center); one per group without travel by default.
        ranks: per group and center, 0 by default.
        homes: home of each group, ``H`` by default.
        peaks: per host.
        share: may disjoint masks share a seat?
    """
    centers = max(c for c, _, _ in pools) + 1
    classes = classes or [(g, n, (0,) * centers) for g, (_, n) in enumerate(groups)]
    return Piece(
        name="H/C1",
        sitting="C1",
        centers=tuple("ABCDEF"[:centers]),
        hosts=tuple(hosts) or ("H",) * centers,
        groups=tuple(
            Group(CandidateClass(f"{i}", frozenset(), "", ""), mask)
            for i, (mask, _) in enumerate(groups)
        ),
        homes=tuple(homes) or ("H",) * len(groups),
        ranks=np.array(ranks or [[0] * centers] * len(groups), dtype=np.int64),
        pools=tuple(CenterPool(*p) for p in pools),
        class_rows=np.arange(len(classes), dtype=np.int64),
        class_group=np.array([g for g, _, _ in classes], dtype=np.int64),
        class_count=np.array([n for _, n, _ in classes], dtype=np.int64),
        metres=np.array([m for _, _, m in classes], dtype=np.int64),
        peaks=dict(peaks or {}),
        share=share,
    )


Score = tuple[int, int, int, int, int]


def best_by_enumeration(
    instance: Piece, previous: Mapping[tuple[int, int], int] | None = None
) -> Score | None:
    """(-kept, outside, overflow order, metres, opened) over every seating; None if there is none.

    Everybody is tried on every single seat, so neither families nor pools are believed.
    """
    people = [k for k, n in enumerate(instance.class_count) for _ in range(n)]
    seats = [(p, i) for p, pool in enumerate(instance.pools) for i in range(pool.seats)]
    options = [
        [s for s in seats if instance.class_group[k] in instance.pools[s[0]].groups] for k in people
    ]
    scores = [
        _score(instance, people, chosen, previous or {})
        for chosen in product(*options)
        if _fits(instance, people, chosen)
    ]
    return min(scores, default=None)


def _fits(instance: Piece, people: list[int], chosen: Sequence[tuple[int, int]]) -> bool:
    taken: dict[tuple[int, int], int] = {}
    used: dict[str, int] = {}
    for k, seat in zip(people, chosen, strict=True):
        mask = instance.groups[instance.class_group[k]].mask
        if seat in taken and (taken[seat] & mask or not instance.share):
            return False
        if seat not in taken:
            host = instance.hosts[instance.pools[seat[0]].center]
            used[host] = used.get(host, 0) + 1
        taken[seat] = taken.get(seat, 0) | mask
    return all(used.get(host, 0) <= peak for host, peak in instance.peaks.items())


def _score(
    instance: Piece,
    people: list[int],
    chosen: Sequence[tuple[int, int]],
    previous: Mapping[tuple[int, int], int],
) -> Score:
    counts = np.zeros(instance.metres.shape, dtype=np.int64)
    for k, (pool, _) in zip(people, chosen, strict=True):
        counts[k, instance.pools[pool].center] += 1
    return score(instance, counts, previous)


def score(instance: Piece, counts: np.ndarray, previous: Mapping[tuple[int, int], int]) -> Score:
    """The goals of given counts per (class, center)."""
    ranks = instance.ranks[instance.class_group]
    return (
        -sum(min(int(counts[key]), n) for key, n in previous.items()),
        int((counts * (ranks > 0)).sum()),
        int((counts * ranks).sum()),
        int((counts * instance.metres).sum()),
        int((counts.sum(axis=0) > 0).sum()),
    )


def placed(count: int, **columns: str | Sequence[str]) -> pd.DataFrame:
    """Candidates with a sitting: point 2301, specialty 101, all subjects, C1 by default."""
    data: dict[str, str | Sequence[str]] = dict.fromkeys(
        [*CANONICAL_ROSTER, "excluded_employer"], ""
    )
    data |= {
        "candidate_id": [f"A{i:05d}" for i in range(count)],
        "specialty": "101",
        "exam_point": "2301",
        "subjects": "1234",
        "sitting": "C1",
    }
    return pd.DataFrame(data | columns, index=range(count), dtype=str)
