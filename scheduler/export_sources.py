"""Where an export comes from: a plan directory with its roster, or the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from models.publication import Placement, PublishedFacts
from scheduler.export import Person
from scheduler.publication import Publication, read_publication
from scheduler.store.errors import StoreError
from scheduler.store.keys import load_key
from scheduler.store.lookups import CalendarHolder, HolderKind, Store

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a time of publication where the documents do not show it."""


class PlanEdition:
    """A plan directory with its roster; knows of no version before it."""

    previous_facts: PublishedFacts | None = None
    withdrawn_at: datetime | None = None
    restored_at: datetime | None = None

    def __init__(
        self,
        plan_dir: Path,
        roster: Path,
        published_at: datetime | None = None,
        **reading: Any,
    ) -> None:
        """Read the plan; whether it is sound, ``verify`` tells.

        Args:
            plan_dir: a finished plan.
            roster: that it was made from.
            published_at: what calendars bear as DTSTAMP, local to the exam if without offset;
                seat plans show no time.
            reading: as for :func:`scheduler.publication.read_publication`.
        """
        self._publication: Publication = read_publication(
            plan_dir, roster, published_at=published_at or _NEVER, **reading
        )
        self.facts = self._publication.facts

    def person(self, number: str) -> Person | None:
        """As :meth:`scheduler.export.Edition.person`; an archive number goes before a ticket's."""
        by_ticket = None
        for placement in self._publication.placements:
            if placement.candidate_id == number:
                return Person(placement, None)
            if placement.ticket_number == number:
                by_ticket = placement
        return None if by_ticket is None else Person(by_ticket, None)

    def people(self) -> Iterator[Person]:
        """As :meth:`scheduler.export.Edition.people`."""
        return (Person(p, None) for p in self._publication.placements if p.placed)

    def seated(self, centers: Sequence[str]) -> Iterator[tuple[str, list[Placement]]]:
        """As :meth:`scheduler.export.Edition.seated`; the files are sorted by center."""
        wanted = frozenset(centers)
        for center_id, here in groupby(self._publication.placements, key=lambda p: p.center_id):
            if center_id in wanted:
                yield center_id, list(here)

    def of_unit(self, employer: str) -> list[Placement]:
        """Everybody with a seat whom an employer registered, by ticket number."""
        found: list[Placement] = []
        for batch in self._publication.batches():
            placed = [person.placement for person in batch if person.placement.placed]
            codes = self._publication.roster.values("employer", [p.candidate_id for p in placed])
            found += [p for p, code in zip(placed, codes, strict=True) if code == employer]
        return sorted(found, key=lambda p: p.ticket_number)

    def names(self, candidate_ids: Sequence[str]) -> list[str]:
        """Their names; blank for whom the roster does not know."""
        return self._publication.roster.values("name", candidate_ids)

    def photos(self, folder: Path, people: Sequence[Placement]) -> dict[str, Path]:
        """The photos of these people that the folder holds, by archive number."""
        ids = [p.candidate_id for p in people]
        names = self._publication.roster.values("photo", ids)
        plain = ((i, name) for i, name in zip(ids, names, strict=True) if Path(name).name == name)
        paths = {i: folder / name for i, name in plain if name}
        return {i: path for i, path in paths.items() if path.is_file()}

    def seated_before(self, centers: Sequence[str]) -> Iterator[tuple[str, list[Placement]]]:
        """Nobody."""
        del centers
        return iter(())


class StoreEdition:
    """The version published last, withdrawn or not, and the one before it."""

    def __init__(self, url: str, *, exam: str | None = None, key_file: Path | None = None) -> None:
        """Open the store.

        Raises:
            StoreError: no such store, or nothing published in it.
            KeyRefused: no key, or not the one of the store.
        """
        self._store = Store.open(url, load_key(url, key_file), exam)
        live = self._store.live()
        if live is None:
            raise StoreError(f"nothing is published of {self._store.exam} any more")
        self._live = live
        self.withdrawn_at = live.withdrawn_at
        self.restored_at = live.restored_at
        self.facts = self._store.facts(live.version_id)
        self.previous_facts = self._facts_of(live.previous_id)

    def _facts_of(self, version_id: int | None) -> PublishedFacts | None:
        """None for no version, and for one that was purged."""
        try:
            return None if version_id is None else self._store.facts(version_id)
        except StoreError:
            return None

    def person(self, number: str) -> Person | None:
        """As :meth:`scheduler.export.Edition.person`; a ticket number while it is live only."""
        found = self._store.find(number).placement
        return self._holder(found.candidate_id if found is not None else number)

    def people(self) -> Iterator[Person]:
        """As :meth:`scheduler.export.Edition.people`, this version's first."""
        for _, placements in self.seated(sorted(self.facts.center_by_id)):
            for placement in placements:
                yield self._known(placement.candidate_id)
        if self.previous_facts is None:
            return
        for _, placements in self.seated_before(sorted(self.previous_facts.center_by_id)):
            for placement in placements:
                person = self._known(placement.candidate_id)
                if person.now is None or not person.now.placed:
                    yield person

    def seated(self, centers: Sequence[str]) -> Iterator[tuple[str, list[Placement]]]:
        """As :meth:`scheduler.export.Edition.seated`."""
        return self._seated(centers, self._live.version_id)

    def seated_before(self, centers: Sequence[str]) -> Iterator[tuple[str, list[Placement]]]:
        """As :meth:`scheduler.export.Edition.seated_before`."""
        if self._live.previous_id is None:
            return iter(())
        return self._seated(centers, self._live.previous_id)

    def _seated(
        self, centers: Sequence[str], version_id: int
    ) -> Iterator[tuple[str, list[Placement]]]:
        for center_id in centers:
            here = list(self._store.seat_plan("center", center_id, version_id=version_id))
            if here:
                yield center_id, here

    def _known(self, candidate_id: str) -> Person:
        person = self._holder(candidate_id)
        if person is None:
            raise StoreError(f"candidate {candidate_id} is no longer in the store")
        return person

    def calendar_token(self, kind: HolderKind, holder: str) -> str:
        """The token under which the server gives the calendar of a holder."""
        return self._store.calendar_token(kind, holder)

    def _holder(self, candidate_id: str) -> Person | None:
        """By the way of the server: the calendar token of the candidate."""
        token = self.calendar_token("candidate", candidate_id)
        holder: CalendarHolder | None = self._store.calendar(token)
        if holder is None:
            return None
        seen = (self._live.version_id, self.withdrawn_at, self.restored_at)
        if (holder.version_id, holder.withdrawn_at, holder.restored_at) != seen:
            raise StoreError("another version was published meanwhile; export again")
        return Person(holder.placement, holder.previous)
