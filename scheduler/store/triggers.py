"""Triggers: what is sealed stays as it is, and the log only grows.

Version rows may change in two ways: ``loading`` becomes ``sealed`` or ``abandoned``, and a purge
stamps ``purged_at`` once. Rows of a sealed version can be neither added nor changed; they can be
deleted only after that stamp. Table names are the only text put in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Condition = tuple[str, str, str, str]
"""(table, event, condition, text): the event is refused where the condition holds for ``{row}``."""

_ROWS = ("facts", "placement", "occupancy")
_FIXED = (
    "version_id", "exam", "plan_version", "root_hash", "parent_root_hash", "published_at",
    "candidates", "unplaced", "publisher", "reviewer", "exam_ends",
)  # fmt: skip


def statements(dialect: str, conditions: Iterable[Condition] | None = None) -> list[str]:
    """The statements that make the triggers on a database; by default those of published plans."""
    make = {"sqlite": _sqlite, "postgresql": _postgresql}.get(dialect)
    return [] if make is None else list(make(_rules() if conditions is None else conditions))


def log_only_grows() -> Iterator[Condition]:
    """The log of any store."""
    yield "log", "update", "true", "the log only grows"
    yield "log", "delete", "true", "the log only grows"


def _rules() -> Iterator[Condition]:
    state = "(select state from version where version_id = {row}.version_id)"
    purged = "(select purged_at from version where version_id = {row}.version_id)"
    for table in _ROWS:
        yield table, "insert", f"{state} <> 'loading'", "the version takes no more rows"
        yield table, "update", f"{state} <> 'loading'", "published rows never change"
        sealed = f"{state} = 'sealed' and {purged} = ''"
        yield table, "delete", sealed, "published rows stay until the exam is purged"
    unchanged = " and ".join(f"new.{name} = old.{name}" for name in _FIXED)
    step = "old.state = 'loading' or (new.state = old.state and old.purged_at = '')"
    yield "version", "update", f"not ({unchanged} and ({step}))", "published versions never change"
    yield "version", "delete", "old.state = 'sealed'", "published versions are never deleted"
    yield from log_only_grows()


def _sqlite(conditions: Iterable[Condition]) -> Iterator[str]:
    for table, event, condition, text in conditions:
        row = "new" if event == "insert" else "old"
        yield (
            f"create trigger {table}_{event} before {event} on {table} "
            f"when {condition.format(row=row)} begin select raise(abort, '{text}'); end"
        )


def _postgresql(conditions: Iterable[Condition]) -> Iterator[str]:
    for table, event, condition, text in conditions:
        row = "new" if event == "insert" else "old"
        result = "old" if event == "delete" else "new"
        yield (
            f"create function {table}_{event}() returns trigger language plpgsql as $$ begin "
            f"if {condition.format(row=row)} then "
            f"raise exception using errcode = 'integrity_constraint_violation', "
            f"message = '{text}'; end if; return {result}; end $$"
        )
        yield (
            f"create trigger {table}_{event} before {event} on {table} "
            f"for each row execute function {table}_{event}()"
        )
    yield (
        "create function log_truncate() returns trigger language plpgsql as $$ begin "
        "raise exception 'the log only grows'; end $$"
    )
    yield "create trigger log_truncate before truncate on log execute function log_truncate()"
