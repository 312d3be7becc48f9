"""Tokens given out and taken back: those of centers and exam points, and calendar links."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from models.publication import PublishedFacts
from scheduler.store import log
from scheduler.store.database import named_errors, open_engine, reading, require_ours
from scheduler.store.errors import StoreError
from scheduler.store.keys import StoreKey, encoded, token_hash
from scheduler.store.tables import CALENDAR_LINK, CENTER, FACTS, LIVE, TOKEN
from scheduler.store.times import stored

DEFAULT_DAYS = 30
_TOKEN_BYTES = 32
_SHOWN = 12


@dataclass(frozen=True)
class TokenLine:
    """A token that was given out, without the token; ``short`` names it: 12 hex digits."""

    short: str
    exam: str
    kind: str
    holder: str
    created_at: str
    expires_at: str
    revoked_at: str


def give_token(
    kind: Literal["center", "exam_point"],
    holder: str,
    url: str,
    *,
    now: datetime,
    actor: str,
    days: int = DEFAULT_DAYS,
    exam: str | None = None,
) -> str:
    """Make a token of a center or an exam point; only its hash is kept, so it is shown once.

    Args:
        kind: ``center`` or ``exam_point``.
        holder: its id in the version published last.
        url: of the store.
        now: with offset.
        actor: who gives it out; stands in the log.
        days: after which it expires.
        exam: may be left out where the store holds one exam.

    Raises:
        StoreError: no such center or exam point, or ``exam`` needed.
    """
    token = encoded(secrets.token_bytes(_TOKEN_BYTES))
    engine = open_engine(url)
    try:
        with named_errors(), engine.begin() as connection:
            code, facts = _latest_facts(connection, exam)
            known = facts.center_by_id if kind == CENTER else facts.point_by_id
            if holder not in known:
                raise StoreError(f"exam {code} has no {kind.replace('_', ' ')} {holder}")
            connection.execute(
                insert(TOKEN).values(
                    token_hash=token_hash(token),
                    exam=code,
                    kind=kind,
                    holder=holder,
                    created_at=stored(now),
                    expires_at=stored(now + timedelta(days=days)),
                )
            )
            note = f"{kind} {holder}, {days} days, {token_hash(token).hex()[:_SHOWN]}"
            log.append(connection, "token", code, at=now, actor=actor, note=note)
    finally:
        engine.dispose()
    return token


def list_tokens(url: str) -> tuple[TokenLine, ...]:
    """Every token of centers and exam points, by exam, kind, holder, time."""
    engine = open_engine(url)
    try:
        with named_errors(), reading(engine) as connection:
            require_ours(connection)
            rows = connection.execute(
                select(TOKEN).order_by(
                    TOKEN.c.exam, TOKEN.c.kind, TOKEN.c.holder, TOKEN.c.created_at
                )
            ).all()
    finally:
        engine.dispose()
    return tuple(
        TokenLine(
            row.token_hash.hex()[:_SHOWN], row.exam, row.kind, row.holder,
            row.created_at, row.expires_at, row.revoked_at,
        )
        for row in rows
    )  # fmt: skip


def revoke_token(which: str, url: str, *, now: datetime, actor: str) -> TokenLine:
    """Revoke a token, given whole or by the 12 hex digits that ``list_tokens`` shows.

    Raises:
        StoreError: no such token, or revoked already.
    """
    engine = open_engine(url)
    try:
        with named_errors(), engine.begin() as connection:
            require_ours(connection)
            rows = connection.execute(select(TOKEN).where(TOKEN.c.revoked_at == "")).all()
            whole = token_hash(which)
            found = [r for r in rows if r.token_hash == whole]
            found = found or [r for r in rows if r.token_hash.hex()[:_SHOWN] == which.lower()]
            if len(found) != 1:
                raise StoreError("no token in force is named so; 'paikao token list' shows them")
            row = found[0]
            connection.execute(
                update(TOKEN)
                .where(TOKEN.c.token_hash == row.token_hash)
                .values(revoked_at=stored(now))
            )
            short = row.token_hash.hex()[:_SHOWN]
            note = f"{row.kind} {row.holder}, {short}"
            log.append(connection, "revoke", row.exam, at=now, actor=actor, note=note)
            return TokenLine(
                short, row.exam, row.kind, row.holder, row.created_at, row.expires_at, stored(now)
            )
    finally:
        engine.dispose()


def renew_calendar(
    kind: Literal["candidate", "center", "exam_point"],
    holder: str,
    url: str,
    *,
    key: StoreKey,
    now: datetime,
    actor: str,
    exam: str | None = None,
) -> None:
    """Revoke the calendar link of a holder; the next look-up gives a new one.

    The log tells how many, not whose: no candidate stands in it.

    Raises:
        StoreError: the holder has no link.
        KeyRefused: another key.
    """
    engine = open_engine(url)
    try:
        with named_errors(), engine.begin() as connection:
            require_ours(connection, key)
            code, _ = _latest_facts(connection, exam)
            link = CALENDAR_LINK.c
            mine = (link.exam == code, link.kind == kind, link.holder == holder)
            serial = connection.scalar(select(func.max(link.serial)).where(*mine))
            if serial is None:
                raise StoreError(f"there is no calendar link of this {kind.replace('_', ' ')}")
            connection.execute(
                update(CALENDAR_LINK)
                .where(*mine, link.revoked_at == "")
                .values(revoked_at=stored(now))
            )
            token = key.calendar_token(code, kind, holder, serial + 1)
            connection.execute(
                insert(CALENDAR_LINK).values(
                    token_hash=token_hash(token),
                    exam=code,
                    kind=kind,
                    holder=holder,
                    serial=serial + 1,
                )
            )
            log.append(
                connection, "calendar", code, at=now, actor=actor, note=f"one {kind} link renewed"
            )
    finally:
        engine.dispose()


def _latest_facts(connection: Connection, exam: str | None) -> tuple[str, PublishedFacts]:
    require_ours(connection)
    rows = connection.execute(
        select(LIVE.c.exam, FACTS.c.json)
        .join(FACTS, FACTS.c.version_id == LIVE.c.latest_id)
        .where(LIVE.c.exam == exam if exam else LIVE.c.exam != "")
        .order_by(LIVE.c.exam)
    ).all()
    if not rows:
        raise StoreError(f"nothing is published of {exam or 'any exam'} in this database")
    if len(rows) > 1:
        names = ", ".join(row.exam for row in rows)
        raise StoreError(f"the store holds several exams: name one of {names} with --exam")
    return rows[0].exam, PublishedFacts.model_validate_json(rows[0].json)
