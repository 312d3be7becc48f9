"""A piece as arrays over classes, pools and families: what the travel relaxation computes with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.centers.linear import Floats
from scheduler.centers.problem import Counts, Piece
from scheduler.centers.variables import limited_hosts
from scheduler.pools import families_present

Flags = npt.NDArray[np.bool_]


def positions(matrix: Flags | Counts) -> tuple[Counts, Counts]:
    """Rows and columns of what is not zero; many times as fast as ``np.nonzero`` of a matrix."""
    place = np.flatnonzero(matrix != 0)
    row = place // matrix.shape[1]  # and no ``divmod``, which is slow
    return row, place - row * matrix.shape[1]


class Side(NamedTuple):
    """A limit from an earlier goal: ``coefficient`` (classes, centers) summed over people."""

    coefficient: Counts
    limit: int


@dataclass(frozen=True, eq=False)
class Layout:
    """Arrays of one piece.

    Attributes:
        piece: the piece.
        sides: what earlier goals have settled.
    """

    piece: Piece
    sides: tuple[Side, ...] = ()

    @cached_property
    def center_of(self) -> Counts:
        """Center of each pool."""
        return np.array([pool.center for pool in self.piece.pools], dtype=np.int64)

    @cached_property
    def seats(self) -> Counts:
        """Seats of each pool."""
        return np.array([pool.seats for pool in self.piece.pools], dtype=np.int64)

    @cached_property
    def takes(self) -> Flags:
        """Shape (groups, pools): does the pool take the group?"""
        takes = np.zeros((len(self.piece.groups), len(self.piece.pools)), dtype=bool)
        for p, pool in enumerate(self.piece.pools):
            takes[list(pool.groups), p] = True
        return takes

    @cached_property
    def may(self) -> Flags:
        """Shape (classes, pools): may the class sit in the pool?"""
        return self.takes[self.piece.class_group]

    @cached_property
    def masks(self) -> Counts:
        """Mask of each group."""
        return np.array([group.mask for group in self.piece.groups], dtype=np.int64)

    @cached_property
    def families(self) -> tuple[Counts, Flags]:
        """Pool of each family, and shape (families, groups): who is in it."""
        families = [
            (pool, list(family))
            for pool, takers in enumerate(self.takes.T)
            for family in families_present(frozenset(self.masks[takers].tolist()), self.piece.share)
        ]
        pools = np.array([pool for pool, _ in families], dtype=np.int64)
        has_mask = np.zeros((len(families), 16), dtype=bool)
        for row, (_, family) in enumerate(families):
            has_mask[row, family] = True
        return pools, has_mask[:, self.masks] & self.takes.T[pools]

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """Hosts whose peak can bind, sorted."""
        return tuple(sorted(limited_hosts(self.piece)))

    @cached_property
    def at_host(self) -> Flags:
        """Shape (hosts, pools): is the pool at the host?"""
        host_of = np.array([self.piece.hosts[c] for c in self.center_of], dtype=object)
        return np.array([host_of == h for h in self.hosts], dtype=bool).reshape(-1, len(host_of))

    @cached_property
    def peaks(self) -> Counts:
        """Peak of each of the hosts."""
        return np.array([self.piece.peaks[h] for h in self.hosts], dtype=np.int64)

    def by_group(self, seated: Counts) -> Floats:
        """People of each (pool, group), from people of each (class, pool)."""
        klass, pool = positions(seated)
        return self.grouped(klass, pool, seated[klass, pool])

    def grouped(self, klass: Counts, pool: Counts, people: Counts | Floats) -> Floats:
        """People of each (pool, group), from lists of classes, their pools and people."""
        groups, pools = self.takes.shape
        place = pool * groups + self.piece.class_group[klass]
        held = np.bincount(place, people, minlength=groups * pools)
        return np.asarray(held, dtype=np.float64).reshape(pools, groups)

    def loads(self, by_group: Floats) -> Floats:
        """People of each family, from people of each (pool, group)."""
        pools, members = self.families
        return np.asarray((by_group[pools] * members).sum(axis=1))

    def used(self, seated: Counts) -> Counts:
        """Seats that (class, pool) numbers take of each pool: its largest family."""
        return self.used_by(self.by_group(seated))

    def used_by(self, by_group: Floats) -> Counts:
        """The same from people of each (pool, group)."""
        used = np.zeros(len(self.piece.pools), dtype=np.int64)
        np.maximum.at(used, self.families[0], self.loads(by_group).astype(np.int64))
        return used

    def at_centers(self, seated: Counts) -> Counts:
        """People of each (class, center)."""
        classes, centers = self.piece.metres.shape
        klass, pool = positions(seated)
        place = klass * centers + self.center_of[pool]
        counts = np.bincount(place, seated[klass, pool], minlength=classes * centers)
        return counts.astype(np.int64).reshape(classes, centers)

    def is_valid(self, seated: Counts) -> bool:
        """Do people of each (class, pool) keep every rule and every limit of earlier goals?"""
        klass, pool = positions(seated)
        people = seated[klass, pool]
        used = self.used_by(self.grouped(klass, pool, people))
        placed = np.bincount(klass, people, minlength=len(seated))
        center = self.center_of[pool]
        return bool(
            (placed == self.piece.class_count).all()
            and (people >= 0).all()
            and self.may[klass, pool].all()
            and (used <= self.seats).all()
            and (self.at_host @ used <= self.peaks).all()
            and all((s.coefficient[klass, center] * people).sum() <= s.limit for s in self.sides)
        )
