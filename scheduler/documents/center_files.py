"""The files of one center, by name: the one list for exports, packages and the service."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from models.publication import Placement, PublishedFacts
from scheduler.documents.room_sheets import (
    door_notices_pdf,
    paper_lists_pdf,
    room_records_pdf,
    sign_in_pdf,
)
from scheduler.documents.rooms import RoomSitting, room_sittings
from scheduler.documents.seat_grid import seat_grids_pdf
from scheduler.documents.seat_plan import seat_plan_csv, seat_plan_rows
from scheduler.documents.stickers import DEFAULT_LABELS, LABEL_SHEETS, LabelSheet, stickers_pdf
from scheduler.documents.texts import Language
from scheduler.documents.workbook import seat_plan_workbook

PDF: Final = "application/pdf"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP: Final = "application/zip"
CSV: Final = "text/csv; charset=utf-8"

PACKAGE: Final = "package.zip"
"""All files of a center with ``manifest.json``."""

_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Printing:
    """How documents are wanted.

    Attributes:
        labels: sheet of labels for the stickers.
    """

    language: Language = Language.ZH
    labels: LabelSheet = LABEL_SHEETS[DEFAULT_LABELS]


Maker = Callable[[PublishedFacts, Sequence[RoomSitting], Sequence[Placement], Printing], bytes]

CENTER_FILES: Final[dict[str, tuple[str, Maker]]] = {
    "seat-plan.pdf": (PDF, lambda f, rooms, _, how: seat_grids_pdf(f, rooms, how.language)),
    "seat-plan.xlsx": (XLSX, lambda f, rooms, _, how: seat_plan_workbook(f, rooms, how.language)),
    "seat-plan.csv": (CSV, lambda f, _, people, how: seat_plan_csv(f, seat_plan_rows(f, people))),  # noqa: ARG005
    "sign-in.pdf": (PDF, lambda f, rooms, _, how: sign_in_pdf(f, rooms, how.language)),
    "door-notices.pdf": (PDF, lambda f, rooms, _, how: door_notices_pdf(f, rooms, how.language)),
    "stickers.pdf": (
        PDF, lambda f, rooms, _, how: stickers_pdf(f, rooms, how.language, labels=how.labels),
    ),
    "room-records.pdf": (PDF, lambda f, rooms, _, how: room_records_pdf(f, rooms, how.language)),
    "papers.pdf": (PDF, lambda f, rooms, _, how: paper_lists_pdf(f, rooms, how.language)),
}  # fmt: skip
"""Name of each file to its media type and what makes it."""


def center_file(
    facts: PublishedFacts, placements: Sequence[Placement], name: str, how: Printing
) -> bytes:
    """One file of a center.

    Args:
        facts: of the version.
        placements: everybody of the center in that version.
        name: a key of :data:`CENTER_FILES`, or :data:`PACKAGE`.
        how: language and labels.

    Raises:
        KeyError: there is no such file.
    """
    if name == PACKAGE:
        return center_package(facts, placements, how)
    return CENTER_FILES[name][1](facts, room_sittings(facts, placements), placements, how)


def made_files(
    facts: PublishedFacts, placements: Sequence[Placement], how: Printing
) -> Iterator[tuple[str, bytes]]:
    """All files of a center by name, one after the other."""
    rooms = room_sittings(facts, placements)
    for name, (_, make) in CENTER_FILES.items():
        yield name, make(facts, rooms, placements, how)


def center_package(facts: PublishedFacts, placements: Sequence[Placement], how: Printing) -> bytes:
    """Everything of one center as a zip; same input, same bytes.

    ``manifest.json`` names exam, center, plan version and root hash, and of every file size and
    SHA-256, so that a center can tell whether what arrived is what was sent.
    """
    buffer = io.BytesIO()
    listed = []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in made_files(facts, placements, how):
            _add(archive, name, content)
            digest = hashlib.sha256(content).hexdigest()
            listed.append({"name": name, "bytes": len(content), "sha256": digest})
        manifest = {
            "exam": facts.exam.code,
            "center_id": placements[0].center_id,
            "plan_version": facts.plan_version,
            "root_hash": facts.root_hash,
            "candidates": len(placements),
            "files": listed,
        }
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        _add(archive, "manifest.json", text.encode())
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _ZIP_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)
