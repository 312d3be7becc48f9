"""Opening a database of the store: its tables, its format, its key."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, insert, select
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.sql import ClauseElement

from scheduler.store import sqlite, triggers
from scheduler.store.errors import KeyRefused, StoreBusy, StoreError
from scheduler.store.keys import StoreKey
from scheduler.store.tables import FORMAT, METADATA, SETTING

_KEY_CHECK = "key_check"


@dataclass(frozen=True)
class Kind:
    """A kind of database: its tables (``setting`` among them), format, triggers, who makes it."""

    metadata: MetaData
    format: str
    triggers: Callable[[str], list[str]]
    made_by: str
    empty: str


PUBLISHED = Kind(
    METADATA,
    FORMAT,
    triggers.statements,
    "paikao publish",
    "nothing was ever published into this database",
)
"""The store of published plans, which is meant where no kind is named."""


class Prepared:
    """A statement compiled once and run below SQLAlchemy, for what runs thousands of times.

    The text comes from SQLAlchemy for the dialect in use, so it stays free of any; constants of
    the statement are filled in once.
    """

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.text: str = str(compiled)
        self._order: list[str] | None = compiled.positiontup
        self._constants: dict[str, Any] = {
            name: value for name, value in compiled.params.items() if value is not None
        }

    def bound(self, values: Mapping[str, Any]) -> Any:
        """Parameters in the form that the driver takes."""
        every = self._constants | dict(values)
        return every if self._order is None else tuple([every[name] for name in self._order])

    def many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run the statement for each row; ``connection`` is within a transaction."""
        if not rows:
            return
        every: list[Any]
        if self._order is not None and not self._constants:
            every = list(map(itemgetter(*self._order), rows))
        else:
            every = [self.bound(row) for row in rows]
        connection.exec_driver_sql(self.text, every)


def open_engine(
    url: str, *, create: bool = False, durable: bool = True, kind: Kind = PUBLISHED
) -> Engine:
    """An engine with our settings; ``engine.begin()`` takes the write lock at once.

    Args:
        url: SQLAlchemy URL.
        create: make the SQLite file if there is none, readable by its owner alone: it holds names.
        durable: flush every commit to the disk.
        kind: for the text of an error.

    Raises:
        StoreError: not a URL, no driver for it, or no such file.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise StoreError("a store in memory would be gone at once; name a file")
        if create:
            _make_file(Path(str(parsed.database)))
        elif not Path(str(parsed.database)).is_file():
            raise StoreError(f"no database at {parsed.database}; '{kind.made_by}' makes it")
    try:
        # Parameters are names and hashes of people: never in a log or an error text.
        engine = create_engine(parsed, hide_parameters=True, pool_pre_ping=True, max_overflow=-1)
    except NoSuchModuleError:
        raise StoreError(f"unknown kind of database: {parsed.drivername}") from None
    except ModuleNotFoundError as error:
        raise StoreError(f"{parsed.drivername} needs the package {error.name}") from None
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
    sqlite.set_up(engine, durable=durable)
    return engine


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        raise StoreError(
            "--db takes a database URL such as sqlite:///paikao.db (three slashes, then the path)"
        ) from None


def _make_file(path: Path) -> None:
    """An empty file of mode 600; SQLite gives its log beside it the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"{path} cannot be made: {error.strerror}") from None


def create_tables(engine: Engine, key: StoreKey, kind: Kind = PUBLISHED) -> None:
    """Make the tables of an empty database and bind it to the key; a finished one is checked.

    Raises:
        StoreError: the database belongs to something else.
        KeyRefused: it is in use with another key.
    """
    with named_errors(), engine.begin() as connection:
        if is_ours(connection, kind):
            require_ours(connection, key, kind)
            return
        kind.metadata.create_all(connection)
        for statement in kind.triggers(connection.dialect.name):
            connection.exec_driver_sql(statement)
        connection.execute(
            insert(SETTING),
            [
                {"name": "format", "value": kind.format},
                {"name": _KEY_CHECK, "value": key.check_value()},
            ],
        )


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for reading only; it keeps no writer waiting."""
    with engine.connect().execution_options(**{sqlite.READING: True}) as connection:
        yield connection


def is_made(url: str, kind: Kind = PUBLISHED) -> bool:
    """Whether the tables of a store exist at the URL; makes nothing."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite" and not Path(str(parsed.database)).is_file():
        return False
    engine = open_engine(url)
    try:
        with named_errors(), reading(engine) as connection:
            return is_ours(connection, kind)
    finally:
        engine.dispose()


def is_ours(connection: Connection, kind: Kind = PUBLISHED) -> bool:
    """Whether the tables of a kind exist.

    Raises:
        StoreError: other tables are in the way.
    """
    present = set(connection.dialect.get_table_names(connection))
    ours = set(kind.metadata.tables)
    if ours <= present:
        return True
    if ours & present:
        raise StoreError("the database holds tables of something else under the same names")
    return False


def require_ours(
    connection: Connection, key: StoreKey | None = None, kind: Kind = PUBLISHED
) -> None:
    """Refuse a database that is not a store of this format, or that another key belongs to.

    Raises:
        StoreError: not ours.
        KeyRefused: the key is not the one that the database was made with.
    """
    if not is_ours(connection, kind):
        raise StoreError(kind.empty)
    settings = {
        row.name: row.value for row in connection.execute(select(SETTING.c.name, SETTING.c.value))
    }
    if settings.get("format") != kind.format:
        raise StoreError(f"the database has format {settings.get('format')!r}, not {kind.format!r}")
    if key is not None and settings.get(_KEY_CHECK) != key.check_value():
        raise KeyRefused("wrong key: the database was published with another one")


def named_error(error: BaseException) -> StoreError:
    """An error of the driver as ours, without the values that it happened on."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return StoreBusy("another process is writing to the database; try again")
    return StoreError(f"the database cannot be used: {text.partition(chr(10))[0]}")


@contextmanager
def named_errors() -> Iterator[None]:
    """Turn errors of the database itself into ours; refused rows (constraints) pass.

    Raises:
        StoreBusy: another writer held the database too long.
        StoreError: the file, the server or the connection failed.
    """
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise named_error(error.orig or error) from None
