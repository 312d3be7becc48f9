"""``paikao export``: parsing and printing only."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.commands.errors import say
from scheduler.commands.options import ROSTER_OPTIONS, file_path, folder_path, with_options

if TYPE_CHECKING:
    from scheduler.export import Edition, Selection

HOLDERS = (
    click.option("--center", "centers", multiple=True, metavar="ID", help="Of this center."),
    click.option(
        "--exam-point", "exam_points", multiple=True, metavar="ID", help="Of this exam point."
    ),
    click.option("--all", "everything", is_flag=True, help="Of everybody who has one."),
)
SOURCES = (
    click.argument("plan_dir", type=folder_path(exists=True), required=False),
    click.argument("roster", type=file_path(), required=False),
    click.option("--out", type=folder_path(exists=False), required=True, help="Folder to make."),
    click.option("--db", metavar="URL", help="Export what is published in this database."),
    click.option("--exam", metavar="CODE", help="Which exam, if the database holds several."),
    click.option("--key-file", type=file_path(), help="Key of the database."),
    *ROSTER_OPTIONS,
)


@click.group()
def export() -> None:
    """Write calendars or seat plans as files, with the bytes that the server gives.

    They come from PLAN_DIR and its ROSTER, which are verified first, or from the database (--db).
    """


@export.command("calendar")
@with_options(*SOURCES)
@click.option(
    "--published-at",
    metavar="TIME",
    help="Time of publication, such as 2022-03-28T10:00; local if without offset. For PLAN_DIR.",
)
@click.option(
    "--candidate", "candidates", multiple=True, metavar="NUMBER",
    help="Of this candidate: archive or ticket number.",
)  # fmt: skip
@with_options(*HOLDERS)
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True,
    help="Words; names stay as they are. The server gives zh.",
)  # fmt: skip
def export_calendar(
    out: Path,
    published_at: str | None,
    candidates: tuple[str, ...],
    centers: tuple[str, ...],
    exam_points: tuple[str, ...],
    everything: bool,
    lang: str,
    **source: Any,
) -> None:
    """Write calendars (.ics) into the new folder OUT.

    Named candidates/NUMBER.ics, centers/ID.ics and exam-points/ID.ics; with --all also exam.ics.
    """
    from models.errors import UsageError
    from scheduler.documents.texts import Language
    from scheduler.export import Selection, export_calendars

    if source["db"] is None and published_at is None:
        raise UsageError("calendars of a plan that is not published need --published-at TIME")
    if source["db"] is not None and published_at is not None:
        raise UsageError("the database knows when it was published; leave out --published-at")
    selection = chosen(Selection(everything, candidates, centers, exam_points))
    edition = opened_edition(published_at=_moment(published_at), **source)
    if source["db"] is None and edition.facts.plan_version > 1:
        say("sessions that this version drops are cancelled only in an export of the database")
    written = export_calendars(edition, selection, out, Language(lang))
    click.echo(f"{written:,} calendars: {out}")


@export.command("seat-plan")
@with_options(*SOURCES)
@with_options(*HOLDERS)
def export_seat_plan(
    out: Path,
    centers: tuple[str, ...],
    exam_points: tuple[str, ...],
    everything: bool,
    **source: Any,
) -> None:
    """Write seat plans (.csv) into the new folder OUT.

    Named centers/ID.csv and exam-points/ID.csv; --all is every center in use. They hold names:
    give each center its own only.
    """
    from scheduler.export import Selection, export_seat_plans

    selection = chosen(Selection(everything, (), centers, exam_points))
    written = export_seat_plans(opened_edition(published_at=None, **source), selection, out)
    click.echo(f"{written:,} seat plans: {out}")


def chosen(selection: Selection) -> Selection:
    """The selection, if it is one."""
    from models.errors import UsageError

    named = selection.candidates + selection.centers + selection.exam_points
    if selection.everything and named:
        raise UsageError("--all is everybody; name nobody besides")
    if not selection.everything and not named:
        raise UsageError("name a candidate, a center or an exam point, or --all")
    return selection


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not a time such as 2022-03-28T10:00", param_hint="--published-at"
        ) from None


def opened_edition(
    *,
    plan_dir: Path | None,
    roster: Path | None,
    db: str | None,
    exam: str | None,
    key_file: Path | None,
    published_at: datetime | None,
    **reading: Any,
) -> Edition:
    """The source; a plan directory is verified first, a published version was."""
    from models.errors import UsageError, VerificationFailed
    from scheduler.export_sources import PlanEdition, StoreEdition

    if db is not None:
        if plan_dir is not None:
            raise UsageError("name either PLAN_DIR and ROSTER or --db, not both")
        return StoreEdition(db, exam=exam, key_file=key_file)
    if plan_dir is None or roster is None:
        raise UsageError("name PLAN_DIR and ROSTER, or --db URL")
    from scheduler.verify.run import verify_plan

    violations = verify_plan(plan_dir, roster, **reading)
    if violations:
        raise VerificationFailed(
            f"{plan_dir} breaks {len(violations)} rules; 'paikao verify' lists them"
        )
    return PlanEdition(plan_dir, roster, published_at, **reading)
