"""Publishes a plan: verified again, loaded aside, counted, and then one pointer flips."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import Connection, Engine, Row
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from models.errors import VerificationFailed
from models.plan import Manifest, Violation
from models.publication import PublishedFacts, sitting_times
from scheduler.plan import read_manifest, read_table, root_hash
from scheduler.publication import Publication, read_publication, require_whole
from scheduler.store import sqlite
from scheduler.store.counts import CenterSession, Expected, check_counts
from scheduler.store.database import create_tables, named_errors, open_engine, reading
from scheduler.store.errors import PublishRefused
from scheduler.store.failpoints import failpoint
from scheduler.store.keys import StoreKey
from scheduler.store.loading import Loader, Previous, begin_version, delete_rows, remove_leftovers
from scheduler.store.pointer import flip
from scheduler.store.tables import FACTS, LOADING, SEALED, VERSION
from scheduler.store.times import stored
from scheduler.verify.run import verify_plan


@dataclass(frozen=True)
class PublishedVersion:
    """What ``publish`` did.

    Attributes:
        outcome: ``published``; ``live_again`` after a withdrawal; ``already_live``: nothing done.
    """

    exam: str
    version_id: int
    plan_version: int
    root_hash: str
    placed: int
    unplaced: int
    outcome: Literal["published", "live_again", "already_live"]


class PlanNotVerified(VerificationFailed):
    """The plan breaks a rule; every violation is attached."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = tuple(violations)
        rules = ", ".join(sorted({v.rule for v in violations})[:5])
        super().__init__(f"{len(self.violations)} violations, nothing was published: {rules}")


def publish(
    plan_dir: Path,
    roster: Path,
    url: str,
    *,
    key: StoreKey,
    publisher: str,
    now: datetime,
    reviewer: str = "",
    accept_unplaced: int | None = None,
    set_aside: Path | None = None,
    ignore_columns: Sequence[str] = (),
    sheet: str | None = None,
    header_row: int = 1,
    progress: Callable[[int], None] | None = None,
) -> PublishedVersion:
    """Publish a plan as the next version of its exam.

    Readers see the version before until one transaction seals the new one, flips the pointer and
    adds the log entry. An interruption at any moment leaves the old version live; what was loaded
    is removed by the next ``publish``.

    Args:
        plan_dir: a finished plan; verified again from its files.
        roster: the roster that it was made from.
        url: SQLAlchemy URL; a SQLite file is made if there is none.
        key: of the store.
        publisher: who publishes; stands in the log.
        now: the time of publication; in the zone of the exam if without offset.
        reviewer: who else has looked at the plan; another person than the publisher.
        accept_unplaced: the exact number of unplaced people, if there are any.
        set_aside: rows of the roster that were left out.
        ignore_columns: columns of the roster to drop without a word.
        sheet: sheet of a workbook.
        header_row: line or row of the roster's header.
        progress: called with the number of people loaded so far.

    Raises:
        PlanNotVerified: a rule is broken.
        PublishRefused: not the next version, a number not accepted, a count that differs.
        KeyRefused: the database belongs to another key.
        StoreError: the database cannot be used.
    """
    publisher, reviewer = publisher.strip(), reviewer.strip()
    _require_four_eyes(publisher, reviewer)
    options: dict[str, Any] = {
        "set_aside": set_aside, "ignore_columns": ignore_columns,
        "sheet": sheet, "header_row": header_row,
    }  # fmt: skip
    violations = verify_plan(plan_dir, roster, **options)
    if violations:
        raise PlanNotVerified(violations)
    failpoint("publish_verified")
    manifest = read_manifest(plan_dir)
    _require_accepted(manifest.totals.unplaced, accept_unplaced)
    publication = read_publication(plan_dir, roster, published_at=now, **options)
    engine = open_engine(url, create=True)
    try:
        create_tables(engine, key)
        failpoint("publish_tables_made")
        with named_errors():
            return _publish(engine, key, publication, publisher, reviewer, progress)
    finally:
        engine.dispose()


