"""The part that every look-up shares: is it the candidate's, and how often did somebody fail.

No table library here. A :class:`Judged` holds one connection per thread and statements compiled
once; :class:`scheduler.store.lookups.Store` and the registration are made on it, so both judge a
number and a name in the same way and count failures in the same table.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement

from models.identity_number import comparable_name
from scheduler.store import sqlite
from scheduler.store.answers import NAME_WINDOW
from scheduler.store.database import Prepared, named_error, named_errors
from scheduler.store.errors import StoreError
from scheduler.store.keys import StoreKey
from scheduler.store.times import stored

_CHECKPOINT_EVERY = 1_000


class Compared(Protocol):
    """What a look-up finds for a number, somebody's or nobody's."""

    @property
    def known(self) -> bool:
        """Whether the number is anybody's."""

    @property
    def failures(self) -> int:
        """Failed look-ups of this number so far."""

    @property
    def failure_key(self) -> str:
        """Under which failures are counted."""

    @property
    def compared_to(self) -> str:
        """Whose archive number the hash of the ID number is bound to; a stranger's if unknown."""

    @property
    def compared_name(self) -> str:
        """The name that an answer is compared with."""

    @property
    def compared_id(self) -> bytes:
        """The keyed hash that an answer is compared with."""

    def name_failures_at(self, now: datetime) -> tuple[int, datetime | None]:
        """Failures with the right name in the 24 hours now running, and when these end."""


class Judged:
    """One exam of a store; prepared statements, comparisons, failure counts."""

    def __init__(
        self, engine: Engine, key: StoreKey, exam: str, statements: Mapping[str, ClauseElement]
    ) -> None:
        """Prepare the statements; ``fail`` must be among them."""
        self.exam = exam
        self.quick = engine.dialect.name == "sqlite"
        self._key = key
        self._engine = engine
        self._driver_error: type[Exception] = engine.dialect.loaded_dbapi.Error
        self._local = threading.local()
        self._prepared: Mapping[str, Prepared] = {
            name: Prepared(statement, engine.dialect) for name, statement in statements.items()
        }
        self._writes = 0

    def close(self) -> None:
        """Close every connection."""
        self._local = threading.local()
        self._engine.dispose()

    def matches_id(self, found: Compared, id_number: str) -> bool:
        """Whether the ID number is the candidate's; takes the same time if nobody was found."""
        given = self._key.id_hash(self.exam, found.compared_to, id_number)
        same = hmac.compare_digest(given, found.compared_id)
        return same and found.known

    def matches_name(self, found: Compared, name: str) -> bool:
        """Whether the name is the candidate's; takes the same time if nobody was found."""
        given = comparable_name(name).encode("utf-8", "surrogatepass")
        kept = comparable_name(found.compared_name).encode("utf-8", "surrogatepass")
        same = hmac.compare_digest(given, kept)
        return same and found.known

    def record_failure(
        self, found: Compared, *, with_right_name: bool = False, now: datetime
    ) -> tuple[int, int]:
        """Count one failed look-up; nothing ever takes it back.

        Args:
            found: known or not.
            with_right_name: the exact name was given, and was right.
            now: for the 24 hours in which failures with the right name are counted.

        Returns:
            Failures in total, and those with the right name in the running 24 hours.

        Raises:
            StoreBusy: another process writes; nothing was counted, so give no answer either.
        """
        row = self._one(
            "fail",
            exam=self.exam,
            key=found.failure_key,
            named=int(with_right_name),
            at=stored(now),
            since=stored(now) if with_right_name else "",
            over=stored(now - NAME_WINDOW),
        )
        self._writes += 1
        if self._writes % _CHECKPOINT_EVERY == 0:
            with named_errors():
                sqlite.checkpoint(self._engine)
        if row is None:
            raise StoreError("a failed look-up could not be counted")
        return int(row[0]), int(row[1])

    # ------------------------------------------------------------ the connection

    def _cursor(self) -> Any:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._local.connection = connection
            self._local.driver = connection.connection
        return self._local.driver.cursor()

    def _forget_connection(self) -> None:
        """Take a new connection next time: a server may have ended this one."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            del self._local.connection, self._local.driver
            connection.invalidate()
            connection.close()

    def _one(self, name: str, **values: Any) -> Any:
        rows = self._all(name, **values)
        return rows[0] if rows else None

    def _all(self, name: str, **values: Any) -> list[Any]:
        statement = self._prepared[name]
        try:
            cursor = self._cursor()
            cursor.execute(statement.text, statement.bound(values))
            rows: list[Any] = cursor.fetchall()
            cursor.close()
            return rows
        except (self._driver_error, DBAPIError) as error:
            self._forget_connection()
            raise named_error(getattr(error, "orig", None) or error) from None
