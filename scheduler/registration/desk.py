"""The desk: takes what is wanted, asks every guard, and records what may happen.

Everything of one call lies in one transaction that holds the write lock, so nothing changes
between the question and the record. What is refused leaves no trace.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection, Engine

from models.identity_number import comparable_name, last_four, normalised_number
from models.registration import (
    Applicant,
    Application,
    ApplicationEvent,
    Event,
    RegistrationFacts,
    Source,
)
from scheduler.registration import ledger
from scheduler.registration.guards import Attempt, refusals
from scheduler.registration.ledger import Person
from scheduler.registration.rolling import Claim, History, Match, Proposal, roll
from scheduler.registration.rules import Rule
from scheduler.registration.sealing import check_code, document_hash, seal
from scheduler.registration.tables import APPLICANT, APPLICATION, APPLICATION_EVENT, REGISTRATION
from scheduler.store import log
from scheduler.store.database import named_errors, require_ours
from scheduler.store.keys import StoreKey
from scheduler.store.times import moment, stored

SYSTEM = "system:"


@dataclass(frozen=True, slots=True)
class Request:
    """What an applicant fills in.

    Attributes:
        form: fields of :class:`models.registration.Application` by name; the rest stays blank.
        candidate_id: of a revision, or where the archive number is known; else it is given.
        submit: False saves a draft.
        unit: code of the military unit whose file it is.
        trusted: from an authority's file: an application of the same document is its own.
    """

    name: str = field(repr=False)
    id_type: str
    id_number: str = field(repr=False)
    form: Mapping[str, str]
    at: datetime
    candidate_id: str = ""
    submit: bool = True
    unit: str = ""
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request; ``refused`` holds every broken rule."""

    person: Person | None
    refused: tuple[Rule, ...]
    proposal: Proposal


@dataclass
class _Written:
    applicants: list[dict[str, Any]] = field(default_factory=list)
    forms: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


