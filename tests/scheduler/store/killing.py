"""Publishing in processes that are killed, and what must hold afterwards."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from contextlib import closing
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from unittest import mock

from scheduler.store import publish
from scheduler.store.failpoints import VARIABLE
from scheduler.store.history import history
from scheduler.store.lookups import Store
from tests.scheduler.store.plans import KEY, Planned, records

SIGKILL_EXIT = -9

# Children of a server that has loaded everything: a kill every 0.2 s instead of every 3 s.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.scheduler.store.killing"])


def start(planned: Planned, url: str, failpoint: str = "") -> ForkServerProcess:
    """A process that publishes, unverified, and kills itself at the failpoint."""
    process = _CONTEXT.Process(target=_publish, args=(planned, url, failpoint))
    process.start()
    return process


def _publish(planned: Planned, url: str, failpoint: str) -> None:
    os.environ[VARIABLE] = failpoint
    # Verification writes nothing; the soak test runs the real command.
    with mock.patch.object(publish, "verify_plan", return_value=()):
        planned.publish(url)


def require_whole(database: Path, plans: dict[int, Planned]) -> int:
    """Whatever happened: a sound file, and the live version is one of the plans, whole.

    Returns:
        The number of the live plan version; 0 when nothing was ever published.
    """
    if not database.exists():
        return 0
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert connection.execute("pragma foreign_key_check").fetchall() == []
        tables = connection.execute("select name from sqlite_master").fetchall()
        if not tables or not connection.execute("select 1 from live").fetchall():
            return 0
    store = Store.open(f"sqlite:///{database}", KEY)
    try:
        live = store.live()
        assert live is not None
        assert live.withdrawn_at is None
        seats = plans[live.plan_version].seats()
        for seat in records(seats):
            found = store.find(seat.candidate_id)
            assert found.version_id == live.version_id
            assert found.placement is not None
            place = (found.placement.sitting, found.placement.center_id, found.placement.seat)
            assert place == (seat.sitting, seat.center_id, seat.seat)
        centers = sorted(set(seats["center_id"]))
        assert sum(len(list(store.seat_plan("center", c))) for c in centers) == len(seats)
        assert store.facts(live.version_id).root_hash == live.root_hash
    finally:
        store.close()
    done = history(f"sqlite:///{database}")  # checks the chain of the log
    published = [entry.root_hash for entry in done.log if entry.action == "publish"]
    assert published == [line.root_hash for line in done.versions]
    return live.plan_version
