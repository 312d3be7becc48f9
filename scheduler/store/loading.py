"""Writes the rows of a version that nobody reads yet.

Each batch is a transaction of its own, so the service, which counts failed look-ups in the same
database, never waits longer than one batch. What an interrupted run leaves is marked and removed
by the next one; readers follow the pointer and never see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, text, update
from sqlalchemy.engine import Connection, Engine

from models.publication import Placement, PublishedFacts
from scheduler.store import sqlite
from scheduler.store.database import Prepared, reading
from scheduler.store.failpoints import failpoint
from scheduler.store.keys import StoreKey, token_hash
from scheduler.store.rows import row_of
from scheduler.store.tables import (
    ABANDONED,
    CANDIDATE,
    CENTER,
    EXAM_POINT,
    FACTS,
    LOADING,
    OCCUPANCY,
    PLACEMENT,
    VERSION,
)

_DELETED_AT_ONCE = 5_000
_CHECKPOINT_EVERY = 5
_PLACES = ("date", "center", "room", "seat")


class Previous:
    """Where people were in the version published before; blank for the first version."""

    def __init__(
        self, version_id: int | None, facts: PublishedFacts | None, new: PublishedFacts
    ) -> None:
        self.version_id = version_id
        self._moved = frozenset(
            sitting.id
            for sitting in new.exam.sittings
            if facts is not None
            and sitting.id in facts.sitting_by_id
            and sitting.session != facts.sitting_by_id[sitting.id].session
        )

    def places(self, connection: Connection, candidate_ids: Sequence[str]) -> Mapping[str, Any]:
        """(sitting, center, room, seat) then, by archive number."""
        if self.version_id is None:
            return {}
        table = PLACEMENT.c
        rows = connection.execute(
            select(table.candidate_id, table.sitting, table.center_id, table.room_id, table.seat)
            .where(table.version_id == self.version_id)
            .where(table.candidate_id.in_(bindparam("ids", expanding=True))),
            {"ids": list(candidate_ids)},
        )
        return {row[0]: tuple(row[1:]) for row in rows}

    def changed(self, before: Any, placement: Placement) -> tuple[str, ...]:
        """``Placement.changed``: the first place that differs and all below it.

        A sitting whose sessions were moved gives ``date`` to those who stay in it.
        """
        if before is None:
            return ()
        now = (placement.sitting, placement.center_id, placement.room_id, placement.seat)
        first = next((i for i in range(4) if before[i] != now[i]), 4)
        moved = ("date",) if first and placement.sitting in self._moved else ()
        return moved + _PLACES[first:]


class Loader:
    """Writes people into one version."""

    def __init__(
        self, engine: Engine, key: StoreKey, exam: str, version_id: int, previous: Previous
    ) -> None:
        self._engine = engine
        self._key = key
        self._exam = exam
        self._version_id = version_id
        self._previous = previous
        self._batches = 0
        self._placement = Prepared(insert(PLACEMENT), engine.dialect)
        self._occupancy = Prepared(insert(OCCUPANCY), engine.dialect)
        self._link = Prepared(
            text(
                "insert into calendar_link (token_hash, exam, kind, holder, serial, revoked_at)"
                " values (:token_hash, :exam, :kind, :holder, 0, '') on conflict do nothing"
            ),
            engine.dialect,
        )

    def people(self, batch: Sequence[tuple[Placement, str]]) -> None:
        """Write a batch of placements, each with its ID number, which is hashed and dropped.

        Raises:
            IntegrityError: two people on one seat, one person twice, or the version was abandoned.
        """
        with reading(self._engine) as connection:
            before = self._previous.places(connection, [p.candidate_id for p, _ in batch])
        placements, occupancy = [], []
        for placement, id_number in batch:
            id_hash = self._key.id_hash(self._exam, placement.candidate_id, id_number)
            changed = self._previous.changed(before.get(placement.candidate_id), placement)
            row = row_of(placement, self._version_id, id_hash)
            placements.append(row | {"changed": ";".join(changed)})
            occupancy += _occupied(placement, self._version_id)
        links = self._link_rows(CANDIDATE, [placement.candidate_id for placement, _ in batch])
        with self._engine.begin() as connection:
            # Whoever abandons the version waits for the batch, and then sees its rows.
            mine = VERSION.c.version_id == self._version_id
            connection.execute(select(VERSION.c.state).where(mine).with_for_update())
            self._placement.many(connection, placements)
            self._occupancy.many(connection, occupancy)
            self._link.many(connection, links)
            failpoint("publish_batch_written")
        self._batches += 1
        if self._batches % _CHECKPOINT_EVERY == 0:
            sqlite.checkpoint(self._engine)

    def places(self, facts: PublishedFacts) -> None:
        """Give every center and exam point its calendar link."""
        rows = self._link_rows(CENTER, [c.center_id for c in facts.centers])
        rows += self._link_rows(EXAM_POINT, [p.exam_point for p in facts.exam_points])
        with self._engine.begin() as connection:
            self._link.many(connection, rows)

    def _link_rows(self, kind: str, holders: Iterable[str]) -> list[dict[str, Any]]:
        # Sorted like the primary key, so that fewer pages are touched.
        hashes = sorted(
            (token_hash(self._key.calendar_token(self._exam, kind, holder, 0)), holder)
            for holder in holders
        )
        common = {"exam": self._exam, "kind": kind}
        return [common | {"token_hash": value, "holder": holder} for value, holder in hashes]


def _occupied(placement: Placement, version_id: int) -> list[dict[str, Any]]:
    """A row of ``occupancy`` for each subject that the candidate sits."""
    if not placement.placed:
        return []
    return [
        {
            "version_id": version_id,
            "sitting": placement.sitting,
            "center_id": placement.center_id,
            "room_id": placement.room_id,
            "seat": placement.seat,
            "subject": int(digit),
            "candidate_id": placement.candidate_id,
        }
        for digit in placement.subjects
    ]


def begin_version(engine: Engine, version: Mapping[str, Any], facts: PublishedFacts) -> int:
    """Add an empty version that nobody reads and return its id."""
    with engine.begin() as connection:
        version_id: int = connection.scalars(
            insert(VERSION)
            .values(dict(version) | {"state": LOADING})
            .returning(VERSION.c.version_id)
        ).one()
        connection.execute(
            insert(FACTS).values(version_id=version_id, json=facts.model_dump_json())
        )
    return version_id


def remove_leftovers(engine: Engine, exam: str) -> int:
    """Remove versions of the exam that were never sealed and return how many.

    They are marked first: a run that is still loading one of them can add nothing more to it and
    fails.
    """
    with engine.begin() as connection:
        connection.execute(
            update(VERSION)
            .where(VERSION.c.exam == exam, VERSION.c.state == LOADING)
            .values(state=ABANDONED)
        )
        leftovers = connection.scalars(
            select(VERSION.c.version_id).where(VERSION.c.exam == exam, VERSION.c.state == ABANDONED)
        ).all()
    failpoint("publish_leftovers_abandoned")
    for version_id in leftovers:
        delete_rows(engine, version_id)
        with engine.begin() as connection:
            connection.execute(delete(VERSION).where(VERSION.c.version_id == version_id))
    return len(leftovers)


def delete_rows(engine: Engine, version_id: int) -> None:
    """Delete everything that belongs to a version but its own row, a piece at a time."""
    seats, people = OCCUPANCY.c, PLACEMENT.c
    a_place = select(seats.sitting, seats.center_id).where(seats.version_id == version_id).limit(1)
    some_people = (
        select(people.candidate_id)
        .where(people.version_id == version_id)
        .limit(_DELETED_AT_ONCE)
        .scalar_subquery()
    )
    left = True
    while left:
        with engine.begin() as connection:
            place = connection.execute(a_place).first()
            left = place is not None
            if place is not None:
                connection.execute(
                    delete(OCCUPANCY).where(
                        seats.version_id == version_id,
                        seats.sitting == place.sitting,
                        seats.center_id == place.center_id,
                    )
                )
    left = True
    while left:
        with engine.begin() as connection:
            deleted = connection.execute(
                delete(PLACEMENT).where(
                    people.version_id == version_id, people.candidate_id.in_(some_people)
                )
            )
            left = deleted.rowcount > 0
    with engine.begin() as connection:
        connection.execute(delete(FACTS).where(FACTS.c.version_id == version_id))
