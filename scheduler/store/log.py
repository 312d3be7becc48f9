"""The append-only log: who published, withdrew or purged what, as a chain of hashes.

Each entry holds the hash of the one before, so a changed or removed entry shows; print the last
hash on paper and even a rewritten chain shows. No candidate stands in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from scheduler.store.errors import StoreError
from scheduler.store.tables import LOG, SETTING
from scheduler.store.times import stored

_START = "0" * 64


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line; ``entry_hash`` is SHA-256 over the fields before it, joined by U+001F."""

    seq: int
    at: str
    action: str
    exam: str
    root_hash: str
    actor: str
    reviewer: str
    note: str
    previous_hash: str
    entry_hash: str

    def computed_hash(self) -> str:
        """What ``entry_hash`` must be."""
        content = "\x1f".join(str(value) for value in astuple(self)[:-1])
        return hashlib.sha256(content.encode()).hexdigest()


def append(
    connection: Connection,
    action: str,
    exam: str,
    *,
    at: datetime,
    actor: str,
    root_hash: str = "",
    reviewer: str = "",
    note: str = "",
) -> None:
    """Add an entry within the transaction of what it tells of."""
    take_turn(connection)
    last = connection.execute(
        select(LOG.c.seq, LOG.c.entry_hash).order_by(LOG.c.seq.desc()).limit(1)
    ).first()
    seq, previous = (1, _START) if last is None else (last.seq + 1, last.entry_hash)
    entry = LogEntry(
        seq=seq,
        at=stored(at),
        action=action,
        exam=exam,
        root_hash=root_hash,
        actor=_plain(actor),
        reviewer=_plain(reviewer),
        note=_plain(note),
        previous_hash=previous,
        entry_hash="",
    )
    values = dict(zip(LOG.c.keys(), astuple(entry), strict=True))
    connection.execute(insert(LOG).values(values | {"entry_hash": entry.computed_hash()}))


def take_turn(connection: Connection) -> None:
    """Let nobody else decide or log anything until this transaction ends.

    SQLite has one writer at a time anyway; other databases lock the row.
    """
    connection.execute(select(SETTING.c.value).where(SETTING.c.name == "format").with_for_update())


def _plain(text: str) -> str:
    """Without control characters: the separator must not stand in a field."""
    return "".join(c if c.isprintable() else " " for c in text)


def entries(connection: Connection) -> Iterator[LogEntry]:
    """All entries in order."""
    for row in connection.execute(select(LOG).order_by(LOG.c.seq)):
        yield LogEntry(*row)


def check_chain(connection: Connection) -> str:
    """The hash of the last entry, after every link was recomputed.

    Raises:
        StoreError: an entry was changed or removed.
    """
    previous = _START
    for number, entry in enumerate(entries(connection), start=1):
        if (
            entry.seq != number
            or entry.previous_hash != previous
            or entry.entry_hash != entry.computed_hash()
        ):
            raise StoreError(f"the log was tampered with at entry {number}")
        previous = entry.entry_hash
    return previous
