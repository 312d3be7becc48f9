"""The centers problem: one independent piece per component of exam points and sitting.

A piece holds counts, never people. Candidates who may sit in the same seats form a *group*;
those of a group who also travel from the same place form a *class*. Seats of one center that
take the same groups form a *pool*. Families of masks are written over groups and pools, metres
over classes and centers, so a piece stays small however many origins it has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.exam import Mode, Sitting
from models.places import Center
from models.policy import Policy
from models.text import parse_items, subjects_to_mask
from scheduler.places import Places, components, host_points
from scheduler.pools import CandidateClass, families_present, may_sit
from scheduler.travel import Origins

Counts = npt.NDArray[np.int64]

GROUP_COLUMNS = ("exam_point", "needs", "excluded_employer", "pinned_center", "subjects")
CLASS_COLUMNS = ("sitting", *GROUP_COLUMNS, "latitude", "longitude")
"""What the centers stage can tell apart; kinds of the center draw are finer."""

Kept = Mapping[tuple[int, int], int]
"""People whom the previous plan has at (class, center), by index."""


class Group(NamedTuple):
    """Candidates who may sit in the same seats."""

    candidate: CandidateClass
    mask: int


class CenterPool(NamedTuple):
    """Seats of one center that take the same groups.

    ``taken`` is people by mask who sit there besides the groups, where only a part of a piece is
    left to decide.
    """

    center: int
    groups: tuple[int, ...]
    seats: int
    taken: tuple[tuple[int, int], ...] = ()


class Family(NamedTuple):
    """Groups of a pool that pairwise need different seats, and so do as many taken."""

    groups: tuple[int, ...]
    taken: int


@dataclass(frozen=True, eq=False)
class Piece:
    """One component of exam points in one sitting; everything is index-coded.

    Attributes:
        name: first exam point and sitting, for messages.
        sitting: id of the sitting.
        centers: center ids.
        hosts: exam point of each center.
        groups: who may sit where.
        homes: home exam point of each group.
        ranks: shape (groups, centers): 0 at home, then the place in the overflow order.
        pools: seats by the groups that they take.
        class_rows: row of each class in the table of classes.
        class_group: group of each class.
        class_count: people of each class.
        metres: shape (classes, centers), per person; 0 without an origin.
        peaks: most seats that each host may use (goal 4); a host left out is not limited.
        share: may disjoint masks share a seat?
    """

    name: str
    sitting: str
    centers: tuple[str, ...]
    hosts: tuple[str, ...]
    groups: tuple[Group, ...]
    homes: tuple[str, ...]
    ranks: Counts
    pools: tuple[CenterPool, ...]
    class_rows: Counts
    class_group: Counts
    class_count: Counts
    metres: Counts
    peaks: Mapping[str, int]
    share: bool

    @cached_property
    def group_count(self) -> Counts:
        """People of each group."""
        counts = np.zeros(len(self.groups), dtype=np.int64)
        np.add.at(counts, self.class_group, self.class_count)
        return counts

    @cached_property
    def allowed(self) -> npt.NDArray[np.bool_]:
        """Shape (groups, centers): has the center a seat that takes the group?"""
        allowed = np.zeros((len(self.groups), len(self.centers)), dtype=bool)
        for pool in self.pools:
            allowed[list(pool.groups), pool.center] = True
        return allowed

    @property
    def people(self) -> int:
        """Everybody in the piece."""
        return int(self.class_count.sum())

    @cached_property
    def families(self) -> tuple[tuple[Family, ...], ...]:
        """Per pool who pairwise needs different seats: the maximal such sets."""
        return tuple(self._families_of(pool) for pool in self.pools)

    def _families_of(self, pool: CenterPool) -> tuple[Family, ...]:
        masks: dict[int, list[int]] = {mask: [] for mask, _ in pool.taken}
        for group in pool.groups:
            masks.setdefault(self.groups[group].mask, []).append(group)
        taken = dict(pool.taken)
        return tuple(
            Family(
                tuple(sorted(g for m in family for g in masks[m])),
                sum(taken.get(m, 0) for m in family),
            )
            for family in families_present(frozenset(masks), self.share)
        )


def collapse(piece: Piece, kept: Kept) -> tuple[Piece, dict[tuple[int, int], int]]:
    """The piece with one class per group, origins forgotten, and the kept counts likewise.

    Exact for every goal but travel: members of a group differ in nothing else, so any numbers
    per group and center can be dealt to its classes, those kept first.
    """
    used = len(piece.groups)
    kept_groups: dict[tuple[int, int], int] = defaultdict(int)
    for (klass, center), count in kept.items():
        kept_groups[int(piece.class_group[klass]), center] += count
    coarse = replace(
        piece,
        class_rows=np.arange(used, dtype=np.int64),
        class_group=np.arange(used, dtype=np.int64),
        class_count=piece.group_count,
        metres=np.zeros((used, len(piece.centers)), dtype=np.int64),
    )
    return coarse, dict(kept_groups)


class Part(NamedTuple):
    """A piece cut from another, and where its classes and centers stand in that one."""

    piece: Piece
    classes: Counts
    centers: Counts


Arc = tuple[str, str]
"""A home exam point and another that its candidates may overflow to."""


def overflow_arcs(piece: Piece) -> list[Arc]:
    """Every way out of home that some group has, sorted."""
    return sorted(
        {
            (piece.homes[g], piece.hosts[c])
            for g, c in zip(*np.nonzero(piece.allowed & (piece.ranks > 0)), strict=True)
        }
    )


def split(piece: Piece, arcs: Iterable[Arc]) -> list[Part]:
    """The parts that are left when only ``arcs`` lead out of home, in order of their homes."""
    kept = set(arcs)
    cluster = {point: point for point in (*piece.homes, *piece.hosts)}
    for home, host in sorted(kept):
        one, other = sorted((cluster[home], cluster[host]))
        cluster = {point: one if c == other else c for point, c in cluster.items()}
    return [_part(piece, cluster, c, kept) for c in sorted({cluster[h] for h in piece.homes})]


def _part(piece: Piece, cluster: Mapping[str, str], chosen: str, arcs: set[Arc]) -> Part:
    groups = np.flatnonzero([cluster[h] == chosen for h in piece.homes])
    centers = np.flatnonzero([cluster[h] == chosen for h in piece.hosts])
    classes = np.flatnonzero(np.isin(piece.class_group, groups))
    new_group = {int(g): i for i, g in enumerate(groups)}
    new_center = {int(c): i for i, c in enumerate(centers)}

    def takers(pool: CenterPool) -> tuple[int, ...]:
        host = piece.hosts[pool.center]
        homes = {host, *(home for home, other in arcs if other == host)}
        return tuple(new_group[g] for g in pool.groups if piece.homes[g] in homes)

    part = replace(
        piece,
        name=f"{piece.homes[groups[0]]}/{piece.sitting}",
        centers=tuple(piece.centers[c] for c in centers),
        hosts=tuple(piece.hosts[c] for c in centers),
        groups=tuple(piece.groups[g] for g in groups),
        homes=tuple(piece.homes[g] for g in groups),
        ranks=piece.ranks[np.ix_(groups, centers)],
        pools=_merged(
            CenterPool(new_center[pool.center], takers(pool), pool.seats)
            for pool in piece.pools
            if pool.center in new_center
        ),
        class_rows=piece.class_rows[classes],
        class_group=np.array([new_group[int(g)] for g in piece.class_group[classes]], np.int64),
        class_count=piece.class_count[classes],
        metres=piece.metres[np.ix_(classes, centers)],
    )
    return Part(part, classes, centers)


def _merged(pools: Iterable[CenterPool]) -> tuple[CenterPool, ...]:
    """Pools of one center that take the same groups become one; empty ones go."""
    seats: dict[tuple[int, tuple[int, ...]], int] = defaultdict(int)
    for pool in pools:
        if pool.groups and pool.seats:
            seats[pool.center, pool.groups] += pool.seats
    return tuple(CenterPool(c, g, n) for (c, g), n in sorted(seats.items()))


def build_pieces(
    places: Places,
    policy: Policy,
    classes: pd.DataFrame,
    peaks: Mapping[tuple[str, Mode], int],
) -> list[Piece]:
    """Cut the classes into independent pieces, in order of component, then sitting.

    Args:
        places: the laid-out rooms.
        policy: the planner's decisions.
        classes: ``CLASS_COLUMNS`` as text and ``count``, one row per class, sorted.
        peaks: most seats that a host exam point may use on one sitting of a mode.
    """
    reference = places.reference
    component_of = {p: i for i, points in enumerate(components(reference)) for p in points}
    centers: dict[int, list[Center]] = defaultdict(list)
    for center in reference.centers:
        centers[component_of[center.exam_point]].append(center)
    table = _Table(classes, component_of)
    points = sorted({group.candidate.exam_point for group in table.groups})
    hosts_of = {point: host_points(reference, point) for point in points}
    return [
        _build_piece(places, policy, table, groups, centers[component], hosts_of, peaks)
        for component, groups in table.pieces()
    ]


class _Table:
    """The classes as arrays, which all pieces are cut from."""

    def __init__(self, classes: pd.DataFrame, component_of: Mapping[str, int]) -> None:
        """One row per class, sorted by ``CLASS_COLUMNS``."""
        columns = ["sitting", *GROUP_COLUMNS]
        # As rows are sorted, the classes of a group follow each other.
        first = np.zeros(len(classes), dtype=bool)
        first[:1] = True
        for column in columns:
            codes, _ = pd.factorize(classes[column])
            first[1:] |= codes[1:] != codes[:-1]
        keys = classes.loc[first, columns]
        self._start = np.append(np.flatnonzero(first), len(classes))
        self.groups = [
            Group(
                CandidateClass(point, frozenset(parse_items(needs)), employer, pinned),
                subjects_to_mask(subjects),
            )
            for _, point, needs, employer, pinned, subjects in keys.itertuples(index=False)
        ]
        self.sittings = keys["sitting"].tolist()
        self.components = [component_of[g.candidate.exam_point] for g in self.groups]
        self.count = classes["count"].to_numpy(dtype=np.int64)
        self.origins = Origins(classes["latitude"], classes["longitude"])

    def pieces(self) -> list[tuple[int, list[int]]]:
        """Component and groups of each piece, in order of component, then sitting."""
        groups: dict[tuple[int, str], list[int]] = defaultdict(list)
        for group, key in enumerate(zip(self.components, self.sittings, strict=True)):
            groups[key].append(group)
        return [(component, members) for (component, _), members in sorted(groups.items())]

    def rows(self, groups: list[int]) -> tuple[Counts, Counts]:
        """Rows of the classes of some groups, ascending, and which of the groups each is of."""
        stretches = [np.arange(self._start[g], self._start[g + 1]) for g in groups]
        of = np.repeat(np.arange(len(groups)), [len(rows) for rows in stretches])
        return np.concatenate(stretches), of


def _build_piece(
    places: Places,
    policy: Policy,
    table: _Table,
    in_piece: list[int],
    centers: Sequence[Center],
    hosts_of: Mapping[str, Sequence[str]],
    peaks: Mapping[tuple[str, Mode], int],
) -> Piece:
    reference = places.reference
    class_rows, class_group = table.rows(in_piece)
    groups = [table.groups[g] for g in in_piece]
    sitting = reference.exam.sitting(table.sittings[in_piece[0]])
    points = {group.candidate.exam_point for group in groups}
    hosting = {host for point in points for host in hosts_of[point]}
    centers = [c for c in centers if c.exam_point in hosting]
    pools = _pools(places, sitting, groups, centers, hosts_of)
    used = sorted({pool.center for pool in pools})
    renumbered = {c: i for i, c in enumerate(used)}
    centers = [centers[c] for c in used]
    rank_of = {
        point: [hosts.index(c.exam_point) if c.exam_point in hosts else len(hosts) for c in centers]
        for point, hosts in ((point, hosts_of[point]) for point in points)
    }
    ranks = [rank_of[group.candidate.exam_point] for group in groups]
    return Piece(
        name=f"{groups[0].candidate.exam_point}/{sitting.id}",
        sitting=sitting.id,
        centers=tuple(c.center_id for c in centers),
        hosts=tuple(c.exam_point for c in centers),
        groups=tuple(groups),
        homes=tuple(reference.point_by_id[g.candidate.exam_point].home for g in groups),
        ranks=np.array(ranks, dtype=np.int64).reshape(len(groups), len(centers)),
        pools=tuple(p._replace(center=renumbered[p.center]) for p in pools),
        class_rows=class_rows,
        class_group=class_group,
        class_count=table.count[class_rows],
        metres=table.origins.metres_to(centers, policy.travel.decimals, class_rows),
        peaks={h: peaks[h, sitting.mode] for h in sorted(hosting) if (h, sitting.mode) in peaks},
        share=policy.seats.share,
    )


def _pools(
    places: Places,
    sitting: Sitting,
    groups: Sequence[Group],
    centers: Sequence[Center],
    hosts_of: Mapping[str, Sequence[str]],
) -> tuple[CenterPool, ...]:
    candidates = sorted({g.candidate for g in groups}, key=lambda c: (c[0], sorted(c[1]), *c[2:]))
    found: list[CenterPool] = []
    for i, center in enumerate(centers):
        for kind, seats in places.seat_kinds(center.center_id, sitting).items():
            welcome = {c for c in candidates if may_sit(c, center, kind, hosts_of[c.exam_point])}
            takers = tuple(
                g
                for g, group in enumerate(groups)
                if group.candidate in welcome and group.mask & ~kind.open_subjects == 0
            )
            found.append(CenterPool(i, takers, seats))
    return _merged(found)