def _publish(
    engine: Engine,
    key: StoreKey,
    publication: Publication,
    publisher: str,
    reviewer: str,
    progress: Callable[[int], None] | None,
) -> PublishedVersion:
    manifest, facts = publication.manifest, publication.facts
    exam, now = manifest.exam_code, facts.published_at

    def done(
        version_id: int, outcome: Literal["published", "live_again", "already_live"]
    ) -> PublishedVersion:
        totals = manifest.totals
        return PublishedVersion(
            exam, version_id, manifest.plan_version, facts.root_hash,
            totals.placed, totals.unplaced, outcome,
        )  # fmt: skip

    with engine.begin() as connection:
        latest = latest_version(connection, exam)
        if latest is not None and latest.purged_at:
            raise PublishRefused(f"exam {exam} was purged; nothing more is published of it")
        if latest is not None and latest.root_hash == facts.root_hash:
            again = flip(
                connection, exam, latest.version_id,
                at=now, actor=publisher, reviewer=reviewer, root_hash=latest.root_hash,
            )  # fmt: skip
            return done(latest.version_id, "live_again" if again else "already_live")
        require_next(connection, manifest, facts.root_hash, latest)
        previous_facts = _facts_of(connection, latest)
    remove_leftovers(engine, exam)
    version_id = begin_version(engine, _version_row(manifest, facts, publisher, reviewer), facts)
    previous = Previous(None if latest is None else latest.version_id, previous_facts, facts)
    try:
        failpoint("publish_version_begun")
        _load(Loader(engine, key, exam, version_id, previous), publication, progress)
        failpoint("publish_loaded")
        expected = expected_counts(publication.plan_dir, manifest)
        with reading(engine) as connection:
            check_counts(connection, version_id, expected)
        require_whole(publication.plan_dir)
        if root_hash(publication.plan_dir) != facts.root_hash:
            raise PublishRefused("the plan was changed while it was published")
        failpoint("publish_counted")
        with engine.begin() as connection:
            _require_unchanged(connection, exam, latest)
            seal(connection, version_id)
            failpoint("publish_sealed")
            flip(
                connection, exam, version_id,
                at=now, actor=publisher, reviewer=reviewer, root_hash=facts.root_hash,
                note=_note(manifest),
            )  # fmt: skip
            failpoint("publish_flipped")
    except IntegrityError as error:
        _clean_up(engine, version_id)
        raise _named(error) from None
    except Exception:
        _clean_up(engine, version_id)
        raise
    failpoint("publish_committed")
    sqlite.checkpoint(engine)
    return done(version_id, "published")


def _load(loader: Loader, publication: Publication, progress: Callable[[int], None] | None) -> None:
    loaded = 0
    for batch in publication.batches():
        loader.people([(person.placement, person.id_number) for person in batch])
        failpoint("publish_batch_committed")
        loaded += len(batch)
        if progress is not None:
            progress(loaded)
    loader.places(publication.facts)


# ---------------------------------------------------------------- conditions


def _require_four_eyes(publisher: str, reviewer: str) -> None:
    if not publisher:
        raise PublishRefused("nobody is named as publisher")
    if reviewer and reviewer.casefold() == publisher.casefold():
        raise PublishRefused("the reviewer must be another person than the publisher")


def _require_accepted(unplaced: int, accepted: int | None) -> None:
    if unplaced == (accepted or 0):
        return
    if accepted is None:
        raise PublishRefused(
            f"{unplaced} candidates are unplaced; to publish without seats for them, "
            f"give --accept-unplaced {unplaced}"
        )
    raise PublishRefused(f"{unplaced} candidates are unplaced, not {accepted}")


def latest_version(connection: Connection, exam: str) -> Row[Any] | None:
    """The sealed version of an exam with the highest plan version, or None."""
    return connection.execute(
        select(VERSION)
        .where(VERSION.c.exam == exam, VERSION.c.state == SEALED)
        .order_by(VERSION.c.plan_version.desc())
        .limit(1)
    ).first()


def require_next(
    connection: Connection, manifest: Manifest, root: str, latest: Row[Any] | None
) -> None:
    """Refuse a plan that does not follow the latest published one.

    Raises:
        PublishRefused: published before, an older or equal version, or another parent.
    """
    before = connection.scalar(
        select(func.count()).where(VERSION.c.root_hash == root, VERSION.c.state == SEALED)
    )
    if before:
        raise PublishRefused("this plan was published before and replaced; make a new version")
    parent = "" if latest is None else latest.root_hash
    number = 0 if latest is None else latest.plan_version
    if manifest.plan_version <= number:
        raise PublishRefused(
            f"plan version {manifest.plan_version} does not follow the published version {number}"
        )
    if manifest.parent_root_hash != parent:
        raise PublishRefused(
            "the plan does not name the published version as its parent: "
            f"{manifest.parent_root_hash or 'none'} instead of {parent or 'none'}"
        )


