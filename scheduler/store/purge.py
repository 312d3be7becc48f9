"""After the exam: everything about people goes, so that the bytes of the file hold nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import Connection, Engine

from scheduler.store import log, sqlite
from scheduler.store.database import named_errors, open_engine, require_ours
from scheduler.store.errors import StoreError
from scheduler.store.failpoints import failpoint
from scheduler.store.loading import delete_rows, remove_leftovers
from scheduler.store.tables import (
    CALENDAR_LINK,
    FACTS,
    FAILURE,
    LIVE,
    OCCUPANCY,
    PLACEMENT,
    TOKEN,
    VERSION,
)
from scheduler.store.times import moment, stored

_OF_EXAM = (CALENDAR_LINK, TOKEN, FAILURE)
_OF_VERSION = (PLACEMENT, OCCUPANCY, FACTS)


@dataclass(frozen=True)
class Purged:
    """Rows by table, deleted or (``dry_run``) still there."""

    exam: str
    versions: int
    rows: Mapping[str, int]
    dry_run: bool


def purge(
    exam: str, url: str, *, actor: str, now: datetime, dry_run: bool = False, force: bool = False
) -> Purged:
    """Delete everything about the people of an exam, for good.

    Placements, seats, facts, calendar links, staff tokens and failure counts go; versions (root
    hashes and numbers) and the log stay. The file is rewritten, so that the deleted bytes are gone
    from it and from its write-ahead log; copies and backups are the operator's. An interrupted
    purge is finished by the next one. Nothing is published of the exam afterwards.

    Args:
        exam: its code.
        url: of the store.
        actor: who does it; stands in the log.
        now: with offset.
        dry_run: count only.
        force: also before the last session is over.

    Raises:
        StoreError: nothing was published of the exam, it is not over, or a reader holds the file.
    """
    engine = open_engine(url)
    try:
        with named_errors():
            with engine.begin() as connection:
                require_ours(connection)
                versions = connection.execute(select(VERSION).where(VERSION.c.exam == exam)).all()
                if not versions:
                    raise StoreError(f"nothing was ever published of exam {exam}")
                ends = max(version.exam_ends for version in versions)
                if not force and not dry_run and stored(now) < ends:
                    raise StoreError(
                        f"exam {exam} is not over before {moment(ends):%Y-%m-%d %H:%M} UTC; "
                        "--force deletes it all the same"
                    )
                rows = _rows(connection, exam)
                if dry_run:
                    return Purged(exam, len(versions), rows, dry_run)
                _stamp(connection, exam, now, actor, rows)
            failpoint("purge_stamped")
            _delete(engine, exam, [version.version_id for version in versions])
            failpoint("purge_deleted")
            sqlite.compact(engine)
            failpoint("purge_compacted")
            return Purged(exam, len(versions), rows, dry_run)
    finally:
        engine.dispose()


def _rows(connection: Connection, exam: str) -> Mapping[str, int]:
    of_exam = select(VERSION.c.version_id).where(VERSION.c.exam == exam).scalar_subquery()
    counts = {}
    for table in _OF_VERSION:
        rows = select(func.count()).where(table.c.version_id.in_(of_exam))
        counts[table.name] = connection.scalar(rows) or 0
    for table in _OF_EXAM:
        counts[table.name] = (
            connection.scalar(select(func.count()).where(table.c.exam == exam)) or 0
        )
    return counts


def _stamp(
    connection: Connection, exam: str, now: datetime, actor: str, rows: Mapping[str, int]
) -> None:
    """Take the exam off and allow the deletion of its rows, with one log entry."""
    connection.execute(
        update(LIVE).where(LIVE.c.exam == exam).values(version_id=None, withdrawn_at=stored(now))
    )
    connection.execute(
        update(VERSION)
        .where(VERSION.c.exam == exam, VERSION.c.purged_at == "")
        .values(purged_at=stored(now))
    )
    note = ", ".join(f"{name} {count}" for name, count in rows.items())
    log.append(connection, "purge", exam, at=now, actor=actor, note=note)


def _delete(engine: Engine, exam: str, version_ids: list[int]) -> None:
    remove_leftovers(engine, exam)
    for version_id in version_ids:
        delete_rows(engine, version_id)
    for table in _OF_EXAM:
        with engine.begin() as connection:
            connection.execute(delete(table).where(table.c.exam == exam))
