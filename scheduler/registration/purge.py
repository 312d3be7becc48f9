"""When nothing of a year can be asked for any more, everything about its people goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from models.registration import RegistrationFacts
from scheduler.registration.ledger import facts_by_year
from scheduler.registration.tables import (
    EXAM,
    FAILURE,
    OF_EXAM,
    OF_YEAR,
    REGISTRATION,
)
from scheduler.registration.windows import CONFIRMATION, SCORES, has_closed
from scheduler.store import log, sqlite
from scheduler.store.database import named_errors, open_engine, require_ours
from scheduler.store.errors import StoreError
from scheduler.store.times import stored


def purge(
    exam: str, url: str, *, actor: str, now: datetime, dry_run: bool = False, force: bool = False
) -> Mapping[str, int]:
    """Delete applications, events, marks and people of an exam, for good; the log stays.

    Unlike a published plan, a year is needed after its exam: its passes roll into the years in
    which they stand, and its forms confirm next year's. So it goes only when its marks are closed
    and confirmation has closed in the last of those years.

    Args:
        exam: its code.
        url: of the registration.
        actor: who does it; stands in the log.
        now: with offset.
        dry_run: count only.
        force: also while the year may still be asked for.

    Returns:
        Rows by table.

    Raises:
        StoreError: no such exam, or it may still be asked for.
    """
    engine = open_engine(url, kind=REGISTRATION)
    try:
        with named_errors():
            with engine.begin() as connection:
                require_ours(connection, kind=REGISTRATION)
                row = connection.execute(select(EXAM).where(EXAM.c.exam == exam)).first()
                if row is None:
                    raise StoreError(f"exam {exam} was never opened in this registration")
                facts = RegistrationFacts.model_validate_json(row.json)
                if not (force or dry_run or row.purged_at):
                    _require_over(connection, facts, now)
                counts = {table.name: _count(connection, table, facts) for table in _tables()}
                if dry_run:
                    return counts
                connection.execute(
                    update(EXAM).where(EXAM.c.exam == exam).values(purged_at=stored(now))
                )
                for table in _tables():
                    connection.execute(delete(table).where(_mine(table, facts)))
                note = ", ".join(f"{name} {count}" for name, count in counts.items())
                log.append(connection, "purge", exam, at=now, actor=actor, note=note)
            sqlite.compact(engine)
            return counts
    finally:
        engine.dispose()


def _require_over(connection: Connection, facts: RegistrationFacts, now: datetime) -> None:
    until = facts.terms.stands_until(facts.exam.year)
    last = facts_by_year(connection).get(until)
    marks_closed = has_closed(facts.exam, SCORES, now)
    if not marks_closed or last is None or not has_closed(last.exam, CONFIRMATION, now):
        raise StoreError(
            f"exam {facts.exam.code} may still be asked for: its marks must be closed and "
            f"confirmation of {until} be over; --force deletes it all the same"
        )


def _tables() -> tuple[Table, ...]:
    return (*OF_EXAM, *OF_YEAR, FAILURE)


def _mine(table: Table, facts: RegistrationFacts) -> ColumnElement[bool]:
    if table in OF_YEAR:
        return table.c.year == facts.exam.year
    return table.c.exam == facts.exam.code


def _count(connection: Connection, table: Table, facts: RegistrationFacts) -> int:
    return connection.scalar(select(func.count()).where(_mine(table, facts))) or 0
