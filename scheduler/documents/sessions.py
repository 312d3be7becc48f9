"""How a center is used: which rooms hold how many candidates in which session, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from models.exam import Exam
from models.publication import Placement, SessionTime, session_times, sitting_times


@dataclass(frozen=True, slots=True)
class RoomUse:
    """One room in one session; ``end`` is the latest end of anybody in it, with extra time."""

    room_id: str
    candidates: int
    end: datetime


@dataclass(frozen=True, slots=True)
class SessionUse:
    """One session that a center holds.

    Attributes:
        start: with offset.
        end: of the session as the exam has it.
        rooms: by room id, only those in use.
    """

    center_id: str
    sitting: str
    subject: int
    start: datetime
    end: datetime
    rooms: tuple[RoomUse, ...]

    @property
    def session(self) -> str:
        """The id of the session, such as ``C1-3``."""
        return f"{self.sitting}-{self.subject}"

    @property
    def candidates(self) -> int:
        """Candidates of the session, over all rooms."""
        return sum(room.candidates for room in self.rooms)

    @property
    def latest_end(self) -> datetime:
        """When the last candidate ends."""
        return max(room.end for room in self.rooms)


class SessionClock:
    """The own times of placements, computed once for each kind of candidate.

    Kinds (sitting, subjects, needs) are few, candidates are many.
    """

    def __init__(self, exam: Exam) -> None:
        self._exam = exam
        self._known: dict[tuple[str, str, tuple[str, ...]], tuple[SessionTime, ...]] = {}

    def own(self, placement: Placement) -> tuple[SessionTime, ...]:
        """As :func:`models.publication.session_times`."""
        kind = (placement.sitting, placement.subjects, placement.needs)
        if kind not in self._known:
            self._known[kind] = session_times(self._exam, placement)
        return self._known[kind]


def session_uses(exam: Exam, placements: Iterable[Placement]) -> tuple[SessionUse, ...]:
    """The sessions in use, by center, start and id; unplaced candidates count nowhere."""
    clock = SessionClock(exam)
    rooms: dict[tuple[str, str, int], dict[str, tuple[int, datetime]]] = {}
    for placement in placements:
        for time in clock.own(placement):
            session = rooms.setdefault((placement.center_id, placement.sitting, time.subject), {})
            count, end = session.get(placement.room_id, (0, time.end))
            session[placement.room_id] = (count + 1, max(end, time.end))
    regular = {
        (sitting.id, time.subject): time
        for sitting in exam.sittings
        for time in sitting_times(exam, sitting)
    }
    uses = [
        SessionUse(
            center_id,
            sitting,
            subject,
            regular[sitting, subject].start,
            regular[sitting, subject].end,
            tuple(RoomUse(room, *found) for room, found in sorted(session.items())),
        )
        for (center_id, sitting, subject), session in rooms.items()
    ]
    return tuple(sorted(uses, key=lambda use: (use.center_id, use.start, use.session)))
