"""Reads a reference data folder: ``exam.toml`` and the tables of places and specialties.

Each table is read by one function below; what concerns several tables is in ``cross_checks``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from models.base import Frozen
from models.exam import SEPARATE_ROOM, Exam, Level, Mode, Specialty
from models.findings import BLOCKING, Finding
from models.places import Center, Closure, ExamPoint, Numbering, Room, RoomFeature, Use
from models.policy import Rooms
from models.reference import ReferenceData
from models.tables import CENTERS, CLOSURES, EXAM_POINTS, ROOMS, SPECIALTIES, Column
from models.text import parse_numbers, subjects_to_mask
from scheduler.roster.cross_checks import cross_check
from scheduler.roster.exam_file import load_exam
from scheduler.roster.findings_io import in_order
from scheduler.roster.records import Record, read_records

LARGEST_GRID = 200
LARGEST_CENTER = 100_000

Model = TypeVar("Model", bound=Frozen)


@dataclass
class Folder:
    """What was read of a folder so far; ``models`` run parallel to sound ``records``.

    Attributes:
        exam: ``None`` if ``exam.toml`` blocks; checks that need it are then left out.
        records: all records by file, also the unsound ones: their codes count as declared.
        models: typed rows with the record they came from, by file.
        found: findings about files.
        limits: sizes of rooms that bring no warning.
    """

    exam: Exam | None
    records: dict[str, list[Record]] = field(default_factory=dict)
    specialties: list[tuple[Record, Specialty]] = field(default_factory=list)
    exam_points: list[tuple[Record, ExamPoint]] = field(default_factory=list)
    centers: list[tuple[Record, Center]] = field(default_factory=list)
    rooms: list[tuple[Record, Room]] = field(default_factory=list)
    closures: list[tuple[Record, Closure]] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)
    limits: Rooms = field(default_factory=Rooms)

    def declared(self, file: str, *columns: str) -> set[str]:
        """Codes that the file declares, several columns joined by ``/``."""
        return {
            "/".join(record[c] for c in columns)
            for record in self.records.get(file, ())
            if all(record.code(c) is not None for c in columns)
        }


def load_reference(
    folder: Path, limits: Rooms | None = None
) -> tuple[ReferenceData | None, tuple[Finding, ...]]:
    """Read and cross-check ``exam.toml`` and the tables of a folder.

    Args:
        folder: with ``exam.toml``, ``specialties.csv``, ``exam_points.csv``, ``centers.csv``,
            ``rooms.csv`` and, optionally, ``closures.csv``.
        limits: sizes of rooms that bring no warning; ``None`` for those of the default policy.

    Returns:
        The reference data, every tuple sorted by id, or ``None`` if any finding blocks; and all
        findings in the order of reports.
    """
    exam, found = load_exam(folder / "exam.toml")
    content = Folder(exam, found=found, limits=limits or Rooms())
    content.specialties = _read(content, folder, "specialties.csv", SPECIALTIES, _specialty)
    content.exam_points = _read(content, folder, "exam_points.csv", EXAM_POINTS, _exam_point)
    content.centers = _read(content, folder, "centers.csv", CENTERS, _center)
    content.rooms = _read(content, folder, "rooms.csv", ROOMS, _room, may_be_empty=True)
    if (folder / "closures.csv").exists():
        content.closures = _read(
            content, folder, "closures.csv", CLOSURES, _closure, may_be_empty=True
        )
    found += cross_check(content)
    for records in content.records.values():
        for record in records:
            found += record.found
    ordered = in_order(found)
    if exam is None or any(f.severity in BLOCKING for f in ordered):
        return None, ordered
    reference = ReferenceData(
        exam=exam,
        specialties=_sorted(content.specialties, lambda s: s.code),
        exam_points=_sorted(content.exam_points, lambda p: p.exam_point),
        centers=_sorted(content.centers, lambda c: c.center_id),
        rooms=_sorted(content.rooms, lambda r: (r.center_id, r.room_id)),
        closures=_sorted(
            content.closures,
            lambda c: (
                c.exam_point, c.center_id, c.room_id, c.sitting, c.mode or "", c.subjects, c.seats,
            ),
        ),
    )  # fmt: skip
    return reference, ordered


def _read(
    content: Folder,
    folder: Path,
    file: str,
    columns: tuple[Column, ...],
    build: Callable[[Record], Model | None],
    *,
    may_be_empty: bool = False,
) -> list[tuple[Record, Model]]:
    records, found = read_records(folder / file, columns, may_be_empty=may_be_empty)
    content.records[file] = records
    content.found += found
    built = [(record, build(record)) for record in records]
    return [(record, model) for record, model in built if model is not None]


def _sorted(
    rows: Sequence[tuple[Record, Model]], key: Callable[[Model], object]
) -> tuple[Model, ...]:
    return tuple(sorted((model for _, model in rows), key=key))  # type: ignore[arg-type]


# ---------------------------------------------------------------- one function per table


def _specialty(record: Record) -> Specialty | None:
    level = record.choice("level", Level)
    mode = record.choice("mode", Mode)
    if record["needs_licence"] not in ("", "true", "false"):
        record.report("CHOICE_UNKNOWN", "needs_licence", hint="Allowed: true, false.")
    if not record.sound or level is None or mode is None:
        return None
    return Specialty(
        code=record["code"],
        name_zh=record["name_zh"],
        level=level,
        mode=mode,
        papers=(record["paper_1"], record["paper_2"], record["paper_3"], record["paper_4"]),
        needs_licence=record["needs_licence"] == "true",
    )


def _exam_point(record: Record) -> ExamPoint | None:
    place = record.place()
    overflow = record.items("overflow_to")
    if not record.sound or place is None:
        return None
    return ExamPoint(
        exam_point=record["exam_point"],
        name_zh=record["name_zh"],
        province=record["province"],
        latitude=place[0],
        longitude=place[1],
        address=record["address"],
        phone=record["phone"],
        website=record["website"],
        delegates_to=record["delegates_to"],
        overflow_to=overflow,
    )


def _center(record: Record) -> Center | None:
    place = record.place()
    seats = {
        column: record.whole(column, 0, LARGEST_CENTER)
        for column in ("computer_seats", "paper_seats")
        if record[column]  # a blank one was reported with the other blanks
    }
    if list(seats.values()) == [0, 0]:
        record.report("CENTER_WITHOUT_SEATS", "computer_seats")
    if not record.sound or place is None:
        return None
    return Center(
        center_id=record["center_id"],
        name_zh=record["name_zh"],
        exam_point=record["exam_point"],
        address=record["address"],
        latitude=place[0],
        longitude=place[1],
        employer=record["employer"],
        computer_seats=seats["computer_seats"] or 0,
        paper_seats=seats["paper_seats"] or 0,
    )


def _room(record: Record) -> Room | None:
    mode = record.choice("mode", Mode)
    rows = record.whole("rows", 1, LARGEST_GRID) if record["rows"] else None
    columns = record.whole("columns", 1, LARGEST_GRID) if record["columns"] else None
    numbering = record.choice("numbering", Numbering, Numbering.ROW_SNAKE)
    use = record.choice("use", Use, Use.EXAM)
    missing = record.numbers("missing")
    spare = record.whole("spare", 0, LARGEST_CENTER) if record["spare"] else None
    features = _features(record)
    if rows is not None and columns is not None:
        _check_seats(record, rows * columns, missing, spare, use, features)
    if not record.sound or None in (mode, rows, columns, numbering, use):
        return None
    return Room.model_validate(
        {
            "center_id": record["center_id"],
            "room_id": record["room_id"],
            "name_zh": record["name_zh"],
            "mode": mode,
            "rows": rows,
            "columns": columns,
            "numbering": numbering,
            "missing": missing,
            "spare": spare,
            "use": use,
            "features": features,
            "note": record["note"],
        }
    )


def _features(record: Record) -> tuple[RoomFeature, ...]:
    """``need`` or ``need:seats`` joined by ``;``, seats joined by ``,``."""
    features: list[RoomFeature] = []
    for item in record["features"].split(";") if record["features"] else ():
        need, colon, cell = item.partition(":")
        try:
            if colon and not cell:
                raise ValueError(f"{item!r} names no seats")
            seats = parse_numbers(cell.replace(",", ";"))
            features.append(RoomFeature(need=need, seats=seats))
        except ValueError:
            record.report("FEATURE_FORM", "features", hint=f"See {item!r}.")
            return ()
    if len({f.need for f in features}) != len(features):
        record.report("FEATURE_FORM", "features", hint="A need stands twice.")
    if any(f.need == SEPARATE_ROOM and f.seats for f in features):
        record.report("FEATURE_FORM", "features", hint="separate_room takes the whole room.")
    return tuple(features)


def _check_seats(
    record: Record,
    cells: int,
    missing: tuple[int, ...],
    spare: int | None,
    use: Use | None,
    features: tuple[RoomFeature, ...],
) -> None:
    """Seat numbers exist, and enough machines are left."""
    for number in missing:
        if number > cells:
            record.report("SEAT_UNKNOWN", "missing", value=str(number))
    for feature in features:
        for number in feature.seats:
            if number > cells or number in missing:
                record.report("SEAT_UNKNOWN", "features", value=f"{feature.need}:{number}")
    present = cells - len(missing)
    if present <= 0:
        record.report("NUMBER_RANGE", "missing", hint="No seat is left.")
    elif spare is not None and spare >= present + (use is Use.RESERVE):
        # A reserve room seats nobody in the plan, so all of its machines may be spare.
        record.report("SPARE_EXCEEDS", "spare", hint=f"Present: {present}.")


def _closure(record: Record) -> Closure | None:
    mode = record.choice("mode", Mode)
    seats = record.numbers("seats")
    if not record["exam_point"] and not record["center_id"]:
        record.report("CLOSURE_PLACE", "exam_point")
    if record["room_id"] and not record["center_id"]:
        record.report("CLOSURE_PLACE", "center_id")
    if record["seats"] and not record["room_id"]:
        record.report("CLOSURE_PLACE", "room_id")
    if record["subjects"]:
        try:
            subjects_to_mask(record["subjects"])
        except ValueError:
            record.report("SUBJECTS_FORM", "subjects")
    if not record.sound:
        return None
    return Closure(
        exam_point=record["exam_point"],
        center_id=record["center_id"],
        room_id=record["room_id"],
        seats=seats,
        mode=mode,
        sitting=record["sitting"],
        subjects=record["subjects"],
        reason=record["reason"],
    )
