"""The date problem of one mode: cells, paper groups with the planner's decisions, seat pools."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import pandas as pd

from models.exam import Mode
from models.policy import Policy, Unplaced
from models.text import subjects_to_mask
from scheduler.dates.columns import Cell, Columns, Demand, Ints
from scheduler.masks import seats_of_each
from scheduler.places import Places, components, host_points
from scheduler.pools import CandidateClass, Component, Pool, seat_pools

T = TypeVar("T")

SpecialtySittings = Mapping[str, tuple[str, ...]]
"""Specialty code to the sittings given from above (``dates.from``)."""


@dataclass(frozen=True)
class GroupRule:
    """Which sittings a paper group may use, which it must, and how many at most."""

    group: str
    allowed: tuple[int, ...]
    fixed: bool
    max_sittings: int


@dataclass(frozen=True)
class DatesProblem:
    """Everything that decides the dates of one mode. Sittings and groups are index-coded."""

    mode: Mode
    sittings: tuple[str, ...]
    groups: tuple[GroupRule, ...]
    cells: tuple[Cell, ...]
    components: tuple[Component, ...]
    homes: tuple[tuple[str, ...], ...]
    ranks: tuple[tuple[Mapping[str, int], ...], ...]
    papers: Mapping[str, tuple[str, ...]]
    share: bool
    proportional: bool

    @cached_property
    def cells_by_component(self) -> Mapping[int, tuple[Cell, ...]]:
        """The cells of each component that has any."""
        found: dict[int, list[Cell]] = defaultdict(list)
        for cell in self.cells:
            found[cell.component].append(cell)
        return {part: tuple(cells) for part, cells in found.items()}

    @cached_property
    def columns(self) -> Columns:
        """The cells as columns."""
        return Columns(self.cells)

    @cached_property
    def demand(self) -> Mapping[int, Demand]:
        """The people of each component that has any, for counting."""
        return self.columns.demand()

    @cached_property
    def group_of(self) -> Mapping[str, int]:
        """The paper group of each specialty that has people."""
        return {cell.specialty: cell.group for cell in self.cells}

    @property
    def choices_of_groups(self) -> frozenset[tuple[int, tuple[int, ...]]]:
        """(paper group, allowed sittings) that some cell has."""
        choices = self.columns.choices_of_specialties
        return frozenset((self.group_of[specialty], allowed) for specialty, allowed in choices)

    def by_class(self, values: Sequence[Sequence[int]]) -> Ints:
        """What is said of each class, by component, for every cell."""
        first = np.cumsum([0, *map(len, values)])
        flat = np.array([value for of_part in values for value in of_part], dtype=np.int64)
        return flat[first[self.columns.component] + self.columns.klass]

    def tightest(self, counts: Ints) -> Ints:
        """People of whom no two can share a seat, at the most; ``counts[..., mask]``."""
        by_mask = counts.reshape(-1, counts.shape[-1])
        people = seats_of_each(by_mask) if self.share else by_mask.sum(axis=1)
        return people.reshape(counts.shape[:-1])

    @property
    def options(self) -> int:
        """(cell, sitting) counts, by which a problem is small or a country."""
        lengths = np.array([len(allowed) for allowed in self.columns.choices], dtype=np.int64)
        return int(lengths[self.columns.allowed].sum())

    @cached_property
    def largest_groups(self) -> tuple[int, ...]:
        """The groups that may use several sittings, those of most people first."""
        columns = self.columns
        people = np.bincount(columns.group, columns.count, len(self.groups))
        may = (g for g, rule in enumerate(self.groups) if rule.max_sittings > 1)
        return tuple(sorted(may, key=lambda g: (-people[g], g)))

    def with_pools(self, part: int, pools: tuple[Pool, ...]) -> DatesProblem:
        """The same problem with other seats in one component."""
        changed = list(self.components)
        changed[part] = replace(changed[part], pools=pools)
        return replace(self, components=tuple(changed))

    def pool_sitting(self, pool: Pool) -> int:
        """Index of the pool's sitting."""
        return self.sittings.index(pool.sitting)


