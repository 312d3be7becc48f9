"""What is published of a plan: its facts, and its people one by one.

Joins a plan directory with its roster. Names and ID numbers are normalised as the roster check
does it; ID numbers are handed on beside the placements, never in them. People are streamed in
batches; only archive numbers, names, ID numbers and needs of the roster are held.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from models.errors import InputRefused, PlanDirectoryError
from models.findings import BLOCKING
from models.identity_number import last_four
from models.plan import Manifest
from models.publication import BalanceRow, Placement, PublishedFacts
from models.reference import ReferenceData
from models.tables import SEATS, UNPLACED, names
from scheduler.plan import INPUTS, SUMS, read_manifest, read_table, root_hash
from scheduler.roster.columns import plain_digits, trimmed
from scheduler.roster.control import apply_set_aside
from scheduler.roster.identity import normalise_numbers
from scheduler.roster.read import read_table as read_text_table
from scheduler.roster.reference import load_reference
from scheduler.roster.text_table import TextTable

BATCH = 2_000
"""People read and handed on at a time."""

_NEEDED = ("candidate_id", "name", "id_number")
_PRINTED = ("employer", "photo")
"""Columns that only bulk printing reads."""


@dataclass(frozen=True)
class Person:
    """A placement with the ID number that it is looked up by; the number is never stored."""

    placement: Placement
    id_number: str

    def __repr__(self) -> str:
        """Without the ID number."""
        return f"Person({self.placement.candidate_id!r})"


@dataclass(frozen=True)
class Publication:
    """A plan as it is published.

    Attributes:
        facts: the impersonal part.
        manifest: what the plan says of itself.
    """

    facts: PublishedFacts
    manifest: Manifest
    plan_dir: Path
    roster: RosterPeople

    def batches(self) -> Iterator[list[Person]]:
        """Everybody, at most :data:`BATCH` at a time, in the order of :meth:`people`.

        Raises:
            PlanDirectoryError: a file is damaged, or names somebody who is not in the roster.
        """
        for file, columns in (("seats.parquet", SEATS), ("unplaced.parquet", UNPLACED)):
            for batch in _parquet(self.plan_dir / file, names(columns)):
                yield self.roster.joined(batch, self.plan_dir)

    def people(self) -> Iterator[Person]:
        """Placed people in the row order of ``seats.parquet``, then the others by number."""
        for batch in self.batches():
            yield from batch

    @property
    def placements(self) -> Iterator[Placement]:
        """The placements alone, in the same order; a new iterator each time."""
        return (person.placement for person in self.people())


def read_publication(
    plan_dir: Path,
    roster: Path,
    *,
    published_at: datetime,
    set_aside: Path | None = None,
    ignore_columns: Sequence[str] = (),
    sheet: str | None = None,
    header_row: int = 1,
) -> Publication:
    """Read what is published of a plan. Nothing is verified here: ``scheduler.verify`` does that.

    Args:
        plan_dir: a finished plan.
        roster: the roster that it was made from.
        published_at: in the zone of the exam if without offset; kept as UTC, whole seconds.
        set_aside: rows of the roster that were left out.
        ignore_columns: accepted like the other commands do; unknown columns are not looked at.
        sheet: sheet of a workbook.
        header_row: line or row of the roster's header.

    Raises:
        PlanDirectoryError: the plan is missing or damaged.
        InputRefused: the roster or a copy in ``inputs/`` cannot be read.
    """
    del ignore_columns  # verify refuses unknown columns; here only known ones are read
    manifest = read_manifest(plan_dir)
    reference, findings = load_reference(plan_dir / INPUTS)
    if reference is None:
        raise InputRefused([f for f in findings if f.severity in BLOCKING])
    if published_at.tzinfo is None:
        published_at = published_at.replace(tzinfo=ZoneInfo(reference.exam.timezone))
    facts = _facts(
        plan_dir, manifest, reference, published_at.astimezone(UTC).replace(microsecond=0)
    )
    table = read_text_table(roster, sheet=sheet, header_row=header_row)
    return Publication(facts, manifest, plan_dir, _roster_people(roster, table, set_aside))


def _facts(
    plan_dir: Path, manifest: Manifest, reference: ReferenceData, published_at: datetime
) -> PublishedFacts:
    sittings = read_table(plan_dir, "sittings")
    given = sittings[sittings["candidates"] > 0]
    dates = {
        str(code): tuple(sorted(group.tolist()))
        for code, group in given.groupby("specialty", sort=True)["sitting"]
    }
    balance = read_table(plan_dir, "balance")
    return PublishedFacts(
        root_hash=root_hash(plan_dir),
        plan_version=manifest.plan_version,
        published_at=published_at,
        exam=reference.exam,
        specialties=reference.specialties,
        exam_points=reference.exam_points,
        centers=reference.centers,
        rooms=reference.rooms,
        dates=dates,
        balance=tuple(
            BalanceRow(**{str(k): v for k, v in row.items()}) for row in balance.to_dict("records")
        ),
    )


def require_whole(plan_dir: Path) -> None:
    """Refuse a plan whose files are not those of its sums, for readers who do not verify it.

    Raises:
        PlanDirectoryError: a file is missing or was changed.
    """
    try:
        lines = (plan_dir / SUMS).read_text(encoding="utf-8").splitlines()
        for line in lines:
            digest, _, name = line.partition("  ")
            with (plan_dir / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    raise PlanDirectoryError(f"{plan_dir}: {name} was changed after planning")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanDirectoryError(f"{plan_dir} is not a finished plan ({error})") from None


# ---------------------------------------------------------------- the roster


class RosterPeople:
    """Name, ID number, needs, employer and photo by archive number, as columns."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._index = pd.Index(frame["candidate_id"])
        self._columns = {name: frame[name].array for name in ("name", "id_number", "needs")}
        self._printed = {name: frame[name].array for name in ("name", *_PRINTED)}

    def values(self, column: str, candidate_ids: Sequence[str]) -> list[str]:
        """``name``, ``employer`` or ``photo`` of these candidates, in their order.

        Blank where the roster gives none or does not know the candidate.
        """
        where = self._index.get_indexer(pd.Index(list(candidate_ids)))
        found = self._printed[column].take(where).tolist()
        return [value if i >= 0 else "" for value, i in zip(found, where, strict=True)]

    def joined(self, batch: pa.RecordBatch, plan_dir: Path) -> list[Person]:
        """Rows of ``seats.parquet`` or ``unplaced.parquet`` as people, in their order.

        Raises:
            PlanDirectoryError: somebody is not in the roster.
        """
        columns = {name: batch.column(name).to_pylist() for name in batch.schema.names}
        size = batch.num_rows
        where = self._index.get_indexer(pd.Index(columns["candidate_id"]))
        if (where < 0).any():
            who = columns["candidate_id"][int((where < 0).argmax())]
            raise PlanDirectoryError(f"{plan_dir}: candidate {who} is not in this roster")
        blank = [""] * size
        given = {name: column.take(where).tolist() for name, column in self._columns.items()}
        people = []
        for i in range(size):
            number = given["id_number"][i]
            placement = Placement(
                candidate_id=columns["candidate_id"][i],
                ticket_number=columns.get("ticket_number", blank)[i],
                name=given["name"][i],
                id_last4=last_four(number),
                specialty=columns["specialty"][i],
                subjects=columns["subjects"][i],
                exam_point=columns["exam_point"][i],
                needs=_needs(given["needs"][i]),
                sitting=columns.get("sitting", blank)[i],
                form=columns.get("form", blank)[i],
                center_id=columns.get("center_id", blank)[i],
                room_id=columns.get("room_id", blank)[i],
                seat=columns["seat"][i] if "seat" in columns else 0,
                reason=columns.get("reason", blank)[i],
            )
            people.append(Person(placement, number))
        return people


