"""Chains: the candidates who share one seat in one sitting, as kinds of candidate.

By the theorem of docs/model.md, section 2, the chains of a pool use exactly the largest
family's number of seats. Which kinds share a seat is free, and it is used to keep equal papers
together: fewer different seats are easier to keep apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from models.exam import Specialty
from models.text import mask_to_subjects, parse_items, subjects_to_mask
from scheduler import masks
from scheduler.seats.neighbours import Papers
from scheduler.seats.pools import Class


class Kind(NamedTuple):
    """Candidates whom the seats stage cannot tell apart (docs/formats.md, section 5)."""

    specialty: str
    subjects: str
    needs: str

    @property
    def seat_class(self) -> Class:
        """The mask and the needs."""
        return _seat_class(self.subjects, self.needs)


@lru_cache(maxsize=4096)
def _seat_class(subjects: str, needs: str) -> Class:
    return Class(subjects_to_mask(subjects), tuple(sorted(parse_items(needs))))


class Chain(NamedTuple):
    """What one seat holds: kinds with disjoint masks, and the pool it comes from."""

    kinds: tuple[Kind, ...]
    pool: int


Placed = Mapping[Kind, int]
"""Number of candidates by kind."""


def split_over_pools(
    kinds: Placed, counts: Mapping[tuple[Class, int], int], pools: int
) -> list[dict[Kind, int]]:
    """Deal the counts of each class and pool to the kinds of the class, largest kind first.

    Keeping a kind in one pool where possible keeps its papers on equal seats.
    """
    of_class: dict[Class, list[Kind]] = defaultdict(list)
    for kind in sorted(kinds, key=lambda k: (-kinds[k], k)):
        of_class[kind.seat_class].append(kind)
    split: list[dict[Kind, int]] = [{} for _ in range(pools)]
    for one, members in of_class.items():
        left = {kind: kinds[kind] for kind in members}
        for pool in range(pools):
            room = counts.get((one, pool), 0)
            for kind in members:
                taken = min(room, left[kind])
                if taken:
                    split[pool][kind] = taken
                    left[kind] -= taken
                    room -= taken
    return split


def chains_of_pool(
    kinds: Placed, pool: int, group_of: Mapping[str, str], *, share: bool
) -> list[tuple[Chain, int]]:
    """The chains of one pool and how often each stands, at the theorem's number of seats.

    Args:
        kinds: the candidates of the pool.
        pool: its index, passed on.
        group_of: paper group of each specialty.
        share: may two candidates with disjoint masks use one seat?
    """
    if not share:
        return [(Chain((kind,), pool), kinds[kind]) for kind in sorted(kinds)]
    # Who sits every subject of all shares with nobody, whatever the others do.
    whole = {kind: number for kind, number in kinds.items() if kind.seat_class.mask == masks.FULL}
    others = {kind: number for kind, number in kinds.items() if kind not in whole}
    alone = [(Chain((kind,), pool), number) for kind, number in sorted(whole.items())]
    if not others:
        return alone
    counts: Counter[int] = Counter()
    for kind, number in others.items():
        counts[kind.seat_class.mask] += number
    patterns = masks.chain_patterns(counts, masks.seats_needed(counts))
    waiting = _Waiting(others, kinds, group_of)
    found: Counter[tuple[Kind, ...]] = Counter()
    for pattern, repeat in patterns:
        for members, number in waiting.take(pattern, repeat):
            found[tuple(sorted(members))] += number
    return alone + [(Chain(members, pool), found[members]) for members in sorted(found)]


class _Waiting:
    """Candidates not yet in a chain; larger paper groups and specialties come first."""

    def __init__(self, kinds: Placed, everybody: Placed, group_of: Mapping[str, str]) -> None:
        specialties: Counter[str] = Counter()
        groups: Counter[str] = Counter()
        for kind, number in everybody.items():
            specialties[kind.specialty] += number
            groups[group_of[kind.specialty]] += number

        def rank(kind: Kind) -> tuple[int, str, int, Kind]:
            group = group_of[kind.specialty]
            return -groups[group], group, -specialties[kind.specialty], kind

        self._group_of = group_of
        self._left = dict(kinds)
        self._queues: dict[tuple[int, str, str], deque[Kind]] = defaultdict(deque)
        for kind in sorted(kinds, key=rank):
            for label in self._labels(kind):
                self._queues[kind.seat_class.mask, *label].append(kind)

    def take(self, pattern: tuple[int, ...], repeat: int) -> Iterator[tuple[tuple[Kind, ...], int]]:
        """Fill ``repeat`` copies of a pattern, with partners as close in papers as possible."""
        first, *others = pattern
        for closeness in range(3) if others else (2,):
            for lead in [k for k in self._queues[first, "any", ""] if self._left[k]]:
                label = self._labels(lead)[closeness]
                while repeat and self._left[lead]:
                    partners = [self._next(mask, label) for mask in others]
                    if None in partners:
                        break
                    members = (lead, *(p for p in partners if p is not None))
                    number = min(repeat, *(self._left[k] for k in members))
                    for kind in members:
                        self._left[kind] -= number
                    repeat -= number
                    yield members, number

    def _labels(self, kind: Kind) -> tuple[tuple[str, str], ...]:
        """What partners may have in common, closest first."""
        group = self._group_of[kind.specialty]
        return ("specialty", kind.specialty), ("group", group), ("any", "")

    def _next(self, mask: int, label: tuple[str, str]) -> Kind | None:
        queue = self._queues.get((mask, *label))
        while queue and self._left[queue[0]] == 0:
            queue.popleft()
        return queue[0] if queue else None


def papers_of_chain(chain: Chain, papers_of: Mapping[tuple[str, str], Papers]) -> Papers:
    """The question paper in each subject; the masks of a chain are disjoint."""
    one, *rest = (papers_of[kind.specialty, kind.subjects] for kind in chain.kinds)
    for papers in rest:
        one = (one[0] + papers[0], one[1] + papers[1], one[2] + papers[2], one[3] + papers[3])
    return one


def number_papers(specialties: Iterable[Specialty]) -> Mapping[tuple[str, str], Papers]:
    """Question papers as numbers from 1, by specialty and subjects sat; 0 where not sat."""
    known = list(specialties)
    number = {p: i for i, p in enumerate(sorted({p for s in known for p in s.papers}), start=1)}
    table: dict[tuple[str, str], Papers] = {}
    for specialty in known:
        for mask in masks.ALL_MASKS:
            a, b, c, d = (
                number[paper] if mask >> i & 1 else 0 for i, paper in enumerate(specialty.papers)
            )
            table[specialty.code, mask_to_subjects(mask)] = (a, b, c, d)
    return table
