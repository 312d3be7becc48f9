"""The columns of every table, in file order; the one place where they are named.

``docs/formats.md`` explains them; ``docs/schema`` is generated from here.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

CellType = Literal["text", "integer"]


class Column(NamedTuple):
    """One column: its name, how Parquet stores it, whether input must have it, a pattern."""

    name: str
    type: CellType = "text"
    required: bool = True
    pattern: str = ""


_CODE = r"^[A-Za-z0-9_-]{1,32}$"
_OPTIONAL_CODE = r"^[A-Za-z0-9_-]{0,32}$"
_SUBJECTS = r"^(?=.)1?2?3?4?$"


def code(name: str, *, required: bool = True) -> Column:
    """A column of codes; optional ones may be blank."""
    return Column(name, "text", required, _CODE if required else _OPTIONAL_CODE)


def text(name: str, *, required: bool = True) -> Column:
    """A column of free text."""
    return Column(name, "text", required)


def integer(name: str) -> Column:
    """A column of whole numbers, not negative."""
    return Column(name, "integer")


SUBJECTS = Column("subjects", "text", True, _SUBJECTS)

SPECIALTIES = (
    code("code"), text("name_zh"), text("level"), text("mode"),
    code("paper_1"), code("paper_2"), code("paper_3"), code("paper_4"), text("needs_licence"),
)  # fmt: skip
EXAM_POINTS = (
    code("exam_point"), text("name_zh"), code("province"), text("latitude"), text("longitude"),
    text("address", required=False), text("phone", required=False),
    text("website", required=False), code("delegates_to", required=False),
    text("overflow_to", required=False),
)  # fmt: skip
CENTERS = (
    code("center_id"), text("name_zh"), code("exam_point"), text("address", required=False),
    text("latitude"), text("longitude"), code("employer", required=False),
    text("computer_seats"), text("paper_seats"),
)  # fmt: skip
ROOMS = (
    code("center_id"), code("room_id"), text("name_zh"), text("mode"), text("rows"),
    text("columns"), text("numbering", required=False), text("missing", required=False),
    text("spare", required=False), text("use", required=False),
    text("features", required=False), text("note", required=False),
)  # fmt: skip
CLOSURES = (
    code("exam_point", required=False), code("center_id", required=False),
    code("room_id", required=False), text("seats", required=False),
    text("mode", required=False), code("sitting", required=False),
    text("subjects", required=False), text("reason", required=False),
)  # fmt: skip
ROSTER = (
    code("candidate_id"), text("name"), text("id_type"), text("id_number"),
    code("specialty"), code("exam_point"), SUBJECTS, text("needs", required=False),
    code("employer", required=False), text("latitude", required=False),
    text("longitude", required=False), code("pinned_center", required=False),
    code("pinned_sitting", required=False), text("photo", required=False),
)  # fmt: skip
CANONICAL_ROSTER = (
    "candidate_id", "specialty", "exam_point", "subjects", "needs", "employer",
    "latitude", "longitude", "pinned_center", "pinned_sitting",
)  # fmt: skip
COUNTS = (
    code("exam_point"), code("specialty"), SUBJECTS, text("needs", required=False),
    code("excluded_employer", required=False), code("pinned_center", required=False),
    code("pinned_sitting", required=False), integer("count"),
)  # fmt: skip
SET_ASIDE = (text("row"), code("candidate_id"), text("reason"))
FINDINGS = (
    text("severity"), text("file"), text("sheet"), integer("row"), text("column"),
    text("candidate_id"), text("value"), text("code"), text("advice"),
)  # fmt: skip

SEATS = (
    code("candidate_id"), code("specialty"), SUBJECTS, code("exam_point"), code("sitting"),
    code("form", required=False), code("center_id"), code("room_id"), integer("seat"),
    code("ticket_number"),
)  # fmt: skip
UNPLACED = (
    code("candidate_id"), code("specialty"), SUBJECTS, code("exam_point"),
    text("reason"), code("shortage_id"),
)  # fmt: skip
SITTINGS = (code("paper_group"), code("specialty"), code("sitting"), integer("candidates"))
UTILISATION = (
    code("center_id"), code("room_id"), code("sitting"), integer("subject"), integer("seats"),
    text("spare_seats"), integer("occupied"), integer("shared"),
)  # fmt: skip
PAPERS = (
    code("center_id"), code("room_id"), code("sitting"), integer("subject"), code("paper"),
    code("form", required=False), integer("copies"),
)  # fmt: skip
NEIGHBOURS = (
    code("center_id"), code("room_id"), code("sitting"), integer("pairs"), integer("bound"),
    integer("same_form_pairs"), integer("same_employer_pairs"), integer("deal"),
)  # fmt: skip
BALANCE = (
    code("sitting"), code("specialty"), code("exam_point"), integer("candidates"),
    text("peak_use"), text("mean_km"),
)  # fmt: skip
STAFF = (
    code("center_id"), text("name_zh"), code("sitting"), integer("subject"), text("starts"),
    text("ends"), integer("rooms"), integer("computer_rooms"), integer("candidates"),
    integer("chiefs"), integer("invigilators"), integer("technicians"), integer("reserve"),
    integer("total"),
)  # fmt: skip

INPUT_TABLES = {
    "specialties.csv": SPECIALTIES,
    "exam_points.csv": EXAM_POINTS,
    "centers.csv": CENTERS,
    "rooms.csv": ROOMS,
    "closures.csv": CLOSURES,
}
PLAN_TABLES = {
    "seats.parquet": SEATS,
    "unplaced.parquet": UNPLACED,
    "unplaced.csv": UNPLACED,
    "sittings.csv": SITTINGS,
    "utilisation.csv": UTILISATION,
    "papers.csv": PAPERS,
    "neighbours.csv": NEIGHBOURS,
    "balance.csv": BALANCE,
}
PLAN_ROW_ORDER = {
    "seats.parquet": ("center_id", "sitting", "room_id", "seat", "subjects"),
    "unplaced.parquet": ("candidate_id",),
    "unplaced.csv": ("candidate_id",),
    "sittings.csv": ("paper_group", "specialty", "sitting"),
    "utilisation.csv": ("center_id", "room_id", "sitting", "subject"),
    "papers.csv": ("center_id", "room_id", "sitting", "subject", "paper", "form"),
    "neighbours.csv": ("center_id", "room_id", "sitting"),
    "balance.csv": ("sitting", "specialty", "exam_point"),
}
"""Rows ascend by these columns: numbers as numbers, text as UTF-8 bytes."""


def names(columns: tuple[Column, ...]) -> list[str]:
    """Column names in file order."""
    return [c.name for c in columns]