def _needs(cell: str) -> tuple[str, ...]:
    return tuple(sorted(cell.split(";"))) if cell else ()


def _roster_people(roster: Path, table: TextTable, set_aside: Path | None) -> RosterPeople:
    refused = [f for f in table.findings if f.severity in BLOCKING]
    if refused:
        raise InputRefused(refused)
    missing = [name for name in _NEEDED if name not in table.frame.columns]
    if missing:
        raise PlanDirectoryError(f"{roster}: to publish, the roster needs {', '.join(missing)}")
    frame = pd.DataFrame({name: trimmed(table.frame[name]) for name in _NEEDED})
    for name in ("needs", *_PRINTED):
        if name in table.frame.columns:
            frame[name] = trimmed(table.frame[name])
        else:
            frame[name] = pd.Series("", index=frame.index, dtype="str")
    frame["id_number"], _ = normalise_numbers(frame["id_number"])
    frame["candidate_id"] = plain_digits(frame["candidate_id"])
    frame["needs"] = plain_digits(frame["needs"])
    if set_aside is not None:
        aside, found = apply_set_aside(set_aside, table, frame["candidate_id"])
        refused = [f for f in found if f.severity in BLOCKING]
        if refused:
            raise InputRefused(refused)
        frame = frame[~aside]
    if frame["candidate_id"].duplicated().any():
        raise PlanDirectoryError(f"{roster}: an archive number stands twice")
    return RosterPeople(frame)


def _parquet(path: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=BATCH, columns=list(columns))
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise PlanDirectoryError(f"{path} is missing or damaged ({error})") from None
