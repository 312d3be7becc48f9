"""The tables of a registration: a database of its own, never the published one.

No column holds a state, and none a document number: what is compared is a keyed hash, what the
roster needs again is sealed under the key. Times as in :mod:`scheduler.store.tables`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from models.registration import Application, Event, Presence
from scheduler.store.database import Kind
from scheduler.store.tables import FAILURE as _FAILURE
from scheduler.store.tables import LOG as _LOG
from scheduler.store.tables import SETTING as _SETTING
from scheduler.store.triggers import Condition, log_only_grows, statements

METADATA = MetaData()

SETTING = _SETTING.to_metadata(METADATA)
FAILURE = _FAILURE.to_metadata(METADATA)
LOG = _LOG.to_metadata(METADATA)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} in ({listed})")


EXAM = Table(
    "exam",
    METADATA,
    Column("exam", Text, primary_key=True),
    Column("year", Integer, nullable=False, unique=True),
    _text("json"),
    Column("purged_at", Text, nullable=False, server_default=""),
    comment="models.registration.RegistrationFacts of each exam",
)

APPLICANT = Table(
    "applicant",
    METADATA,
    Column("exam", ForeignKey(EXAM.c.exam), primary_key=True),
    Column("candidate_id", Text, primary_key=True),
    _text("name"),
    _text("id_type"),
    _text("id_last4"),
    Column("id_hash", LargeBinary(32), nullable=False),
    Column("document", LargeBinary(32), nullable=False),
    Column("id_sealed", LargeBinary, nullable=False),
    _text("source"),
    _text("unit"),
    UniqueConstraint("exam", "document"),
    comment="models.registration.Applicant, fixed with the first save; the number sealed",
)

APPLICATION = Table(
    "application",
    METADATA,
    Column("exam", Text, primary_key=True),
    Column("candidate_id", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    *(_text(f.name) for f in fields(Application) if f.name not in ("candidate_id", "revision")),
    ForeignKeyConstraint(["exam", "candidate_id"], [APPLICANT.c.exam, APPLICANT.c.candidate_id]),
    comment="models.registration.Application: every revision of the form",
)

APPLICATION_EVENT = Table(
    "application_event",
    METADATA,
    Column("exam", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _text("candidate_id"),
    _text("event"),
    _text("at"),
    _text("actor"),
    _text("note"),
    _number("revision"),
    _text("shown"),
    _text("check_code"),
    _number("amount"),
    ForeignKeyConstraint(["exam", "candidate_id"], [APPLICANT.c.exam, APPLICANT.c.candidate_id]),
    _one_of("event", Event),
    comment="models.registration.ApplicationEvent; only grows; seq counts within the exam",
)

EXAMINEE = Table(
    "examinee",
    METADATA,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("candidate_id", Text, primary_key=True),
    _text("ticket_number"),
    _text("name"),
    _text("id_last4"),
    Column("id_hash", LargeBinary(32), nullable=False),
    Column("document", LargeBinary(32), nullable=False),
    _text("exam_point"),
    _text("specialty"),
    UniqueConstraint("year", "ticket_number"),
    comment="models.registration.Examinee: who sat in a year; id_hash as the look-up compares it",
)

SCORE = Table(
    "score",
    METADATA,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("candidate_id", Text, primary_key=True),
    Column("subject", Integer, primary_key=True, autoincrement=False),
    _text("presence"),
    Column("mark", Integer),
    ForeignKeyConstraint(["year", "candidate_id"], [EXAMINEE.c.year, EXAMINEE.c.candidate_id]),
    _one_of("presence", Presence),
    CheckConstraint("(mark is not null and mark between 0 and 100) = (presence = 'present')"),
    comment="models.registration.Mark; NULL unless the subject was sat",
)

OF_EXAM = (APPLICATION_EVENT, APPLICATION, APPLICANT)
"""In the order in which a purge deletes them."""
OF_YEAR = (SCORE, EXAMINEE)


def _conditions() -> Iterator[Condition]:
    purged = "(select purged_at from exam where exam.exam = {row}.exam)"
    for table in ("applicant", "application", "application_event"):
        yield table, "update", "true", "what was written stays as it is"
        yield table, "delete", f"{purged} = ''", "applications stay until the exam is purged"
        yield table, "insert", f"{purged} <> ''", "the exam is purged"
    yield from log_only_grows()


def _triggers(dialect: str) -> list[str]:
    return statements(dialect, _conditions())


REGISTRATION = Kind(
    METADATA,
    "registration-1",
    _triggers,
    "paikao register open",
    "no registration was ever opened in this database",
)
