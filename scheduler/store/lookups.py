"""What the service reads: small answers, each of one version, wholly.

No table library here. A :class:`Store` holds one connection per thread and statements compiled
once. On SQLite a call takes microseconds and belongs into the event loop (``Store.quick``); over a
network it belongs into a thread. Rows of a published version never change, so answers about one
``version_id`` agree with each other however many calls they take.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, Self

from sqlalchemy import select
from sqlalchemy.engine import Engine

from models.publication import Placement, PublishedFacts
from scheduler.store import statements
from scheduler.store.answers import (
    CALENDAR_DAYS,
    NAME_WINDOW,
    CalendarHolder,
    Found,
    HolderKind,
    Live,
    RoomSession,
    StaffKind,
    StaffScope,
)
from scheduler.store.database import (
    named_errors,
    open_engine,
    reading,
    require_ours,
)
from scheduler.store.errors import StoreError
from scheduler.store.judged import Judged
from scheduler.store.keys import StoreKey, token_hash
from scheduler.store.rows import placement_of
from scheduler.store.tables import CANDIDATE, CENTER, EXAM_POINT, LIVE
from scheduler.store.times import moment, moment_or_none, stored

_KEPT_FACTS = 4


class Store(Judged):
    """One exam of a published store, for reading; the only thing it writes is failure counts."""

    def __init__(self, engine: Engine, key: StoreKey, exam: str) -> None:
        super().__init__(engine, key, exam, statements.READING)
        self._facts: dict[int, PublishedFacts] = {}

    @classmethod
    def open(cls, url: str, key: StoreKey, exam: str | None = None) -> Self:
        """Open a store for look-ups.

        Args:
            url: SQLAlchemy URL.
            key: must be the one that the store was published with.
            exam: may be left out where the store holds one exam.

        Raises:
            StoreError: no such store, nothing published in it, or ``exam`` needed.
            KeyRefused: another key.
        """
        engine = open_engine(url, durable=False)
        with named_errors(), reading(engine) as connection:
            require_ours(connection, key)
            exams = sorted(connection.scalars(select(LIVE.c.exam)))
        if exam is None and len(exams) > 1:
            raise StoreError(f"the store holds several exams: name one of {', '.join(exams)}")
        if not exams or (exam is not None and exam not in exams):
            raise StoreError(f"nothing is published of {exam or 'any exam'} in this database")
        return cls(engine, key, exam or exams[0])

    # ------------------------------------------------------------ what is published

    def live(self) -> Live | None:
        """The version published last; None when nothing is published, or all is purged."""
        row = self._one("live", exam=self.exam)
        if row is None:
            return None
        pointer, version_id, previous, withdrawn, restored, root, number, published, ends = row
        return Live(
            version_id=version_id,
            root_hash=root,
            plan_version=number,
            published_at=moment(published),
            exam_ends=moment(ends),
            previous_id=previous,
            withdrawn_at=moment_or_none(withdrawn) if pointer is None else None,
            restored_at=moment_or_none(restored),
        )

    def facts(self, version_id: int) -> PublishedFacts:
        """The impersonal part of a version; parsed once.

        Raises:
            StoreError: no such version, or it was purged.
        """
        known = self._facts.get(version_id)
        if known is not None:
            return known
        row = self._one("facts", version_id=version_id)
        if row is None:
            raise StoreError("that version is not in the store any more")
        facts = PublishedFacts.model_validate_json(row[0])
        while len(self._facts) >= _KEPT_FACTS:
            self._facts.pop(min(self._facts), None)
        self._facts[version_id] = facts
        return facts

    # ------------------------------------------------------------ one candidate

    def find(self, number: str) -> Found:
        """The candidate of an archive number, or else of a ticket number, in the live version.

        One statement, the same for every number: for a number that is nobody's the row of some
        other candidate is read and thrown away, so the time tells nothing.
        """
        number = number.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")
        unknown = f"u:{self._key.unknown_number(self.exam, number)}"
        row = self._one("find", exam=self.exam, number=number, unknown_key=unknown)
        if row is None:
            return Found(number, None, None, 0, 0, 0, "", unknown, "", "", b"")
        version, is_archive, is_ticket, serial, failures, with_name, since, id_hash, *rest = row
        known = bool(is_archive) | bool(is_ticket)
        placement = placement_of(rest)
        return Found(
            number=number,
            version_id=version,
            placement=placement if known else None,
            calendar_serial=serial or 0,
            failures=failures or 0,
            name_failures=with_name or 0,
            name_since=since or "",
            failure_key=f"c:{placement.candidate_id}" if known else unknown,
            compared_to=placement.candidate_id,
            compared_name=placement.name,
            compared_id=bytes(id_hash or b""),
        )

    # ------------------------------------------------------------ centers and exam points

    def seat_plan(
        self,
        kind: StaffKind,
        holder: str,
        sitting: str | None = None,
        room: str | None = None,
        *,
        version_id: int | None = None,
    ) -> Iterator[Placement]:
        """Who sits where, by center, sitting, room, seat, subjects; centers of a point in turn.

        Args:
            kind: ``center`` or ``exam_point``.
            holder: its id; an unknown one gives nobody.
            sitting: only this one.
            room: only this one.
            version_id: of :meth:`live`; None for the live version, nobody while it is withdrawn.
        """
        if version_id is None:
            live = self.live()
            if live is None or live.withdrawn_at is not None:
                return
            version_id = live.version_id
        for center_id in self.centers_of(kind, holder, version_id):
            wanted = {"any_sitting": int(sitting is None), "sitting": sitting or ""}
            wanted |= {"any_room": int(room is None), "room_id": room or ""}
            rows = self._all("seats", version_id=version_id, center_id=center_id, **wanted)
            yield from map(placement_of, rows)

    def centers_of(self, kind: StaffKind, holder: str, version_id: int) -> tuple[str, ...]:
        """Center ids of a holder in order: the center itself, or those of an exam point."""
        if kind == CENTER:
            return (holder,)
        return tuple(
            sorted(c.center_id for c in self.facts(version_id).centers if c.exam_point == holder)
        )

    def room_sessions(self, center_id: str, version_id: int) -> tuple[RoomSession, ...]:
        """Candidates of each session in each room of a center, by sitting, room, subject."""
        rows = self._all("sessions", version_id=version_id, center_id=center_id)
        return tuple(RoomSession(*row) for row in rows)

    def staff(self, token: str, *, now: datetime) -> StaffScope | None:
        """Whose staff token it is; None for a token that was never given out."""
        row = self._one("staff", token_hash=token_hash(token))
        if row is None:
            return None
        exam, kind, holder, expires, revoked = row
        state: Literal["valid", "expired", "revoked"] = "valid"
        if revoked:
            state = "revoked"
        elif stored(now) >= expires:
            state = "expired"
        return StaffScope(kind, holder, exam, state)

    # ------------------------------------------------------------ calendars

    def calendar(self, token: str) -> CalendarHolder | None:
        """Whose calendar token it is, with what its calendar is made of, in one statement.

        None for a token that was never given out or is revoked, and for a candidate who is in
        neither of the two versions published last.
        """
        row = self._one("calendar", exam=self.exam, token_hash=token_hash(token))
        if row is None:
            return None
        kind, holder, version_id, previous_id, pointer, withdrawn, restored, ends, *rest = row
        half = len(rest) // 2
        placement = placement_of(rest[:half]) if rest[0] is not None else None
        previous = placement_of(rest[half:]) if rest[half] is not None else None
        if kind == CANDIDATE and placement is None and previous is None:
            return None
        return CalendarHolder(
            kind=kind,
            holder=holder,
            version_id=version_id,
            previous_id=previous_id,
            placement=placement,
            previous=previous,
            withdrawn_at=moment_or_none(withdrawn) if pointer is None else None,
            restored_at=moment_or_none(restored),
            expires_at=moment(ends) + CALENDAR_DAYS,
        )

    def calendar_token(self, kind: HolderKind, holder: str, serial: int | None = None) -> str:
        """The calendar token now in use; nothing is written.

        Args:
            kind: ``candidate``, ``center`` or ``exam_point``.
            holder: archive number, center id or exam point id.
            serial: ``Found.calendar_serial`` where it is at hand; else it is looked up.
        """
        if serial is None:
            row = self._one("serial", exam=self.exam, kind=kind, holder=holder)
            serial = row[0] if row is not None and row[0] is not None else 0
        return self._key.calendar_token(self.exam, kind, holder, serial)


__all__ = [
    "CALENDAR_DAYS",
    "CANDIDATE",
    "CENTER",
    "EXAM_POINT",
    "NAME_WINDOW",
    "CalendarHolder",
    "Found",
    "HolderKind",
    "Live",
    "RoomSession",
    "StaffKind",
    "StaffScope",
    "Store",
]
