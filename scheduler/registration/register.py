"""What the service asks of a registration: submit, and two look-ups that tell strangers nothing.

No table library here. Look-ups are judged and counted as those of tickets
(:class:`scheduler.store.judged.Judged`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from sqlalchemy import Text, bindparam, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import ClauseElement

from models.registration import Application, Examinee, RegistrationFacts
from scheduler.registration import ledger
from scheduler.registration.desk import Outcome, Request, open_desk
from scheduler.registration.ledger import Person
from scheduler.registration.rolling import (
    History,
    Proposal,
    Result,
    qualified_within_two_years,
    roll,
)
from scheduler.registration.rules import rule
from scheduler.registration.sealing import check_code, document_hash
from scheduler.registration.tables import REGISTRATION
from scheduler.store import statements
from scheduler.store.answers import NameFailures
from scheduler.store.database import named_errors, open_engine, reading, require_ours
from scheduler.store.errors import StoreBusy
from scheduler.store.judged import Judged
from scheduler.store.keys import StoreKey


def _find(table: str, number: str, mine: str) -> ClauseElement:
    """Somebody by a number, else anybody, with the failures so far.

    Every number takes the same path: the neighbour in the order of numbers is sought in any case,
    and one row is read, somebody's (as :func:`scheduler.store.statements` does for tickets).
    """
    return text(
        f"select a.{number} is not null, p.candidate_id, p.name, p.id_hash,"
        " f.failures, f.name_failures, f.name_since"
        f" from exam e left join {table} a on a.{mine} = e.{mine} and a.{number} = :number"
        f" left join {table} n on n.{mine} = e.{mine} and n.{number} ="
        f" (select min(x.{number}) from {table} x where x.{mine} = e.{mine}"
        f" and x.{number} >= :number)"
        f" left join {table} p on p.{mine} = e.{mine} and p.{number} = coalesce("
        f"a.{number}, n.{number}, (select max(y.{number}) from {table} y"
        f" where y.{mine} = e.{mine}))"
        f" left join failure f on f.exam = e.exam and f.key = case when a.{number} is not null"
        " then 'c:' || p.candidate_id else :unknown_key end"
        " where e.exam = :exam and e.purged_at = ''"
    ).bindparams(*(bindparam(name, type_=Text) for name in ("number", "unknown_key", "exam")))


_STATEMENTS: Mapping[str, ClauseElement] = {
    "fail": statements.READING["fail"],
    "applicant": _find("applicant", "candidate_id", "exam"),
    "examinee": _find("examinee", "ticket_number", "year"),
    "facts": text("select json from exam where exam = :exam and purged_at = ''").bindparams(
        bindparam("exam", type_=Text)
    ),
}


@dataclass(frozen=True, slots=True)
class FoundPerson(NameFailures):
    """Whose number it is, if anybody's; the attributes are those of ``store.answers.Found``."""

    known: bool
    failures: int
    name_failures: int
    name_since: str
    failure_key: str
    compared_to: str = field(repr=False)
    compared_name: str = field(repr=False)
    compared_id: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Applied:
    """One application with what its owner is told."""

    facts: RegistrationFacts
    person: Person
    proposal: Proposal
    last_form: Application | None
    check_code: str


@dataclass(frozen=True, slots=True)
class Sat:
    """One examinee with the result of the year."""

    facts: RegistrationFacts
    examinee: Examinee
    result: Result


