"""What a command does with a registration: open the database, read or change it, close it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property

from sqlalchemy.engine import Connection

from models.registration import Examinee, RegistrationFacts
from scheduler.registration import ledger
from scheduler.registration.desk import Desk, open_desk
from scheduler.registration.ledger import Person
from scheduler.registration.marks import MarksLoader
from scheduler.registration.rolling import History
from scheduler.registration.tables import REGISTRATION
from scheduler.store import log
from scheduler.store.database import named_errors, open_engine, reading, require_ours
from scheduler.store.keys import StoreKey


class Reading:
    """One exam at one instant of the database, read when it is asked for."""

    def __init__(self, connection: Connection, key: StoreKey, exam: str | None) -> None:
        """Find the exam: the latest where none is named."""
        self.connection = connection
        self.key = key
        self.facts: RegistrationFacts = ledger.facts_of(connection, exam)

    @cached_property
    def people(self) -> dict[str, Person]:
        """Everybody who applied."""
        return ledger.people(self.connection, self.facts.exam.code)

    @cached_property
    def history(self) -> History:
        """This year's examinees and those of earlier years."""
        year = self.facts.exam.year
        years = range(min((year - 2, *self.facts.terms.extended)), year + 1)
        found = ledger.examinees(self.connection, years)
        return History(found, ledger.facts_by_year(self.connection))

    @property
    def examinees(self) -> list[Examinee]:
        """Of this year."""
        year = self.facts.exam.year
        return [one for one in self.history.everybody() if one.year == year]


@contextmanager
def read(url: str, key: StoreKey, exam: str | None = None) -> Iterator[Reading]:
    """Read a registration; writers are not kept waiting.

    Raises:
        StoreError: no registration, or no such exam.
        KeyRefused: another key.
    """
    engine = open_engine(url, kind=REGISTRATION)
    try:
        with named_errors(), reading(engine) as connection, connection.begin():
            require_ours(connection, key, REGISTRATION)
            yield Reading(connection, key, exam)
    finally:
        engine.dispose()


@contextmanager
def changing(
    url: str, key: StoreKey, exam: str | None, *, action: str, actor: str, now: datetime
) -> Iterator[Desk]:
    """A desk of everybody; what it recorded is written at the end, with one line in the log."""
    engine = open_engine(url, kind=REGISTRATION)
    try:
        with open_desk(engine, key, exam) as desk:
            yield desk
            desk.write(action, actor=actor, now=now)
    finally:
        engine.dispose()


@contextmanager
def loading_marks(
    url: str, key: StoreKey, exam: str | None, *, actor: str, now: datetime
) -> Iterator[MarksLoader]:
    """A loader of marks; all that it takes in is one transaction, with one line in the log."""
    engine = open_engine(url, kind=REGISTRATION)
    try:
        with named_errors(), engine.begin() as connection:
            require_ours(connection, key, REGISTRATION)
            facts = ledger.facts_of(connection, exam)
            people = ledger.people(connection, facts.exam.code)
            loader = MarksLoader(connection, key, facts, people, now)
            yield loader
            log.append(connection, "marks", facts.exam.code, at=now, actor=actor, note=loader.told)
    finally:
        engine.dispose()
