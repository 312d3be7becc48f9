"""Calendars and seat plans as files, the same bytes as the server gives.

What is exported comes from a plan directory with its roster or from the store
(:mod:`scheduler.export_sources`); both are handed on center by center, so an export needs the
memory of one center. A folder is written whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from models.errors import UsageError
from models.publication import Placement, PublishedFacts
from scheduler.documents.calendar import (
    candidate_calendar,
    center_calendar,
    exam_calendar,
    exam_point_calendar,
)
from scheduler.documents.seat_plan import seat_plan_csv, seat_plan_rows
from scheduler.documents.sessions import SessionUse, session_uses
from scheduler.documents.texts import Language
from scheduler.plan import require_free
from scheduler.whole_folder import written_aside

CANDIDATES, CENTERS, EXAM_POINTS = "candidates", "centers", "exam-points"
"""Folders of an export; files are named by archive number, center id and exam point id."""
EXAM_FILE = "exam.ics"


@dataclass(frozen=True, slots=True)
class Person:
    """One candidate in the version exported and in the one before; one of them may be absent."""

    now: Placement | None
    before: Placement | None


class Edition(Protocol):
    """One version to export: what :mod:`scheduler.export_sources` gives."""

    @property
    def facts(self) -> PublishedFacts:
        """Of the version."""

    @property
    def previous_facts(self) -> PublishedFacts | None:
        """Of the version published before it, where there was one."""

    @property
    def withdrawn_at(self) -> datetime | None:
        """When it was withdrawn, if it was."""

    def person(self, number: str) -> Person | None:
        """The candidate of an archive or ticket number."""

    def people(self) -> Iterator[Person]:
        """Everybody who has a seat in this version or had one in the version before."""

    def seated(self, centers: Sequence[str]) -> Iterator[tuple[str, list[Placement]]]:
        """Placements of these centers, center by center; of centers without anybody none."""

    def seated_before(self, centers: Sequence[str]) -> Iterator[tuple[str, list[Placement]]]:
        """The same in the version before."""


@dataclass(frozen=True)
class Selection:
    """Whose documents are wanted: everybody's, or those of the ids named."""

    everything: bool = False
    candidates: tuple[str, ...] = ()
    centers: tuple[str, ...] = ()
    exam_points: tuple[str, ...] = ()


def export_calendars(
    edition: Edition, selection: Selection, out: Path, language: Language = Language.ZH
) -> int:
    """Write calendars into the new folder ``out`` and return their number.

    ``everything`` is the exam's calendar and those of all candidates with a seat, all centers in
    use and all exam points with such a center.

    Raises:
        UsageError: an id is unknown.
        PlanDirectoryError: ``out`` is taken.
    """
    return _write(out, _calendars(edition, selection, language))


def export_seat_plans(edition: Edition, selection: Selection, out: Path) -> int:
    """Write one seat plan per center or exam point named into ``out``; return their number.

    ``everything`` is every center in use. ``out`` is a new folder.

    Raises:
        UsageError: an id is unknown, a candidate is named, or the version is withdrawn.
        PlanDirectoryError: ``out`` is taken.
    """
    if selection.candidates:
        raise UsageError("a seat plan is of a center or an exam point, not of a candidate")
    if edition.withdrawn_at is not None:
        raise UsageError("this version is withdrawn; there is no seat plan to go by")
    centers_of([edition.facts], selection)  # refuses unknown ids before anything is written
    return _write(out, _seat_plans(edition, selection))


def _write(out: Path, files: Iterator[tuple[str, bytes]]) -> int:
    """All files, by their names below ``out``, or none; an error of ``files`` leaves nothing."""
    require_free(out)
    written = 0
    with written_aside(out) as folder:
        for name, content in files:
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            written += 1
    return written


# ---------------------------------------------------------------- seat plans


def _seat_plans(edition: Edition, selection: Selection) -> Iterator[tuple[str, bytes]]:
    facts = edition.facts
    holders = {f"{CENTERS}/{center_id}": [center_id] for center_id in sorted(selection.centers)}
    for point in sorted(selection.exam_points):
        holders[f"{EXAM_POINTS}/{point}"] = centers_of([facts], Selection(exam_points=(point,)))
    for name, centers in holders.items():
        everybody = [p for _, placements in edition.seated(centers) for p in placements]
        yield f"{name}.csv", seat_plan_csv(facts, seat_plan_rows(facts, everybody))
    if selection.everything:
        for center_id, here in edition.seated(centers_of([facts], selection)):
            yield f"{CENTERS}/{center_id}.csv", seat_plan_csv(facts, seat_plan_rows(facts, here))


