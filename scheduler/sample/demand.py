"""Who registers for what: exam point, specialty and subjects of every candidate."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.exam import Mode
from models.text import subjects_to_mask
from scheduler.masks import FULL, seats_needed
from scheduler.sample import assumptions as assume
from scheduler.sample.drawing import Flags, Integers, spread
from scheduler.sample.facts import Facts


@dataclass(frozen=True)
class Demand:
    """Candidates in order of exam point and specialty; arrays of one entry per candidate.

    Attributes:
        facts: what the indices refer to.
        point: index into ``facts.points``.
        specialty: index into the codes of ``facts.specialties``.
        mask: subjects as a bit mask.
    """

    facts: Facts
    point: Integers
    specialty: Integers
    mask: Integers

    def __len__(self) -> int:
        """Number of candidates."""
        return len(self.point)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Specialty codes, ascending."""
        return tuple(self.facts.specialties)

    @cached_property
    def on_paper(self) -> Flags:
        """Whether each candidate's specialty is answered on paper."""
        paper = np.array([m is Mode.PAPER for m in self.facts.specialties.values()])
        return np.asarray(paper[self.specialty])

    @cached_property
    def people_at(self) -> Integers:
        """Number of candidates of each exam point."""
        return np.bincount(self.point, minlength=len(self.facts.points))

    @cached_property
    def points_by_size(self) -> tuple[int, ...]:
        """Indices of the exam points, largest first."""
        return tuple(int(p) for p in np.argsort(-self.people_at, kind="stable"))

    @cached_property
    def largest_points(self) -> tuple[int, ...]:
        """The largest exam point of each province, largest first."""
        return self._largest_of_each_province(1)

    @cached_property
    def larger_points(self) -> tuple[int, ...]:
        """The exam points where needs occur, largest first."""
        return self._largest_of_each_province(self.facts.larger_points)

    def _largest_of_each_province(self, most: int) -> tuple[int, ...]:
        taken: Counter[str] = Counter()
        found = []
        for index in self.points_by_size:
            province = self.facts.points[index].province
            if taken[province] < most:
                taken[province] += 1
                found.append(index)
        return tuple(found)

    def of_specialty(self, code: str) -> Flags:
        """Which candidates sit this specialty."""
        return np.asarray(self.specialty == self.codes.index(code))

    def seats_needed(self, chosen: Flags) -> list[int]:
        """Per exam point, the fewest identical seats for the chosen candidates on one date."""
        points = len(self.facts.points)
        key = self.point[chosen] * (FULL + 1) + self.mask[chosen]
        table = np.bincount(key, minlength=points * (FULL + 1)).reshape(points, FULL + 1)
        return [seats_needed({m: int(n) for m, n in enumerate(row) if n}) for row in table]


def draw_demand(facts: Facts, candidates: int, rng: np.random.Generator) -> Demand:
    """Deal the candidates to exam points, each point's to specialties, and all to masks."""
    at_point = spread(_point_weights(facts), candidates, rng)
    table = np.stack(
        [
            _specialty_counts(facts, point.exam_point, int(people), rng)
            for point, people in zip(facts.points, at_point, strict=True)
        ]
    )
    return dealt(facts, table, rng)


def dealt(facts: Facts, table: Integers, rng: np.random.Generator) -> Demand:
    """The candidates of ``table[point, specialty]``, with their masks."""
    point, specialty = np.indices(table.shape).reshape(2, -1)
    masks = np.array([subjects_to_mask(subjects) for subjects in assume.MASK_PER_MILLE])
    of_mask = spread(list(assume.MASK_PER_MILLE.values()), int(table.sum()), rng)
    return Demand(
        facts,
        np.repeat(point, table.ravel()),
        np.repeat(specialty, table.ravel()),
        rng.permutation(np.repeat(masks, of_mask)),
    )


def _point_weights(facts: Facts) -> list[int]:
    residents = sum(assume.POPULATION_2020.values())
    provincial = residents * assume.PROVINCIAL_PER_MILLE // (1000 - assume.PROVINCIAL_PER_MILLE)
    weights = {**assume.POPULATION_2020, assume.PROVINCIAL_POINT: provincial}
    # In thousands, so that weight times candidates stays far below 64 bits.
    return [weights[point.exam_point] // 1000 for point in facts.points]


def _specialty_counts(
    facts: Facts, exam_point: str, people: int, rng: np.random.Generator
) -> Integers:
    """Candidates per specialty at one exam point."""
    codes = list(facts.specialties)
    on_paper = people * int(rng.integers(*assume.PAPER_PER_MILLE)) // 1000
    in_split = int(rng.integers(*assume.SPLIT_PER_MILLE))
    if exam_point == assume.REMOTE_POINT:
        in_split = assume.REMOTE_SPLIT_PER_MILLE
    split = (people - on_paper) * in_split // 1000
    uneven = rng.integers(*assume.UNEVENNESS_PERCENT, size=len(codes))
    weights = np.array([specialty_weight(code) for code in codes]) * uneven
    counts = spread(weights, people - on_paper - split, rng)
    counts[codes.index(assume.PAPER_SPECIALTY)] = on_paper
    counts[codes.index(assume.SPLIT_SPECIALTY)] = split
    return counts


def specialty_weight(code: str) -> int:
    """Weight among the computer specialties other than the split one."""
    if code in (assume.PAPER_SPECIALTY, assume.SPLIT_SPECIALTY):
        return 0
    if code in assume.SHARED_PAPER_WEIGHTS:
        return assume.SHARED_PAPER_WEIGHTS[code]
    if code in assume.COMMON:
        return assume.COMMON_WEIGHT
    return assume.RARE_WEIGHT if code in assume.RARE else assume.MEDIUM_WEIGHT
