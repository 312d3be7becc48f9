"""The one pointer of an exam: flipping it forward, and taking it away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from scheduler.store import log
from scheduler.store.database import named_errors, open_engine, require_ours
from scheduler.store.errors import StoreError
from scheduler.store.failpoints import failpoint
from scheduler.store.tables import LIVE, VERSION
from scheduler.store.times import stored


def flip(
    connection: Connection,
    exam: str,
    version_id: int,
    *,
    at: datetime,
    actor: str,
    root_hash: str,
    reviewer: str = "",
    note: str = "",
) -> bool:
    """Point the exam at a sealed version and log it; False when it is live already.

    The version that was the latest so far becomes the previous one. A withdrawn version that comes
    back keeps the time of it, for its calendars must outdate their own cancellations.
    """
    row = connection.execute(select(LIVE).where(LIVE.c.exam == exam)).first()
    if row is not None and row.version_id == version_id:
        return False
    again = row is not None and row.latest_id == version_id
    values = {
        "version_id": version_id,
        "latest_id": version_id,
        "withdrawn_at": "",
        "restored_at": stored(at) if again else "",
    }
    if row is None:
        connection.execute(insert(LIVE).values(exam=exam, previous_id=None, **values))
    else:
        previous = row.previous_id if again else row.latest_id
        connection.execute(
            update(LIVE).where(LIVE.c.exam == exam).values(previous_id=previous, **values)
        )
    log.append(
        connection,
        "publish",
        exam,
        at=at,
        actor=actor,
        reviewer=reviewer,
        root_hash=root_hash,
        note=note or ("again after a withdrawal" if again else ""),
    )
    return True


def withdraw(exam: str, url: str, *, actor: str, now: datetime, note: str = "") -> str:
    """Take the live version of an exam off; candidates find nothing, calendars cancel.

    The same plan published again, or the next version, ends the withdrawal.

    Args:
        exam: its code.
        url: of the store.
        actor: who does it; stands in the log.
        now: with offset.
        note: why; stands in the log, so no candidate in it.

    Returns:
        The root hash of the version taken off.

    Raises:
        StoreError: nothing is live.
    """
    engine = open_engine(url)
    try:
        with named_errors():
            with engine.begin() as connection:
                require_ours(connection)
                live = connection.execute(
                    select(LIVE.c.version_id, VERSION.c.root_hash)
                    .join(VERSION, VERSION.c.version_id == LIVE.c.version_id)
                    .where(LIVE.c.exam == exam)
                ).first()
                if live is None:
                    raise StoreError(f"nothing is live of exam {exam}")
                connection.execute(
                    update(LIVE)
                    .where(LIVE.c.exam == exam)
                    .values(version_id=None, withdrawn_at=stored(now), restored_at="")
                )
                log.append(
                    connection,
                    "withdraw",
                    exam,
                    at=now,
                    actor=actor,
                    root_hash=live.root_hash,
                    note=note,
                )
                failpoint("withdraw_written")
            failpoint("withdraw_committed")
        return str(live.root_hash)
    finally:
        engine.dispose()
