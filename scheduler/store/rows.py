"""Placements as rows of a table and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.publication import Placement
from models.text import parse_items

COLUMNS = (
    "candidate_id", "ticket_number", "name", "id_last4", "specialty", "subjects", "exam_point",
    "needs", "sitting", "form", "center_id", "room_id", "seat", "reason", "changed",
)  # fmt: skip
"""Columns of ``placement`` in the order of the fields of :class:`Placement`."""

_NOBODY = ("", "", "", "", "", "", "", "", "", "", "", "", 0, "", "")


def placement_of(row: Sequence[Any]) -> Placement:
    """A placement from the values of :data:`COLUMNS`; all NULL gives one that is blank."""
    if row[0] is None:
        row = _NOBODY
    (
        candidate_id, ticket_number, name, id_last4, specialty, subjects, exam_point,
        needs, sitting, form, center_id, room_id, seat, reason, changed,
    ) = row  # fmt: skip
    return Placement(
        candidate_id, ticket_number, name, id_last4, specialty, subjects, exam_point,
        parse_items(needs) if needs else (), sitting, form, center_id, room_id, seat, reason,
        parse_items(changed) if changed else (),
    )  # fmt: skip


def row_of(placement: Placement, version_id: int, id_hash: bytes) -> dict[str, Any]:
    """The values of every column of ``placement``."""
    return {
        "version_id": version_id,
        "id_hash": id_hash,
        "candidate_id": placement.candidate_id,
        "ticket_number": placement.ticket_number,
        "name": placement.name,
        "id_last4": placement.id_last4,
        "specialty": placement.specialty,
        "subjects": placement.subjects,
        "exam_point": placement.exam_point,
        "needs": ";".join(placement.needs),
        "sitting": placement.sitting,
        "form": placement.form,
        "center_id": placement.center_id,
        "room_id": placement.room_id,
        "seat": placement.seat,
        "reason": placement.reason,
        "changed": ";".join(placement.changed),
    }