def _require_unchanged(connection: Connection, exam: str, before: Row[Any] | None) -> None:
    """Refuse if another run published meanwhile."""
    latest = latest_version(connection, exam)
    if (latest and latest.version_id) != (before and before.version_id):
        raise PublishRefused("another plan was published meanwhile")


def expected_counts(plan_dir: Path, manifest: Manifest) -> Expected:
    """The numbers of ``manifest.json`` and ``utilisation.csv``."""
    rows = read_table(plan_dir, "utilisation")
    key = ["center_id", "sitting", "subject"]
    sums = rows[rows["occupied"] > 0].groupby(key, sort=True, as_index=False)["occupied"].sum()
    columns = (sums[name].tolist() for name in (*key, "occupied"))
    occupied = {
        CenterSession(center, sitting, subject): count
        for center, sitting, subject, count in zip(*columns, strict=True)
    }
    return Expected(manifest.totals.placed, manifest.totals.unplaced, occupied)


def seal(connection: Connection, version_id: int) -> None:
    """Make a loaded version unchangeable.

    Raises:
        PublishRefused: it is not there any more, or was sealed or abandoned by another run.
    """
    done = connection.execute(
        update(VERSION)
        .where(VERSION.c.version_id == version_id, VERSION.c.state == LOADING)
        .values(state=SEALED)
    )
    if done.rowcount != 1:
        raise PublishRefused("another run of publish took over")


# ---------------------------------------------------------------- parts


def _facts_of(connection: Connection, version: Row[Any] | None) -> PublishedFacts | None:
    if version is None:
        return None
    text = connection.scalar(select(FACTS.c.json).where(FACTS.c.version_id == version.version_id))
    return None if text is None else PublishedFacts.model_validate_json(text)


def _version_row(
    manifest: Manifest, facts: PublishedFacts, publisher: str, reviewer: str
) -> Mapping[str, Any]:
    return {
        "exam": manifest.exam_code,
        "plan_version": manifest.plan_version,
        "root_hash": facts.root_hash,
        "parent_root_hash": manifest.parent_root_hash,
        "published_at": stored(facts.published_at),
        "candidates": manifest.totals.placed + manifest.totals.unplaced,
        "unplaced": manifest.totals.unplaced,
        "publisher": publisher,
        "reviewer": reviewer,
        "exam_ends": stored(exam_ends(facts)),
    }


def exam_ends(facts: PublishedFacts) -> datetime:
    """The end of the last session of any sitting, with the longest extra time."""
    needs = tuple(need.id for need in facts.exam.needs)
    ends = (
        time.end
        for sitting in facts.exam.sittings
        for time in sitting_times(facts.exam, sitting, needs=needs)
    )
    return max(ends).astimezone(UTC)


def _note(manifest: Manifest) -> str:
    totals = manifest.totals
    return f"version {manifest.plan_version}: {totals.placed} placed, {totals.unplaced} unplaced"


def _clean_up(engine: Engine, version_id: int) -> None:
    """Remove what was loaded; if even that fails, the next ``publish`` does it."""
    try:
        delete_rows(engine, version_id)
        with engine.begin() as connection:
            connection.execute(
                delete(VERSION).where(
                    VERSION.c.version_id == version_id, VERSION.c.state == LOADING
                )
            )
    except SQLAlchemyError as error:
        print(f"paikao: leftovers remain: {type(error).__name__}", file=sys.stderr)  # noqa: T201


def _named(error: IntegrityError) -> PublishRefused:
    text = str(error.orig)
    if "takes no more rows" in text or "FOREIGN KEY" in text.upper():
        return PublishRefused("another run of publish took over")
    table = next((t for t in ("occupancy", "placement") if t in text), "")
    if table == "occupancy":
        return PublishRefused("two people are given one seat in one session")
    return PublishRefused(f"the database refused the plan: {table or 'a constraint'}")
