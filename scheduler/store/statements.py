"""The statements of the look-ups, without a dialect; each answers from one moment."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import (
    Integer,
    LargeBinary,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.sql import ClauseElement

from scheduler.store.rows import COLUMNS
from scheduler.store.tables import (
    CALENDAR_LINK,
    CANDIDATE,
    FACTS,
    FAILURE,
    LIVE,
    OCCUPANCY,
    PLACEMENT,
    TOKEN,
    VERSION,
)

_EXAM = bindparam("exam", type_=Text)


def _live() -> ClauseElement:
    return (
        select(
            LIVE.c.version_id,
            LIVE.c.latest_id,
            LIVE.c.previous_id,
            LIVE.c.withdrawn_at,
            LIVE.c.restored_at,
            VERSION.c.root_hash,
            VERSION.c.plan_version,
            VERSION.c.published_at,
            VERSION.c.exam_ends,
        )
        .join(VERSION, VERSION.c.version_id == LIVE.c.latest_id)
        .where(LIVE.c.exam == _EXAM, VERSION.c.purged_at == "")
    )


def _find() -> ClauseElement:
    """By archive number, else by ticket number, else anybody; with the failures so far.

    Every number takes the same path: both searches are made, the neighbour in the order of
    archive numbers is sought, and one row of ``placement`` is read, somebody's.
    """
    number = bindparam("number", type_=Text)
    unknown_key = bindparam("unknown_key", type_=Text)
    archive, ticket, after, person, order = (
        PLACEMENT.alias(name) for name in ("archive", "ticket", "after", "person", "in_order")
    )
    in_version = order.c.version_id == LIVE.c.version_id
    neighbour = (
        select(func.min(order.c.candidate_id))
        .where(in_version, order.c.candidate_id >= number)
        .correlate(LIVE)
        .scalar_subquery()
    )
    last = select(func.max(order.c.candidate_id)).where(in_version).correlate(LIVE)
    whose = func.coalesce(
        archive.c.candidate_id,
        ticket.c.candidate_id,
        after.c.candidate_id,
        last.scalar_subquery(),
    )
    known = or_(archive.c.candidate_id.is_not(None), ticket.c.candidate_id.is_not(None))
    counted_under = case(
        (known, literal_column("'c:'").concat(person.c.candidate_id)), else_=unknown_key
    )
    source = (
        LIVE.outerjoin(
            archive,
            and_(
                archive.c.version_id == LIVE.c.version_id,
                archive.c.candidate_id == number,
            ),
        )
        .outerjoin(
            ticket,
            and_(
                ticket.c.version_id == LIVE.c.version_id,
                ticket.c.ticket_number == number,
                ticket.c.ticket_number != literal_column("''"),  # as the partial index has it
            ),
        )
        .outerjoin(
            # Sought for known numbers too, only so that it takes as long.
            after,
            and_(after.c.version_id == LIVE.c.version_id, after.c.candidate_id == neighbour),
        )
        .outerjoin(
            person,
            and_(person.c.version_id == LIVE.c.version_id, person.c.candidate_id == whose),
        )
        .outerjoin(
            CALENDAR_LINK,
            and_(
                CALENDAR_LINK.c.exam == LIVE.c.exam,
                CALENDAR_LINK.c.kind == literal_column(f"'{CANDIDATE}'"),
                CALENDAR_LINK.c.holder == person.c.candidate_id,
                CALENDAR_LINK.c.revoked_at == literal_column("''"),
            ),
        )
        .outerjoin(FAILURE, and_(FAILURE.c.exam == LIVE.c.exam, FAILURE.c.key == counted_under))
    )
    return (
        select(
            LIVE.c.version_id,
            archive.c.candidate_id.is_not(None),
            ticket.c.candidate_id.is_not(None),
            CALENDAR_LINK.c.serial,
            FAILURE.c.failures,
            FAILURE.c.name_failures,
            FAILURE.c.name_since,
            person.c.id_hash,
            *(person.c[name] for name in COLUMNS),
        )
        .select_from(source)
        .where(LIVE.c.exam == _EXAM, LIVE.c.version_id.is_not(None))
    )


def _fail() -> ClauseElement:
    """Count a failure; this form of ``insert`` is the same text in SQLite and PostgreSQL."""
    return text(
        "insert into failure (exam, key, failures, name_failures, name_since, last_at)"
        " values (:exam, :key, 1, :named, :since, :at)"
        " on conflict (exam, key) do update set failures = failure.failures + 1,"
        " name_failures = case when failure.name_since <= :over then excluded.name_failures"
        " else failure.name_failures + excluded.name_failures end,"
        " name_since = case when failure.name_since <= :over then excluded.name_since"
        " else failure.name_since end,"
        " last_at = excluded.last_at"
        " returning failures, name_failures"
    ).bindparams(
        *(bindparam(name, type_=Text) for name in ("exam", "key", "since", "at", "over")),
        bindparam("named", type_=Integer),
    )


def _seats() -> ClauseElement:
    given = {name: bindparam(name, type_=Text) for name in ("sitting", "room_id")}
    every = {name: bindparam(name, type_=Integer) for name in ("any_sitting", "any_room")}
    table = PLACEMENT.c
    return (
        select(*(table[name] for name in COLUMNS))
        .where(
            table.version_id == bindparam("version_id", type_=Integer),
            table.center_id == bindparam("center_id", type_=Text),
            or_(every["any_sitting"] == 1, table.sitting == given["sitting"]),
            or_(every["any_room"] == 1, table.room_id == given["room_id"]),
            table.sitting != literal_column("''"),
        )
        .order_by(table.sitting, table.room_id, table.seat, table.subjects)
    )


def _sessions() -> ClauseElement:
    table = OCCUPANCY.c
    key = (table.sitting, table.room_id, table.subject)
    return (
        select(*key, func.count())
        .where(
            table.version_id == bindparam("version_id", type_=Integer),
            table.center_id == bindparam("center_id", type_=Text),
        )
        .group_by(*key)
        .order_by(*key)
    )


def _calendar() -> ClauseElement:
    now, before = PLACEMENT.alias("now"), PLACEMENT.alias("before")
    link = CALENDAR_LINK.c
    mine = link.kind == literal_column(f"'{CANDIDATE}'")
    source = (
        CALENDAR_LINK.join(LIVE, LIVE.c.exam == link.exam)
        .join(VERSION, VERSION.c.version_id == LIVE.c.latest_id)
        .outerjoin(
            now,
            and_(mine, now.c.version_id == LIVE.c.latest_id, now.c.candidate_id == link.holder),
        )
        .outerjoin(
            before,
            and_(
                mine,
                before.c.version_id == LIVE.c.previous_id,
                before.c.candidate_id == link.holder,
            ),
        )
    )
    return (
        select(
            link.kind,
            link.holder,
            LIVE.c.latest_id,
            LIVE.c.previous_id,
            LIVE.c.version_id,
            LIVE.c.withdrawn_at,
            LIVE.c.restored_at,
            VERSION.c.exam_ends,
            *(now.c[name] for name in COLUMNS),
            *(before.c[name] for name in COLUMNS),
        )
        .select_from(source)
        .where(
            link.token_hash == bindparam("token_hash", type_=LargeBinary),
            link.exam == _EXAM,
            link.revoked_at == literal_column("''"),
            VERSION.c.purged_at == literal_column("''"),
        )
    )


def _serial() -> ClauseElement:
    link = CALENDAR_LINK.c
    return select(func.max(link.serial)).where(
        link.exam == _EXAM,
        link.kind == bindparam("kind", type_=Text),
        link.holder == bindparam("holder", type_=Text),
    )


def _staff() -> ClauseElement:
    table = TOKEN.c
    return select(table.exam, table.kind, table.holder, table.expires_at, table.revoked_at).where(
        table.token_hash == bindparam("token_hash", type_=LargeBinary)
    )


def _facts() -> ClauseElement:
    return select(FACTS.c.json).where(FACTS.c.version_id == bindparam("version_id", type_=Integer))


READING: Mapping[str, ClauseElement] = {
    "live": _live(),
    "facts": _facts(),
    "find": _find(),
    "fail": _fail(),
    "seats": _seats(),
    "sessions": _sessions(),
    "calendar": _calendar(),
    "serial": _serial(),
    "staff": _staff(),
}
"""By name; values are given by the names of the parameters."""
