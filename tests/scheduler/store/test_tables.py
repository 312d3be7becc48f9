"""What the database refuses by itself, whoever writes to it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from scheduler.store import triggers
from scheduler.store.database import open_engine
from scheduler.store.tables import METADATA, OCCUPANCY

SEALED_ROWS = ("facts", "placement", "occupancy")


@pytest.fixture
def connection(published: str, database: Path) -> Iterator[sqlite3.Connection]:
    """A plain connection, as an operator with a shell would have it."""
    with closing(sqlite3.connect(database)) as opened:
        yield opened


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"pragma table_info({table})")]


def loading_version(connection: sqlite3.Connection) -> int:
    """A second version, still open for rows."""
    connection.execute(
        "insert into version select 2, exam, 2, 'f' || substr(root_hash, 2), root_hash,"
        " published_at, 'loading', candidates, unplaced, publisher, reviewer, exam_ends, ''"
        " from version"
    )
    return 2


def test_two_people_on_one_seat_in_one_session_are_impossible(
    connection: sqlite3.Connection,
) -> None:
    version = loading_version(connection)
    seat = (version, "C1", "230101", "R1", 7, 3)
    write = "insert into occupancy values (?, ?, ?, ?, ?, ?, ?)"
    connection.execute(write, (*seat, "A1"))
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE constraint failed: occupancy"):
        connection.execute(write, (*seat, "A2"))
    connection.execute(write, (*seat[:5], 4, "A2"))  # another session of the day: allowed


def test_one_candidate_has_one_place_and_one_ticket_one_candidate(
    connection: sqlite3.Connection,
) -> None:
    loading_version(connection)
    names = columns(connection, "placement")
    copied = ", ".join("2" if name == "version_id" else name for name in names)
    one = f"insert into placement select {copied} from placement where version_id = 1 limit 1"
    connection.execute(one)
    with pytest.raises(sqlite3.IntegrityError, match="placement"):
        connection.execute(one)
    other = one.replace("candidate_id", "'Z' || candidate_id", 1)
    with pytest.raises(sqlite3.IntegrityError, match="ticket_number"):
        connection.execute(other)


@pytest.mark.parametrize("table", SEALED_ROWS)
def test_published_rows_never_change(connection: sqlite3.Connection, table: str) -> None:
    before = connection.execute(f"select * from {table}").fetchall()
    assert before
    for name in columns(connection, table):
        with pytest.raises(sqlite3.IntegrityError, match="never change"):
            connection.execute(f"update {table} set {name} = {name}")
    with pytest.raises(sqlite3.IntegrityError, match="stay until"):
        connection.execute(f"delete from {table}")
    with pytest.raises(sqlite3.IntegrityError, match="takes no more rows"):
        connection.execute(f"insert into {table} select * from {table} limit 1")
    with pytest.raises(sqlite3.IntegrityError, match="takes no more rows"):
        connection.execute(f"replace into {table} select * from {table} limit 1")
    assert connection.execute(f"select * from {table}").fetchall() == before


def test_a_published_version_never_changes(connection: sqlite3.Connection) -> None:
    for name in columns(connection, "version"):
        value = "'2000-01-01T00:00:00Z'" if name == "purged_at" else "'loading'"
        change = f"update version set {name} = {value}"
        if name == "purged_at":  # the one thing that a purge stamps, once
            connection.execute(change)
            change = "update version set purged_at = ''"
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(change)
    with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
        connection.execute("delete from version")


def test_a_sealed_version_cannot_be_opened_for_rows_by_way_of_another_state(
    connection: sqlite3.Connection,
) -> None:
    for state in ("loading", "abandoned"):
        with pytest.raises(sqlite3.IntegrityError, match="published versions never change"):
            connection.execute("update version set state = ?", (state,))
    with pytest.raises(sqlite3.IntegrityError, match="published versions never change"):
        connection.execute("update version set version_id = 9")


def test_an_abandoned_version_takes_no_rows(connection: sqlite3.Connection) -> None:
    version = loading_version(connection)
    connection.execute("update version set state = 'abandoned' where version_id = 2")
    with pytest.raises(sqlite3.IntegrityError, match="takes no more rows"):
        connection.execute("insert into facts values (?, '{}')", (version,))


def test_the_log_only_grows(connection: sqlite3.Connection) -> None:
    for change in ("update log set note = 'x'", "delete from log", "update log set seq = 7"):
        with pytest.raises(sqlite3.IntegrityError, match="the log only grows"):
            connection.execute(change)


def test_rows_belong_to_a_version(published: str) -> None:
    engine = open_engine(published)
    row = {"version_id": 99, "sitting": "C1", "center_id": "c", "room_id": "r", "seat": 1}
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), engine.begin() as connection:
        connection.execute(insert(OCCUPANCY).values(row | {"subject": 1, "candidate_id": "A"}))
    engine.dispose()


def test_no_column_is_made_for_an_id_number() -> None:
    names = {column.name for table in METADATA.tables.values() for column in table.columns}
    assert {name for name in names if "id_number" in name or name in ("id_type", "photo")} == set()
    assert {name for name in names if name.startswith("id_")} == {"id_hash", "id_last4"}


# ---------------------------------------------------------------- the other dialect


def test_triggers_of_postgresql_keep_the_same_rules() -> None:
    """Compared as text here; a later issue runs them."""
    here = triggers.statements("sqlite")
    there = triggers.statements("postgresql")
    made = [re.match(r"create trigger (\w+) before (\w+) on (\w+)", s) for s in here]
    wanted = {m.groups() for m in made if m is not None}
    assert len(wanted) == len(here) == 13
    found = [re.match(r"create trigger (\w+) before (\w+) on (\w+)", s) for s in there]
    assert wanted <= {m.groups() for m in found if m is not None}
    functions = {m[1] for s in there if (m := re.match(r"create function (\w+)\(\)", s))}
    called = {m[1] for s in there if (m := re.search(r"execute function (\w+)\(\)", s))}
    assert functions == called
    assert triggers.statements("mysql") == []


def test_the_tables_compile_for_postgresql() -> None:
    url = make_url("postgresql+psycopg://localhost/paikao")
    for table in METADATA.sorted_tables:
        text = str(CreateTable(table).compile(dialect=url.get_dialect()()))
        assert table.name in text
