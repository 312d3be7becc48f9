"""What is examined and when: subjects, sessions, sittings, specialties, paper groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from models.base import Code, Frozen, Ratio


class Mode(StrEnum):
    """How a specialty is answered (notice, annex): 人机对话 or 纸笔."""

    COMPUTER = "computer"
    PAPER = "paper"


class Level(StrEnum):
    """Qualification level, written as in the notice (full-width brackets)."""

    ASSISTANT = "初级（士）"
    JUNIOR = "初级（师）"
    INTERMEDIATE = "中级"


class Subject(Frozen):
    """One of the at most four subjects (科目) of the exam."""

    number: int = Field(ge=1, le=4)
    key: Code
    name_zh: str = Field(min_length=1)


class Session(Frozen):
    """场次: one subject of one sitting, local date-times in the exam's zone."""

    subject: int = Field(ge=1, le=4)
    start: datetime
    end: datetime

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("session times are local, without offset")
        if self.end <= self.start:
            raise ValueError("a session ends after it starts")
        return self


class Sitting(Frozen):
    """Up to four sessions that one candidate attends at one place, keeping one seat.

    The id is opaque: a postponement changes times, never ids. More than four sessions are
    refused because the seat-pool theorem (docs/model.md) is false from five subjects on.
    """

    id: Code
    mode: Mode
    name_zh: str = Field(min_length=1)
    forms: tuple[Code, ...] = ("A",)
    session: tuple[Session, ...] = Field(min_length=1, max_length=4)

    @model_validator(mode="after")
    def _check(self) -> Self:
        subjects = [s.subject for s in self.session]
        if len(set(subjects)) != len(subjects):
            raise ValueError(f"sitting {self.id}: a subject has two sessions")
        if not self.forms or len(set(self.forms)) != len(self.forms):
            raise ValueError(f"sitting {self.id}: forms are one or more different ids")
        for before, after in pairwise(sorted(self.session, key=lambda s: s.start)):
            if after.start < before.end:
                raise ValueError(
                    f"sitting {self.id}: subjects {before.subject} and {after.subject} overlap"
                )
        return self

    @cached_property
    def mask(self) -> int:
        """Bit mask of the subjects that have a session."""
        return sum(1 << (s.subject - 1) for s in self.session)


class Window(Frozen):
    """A period of the notice; closed: 00:00 of ``opens`` to 24:00 of ``closes``."""

    key: Code
    opens: date | None = None
    closes: date | None = None
    note: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.opens and self.closes and self.closes < self.opens:
            raise ValueError(f"window {self.key} closes before it opens")
        return self

    def times(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """First moment within and first moment after; None where the date is not stated."""
        after = self.closes + timedelta(days=1) if self.closes is not None else None
        return (
            None if self.opens is None else datetime.combine(self.opens, time(), zone),
            None if after is None else datetime.combine(after, time(), zone),
        )


SEPARATE_ROOM = "separate_room"
"""The need whose rooms are taken from everybody else."""


class Need(Frozen):
    """A special arrangement that a seat must offer."""

    id: Code
    extra_time_ratio: Ratio = Field(default=Decimal(0), ge=0)


class Exam(Frozen):
    """``exam.toml``: identity, subjects, sittings, windows, needs."""

    code: Code
    name_zh: str = Field(min_length=1)
    year: int = Field(ge=2000, le=2100)
    timezone: str
    provinces: tuple[Code, ...] = ()
    spare_ratio: Ratio = Field(ge=0, lt=1)
    subjects: tuple[Subject, ...] = Field(min_length=1, max_length=4)
    sittings: tuple[Sitting, ...] = Field(min_length=1)
    windows: tuple[Window, ...] = ()
    needs: tuple[Need, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"time zone {self.timezone!r} is unknown") from error
        for kind, ids in (
            ("subject", [s.number for s in self.subjects]),
            ("sitting", [s.id for s in self.sittings]),
            ("window", [w.key for w in self.windows]),
            ("need", [n.id for n in self.needs]),
        ):
            if len(set(ids)) != len(ids):
                raise ValueError(f"a {kind} is declared twice")
        known = {s.number for s in self.subjects}
        for sitting in self.sittings:
            for session in sitting.session:
                if session.subject not in known:
                    raise ValueError(
                        f"sitting {sitting.id}: subject {session.subject} is not declared"
                    )
        return self

    def window_times(self, key: str) -> tuple[datetime | None, datetime | None]:
        """:meth:`Window.times` in the exam's zone; (None, None) where there is no such window."""
        for window in self.windows:
            if window.key == key:
                return window.times(ZoneInfo(self.timezone))
        return None, None

    def sitting(self, sitting_id: str) -> Sitting:
        """The sitting of that id; ``KeyError`` when there is none."""
        for sitting in self.sittings:
            if sitting.id == sitting_id:
                return sitting
        raise KeyError(sitting_id)

    def sittings_of(self, mode: Mode) -> tuple[Sitting, ...]:
        """The sittings of one mode, in the order of their ids."""
        return tuple(sorted((s for s in self.sittings if s.mode is mode), key=lambda s: s.id))


class Specialty(Frozen):
    """专业: one row of the catalogue; ``papers[i - 1]`` is the question paper of subject i."""

    code: Code
    name_zh: str = Field(min_length=1)
    level: Level
    mode: Mode
    papers: tuple[Code, Code, Code, Code]
    needs_licence: bool


class PaperGroup(Frozen):
    """Connected component of specialties that share a question paper; the unit that gets dates.

    The id is the smallest specialty code in it. Computed, never typed in.
    """

    id: Code
    specialties: tuple[Code, ...]


def paper_groups(specialties: Iterable[Specialty]) -> tuple[PaperGroup, ...]:
    """Group specialties connected through shared papers, sorted by id."""
    root: dict[str, str] = {}

    def find(item: str) -> str:
        while root[item] != item:
            root[item] = root[root[item]]
            item = root[item]
        return item

    codes = sorted(specialties, key=lambda s: s.code)
    for specialty in codes:
        root[specialty.code] = specialty.code
    owner: dict[str, str] = {}
    for specialty in codes:
        for paper in specialty.papers:
            first = owner.setdefault(paper, specialty.code)
            low, high = sorted((find(first), find(specialty.code)))
            root[high] = low
    members: dict[str, list[str]] = {}
    for specialty in codes:
        members.setdefault(find(specialty.code), []).append(specialty.code)
    return tuple(PaperGroup(id=k, specialties=tuple(v)) for k, v in sorted(members.items()))


def group_of_specialty(groups: Iterable[PaperGroup]) -> Mapping[str, str]:
    """Specialty code to paper group id."""
    return {code: group.id for group in groups for code in group.specialties}
