"""The facts of one exam, together: the typed content of a reference data folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from models.base import Frozen
from models.exam import Exam, PaperGroup, Specialty, group_of_specialty, paper_groups
from models.places import Center, Closure, ExamPoint, Room


class Catalogue(Frozen):
    """What an exam is and who may sit it where; every tuple is sorted by its id."""

    exam: Exam
    specialties: tuple[Specialty, ...]
    exam_points: tuple[ExamPoint, ...]

    @cached_property
    def specialty_by_code(self) -> Mapping[str, Specialty]:
        """Specialties by code."""
        return {s.code: s for s in self.specialties}

    @cached_property
    def point_by_id(self) -> Mapping[str, ExamPoint]:
        """Exam points by id."""
        return {p.exam_point: p for p in self.exam_points}


class Sites(Catalogue):
    """A catalogue with its centers and rooms."""

    centers: tuple[Center, ...]
    rooms: tuple[Room, ...]

    @cached_property
    def center_by_id(self) -> Mapping[str, Center]:
        """Centers by id."""
        return {c.center_id: c for c in self.centers}

    @cached_property
    def room_by_id(self) -> Mapping[tuple[str, str], Room]:
        """Rooms by (center, room)."""
        return {(r.center_id, r.room_id): r for r in self.rooms}


class ReferenceData(Sites):
    """Checked reference data, whole."""

    closures: tuple[Closure, ...] = ()

    @cached_property
    def groups(self) -> tuple[PaperGroup, ...]:
        """Paper groups, by id."""
        return paper_groups(self.specialties)

    @cached_property
    def group_of(self) -> Mapping[str, str]:
        """Specialty code to paper group id."""
        return group_of_specialty(self.groups)
