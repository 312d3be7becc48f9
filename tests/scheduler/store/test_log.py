"""The chain of the log shows every change that goes around the triggers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scheduler.store.errors import StoreError
from scheduler.store.history import history
from scheduler.store.pointer import withdraw
from tests.scheduler.store.plans import EXAM, NOW, Planned


@pytest.fixture
def logged(published: str, planned: Planned) -> str:
    """Five entries."""
    for _ in range(2):
        withdraw(EXAM, published, actor="li", now=NOW, note="a note\x1fwith a separator\n")
        planned.publish(published)
    return published


def test_entries_tell_who_did_what_when_and_chain(logged: str, planned: Planned) -> None:
    done = history(logged)
    assert [(e.seq, e.action, e.actor) for e in done.log] == [
        (1, "publish", "wang"), (2, "withdraw", "li"), (3, "publish", "wang"),
        (4, "withdraw", "li"), (5, "publish", "wang"),
    ]  # fmt: skip
    assert {(e.exam, e.root_hash, e.at) for e in done.log} == {
        (EXAM, done.versions[0].root_hash, "2022-04-05T01:00:00Z")
    }
    assert done.log[1].note == "a note with a separator "
    assert done.log[0].previous_hash == "0" * 64
    assert [e.previous_hash for e in done.log[1:]] == [e.entry_hash for e in done.log[:-1]]
    assert done.log_hash == done.log[-1].entry_hash
    assert "300 placed, 0 unplaced" in done.log[0].note


@pytest.mark.parametrize(
    "change",
    [
        "update log set actor = 'zhao' where seq = 1",
        "update log set at = '2022-04-04T01:00:00Z' where seq = 5",
        "update log set note = 'other' where seq = 4",
        "delete from log where seq = 1",
        "delete from log where seq = 3",
        "update log set seq = seq + 1 where seq = 5",
    ],
)
def test_what_goes_around_the_triggers_is_noticed(logged: str, database: Path, change: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("drop trigger log_update")
        connection.execute("drop trigger log_delete")
        connection.execute(change)
    with pytest.raises(StoreError, match="the log was tampered with at entry"):
        history(logged)


def test_a_cut_off_end_shows_on_the_last_hash_only(logged: str, database: Path) -> None:
    """Which is why docs/operations.md says to keep it elsewhere."""
    before = history(logged).log_hash
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("drop trigger log_delete")
        connection.execute("delete from log where seq = 5")
    assert history(logged).log_hash != before
