"""A room in one sitting and in one session, as the documents of a center see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby

from models.exam import Sitting
from models.places import Center, Room
from models.publication import Placement, PublishedFacts
from scheduler.documents.seat_plan import SeatPlanRow, seat_plan_rows
from scheduler.documents.texts import Language, day_text
from scheduler.documents.ticket import subject_name


@dataclass(frozen=True)
class RoomSession:
    """Those who sit one subject in a room, by seat; nobody else of the sitting."""

    subject: int
    name: str
    start: datetime
    end: datetime
    rows: tuple[SeatPlanRow, ...]

    def own_end(self, row: SeatPlanRow) -> datetime:
        """When a candidate of this session ends, with extra time."""
        return next(s.own_end for s in row.sessions if s.subject == self.subject)

    @property
    def latest_end(self) -> datetime:
        """When the last one ends."""
        return max(self.own_end(row) for row in self.rows)

    def when(self, language: Language) -> str:
        """``2022年4月9日 08:30–10:00``."""
        return f"{day_text(self.start.date(), language)} {self.start:%H:%M}–{self.end:%H:%M}"


@dataclass(frozen=True)
class RoomSitting:
    """Everybody of one room in one sitting, by seat and subjects."""

    center: Center
    sitting: Sitting
    room: Room
    name: str
    rows: tuple[SeatPlanRow, ...]
    subjects: dict[int, str]

    @cached_property
    def by_seat(self) -> dict[int, tuple[SeatPlanRow, ...]]:
        """Who sits at each seat; several people where it is shared by session."""
        return {seat: tuple(rows) for seat, rows in groupby(self.rows, lambda row: row.seat)}

    @cached_property
    def sessions(self) -> tuple[RoomSession, ...]:
        """The sessions that somebody sits here, by start."""
        found: dict[int, list[SeatPlanRow]] = {}
        times: dict[int, tuple[datetime, datetime]] = {}
        for row in self.rows:
            for s in row.sessions:
                found.setdefault(s.subject, []).append(row)
                times[s.subject] = (s.start, s.end)
        made = [
            RoomSession(subject, self.subjects[subject], *times[subject], tuple(rows))
            for subject, rows in found.items()
        ]
        return tuple(sorted(made, key=lambda session: session.start))

    @property
    def specialties(self) -> dict[str, int]:
        """Candidates by specialty, such as ``101 药学``."""
        counts: dict[str, int] = {}
        for row in sorted(self.rows, key=lambda r: r.specialty):
            name = f"{row.specialty} {row.specialty_name}"
            counts[name] = counts.get(name, 0) + 1
        return counts

    @property
    def tickets(self) -> tuple[str, str]:
        """The smallest and the largest ticket number."""
        numbers = [row.ticket_number for row in self.rows]
        return min(numbers), max(numbers)


def room_sittings(
    facts: PublishedFacts, placements: Iterable[Placement]
) -> tuple[RoomSitting, ...]:
    """The rooms in use, by center, sitting and room."""
    subjects = {s.number: subject_name(facts.exam, s.number) for s in facts.exam.subjects}
    rows = seat_plan_rows(facts, placements)
    return tuple(
        RoomSitting(
            center=facts.center_by_id[center],
            sitting=facts.sitting_by_id[sitting],
            room=facts.room_by_id[center, room],
            name=(here := tuple(group))[0].room,
            rows=here,
            subjects=subjects,
        )
        for (center, sitting, room), group in groupby(
            rows, lambda r: (r.center_id, r.sitting, r.room_id)
        )
    )