class Desk:
    """Decides about the applications of one exam; :func:`open_desk` makes it."""

    def __init__(
        self,
        connection: Connection,
        key: StoreKey,
        facts: RegistrationFacts,
        people: dict[str, Person],
        history: History,
    ) -> None:
        """Take the people and the earlier years that may be asked for."""
        self.facts = facts
        self.people = people
        self.history = history
        self._connection = connection
        self._key = key
        self._written = _Written()
        self._by_document = {p.applicant.document: p.candidate_id for p in people.values()}
        self._claimed = {
            p.form.previous_archive_number: p.candidate_id
            for p in people.values()
            if p.form.previous_archive_number
        }
        self._serials: dict[str, int] = {}
        last = select(func.max(APPLICATION_EVENT.c.seq))
        of_exam = last.where(APPLICATION_EVENT.c.exam == facts.exam.code)
        self._seq = connection.scalar(of_exam) or 0

    # ------------------------------------------------------------ what is wanted

    def submit(self, request: Request) -> Outcome:
        """Save or submit a form; what is unchanged since last year is confirmed at once."""
        document = document_hash(self._key, request.id_type, request.id_number)
        person = self._person(request, document)
        before = person.form if person is not None else None
        given = dict(request.form)
        archive = given.get("previous_archive_number", "") or request.candidate_id
        proposal = roll(
            self.facts, self.history, Claim(request.name, document, archive), given["specialty"]
        )
        candidate_id = self._candidate_id(request, person, proposal, given["exam_point"])
        given["subjects"] = given.get("subjects") or proposal.open_subjects
        form = Application(
            candidate_id=candidate_id,
            revision=1 if before is None else before.revision + 1,
            **given,
        )
        applicant = self._applicant(request, candidate_id, document)
        event = ApplicationEvent(
            candidate_id=candidate_id,
            event=Event.SUBMIT if request.submit else Event.SAVE,
            at=moment(stored(request.at)),
            actor=f"unit:{request.unit}" if request.unit else "candidate:",
            revision=form.revision,
        )
        wanted = (
            Person(applicant, form, [])
            if person is None
            else Person(person.applicant, form, person.events)
        )
        attempt = replace(
            self._attempt(wanted, event, proposal),
            document_taken=self._by_document.get(document, candidate_id) != candidate_id,
            identity_changed=person is not None and _differs(person.applicant, applicant),
            passes_taken=self._passes_taken(proposal, candidate_id),
        )
        refused = refusals(attempt)
        if refused:
            return Outcome(None, refused, proposal)
        if person is None:
            person = wanted
            self._add(person, request.id_number)
        else:
            person.form = form
            self._written.forms.append(self._form_row(form))
        if form.previous_archive_number:
            self._claimed[form.previous_archive_number] = candidate_id
        self._record(person, event)
        if request.submit:
            automatic = replace(event, event=Event.CONFIRM_UNCHANGED, actor=SYSTEM)
            if not refusals(self._attempt(person, automatic, proposal)):
                self._record(person, automatic)
        return Outcome(person, (), proposal)

    def decide(self, event: ApplicationEvent) -> tuple[Rule, ...]:
        """Record a decision about somebody who applied, or tell every rule that it breaks.

        Raises:
            KeyError: nobody has that archive number.
        """
        person = self.people[event.candidate_id]
        event = replace(event, at=moment(stored(event.at)), revision=person.form.revision)
        code = ""
        if event.event is Event.CONFIRM_ON_SITE:
            code = check_code(self._key, person.applicant, person.form)
        attempt = replace(self._attempt(person, event, self.proposal_of(person)), check_code=code)
        refused = refusals(attempt)
        if not refused:
            self._record(person, event)
        return refused

    def proposal_of(self, person: Person) -> Proposal:
        """The open subjects of somebody who applied."""
        return roll(self.facts, self.history, person.claim, person.form.specialty)

    def write(self, action: str = "", *, actor: str = "", now: datetime | None = None) -> int:
        """Write what was recorded, with a line in the log where it is a file's; count events."""
        for table, rows in (
            (APPLICANT, self._written.applicants),
            (APPLICATION, self._written.forms),
            (APPLICATION_EVENT, self._written.events),
        ):
            if rows:
                self._connection.execute(insert(table), rows)
        events = len(self._written.events)
        self._written = _Written()
        if now is not None:
            note = f"{events} events"
            log.append(
                self._connection, action, self.facts.exam.code, at=now, actor=actor, note=note
            )
        return events

    # ------------------------------------------------------------ parts

    def _person(self, request: Request, document: bytes) -> Person | None:
        if request.candidate_id in self.people:
            return self.people[request.candidate_id]
        own = self._by_document.get(document)
        return self.people[own] if own is not None and request.trusted else None

    def _candidate_id(
        self, request: Request, person: Person | None, proposal: Proposal, exam_point: str
    ) -> str:
        """The archive number: a repeat candidate keeps last year's."""
        if person is not None:
            return person.candidate_id
        if request.candidate_id:
            return request.candidate_id
        earlier = proposal.found
        if earlier is not None and earlier.candidate_id not in self.people:
            return earlier.candidate_id
        prefix = f"{self.facts.exam.year % 100:02d}{exam_point}"
        serial = self._serials.get(prefix)
        if serial is None:
            serial = self._last_serial(prefix)
        self._serials[prefix] = serial + 1
        return f"{prefix}{serial + 1:08d}"

    def _last_serial(self, prefix: str) -> int:
        column = APPLICANT.c.candidate_id
        last = self._connection.scalar(
            select(func.max(column)).where(
                APPLICANT.c.exam == self.facts.exam.code,
                column.between(f"{prefix}00000000", f"{prefix}99999999"),
                func.length(column) == len(prefix) + 8,
            )
        )
        tail = last[len(prefix) :] if last is not None else ""
        return int(tail) if tail.isdecimal() else 0

    def _applicant(self, request: Request, candidate_id: str, document: bytes) -> Applicant:
        exam = self.facts.exam.code
        return Applicant(
            exam=exam,
            candidate_id=candidate_id,
            name=comparable_name(request.name),
            id_type=request.id_type,
            id_last4=last_four(normalised_number(request.id_number)),
            id_hash=self._key.id_hash(exam, candidate_id, request.id_number),
            document=document,
            source=Source.UNIT if request.unit else Source.WEB,
            unit=request.unit,
        )

    def _attempt(self, person: Person, event: ApplicationEvent, proposal: Proposal) -> Attempt:
        last = proposal.last
        return Attempt(
            facts=self.facts,
            event=event,
            state=person.state(self.facts, event.at),
            events=tuple(person.events),
            applicant=person.applicant,
            form=person.form,
            proposal=proposal,
            last_form=None
            if last is None
            else self.history.forms.get((last.year, last.candidate_id)),
        )

    def _passes_taken(self, proposal: Proposal, candidate_id: str) -> bool:
        """Whether passes claimed by an archive number are claimed by somebody else already.

        Who is found by name and document is never turned away: anybody may know a number.
        """
        if proposal.match is not Match.ARCHIVE or proposal.found is None:
            return False
        earlier = proposal.found.candidate_id
        if earlier in self.people and earlier != candidate_id:
            return True
        return self._claimed.get(earlier, candidate_id) != candidate_id

    def _add(self, person: Person, id_number: str) -> None:
        applicant = person.applicant
        self.people[applicant.candidate_id] = person
        self._by_document[applicant.document] = applicant.candidate_id
        sealed = seal(self._key, applicant.exam, applicant.candidate_id, id_number)
        row = _row(applicant) | {"id_sealed": sealed, "source": applicant.source.value}
        self._written.applicants.append(row)
        self._written.forms.append(self._form_row(person.form))

    def _form_row(self, form: Application) -> dict[str, Any]:
        return _row(form) | {"exam": self.facts.exam.code}

    def _record(self, person: Person, event: ApplicationEvent) -> None:
        self._seq += 1
        event = replace(event, seq=self._seq)
        person.events.append(event)
        self._written.events.append(
            _row(event)
            | {
                "exam": self.facts.exam.code,
                "event": event.event.value,
                "at": stored(event.at),
                "shown": ";".join(event.shown),
            }
        )


