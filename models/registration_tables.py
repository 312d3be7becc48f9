"""Columns of the files of a registration, in file order; docs/registration.md explains them."""

from __future__ import annotations

from models.tables import SUBJECTS, Column, code, integer, text

FORM = (
    text("region", required=False), text("level", required=False),
    text("school"), text("school_note", required=False), text("graduated_on"), text("major"),
    text("degree", required=False), text("study_years", required=False), text("education"),
    text("certificate_number", required=False), text("employer_name"),
    text("employer_affiliation", required=False), text("employer_kind", required=False),
    text("photo_hash", required=False), text("licence_number", required=False),
    code("previous_archive_number", required=False),
)  # fmt: skip
"""Fields of the form that the roster does not need."""

APPLICATIONS: tuple[Column, ...] = (
    code("candidate_id", required=False), text("name"), text("id_type"), text("id_number"),
    code("exam_point"), code("specialty"), Column("subjects", "text", False, SUBJECTS.pattern),
    text("needs", required=False), code("employer", required=False),
    text("latitude", required=False), text("longitude", required=False),
    *FORM, text("time", required=False),
)  # fmt: skip

DECISIONS = (
    code("candidate_id"), text("event"), text("actor"), text("time", required=False),
    text("note", required=False), text("shown", required=False),
    text("check_code", required=False), text("amount", required=False),
)  # fmt: skip

MARKS = (
    code("candidate_id"), code("ticket_number"), text("subject"), text("presence"),
    text("mark", required=False), text("name", required=False), text("id_type", required=False),
    text("id_number", required=False), code("exam_point", required=False),
    code("specialty", required=False),
)  # fmt: skip

CODE_MAP = (text("year"), code("old_code"), text("subject"), code("new_code"))

PROPOSALS = (
    code("candidate_id"), code("specialty"), Column("passed", "text", False),
    Column("standing", "text", False), Column("open_subjects", "text", False),
)  # fmt: skip

CERTIFICATES = (
    code("candidate_id"), code("ticket_number"), text("name"), text("id_last4"),
    code("specialty"), text("specialty_name"), text("level"), code("exam_point"), text("years"),
)  # fmt: skip

RECEIPTS = (
    code("candidate_id"), text("name"), text("id_last4"), code("exam_point"), code("specialty"),
    SUBJECTS, integer("amount"), text("paid_at"),
)  # fmt: skip
