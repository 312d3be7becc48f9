"""``publish``, ``withdraw``, ``versions``, ``purge``, ``token``: parsing and printing only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scheduler.commands.options import ROSTER_OPTIONS, file_path, folder_path, with_options

if TYPE_CHECKING:
    from scheduler.store.keys import StoreKey

Command = TypeVar("Command", bound=Callable[..., Any])

DATABASE = click.option(
    "--db",
    "url",
    required=True,
    envvar="PAIKAO_DB",
    metavar="URL",
    help="Database, such as sqlite:///paikao.db.  [env: PAIKAO_DB]",
)
KEY_FILE = click.option(
    "--key-file",
    type=file_path(exists=False),
    help="Key of the store, mode 600.  [default: PAIKAO_KEY, PAIKAO_KEY_FILE, or beside the file]",
)
ACTOR = click.option(
    "--by", "actor", metavar="NAME", help="Who does it, for the log.  [default: login name]"
)
EXAM = click.option("--exam", metavar="CODE", help="Which exam, if the database holds several.")


def actor_name(name: str | None) -> str:
    """Who does it: as named, else the login name."""
    import getpass

    return name or getpass.getuser()


def _now() -> datetime:
    return datetime.now(UTC)


@click.command()
@click.argument("plan_dir", type=folder_path(exists=True))
@click.argument("roster", type=file_path())
@DATABASE
@click.option(
    "--accept-unplaced",
    type=click.IntRange(min=0),
    metavar="N",
    help="Publish although exactly N candidates have no seat.",
)
@click.option("--reviewed-by", default="", metavar="NAME", help="Who else looked at the plan.")
@ACTOR
@KEY_FILE
@with_options(*ROSTER_OPTIONS)
@click.option(
    "--published-at",
    metavar="TIME",
    help="For examples: time of publication, such as 2022-04-05T09:00.  [default: now]",
)
def publish(
    plan_dir: Path,
    roster: Path,
    url: str,
    accept_unplaced: int | None,
    reviewed_by: str,
    actor: str | None,
    key_file: Path | None,
    published_at: str | None,
    **reading: Any,
) -> None:
    """Make the plan in PLAN_DIR the live version of its exam.

    Verifies it again, loads it beside the live version, counts, and flips one pointer: readers see
    the version before or this one, whole. ID numbers are not stored.
    """
    import sys

    from scheduler.store.publish import PlanNotVerified
    from scheduler.store.publish import publish as publish_plan

    now = present(published_at, "--published-at")
    try:
        done = publish_plan(
            plan_dir,
            roster,
            url,
            key=_publishing_key(url, key_file),
            publisher=actor_name(actor),
            reviewer=reviewed_by,
            accept_unplaced=accept_unplaced,
            now=now,
            progress=_show_progress if sys.stderr.isatty() else None,
            **reading,
        )
    except PlanNotVerified as refused:
        from scheduler.terminal import console, print_violations

        print_violations(console(stderr=True), refused.violations)
        raise
    words = {
        "published": "published",
        "live_again": "live again",
        "already_live": "live already, nothing to do",
    }
    click.echo(
        f"exam {done.exam}, version {done.plan_version}: {words[done.outcome]}; "
        f"{done.placed:,} placed, {done.unplaced:,} unplaced"
    )
    click.echo(f"root hash {done.root_hash}")


def _show_progress(people: int) -> None:
    click.echo(f"\r{people:,} candidates loaded ", nl=False, err=True)


def present(text: str | None, option: str) -> datetime:
    """The time that an option gives, with offset only if it was typed; by default now."""
    if text is None:
        return _now()
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not a time such as 2022-04-05T09:00", param_hint=option
        ) from None


def _publishing_key(url: str, key_file: Path | None) -> StoreKey:
    """The key; made with the database, and never again once that exists."""
    from scheduler.store.database import is_made
    from scheduler.store.keys import load_key

    return load_key(url, key_file, create=not is_made(url))


@click.command()
@click.option("--exam", required=True, metavar="CODE", help="Which exam.")
@DATABASE
@ACTOR
@click.option("--note", default="", metavar="TEXT", help="Why, for the log; name no candidate.")
def withdraw(exam: str, url: str, actor: str | None, note: str) -> None:
    """Take the live version of an exam off.

    Look-ups find nothing and calendars cancel their events, until a version is published again.
    """
    from scheduler.store.pointer import withdraw as take_off

    root = take_off(exam, url, actor=actor_name(actor), now=_now(), note=note)
    click.echo(f"exam {exam} withdrawn; it was root hash {root}")


@click.command()
@DATABASE
@click.option("--json", "as_json", is_flag=True, help="Print versions and log as JSON.")
def versions(url: str, as_json: bool) -> None:
    """List what was published, and check the chain of the log."""
    from dataclasses import asdict

    from scheduler.store.history import history

    found = history(url)
    if as_json:
        import json

        click.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False))
        return
    for one in found.versions:
        by = f"{one.publisher}, reviewed by {one.reviewer}" if one.reviewer else one.publisher
        click.echo(
            f"{one.exam} version {one.plan_version} {one.state}: {one.candidates:,} candidates, "
            f"{one.unplaced:,} unplaced; published {one.published_at} by {by}"
        )
        click.echo(f"    root hash {one.root_hash}")
    for entry in found.log:
        text = " ".join(filter(None, (entry.at, entry.action, entry.exam, entry.actor)))
        click.echo(f"log {entry.seq}: {text}{f' ({entry.note})' if entry.note else ''}")
    click.echo(f"log hash {found.log_hash}")


@click.command()
@click.option("--exam", required=True, metavar="CODE", help="Which exam; type it out.")
@DATABASE
@ACTOR
@click.option("--dry-run", is_flag=True, help="Count what would go, delete nothing.")
@click.option("--force", is_flag=True, help="Also before the last session is over.")
def purge(exam: str, url: str, actor: str | None, dry_run: bool, force: bool) -> None:
    """Delete everything about the people of an exam, for good.

    Versions (root hashes, numbers) and the log stay. Backups are yours to delete.
    """
    from scheduler.store.purge import purge as delete_people

    done = delete_people(
        exam, url, actor=actor_name(actor), now=_now(), dry_run=dry_run, force=force
    )
    rows = ", ".join(f"{name} {count:,}" for name, count in done.rows.items())
    click.echo(f"exam {exam}, {done.versions} versions: {rows}")
    click.echo("nothing was deleted (--dry-run)" if dry_run else "deleted; the file is rewritten")


# ---------------------------------------------------------------- tokens


@click.group()
def token() -> None:
    """Give out and take back tokens of centers and exam points."""


_DAYS = click.option(
    "--days", type=click.IntRange(1, 366), default=30, show_default=True, help="Until it expires."
)


@token.command("center")
@click.argument("center_id")
@with_options(DATABASE, _DAYS, EXAM, ACTOR)
def token_center(center_id: str, **options: Any) -> None:
    """Make a token of one center and show it once."""
    _give("center", center_id, **options)


@token.command("point")
@click.argument("exam_point")
@with_options(DATABASE, _DAYS, EXAM, ACTOR)
def token_point(exam_point: str, **options: Any) -> None:
    """Make a token of one exam point, good for all its centers, and show it once."""
    _give("exam_point", exam_point, **options)


def _give(
    kind: Any, holder: str, *, url: str, days: int, exam: str | None, actor: str | None
) -> None:
    from scheduler.store.tokens import give_token

    click.echo(
        give_token(kind, holder, url, now=_now(), actor=actor_name(actor), days=days, exam=exam)
    )


@token.command("list")
@DATABASE
def token_list(url: str) -> None:
    """List the tokens of centers and exam points, each by the first digits of its hash."""
    from scheduler.store.tokens import list_tokens

    for one in list_tokens(url):
        state = f"revoked {one.revoked_at}" if one.revoked_at else f"until {one.expires_at}"
        kind = one.kind.replace("_", " ")
        click.echo(f"{one.short}  {one.exam} {kind} {one.holder}  {state}")


@token.command("revoke")
@click.argument("which")
@with_options(DATABASE, ACTOR)
def token_revoke(which: str, url: str, actor: str | None) -> None:
    """Revoke WHICH token: the digits that ``token list`` shows, or the token itself."""
    from scheduler.store.tokens import revoke_token

    one = revoke_token(which, url, now=_now(), actor=actor_name(actor))
    click.echo(f"revoked {one.short} of {one.kind.replace('_', ' ')} {one.holder}")


@token.command("renew-calendar")
@click.argument("kind", type=click.Choice(["candidate", "center", "exam_point"]))
@click.argument("holder")
@with_options(DATABASE, KEY_FILE, EXAM, ACTOR)
def token_renew_calendar(
    kind: Any, holder: str, url: str, key_file: Path | None, exam: str | None, actor: str | None
) -> None:
    """Revoke the calendar link of HOLDER; its next look-up gives a new one."""
    from scheduler.store.keys import load_key
    from scheduler.store.tokens import renew_calendar

    key = load_key(url, key_file)
    renew_calendar(kind, holder, url, key=key, now=_now(), actor=actor_name(actor), exam=exam)
    click.echo("the old calendar link answers nobody any more")


COMMANDS = (publish, withdraw, versions, purge, token)
"""In the order of ``paikao --help``."""