_NAMES = {kind: tuple(f.name for f in fields(kind)) for kind in
          (Applicant, Application, ApplicationEvent)}  # fmt: skip


def _row(one: Applicant | Application | ApplicationEvent) -> dict[str, Any]:
    """The fields as columns; ``dataclasses.asdict`` would copy every one of them."""
    return {name: getattr(one, name) for name in _NAMES[type(one)]}


def _differs(fixed: Applicant, given: Applicant) -> bool:
    return (fixed.name, fixed.document) != (given.name, given.document)


@contextmanager
def open_desk(
    engine: Engine,
    key: StoreKey,
    exam: str | None = None,
    *,
    documents: Collection[bytes] | None = None,
    candidates: Collection[str] = (),
) -> Iterator[Desk]:
    """A desk in a transaction of its own; :meth:`Desk.write` before it ends, or nothing happened.

    Args:
        engine: of a registration.
        key: of the registration.
        exam: the latest where none is named.
        documents: only people of these documents, or of ``candidates``, will come; None: anybody.
        candidates: archive numbers.

    Raises:
        StoreError: no registration, or no such exam.
        KeyRefused: another key.
    """
    with named_errors(), engine.begin() as connection:
        require_ours(connection, key, REGISTRATION)
        facts = ledger.facts_of(connection, exam)
        history = ledger.history(connection, facts, documents=documents, candidates=candidates)
        only: set[str] | None = None
        if documents is not None:
            only = {one.candidate_id for one in history.everybody()} | set(candidates)
            only |= ledger.with_documents(connection, facts.exam.code, documents)
            only |= ledger.claiming(connection, facts.exam.code, only)
        yield Desk(
            connection, key, facts, ledger.people(connection, facts.exam.code, only), history
        )
