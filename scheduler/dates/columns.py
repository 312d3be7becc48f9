"""The cells of a date problem as columns: what counting needs of them, counted once.

A country has cells by the hundred thousand, and every choice of dates is counted anew; but the
kinds of people in a component that dates tell apart are few dozens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from scheduler.masks import FULL

Ints = npt.NDArray[np.int64]
T = TypeVar("T")

Kind = tuple[int, int, tuple[int, ...]]
"""(class, mask, allowed sittings) of people in one component."""


class Cell(NamedTuple):
    """Equal candidates: ``klass`` and ``component`` index into the problem, ``allowed`` too."""

    row: int
    component: int
    klass: int
    group: int
    specialty: str
    mask: int
    allowed: tuple[int, ...]
    count: int  # type: ignore[assignment]  # nobody asks a cell how often it holds a value


@dataclass(frozen=True)
class Demand:
    """The people of one component, by kind and specialty."""

    kinds: tuple[Kind, ...]
    specialties: tuple[str, ...]
    people: Ints
    """Shape (kinds, specialties)."""

    @cached_property
    def by_mask(self) -> Ints:
        """People by mask, shape (16,)."""
        masks = [mask for _, mask, _ in self.kinds]
        return np.bincount(masks, self.people.sum(axis=1), FULL + 1).astype(np.int64)

    def on(
        self, dates: Mapping[str, frozenset[int]] | None
    ) -> dict[frozenset[int] | None, list[int]]:
        """People by kind, of the specialties that use the same dates; of all without dates."""
        columns: dict[frozenset[int] | None, list[int]] = defaultdict(list)
        for i, specialty in enumerate(self.specialties):
            columns[None if dates is None else dates[specialty]].append(i)
        return {used: self.people[:, of].sum(axis=1).tolist() for used, of in columns.items()}


NOBODY = Demand((), (), np.zeros((0, 0), dtype=np.int64))
"""The people of a component that has none."""


class Columns:
    """Parallel arrays over all cells; specialties and allowed sittings in order of appearance."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        """Take the cells apart."""
        self.component, self.klass, self.group, self.mask, self.count = (
            np.fromiter(map(attrgetter(name), cells), np.int64, len(cells))
            for name in ("component", "klass", "group", "mask", "count")
        )
        self.specialty, self.specialties = _coded([cell.specialty for cell in cells])
        self.allowed, self.choices = _coded([cell.allowed for cell in cells])

    @cached_property
    def choices_of_specialties(self) -> frozenset[tuple[str, tuple[int, ...]]]:
        """(specialty, allowed sittings) that some cell has."""
        of, many = self.specialty, len(self.choices)
        pairs = [divmod(pair, many) for pair in np.unique(of * many + self.allowed).tolist()]
        return frozenset((self.specialties[s], self.choices[allowed]) for s, allowed in pairs)

    def demand(self) -> dict[int, Demand]:
        """The people of every component that has any."""
        if not len(self.count):
            return {}
        table = np.stack([self.component, self.klass, self.mask, self.allowed])
        sizes = tuple(table.max(axis=1) + 1)
        different, kind = np.unique(np.ravel_multi_index(tuple(table), sizes), return_inverse=True)
        people = np.zeros((len(different), len(self.specialties)), dtype=np.int64)
        np.add.at(people, (kind, self.specialty), self.count)
        part, *kinds = np.unravel_index(different, sizes)
        found: dict[int, Demand] = {}
        for component in np.unique(part).tolist():
            here = np.flatnonzero(part == component)
            present = np.flatnonzero(people[here].any(axis=0))
            found[component] = Demand(
                tuple(
                    (klass, mask, self.choices[allowed])
                    for klass, mask, allowed in np.stack(kinds, axis=1)[here].tolist()
                ),
                tuple(self.specialties[s] for s in present.tolist()),
                people[np.ix_(here, present)],
            )
        return found


def _coded(values: Sequence[T]) -> tuple[Ints, tuple[T, ...]]:
    code = {value: i for i, value in enumerate(dict.fromkeys(values))}
    return np.array([code[value] for value in values], dtype=np.int64), tuple(code)