# ---------------------------------------------------------------- calendars


def _calendars(
    edition: Edition, selection: Selection, language: Language
) -> Iterator[tuple[str, bytes]]:
    facts, older = edition.facts, edition.previous_facts
    if selection.everything and edition.withdrawn_at is None:
        yield EXAM_FILE, exam_calendar(facts, language=language)
    for person in _people(edition, selection):
        holder = person.now or person.before
        assert holder is not None
        content = candidate_calendar(
            facts,
            person.now,
            person.before,
            previous_facts=older,
            withdrawn_at=edition.withdrawn_at,
            language=language,
        )
        yield f"{CANDIDATES}/{holder.candidate_id}.ics", content
    if selection.everything or selection.centers or selection.exam_points:
        yield from _calendars_of_places(edition, selection, language)


def _people(edition: Edition, selection: Selection) -> Iterator[Person]:
    if selection.everything:
        yield from edition.people()
        return
    for number in dict.fromkeys(selection.candidates):
        found = edition.person(number)
        if found is None:
            raise UsageError(f"no candidate has the number {number}")
        yield found


def _calendars_of_places(
    edition: Edition, selection: Selection, language: Language
) -> Iterator[tuple[str, bytes]]:
    both = [f for f in (edition.facts, edition.previous_facts) if f is not None]
    centers = centers_of(both, selection)
    now = _uses(edition.facts, edition.seated(centers))
    before: dict[str, tuple[SessionUse, ...]] = {}
    if edition.previous_facts is not None:
        before = _uses(edition.previous_facts, edition.seated_before(centers))
    named = set(centers if selection.everything else selection.centers)
    for center_id in sorted(named):
        if selection.everything and center_id not in now and center_id not in before:
            continue
        content = center_calendar(
            edition.facts,
            center_id,
            now.get(center_id, ()),
            before.get(center_id, ()),
            previous_facts=edition.previous_facts,
            withdrawn_at=edition.withdrawn_at,
            language=language,
        )
        yield f"{CENTERS}/{center_id}.ics", content
    for point in _points(both, selection):
        own = sorted(
            {c.center_id for facts in both for c in facts.centers if c.exam_point == point}
        )
        if selection.everything and not any(c in now or c in before for c in own):
            continue
        content = exam_point_calendar(
            edition.facts,
            point,
            [use for center_id in own for use in now.get(center_id, ())],
            [use for center_id in own for use in before.get(center_id, ())],
            previous_facts=edition.previous_facts,
            withdrawn_at=edition.withdrawn_at,
            language=language,
        )
        yield f"{EXAM_POINTS}/{point}.ics", content


def _uses(
    facts: PublishedFacts, seated: Iterable[tuple[str, list[Placement]]]
) -> dict[str, tuple[SessionUse, ...]]:
    return {center_id: session_uses(facts.exam, placements) for center_id, placements in seated}


# ---------------------------------------------------------------- ids


def _points(versions: Sequence[PublishedFacts], selection: Selection) -> list[str]:
    known = {point for facts in versions for point in facts.point_by_id}
    return sorted(known if selection.everything else set(selection.exam_points))


def centers_of(versions: Sequence[PublishedFacts], selection: Selection) -> list[str]:
    """The centers of a selection, those of its exam points among them, by id.

    Args:
        versions: facts of the versions that may know an id.
        selection: what is wanted.
    """
    places = {c.center_id: c.exam_point for facts in reversed(versions) for c in facts.centers}
    points = {point for facts in versions for point in facts.point_by_id}
    for center_id in selection.centers:
        if center_id not in places:
            raise UsageError(f"there is no center {center_id}")
    for point in selection.exam_points:
        if point not in points:
            raise UsageError(f"there is no exam point {point}")
    if selection.everything:
        return sorted(places)
    of_points = (c for c, point in places.items() if point in selection.exam_points)
    return sorted({*selection.centers, *of_points})
