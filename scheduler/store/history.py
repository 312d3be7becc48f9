"""Every version of a store and what was done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.engine import Connection

from scheduler.store import log
from scheduler.store.database import named_errors, open_engine, reading, require_ours
from scheduler.store.tables import LIVE, SEALED, VERSION

State = Literal["live", "withdrawn", "replaced", "purged"]


@dataclass(frozen=True)
class VersionLine:
    """One published version; times are UTC."""

    exam: str
    plan_version: int
    root_hash: str
    published_at: str
    state: State
    candidates: int
    unplaced: int
    publisher: str
    reviewer: str


@dataclass(frozen=True)
class History:
    """Versions by exam and number, the whole log, and its last hash after the check."""

    versions: tuple[VersionLine, ...]
    log: tuple[log.LogEntry, ...]
    log_hash: str


def history(url: str) -> History:
    """All versions and the checked log of a store.

    Raises:
        StoreError: no store there, or the log was tampered with.
    """
    engine = open_engine(url)
    try:
        with named_errors(), reading(engine) as connection:
            require_ours(connection)
            return History(
                versions=tuple(_lines(connection)),
                log=tuple(log.entries(connection)),
                log_hash=log.check_chain(connection),
            )
    finally:
        engine.dispose()


def _lines(connection: Connection) -> list[VersionLine]:
    rows = connection.execute(
        select(VERSION, LIVE.c.version_id.label("live_id"), LIVE.c.latest_id)
        .outerjoin(LIVE, LIVE.c.exam == VERSION.c.exam)
        .where(VERSION.c.state == SEALED)
        .order_by(VERSION.c.exam, VERSION.c.plan_version)
    )
    lines = []
    for row in rows:
        state: State = "replaced"
        if row.purged_at:
            state = "purged"
        elif row.version_id == row.live_id:
            state = "live"
        elif row.version_id == row.latest_id:
            state = "withdrawn"
        lines.append(
            VersionLine(
                row.exam, row.plan_version, row.root_hash, row.published_at, state,
                row.candidates, row.unplaced, row.publisher, row.reviewer,
            )
        )  # fmt: skip
    return lines