class Register(Judged):
    """One exam of a registration, as the service uses it."""

    def __init__(self, engine: Engine, key: StoreKey, exam: str) -> None:
        """Prepare the statements."""
        super().__init__(engine, key, exam, _STATEMENTS)
        self._facts: tuple[str, RegistrationFacts] | None = None

    @classmethod
    def open(cls, url: str, key: StoreKey, exam: str | None = None) -> Self:
        """Open a registration for the service.

        Args:
            url: SQLAlchemy URL.
            key: must be the one that it was made with.
            exam: the latest where none is named.

        Raises:
            StoreError: no registration, or no such exam.
            KeyRefused: another key.
        """
        engine = open_engine(url, kind=REGISTRATION)
        with named_errors(), reading(engine) as connection:
            require_ours(connection, key, REGISTRATION)
            facts = ledger.facts_of(connection, exam)
        return cls(engine, key, facts.exam.code)

    def facts(self) -> RegistrationFacts:
        """The facts in force; parsed again only when they were renewed.

        Raises:
            StoreError: the exam was purged.
        """
        row = self._one("facts", exam=self.exam)
        if row is None:
            with named_errors(), reading(self._engine) as connection:
                return ledger.facts_of(connection, self.exam)
        if self._facts is None or self._facts[0] != row[0]:
            self._facts = (row[0], RegistrationFacts.model_validate_json(row[0]))
        return self._facts[1]

    # ------------------------------------------------------------ writing

    def submit(self, request: Request) -> Outcome:
        """Save or submit a form, in a transaction of its own.

        A revision (``candidate_id``) is taken only from whom :meth:`find_applicant` was judged
        right; this is the caller's part.

        Raises:
            StoreBusy: another writer was first; the same call may work later.
        """
        document = document_hash(self._key, request.id_type, request.id_number)
        numbers = {request.candidate_id, request.form.get("previous_archive_number", "")} - {""}
        try:
            with open_desk(
                self._engine, self._key, self.exam, documents=(document,), candidates=numbers
            ) as desk:
                outcome = desk.submit(request)
                desk.write()
        except IntegrityError:  # where writers do not wait for each other (PostgreSQL)
            raise StoreBusy("somebody else wrote at the same moment; try again") from None
        return outcome

    # ------------------------------------------------------------ look-ups

    def find_applicant(self, number: str) -> FoundPerson:
        """Whose archive number it is among the applicants."""
        return self._found("applicant", number)

    def find_examinee(self, number: str) -> FoundPerson:
        """Whose ticket number it is among those who sat."""
        return self._found("examinee", number)

    def _found(self, statement: str, number: str) -> FoundPerson:
        number = number.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")
        unknown = f"u:{self._key.unknown_number(self.exam, number)}"
        row = self._one(statement, exam=self.exam, number=number, unknown_key=unknown)
        known, candidate, name, id_hash, failures, with_name, since = row or (0,) + (None,) * 6
        return FoundPerson(
            known=bool(known),
            failures=failures or 0,
            name_failures=with_name or 0,
            name_since=since or "",
            failure_key=f"c:{candidate}" if known else unknown,
            compared_to=candidate or "",
            compared_name=name or "",
            compared_id=bytes(id_hash or b""),
        )

    def applied(self, candidate_id: str) -> Applied:
        """The application of somebody who was judged right."""
        facts = self.facts()
        with named_errors(), reading(self._engine) as connection, connection.begin():
            person = ledger.people(connection, self.exam, {candidate_id})[candidate_id]
            history = self._history_of(connection, facts, person)
        proposal = roll(facts, history, person.claim, person.form.specialty)
        last = proposal.last
        form = None if last is None else history.forms.get((last.year, last.candidate_id))
        code = check_code(self._key, person.applicant, person.form)
        return Applied(facts, person, proposal, form, code)

    def sat(self, candidate_id: str) -> Sat:
        """The result of somebody who was judged right."""
        facts = self.facts()
        with named_errors(), reading(self._engine) as connection, connection.begin():
            year = facts.exam.year
            (mine,) = ledger.examinees(
                connection, (year,), documents=(), candidates=(candidate_id,)
            )
            history = ledger.history(
                connection, facts, documents=(mine.document,), candidates=(candidate_id,)
            )
        return Sat(facts, mine, qualified_within_two_years(facts, history, mine))

    def _history_of(
        self, connection: Connection, facts: RegistrationFacts, person: Person
    ) -> History:
        numbers = {person.candidate_id, person.form.previous_archive_number} - {""}
        return ledger.history(
            connection, facts, documents=(person.applicant.document,), candidates=numbers
        )


@rule("凭本人准考证号和有效证件号进行成绩查询，")
def scores_by_ticket_and_document(register: Register, ticket_number: str) -> FoundPerson:
    """Marks are looked up by ticket number, and shown to whoever has the document's number too."""
    return register.find_examinee(ticket_number)
