"""Settings of SQLite; nothing else of the store knows which database it runs on.

Sources: https://sqlite.org/wal.html, https://sqlite.org/pragma.html.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from scheduler.store.errors import StoreError

WAIT_MILLISECONDS = 5_000
"""How long a statement waits for another writer; ``publish`` never holds the lock that long."""

_SOUND_WAL = (3, 51, 3)
"""Before this version two connections that write and checkpoint at the same moment could damage
the file (release notes of 3.51.3); then checkpoints are made by :func:`checkpoint` alone."""

_CACHE_KIB = 65_536

READING = "paikao_reading"
"""Execution option of a connection that takes no write lock (``database.reading``)."""


def checkpoints_itself() -> bool:
    """Whether the linked SQLite may move the log into the file whenever it likes."""
    return sqlite3.sqlite_version_info >= _SOUND_WAL


def set_up(engine: Engine, *, durable: bool) -> None:
    """Give every connection of a SQLite engine our settings; other engines are left alone.

    Write-ahead log, so that readers never wait for a writer; foreign keys; deleted content
    overwritten with zeros; every transaction takes the write lock when it begins, for a read
    followed by a write cannot be retried by waiting.

    Args:
        engine: just made, without a connection.
        durable: flush to the disk at every commit; look-ups only count failures and need not.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours, below
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {WAIT_MILLISECONDS}")
        mode = cursor.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode not in ("wal", "memory"):
            raise StoreError(
                "the database cannot keep a write-ahead log; it must lie on a local disk"
            )
        cursor.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        cursor.execute(f"PRAGMA wal_autocheckpoint = {1000 if checkpoints_itself() else 0}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        only_reads = connection.get_execution_options().get(READING)
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


def checkpoint(engine: Engine) -> None:
    """Move the write-ahead log into the file while nobody can write, where SQLite must not.

    See ``_SOUND_WAL``; elsewhere nothing is done, for SQLite does it by itself.
    """
    if engine.dialect.name != "sqlite" or checkpoints_itself():
        return
    with engine.begin(), engine.connect() as other:  # the first one holds the write lock
        _outside_transaction(other, "PRAGMA wal_checkpoint(PASSIVE)")


def compact(engine: Engine) -> None:
    """Rewrite the file without what was deleted, and empty its write-ahead log.

    Raises:
        StoreError: a reader kept the log from being emptied.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        _outside_transaction(connection, "VACUUM")
        busy = _outside_transaction(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
    if busy and busy[0]:
        raise StoreError("a reader still holds deleted rows: stop the service, then purge again")


def _outside_transaction(connection: Connection, statement: str) -> Any:
    """Run a statement that a transaction would refuse, on the connection below SQLAlchemy."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement)
        return cursor.fetchone()
    finally:
        cursor.close()
