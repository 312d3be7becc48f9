"""Loads marks: who sat, what came of it, and whether that is what was applied for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from models.finding_codes import finding
from models.findings import Finding
from models.identity_number import comparable_name, last_four
from models.registration import Mark, Presence, RegistrationFacts, State
from models.registration_tables import MARKS
from scheduler.registration.intake import masked, refuse_whole
from scheduler.registration.ledger import Person
from scheduler.registration.sealing import document_hash
from scheduler.registration.tables import EXAMINEE, SCORE
from scheduler.roster.identity import check_identities, normalise_numbers
from scheduler.roster.records import Record, read_records
from scheduler.store.keys import StoreKey

_IDENTITY = ("name", "id_type", "id_number", "exam_point", "specialty")


@dataclass(frozen=True)
class LoadedMarks:
    """What a file of marks came to; ``corrected`` marks replaced another one."""

    candidates: int
    marks: int
    corrected: int
    findings: tuple[Finding, ...]


@dataclass
class _Sitter:
    """One candidate of the file so far."""

    row: dict[str, Any]
    marks: dict[int, Mark] = field(default_factory=dict)


class MarksLoader:
    """Checks and writes the marks of one exam within the caller's transaction."""

    def __init__(
        self,
        connection: Connection,
        key: StoreKey,
        facts: RegistrationFacts,
        people: Mapping[str, Person],
        now: datetime,
    ) -> None:
        """Read what was loaded before.

        Args:
            connection: in a transaction.
            key: of the registration.
            facts: of the exam that the marks are of.
            people: everybody who applied; nobody for a year that was not registered here.
            now: for the states.
        """
        self._connection = connection
        self._key = key
        self._facts = facts
        self._people = people
        self._now = now
        self.told = "nothing"
        year = facts.exam.year
        self._kept = {
            (row.candidate_id, row.subject): Mark(row.subject, Presence(row.presence), row.mark)
            for row in connection.execute(select(SCORE).where(SCORE.c.year == year))
        }
        self._tickets: dict[str, str] = {
            row.ticket_number: row.candidate_id
            for row in connection.execute(select(EXAMINEE).where(EXAMINEE.c.year == year))
        }
        self._known = frozenset(self._tickets.values())
        self._ticket_of = {candidate: ticket for ticket, candidate in self._tickets.items()}

    def load(
        self,
        path: Path,
        *,
        correct: bool = False,
        sheet: str | None = None,
        ignore_columns: Sequence[str] = (),
    ) -> LoadedMarks:
        """Take every mark of a file.

        Args:
            path: CSV, Parquet or XLSX; a row is one candidate's subject.
            correct: a mark that was loaded before may change.
            sheet: sheet of a workbook.
            ignore_columns: columns to drop without a word.

        Raises:
            InputRefused: with every reason; nothing is written then.
        """
        records, found = read_records(path, MARKS, sheet=sheet, ignore_columns=ignore_columns)
        self._check_identities(records)
        sitters: dict[str, _Sitter] = {}
        corrected = 0
        for record in records:
            mark = self._mark(record)
            sitter = self._sitter(record, sitters)
            if mark is not None and sitter is not None:
                corrected += self._add(record, sitter, mark, correct=correct)
        for record in records:
            found += masked(record.found)
        found += self._missing(path.name, sitters)
        ordered = refuse_whole(found)
        self._write(sitters)
        marks = sum(len(s.marks) for s in sitters.values())
        self.told = f"{marks} marks of {len(sitters)} candidates, {corrected} corrected"
        return LoadedMarks(len(sitters), marks, corrected, ordered)

    # ------------------------------------------------------------ checks

    def _check_identities(self, records: Sequence[Record]) -> None:
        """Numbers as the roster checks them, where the file gives any; they are normalised."""
        given = [record for record in records if record["id_number"]]
        if not given:
            return
        numbers, _ = normalise_numbers(pd.Series([r["id_number"] for r in given], dtype="str"))
        types = pd.Series([r["id_type"] for r in given], dtype="str")
        for record, number in zip(given, numbers, strict=True):
            record.cells["id_number"] = number
        faults = check_identities(types, numbers, self._facts.exam.year)
        for position, code in zip(faults["position"], faults["code"], strict=True):
            column = "id_type" if code == "ID_TYPE_UNKNOWN" else "id_number"
            given[position].report(code, column)

    def _mark(self, record: Record) -> Mark | None:
        subject = record.whole("subject", 1, 4)
        presence = record.choice("presence", Presence)
        if subject is None or presence is None:
            return None
        if presence is not Presence.PRESENT:
            if record["mark"]:
                record.report("MARK_FORM", "mark")
            return Mark(subject, presence)
        if not record["mark"]:
            record.report("MARK_MISSING", "mark")
            return None
        mark = record.whole("mark", 0, 100)
        return None if mark is None else Mark(subject, presence, mark)

    def _sitter(self, record: Record, sitters: dict[str, _Sitter]) -> _Sitter | None:
        candidate_id, ticket = record["candidate_id"], record["ticket_number"]
        if not candidate_id or not ticket:
            return None
        if self._tickets.setdefault(ticket, candidate_id) != candidate_id:
            record.report("TICKET_TWICE", "ticket_number")
            return None
        if self._ticket_of.setdefault(candidate_id, ticket) != ticket:
            record.report("EXAMINEE_DIFFERS", "ticket_number")
            return None
        sitter = sitters.get(candidate_id)
        if sitter is None:
            row = self._row(record)
            if row is None:
                return None
            sitter = sitters[candidate_id] = _Sitter(row)
        for name in ("exam_point", "specialty"):
            if record[name] and record[name] != sitter.row[name]:
                record.report("EXAMINEE_DIFFERS", name)
        same_name = comparable_name(record["name"]) in ("", sitter.row["name"])
        if not same_name:
            record.report("EXAMINEE_DIFFERS", "name")
        if record["id_number"]:
            document = document_hash(self._key, record["id_type"], record["id_number"])
            if document != sitter.row["document"]:
                record.report("EXAMINEE_DIFFERS", "id_number")
        return sitter

    def _row(self, record: Record) -> dict[str, Any] | None:
        """The row of ``examinee``: from the application, else from the file."""
        candidate_id = record["candidate_id"]
        row = {
            "year": self._facts.exam.year,
            "candidate_id": candidate_id,
            "ticket_number": record["ticket_number"],
        }
        person = self._people.get(candidate_id)
        if person is not None:
            a, form = person.applicant, person.form
            return row | {
                "name": a.name, "id_last4": a.id_last4, "id_hash": a.id_hash,
                "document": a.document, "exam_point": form.exam_point, "specialty": form.specialty,
            }  # fmt: skip
        blank = [name for name in _IDENTITY if not record[name]]
        if blank:
            record.report("EXAMINEE_UNKNOWN", "candidate_id", hint=f"Blank: {', '.join(blank)}.")
            return None
        for column, known, code in (
            ("specialty", self._facts.specialty_by_code, "SPECIALTY_UNKNOWN"),
            ("exam_point", self._facts.point_by_id, "EXAM_POINT_UNKNOWN"),
        ):
            if record[column] not in known:
                record.report(code, column)
        number, exam = record["id_number"], self._facts.exam.code
        return row | {
            "name": comparable_name(record["name"]),
            "id_last4": last_four(number),
            "id_hash": self._key.id_hash(exam, candidate_id, number),
            "document": document_hash(self._key, record["id_type"], number),
            "exam_point": record["exam_point"],
            "specialty": record["specialty"],
        }

    def _add(self, record: Record, sitter: _Sitter, mark: Mark, *, correct: bool) -> bool:
        """Take one mark; whether it replaces another."""
        if mark.subject in sitter.marks:
            record.report("MARK_TWICE", "subject")
            return False
        sitter.marks[mark.subject] = mark
        person = self._people.get(record["candidate_id"])
        if person is not None and (
            str(mark.subject) not in person.form.subjects
            or person.state(self._facts, self._now) is not State.PAID
        ):
            record.report("MARK_UNEXPECTED", "subject")
        before = self._kept.get((record["candidate_id"], mark.subject))
        if before is None or before == mark:
            return False
        if not correct:
            record.report("MARK_DIFFERS", "mark")
        return True

    def _missing(self, file: str, sitters: Mapping[str, _Sitter]) -> Iterator[Finding]:
        """One line for those who paid and have no mark of a subject, here or loaded before."""
        missing = 0
        for candidate_id, person in self._people.items():
            if person.state(self._facts, self._now) is not State.PAID:
                continue
            here = sitters[candidate_id].marks if candidate_id in sitters else {}
            missing += any(
                int(s) not in here and (candidate_id, int(s)) not in self._kept
                for s in person.form.subjects
            )
        if missing:
            yield finding("MARKS_MISSING", file, value=f"{missing} candidates")

    # ------------------------------------------------------------ writing

    def _write(self, sitters: Mapping[str, _Sitter]) -> None:
        year = self._facts.exam.year
        new = [s.row for c, s in sitters.items() if c not in self._known]
        if new:
            self._connection.execute(insert(EXAMINEE), new)
        changed = [
            (c, mark)
            for c, sitter in sitters.items()
            for mark in sitter.marks.values()
            if self._kept.get((c, mark.subject)) != mark
        ]
        for candidate_id, mark in changed:
            if (candidate_id, mark.subject) in self._kept:
                self._connection.execute(
                    delete(SCORE).where(
                        SCORE.c.year == year,
                        SCORE.c.candidate_id == candidate_id,
                        SCORE.c.subject == mark.subject,
                    )
                )
        if changed:
            self._connection.execute(
                insert(SCORE),
                [
                    {
                        "year": year,
                        "candidate_id": candidate_id,
                        "subject": mark.subject,
                        "presence": mark.presence.value,
                        "mark": mark.mark,
                    }
                    for candidate_id, mark in changed
                ],
            )
