"""The tables of the store; two people on one seat cannot be written into them.

SQLAlchemy Core, without a word of any dialect: triggers stand in :mod:`scheduler.store.triggers`,
settings of SQLite in :mod:`scheduler.store.sqlite`. Times are text, UTC, ``YYYY-MM-DDTHH:MM:SSZ``,
so they compare as text; "not yet" is the empty text. No table holds an ID number.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

FORMAT = "1"
"""Stands in ``setting`` under ``format``; another one is refused."""

LOADING, SEALED, ABANDONED = "loading", "sealed", "abandoned"
"""States of a version. Readers see sealed ones only; an abandoned one takes no more rows."""

CANDIDATE, CENTER, EXAM_POINT = "candidate", "center", "exam_point"
"""Kinds of holders of calendars; staff tokens know the last two."""

METADATA = MetaData()


def _text(name: str, *, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def _number(name: str, *, default: str | None = None) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=default)


SETTING = Table(
    "setting",
    METADATA,
    Column("name", Text, primary_key=True),
    _text("value"),
    comment="format and key_check (a keyed hash of a constant: tells a wrong key)",
)

VERSION = Table(
    "version",
    METADATA,
    Column("version_id", Integer, primary_key=True),
    _text("exam"),
    _number("plan_version"),
    Column("root_hash", Text, nullable=False, unique=True),
    _text("parent_root_hash", default=""),
    _text("published_at"),
    _text("state", default=LOADING),
    _number("candidates"),
    _number("unplaced"),
    _text("publisher"),
    _text("reviewer", default=""),
    _text("exam_ends"),
    _text("purged_at", default=""),
    UniqueConstraint("exam", "plan_version"),
    CheckConstraint(f"state in ('{LOADING}', '{SEALED}', '{ABANDONED}')"),
    # Never used again: a run whose version was taken away must not write into another's.
    sqlite_autoincrement=True,
    comment="published plans; candidates = placed + unplaced; exam_ends: last end of any session",
)

FACTS = Table(
    "facts",
    METADATA,
    Column("version_id", ForeignKey(VERSION.c.version_id), primary_key=True),
    _text("json"),
    comment="models.publication.PublishedFacts",
)

LIVE = Table(
    "live",
    METADATA,
    Column("exam", Text, primary_key=True),
    Column("version_id", ForeignKey(VERSION.c.version_id)),
    Column("latest_id", ForeignKey(VERSION.c.version_id), nullable=False),
    Column("previous_id", ForeignKey(VERSION.c.version_id)),
    _text("withdrawn_at", default=""),
    _text("restored_at", default=""),
    comment="the one pointer of each exam (NULL: withdrawn), and the versions published last",
)

PLACEMENT = Table(
    "placement",
    METADATA,
    Column("version_id", ForeignKey(VERSION.c.version_id), primary_key=True),
    Column("candidate_id", Text, primary_key=True),
    _text("ticket_number"),
    _text("name"),
    _text("id_last4"),
    Column("id_hash", LargeBinary(32), nullable=False),
    _text("specialty"),
    _text("subjects"),
    _text("exam_point"),
    _text("needs"),
    _text("sitting"),
    _text("form"),
    _text("center_id"),
    _text("room_id"),
    _number("seat"),
    _text("reason"),
    _text("changed"),
    comment="models.publication.Placement; needs and changed joined by ';'",
)
Index(
    "placement_by_ticket",
    PLACEMENT.c.version_id,
    PLACEMENT.c.ticket_number,
    unique=True,
    sqlite_where=PLACEMENT.c.ticket_number != "",
    postgresql_where=PLACEMENT.c.ticket_number != "",
)
Index(
    "placement_by_place",
    PLACEMENT.c.version_id,
    PLACEMENT.c.center_id,
    PLACEMENT.c.sitting,
    PLACEMENT.c.room_id,
    PLACEMENT.c.seat,
)

OCCUPANCY = Table(
    "occupancy",
    METADATA,
    Column("version_id", ForeignKey(VERSION.c.version_id), primary_key=True),
    Column("sitting", Text, primary_key=True),
    Column("center_id", Text, primary_key=True),
    Column("room_id", Text, primary_key=True),
    Column("seat", Integer, primary_key=True, autoincrement=False),
    Column("subject", Integer, primary_key=True, autoincrement=False),
    _text("candidate_id"),
    sqlite_with_rowid=False,
    comment="who sits where in which session: one person per seat and subject",
)

CALENDAR_LINK = Table(
    "calendar_link",
    METADATA,
    Column("token_hash", LargeBinary(32), primary_key=True),
    _text("exam"),
    _text("kind"),
    _text("holder"),
    _number("serial", default="0"),
    _text("revoked_at", default=""),
    UniqueConstraint("exam", "kind", "holder", "serial"),
    sqlite_with_rowid=False,
    comment="SHA-256 of the calendar tokens; kept across versions; the largest serial is in use",
)

TOKEN = Table(
    "token",
    METADATA,
    Column("token_hash", LargeBinary(32), primary_key=True),
    _text("exam"),
    _text("kind"),
    _text("holder"),
    _text("created_at"),
    _text("expires_at"),
    _text("revoked_at", default=""),
    comment="SHA-256 of the tokens of centers and exam points",
)

FAILURE = Table(
    "failure",
    METADATA,
    Column("exam", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    _number("failures"),
    _number("name_failures"),
    _text("name_since"),
    _text("last_at"),
    comment="failed look-ups per candidate, or per keyed hash of a number that is nobody's",
)

LOG = Table(
    "log",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _text("at"),
    _text("action"),
    _text("exam"),
    _text("root_hash"),
    _text("actor"),
    _text("reviewer"),
    _text("note"),
    _text("previous_hash"),
    _text("entry_hash"),
    comment="append-only chain: each entry names the hash of the one before; no candidate in it",
)
