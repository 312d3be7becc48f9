"""Reads a registration: facts of its exams, people with forms and events, earlier years."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Connection

from models.registration import (
    Applicant,
    Application,
    ApplicationEvent,
    Event,
    Examinee,
    Mark,
    Presence,
    RegistrationFacts,
    Shown,
    Source,
    State,
)
from models.text import parse_items
from scheduler.registration.rolling import Claim, History
from scheduler.registration.states import state_of
from scheduler.registration.tables import (
    APPLICANT,
    APPLICATION,
    APPLICATION_EVENT,
    EXAM,
    EXAMINEE,
    SCORE,
)
from scheduler.store.errors import StoreError
from scheduler.store.times import moment

_APPLICANT = [APPLICANT.c[f.name] for f in fields(Applicant)]
_FORM = [APPLICATION.c[f.name] for f in fields(Application)]
_EVENT = [APPLICATION_EVENT.c[f.name] for f in fields(ApplicationEvent)]
_AT_ONCE = 500
"""Ids in one statement; databases bound the number of parameters."""


@dataclass(slots=True)
class Person:
    """One application with everything that happened to it."""

    applicant: Applicant
    form: Application
    events: list[ApplicationEvent]

    @property
    def candidate_id(self) -> str:
        """The archive number."""
        return self.applicant.candidate_id

    @property
    def claim(self) -> Claim:
        """Who the candidate says to have been in earlier years."""
        archive = self.form.previous_archive_number or self.candidate_id
        return Claim(self.applicant.name, self.applicant.document, archive)

    def state(self, facts: RegistrationFacts, now: datetime) -> State | None:
        """Where the application stands."""
        return state_of(self.events, facts.exam, self.applicant.source, now)


def facts_by_year(connection: Connection) -> Mapping[int, RegistrationFacts]:
    """The facts of every exam of the registration that is not purged, by year."""
    rows = connection.execute(select(EXAM).where(EXAM.c.purged_at == "").order_by(EXAM.c.year))
    return {row.year: RegistrationFacts.model_validate_json(row.json) for row in rows}


def facts_of(connection: Connection, exam: str | None = None) -> RegistrationFacts:
    """The facts of one exam, the latest where none is named.

    Raises:
        StoreError: no such exam, or none was opened.
    """
    every = tuple(facts_by_year(connection).values())
    named = [f for f in every if exam is None or f.exam.code == exam]
    if not named:
        raise StoreError(f"{exam or 'no exam'} is open in this registration")
    return named[-1]


def people(
    connection: Connection, exam: str, only: Collection[str] | None = None
) -> dict[str, Person]:
    """People of an exam by archive number: all, or only some."""
    forms: dict[str, Application] = {}
    for row in _rows(connection, select(*_FORM).where(APPLICATION.c.exam == exam), only):
        form = Application(*row)
        kept = forms.get(form.candidate_id)
        if kept is None or form.revision > kept.revision:
            forms[form.candidate_id] = form
    events: dict[str, list[ApplicationEvent]] = {}
    listed = select(*_EVENT).where(APPLICATION_EVENT.c.exam == exam)
    for row in _rows(connection, listed.order_by(APPLICATION_EVENT.c.seq), only):
        event = event_of(row)
        events.setdefault(event.candidate_id, []).append(event)
    applicants = select(*_APPLICANT).where(APPLICANT.c.exam == exam)
    found = (applicant_of(r) for r in _rows(connection, applicants, only))
    return {a.candidate_id: Person(a, forms[a.candidate_id], events[a.candidate_id]) for a in found}


def _rows(
    connection: Connection, statement: Select[Any], only: Collection[str] | None
) -> Iterator[Sequence[Any]]:
    """The rows of a statement, all or of these candidates, by archive number in any case."""
    column = statement.selected_columns["candidate_id"]
    if only is None:
        yield from connection.execute(statement)
        return
    ids = sorted(only)
    for start in range(0, len(ids), _AT_ONCE):
        yield from connection.execute(statement.where(column.in_(ids[start : start + _AT_ONCE])))


def applicant_of(row: Sequence[Any]) -> Applicant:
    """A row of ``applicant`` in the order of the fields."""
    exam, candidate_id, name, id_type, last4, id_hash, document, source, unit = row
    return Applicant(
        exam, candidate_id, name, id_type, last4, bytes(id_hash), bytes(document),
        Source(source), unit,
    )  # fmt: skip


def event_of(row: Sequence[Any]) -> ApplicationEvent:
    """A row of ``application_event`` in the order of the fields."""
    candidate_id, event, at, actor, note, revision, shown, check_code, amount, seq = row
    return ApplicationEvent(
        candidate_id, Event(event), moment(at), actor, note, revision,
        tuple(map(Shown, parse_items(shown))), check_code, amount, seq,
    )  # fmt: skip


def examinees(
    connection: Connection,
    years: Collection[int],
    *,
    documents: Collection[bytes] | None = None,
    candidates: Collection[str] = (),
) -> list[Examinee]:
    """Who sat in these years, with marks: everybody, or those of some documents or numbers."""
    columns = [EXAMINEE.c[f.name] for f in fields(Examinee) if f.name != "marks"]
    chosen = select(*columns).where(EXAMINEE.c.year.in_(years))
    marks = select(SCORE).where(SCORE.c.year.in_(years)).order_by(SCORE.c.subject)
    if documents is not None:
        chosen = chosen.where(
            EXAMINEE.c.document.in_(documents) | EXAMINEE.c.candidate_id.in_(candidates)
        )
    rows = connection.execute(chosen.order_by(EXAMINEE.c.year, EXAMINEE.c.candidate_id)).all()
    if documents is not None:
        marks = marks.where(SCORE.c.candidate_id.in_([row.candidate_id for row in rows]))
    of: dict[tuple[int, str], list[Mark]] = {}
    for row in connection.execute(marks):
        mark = Mark(row.subject, Presence(row.presence), row.mark)
        of.setdefault((row.year, row.candidate_id), []).append(mark)
    return [
        Examinee(
            row.year, row.candidate_id, row.ticket_number, row.name, row.id_last4,
            bytes(row.document), row.exam_point, row.specialty,
            tuple(of.get((row.year, row.candidate_id), ())),
        )
        for row in rows
    ]  # fmt: skip


def history(
    connection: Connection,
    facts: RegistrationFacts,
    *,
    documents: Collection[bytes] | None = None,
    candidates: Collection[str] = (),
) -> History:
    """The earlier years whose passes can matter this year, of everybody or of some."""
    known = facts_by_year(connection)
    years = range(min((facts.exam.year - 2, *facts.terms.extended)), facts.exam.year)
    found = examinees(connection, years, documents=documents, candidates=candidates)
    last = known.get(facts.exam.year - 1)
    forms: dict[tuple[int, str], Application] = {}
    if last is not None:
        only = None if documents is None else {one.candidate_id for one in found}
        statement = select(*_FORM).where(APPLICATION.c.exam == last.exam.code)
        for row in _rows(connection, statement.order_by(APPLICATION.c.revision), only):
            forms[last.exam.year, row[0]] = Application(*row)
    return History(found, known, forms)


def with_documents(connection: Connection, exam: str, documents: Collection[bytes]) -> set[str]:
    """Archive numbers of the applications of an exam that have these documents."""
    chosen = select(APPLICANT.c.candidate_id).where(
        APPLICANT.c.exam == exam, APPLICANT.c.document.in_(documents)
    )
    return set(connection.scalars(chosen))


def claiming(connection: Connection, exam: str, archive_numbers: Collection[str]) -> set[str]:
    """Archive numbers of the applications that claim one of these numbers of earlier years."""
    chosen = select(APPLICATION.c.candidate_id).where(
        APPLICATION.c.exam == exam, APPLICATION.c.previous_archive_number.in_(archive_numbers)
    )
    return set(connection.scalars(chosen))