def build_problem(
    cells: pd.DataFrame,
    places: Places,
    policy: Policy,
    mode: Mode,
    given: SpecialtySittings | None = None,
) -> DatesProblem:
    """Index the cells of one mode and build the seat pools of every component.

    Args:
        cells: as :func:`scheduler.roster.cells.build_cells` returns them.
        places: the laid-out rooms.
        policy: the planner's decisions.
        mode: only specialties of this mode take part.
        given: sittings per specialty decided elsewhere (``dates.from``); then none is chosen.
    """
    reference = places.reference
    sittings = tuple(s.id for s in reference.exam.sittings_of(mode))
    specialties = [s for s in reference.specialties if s.mode is mode]
    members = {s.code for s in specialties}
    groups = [g for g in reference.groups if g.specialties[0] in members]
    rules = tuple(_group_rule(g.id, g.specialties, sittings, policy, given) for g in groups)
    group_index = {g.id: i for i, g in enumerate(groups)}

    parts = components(reference)
    part_of = {p: i for i, points in enumerate(parts) for p in points}
    classes: list[dict[CandidateClass, int]] = [{} for _ in parts]

    def number(point: str, needs: str, employer: str, center: str) -> tuple[int, int]:
        part = part_of[point]
        key = CandidateClass(point, frozenset(needs.split(";")) - {""}, employer, center)
        return part, classes[part].setdefault(key, len(classes[part]))

    def date(specialty: str, pinned: str) -> tuple[int, str, tuple[int, ...]]:
        group = group_index[reference.group_of[specialty]]
        return group, specialty, _cell_sittings(specialty, pinned, rules[group], sittings, given)

    rows = np.flatnonzero(cells["specialty"].isin(members))
    taken = cells.iloc[rows]
    columns = (
        rows.tolist(),
        _per_row(taken, ["exam_point", "needs", "excluded_employer", "pinned_center"], number),
        _per_row(taken, ["specialty", "pinned_sitting"], date),
        _per_row(taken, ["subjects"], subjects_to_mask),
        taken["count"].tolist(),
    )

    built: list[Component] = []
    renumbered: list[dict[int, int]] = []
    for points, found in zip(parts, classes, strict=True):
        component, renumber = _component(places, points, list(found), mode)
        built.append(component)
        renumbered.append(renumber)
    return DatesProblem(
        mode=mode,
        sittings=sittings,
        groups=rules,
        cells=tuple(
            Cell(row, part, renumbered[part][klass], group, specialty, mask, allowed, count)
            for row, (part, klass), (group, specialty, allowed), mask, count in zip(
                *columns, strict=True
            )
        ),
        components=tuple(built),
        homes=tuple(
            tuple(reference.point_by_id[c.exam_point].home for c in part.classes) for part in built
        ),
        ranks=tuple(
            tuple(
                {h: i for i, h in enumerate(host_points(reference, c.exam_point))}
                for c in part.classes
            )
            for part in built
        ),
        papers={s.code: s.papers for s in specialties},
        share=policy.seats.share,
        proportional=policy.places.unplaced is Unplaced.PROPORTIONAL,
    )


def _per_row(frame: pd.DataFrame, columns: list[str], meaning: Callable[..., T]) -> list[T]:
    """What ``meaning`` makes of some columns in each row, asked once of equal rows."""
    of_row = frame.groupby(columns, sort=False).ngroup()
    different = frame[columns].drop_duplicates().itertuples(index=False, name=None)
    found = [meaning(*texts) for texts in different]
    return [found[i] for i in of_row.tolist()]


def _component(
    places: Places, points: tuple[str, ...], classes: list[CandidateClass], mode: Mode
) -> tuple[Component, dict[int, int]]:
    """Build pools, then merge the classes of an exam point that have the same allowed pools.

    Those without any seat stay apart, for each lacks one for a reason of its own. A merged class
    goes by its least demanding member, so that a shortage asks for no more than all need.
    """
    sittings = places.reference.exam.sittings_of(mode)
    pools = [p for s in sittings for p in seat_pools(places, classes, points, s)]
    signature: dict[tuple[str, tuple[int, ...], CandidateClass | None], int] = {}
    renumber: dict[int, int] = {}
    kept: list[CandidateClass] = []
    for i, candidate in enumerate(classes):
        allowed = tuple(j for j, p in enumerate(pools) if i in p.takers)
        key = candidate.exam_point, allowed, None if allowed else candidate
        if key not in signature:
            signature[key] = len(kept)
            kept.append(candidate)
        renumber[i] = signature[key]
        kept[renumber[i]] = min(kept[renumber[i]], candidate, key=_demands)
    merged = tuple(p._replace(takers=tuple(sorted({renumber[i] for i in p.takers}))) for p in pools)
    return Component(points, tuple(kept), merged), renumber


def _demands(candidate: CandidateClass) -> tuple[int, bool, bool, list[str]]:
    needs, employer, center = candidate[1:]
    return len(needs), bool(center), bool(employer), sorted(needs)


def _group_rule(
    group: str,
    specialties: tuple[str, ...],
    sittings: tuple[str, ...],
    policy: Policy,
    given: SpecialtySittings | None,
) -> GroupRule:
    """Rule ``group_sittings_allowed`` as data."""
    if given is not None:
        ids = {t for s in specialties for t in given.get(s, ())}
        allowed = tuple(i for i, t in enumerate(sittings) if t in ids)
        return GroupRule(group, allowed, True, len(allowed))
    decision = policy.dates.group.get(group)
    limit = policy.dates.max_sittings
    if decision is None:
        return GroupRule(group, tuple(range(len(sittings))), False, min(limit, len(sittings)))
    if decision.fixed:
        allowed = tuple(i for i, t in enumerate(sittings) if t in decision.fixed)
        return GroupRule(group, allowed, True, len(allowed))
    allowed = tuple(i for i, t in enumerate(sittings) if t not in decision.forbidden)
    most = decision.max_sittings if decision.max_sittings is not None else limit
    return GroupRule(group, allowed, False, min(most, len(allowed)))


def _cell_sittings(
    specialty: str,
    pinned: str,
    rule: GroupRule,
    sittings: tuple[str, ...],
    given: SpecialtySittings | None,
) -> tuple[int, ...]:
    allowed = rule.allowed
    if given is not None:
        own = given.get(specialty, ())
        allowed = tuple(i for i in allowed if sittings[i] in own)
    return tuple(i for i in allowed if pinned in ("", sittings[i]))
