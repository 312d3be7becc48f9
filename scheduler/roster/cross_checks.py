"""What the tables of a reference data folder must say of one another.

Findings about a record are added to the record; those about a file are yielded. A code that only
an unsound record declares counts as declared, so that one fault does not bring a second.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

import numpy as np

from models.exam import SEPARATE_ROOM, Exam, Mode
from models.finding_codes import finding
from models.findings import Finding
from models.places import Center, Closure, Room, Use
from models.policy import Rooms
from models.text import subjects_to_mask
from scheduler.roster.patterns import FAR_METRES
from scheduler.travel import great_circle_metres

if TYPE_CHECKING:
    from scheduler.roster.records import Record
    from scheduler.roster.reference import Folder

_KEYS = {
    "specialties.csv": ("code",),
    "exam_points.csv": ("exam_point",),
    "centers.csv": ("center_id",),
    "rooms.csv": ("center_id", "room_id"),
}
_LINKS = (
    ("exam_points.csv", "delegates_to", "exam_points.csv", "exam_point"),
    ("centers.csv", "exam_point", "exam_points.csv", "exam_point"),
    ("rooms.csv", "center_id", "centers.csv", "center_id"),
    ("closures.csv", "exam_point", "exam_points.csv", "exam_point"),
    ("closures.csv", "center_id", "centers.csv", "center_id"),
)


def cross_check(folder: Folder) -> list[Finding]:
    """Run every check across records and tables."""
    _duplicates(folder)
    _links(folder)
    _code_lengths(folder)
    _delegation(folder)
    _rooms(folder)
    _capacities(folder)
    _same_sites(folder)
    _distances(folder)
    _points_without_center(folder)
    _closures(folder)
    return [*_exam_findings(folder, folder.exam)] if folder.exam is not None else []


def _duplicates(folder: Folder) -> None:
    for file, columns in _KEYS.items():
        first: dict[tuple[str, ...], int] = {}
        for record in folder.records.get(file, ()):
            if any(record.code(c) is None for c in columns):
                continue
            key = tuple(record[c] for c in columns)
            if key in first:
                record.report("CODE_DUPLICATE", columns[-1], hint=f"First in row {first[key]}.")
            first.setdefault(key, record.row)


def _links(folder: Folder) -> None:
    for file, column, target, target_column in _LINKS:
        declared = folder.declared(target, target_column)
        if not declared:
            continue  # the target could not be read; saying so for every row helps nobody
        for record in folder.records.get(file, ()):
            code = record.code(column)
            if code is not None and code not in declared:
                record.report("UNKNOWN_REFERENCE", column, hint=_meant(code, declared, target))
    points = folder.declared("exam_points.csv", "exam_point")
    for record, point in folder.exam_points:
        for other in point.overflow_to:
            if other not in points:
                record.report("UNKNOWN_REFERENCE", "overflow_to", value=other)
    rooms = folder.declared("rooms.csv", "center_id", "room_id")
    centers = folder.declared("centers.csv", "center_id")
    for record, closure in folder.closures:
        if (
            closure.room_id
            and closure.center_id in centers
            and f"{closure.center_id}/{closure.room_id}" not in rooms
        ):
            record.report("UNKNOWN_REFERENCE", "room_id")


def _meant(code: str, declared: set[str], target: str) -> str:
    """A declared code that a spreadsheet may have turned into this one."""
    for other in sorted(declared):
        if other != code and other.lstrip("0") == code.lstrip("0"):
            return f"{target} has {other}: leading zeros were lost."
    return f"Not in {target}."


def _code_lengths(folder: Folder) -> None:
    for file in ("specialties.csv", "exam_points.csv", "centers.csv"):
        (column,) = _KEYS[file]
        records = [r for r in folder.records.get(file, ()) if r.code(column) is not None]
        if not records or not all(r[column].isdecimal() for r in records):
            continue
        usual, _ = Counter(len(r[column]) for r in records).most_common(1)[0]
        for record in records:
            if len(record[column]) < usual:
                record.report("CODE_LENGTH_MIXED", column, hint=f"Most have {usual} digits.")


def _delegation(folder: Folder) -> None:
    target_of = {p.exam_point: p.delegates_to for _, p in folder.exam_points}
    for record, point in folder.exam_points:
        if point.delegates_to and (
            point.delegates_to == point.exam_point or target_of.get(point.delegates_to)
        ):
            record.report("DELEGATION_CHAIN", "delegates_to")
        for other in point.overflow_to:
            if other in (point.exam_point, point.home):
                record.report("OVERFLOW_SELF", "overflow_to", value=other)
            elif target_of.get(other):
                record.report(
                    "DELEGATION_CHAIN", "overflow_to", value=other,
                    hint=f"{other} delegates, so its own centers take nobody.",
                )  # fmt: skip


# ---------------------------------------------------------------- rooms and seats


def _rooms(folder: Folder) -> None:
    for record, room in folder.rooms:
        if folder.exam is not None:
            known = {need.id for need in folder.exam.needs}
            for feature in room.features:
                if feature.need not in known:
                    record.report("FEATURE_UNKNOWN", "features", value=feature.need)
        if room.use is Use.EXAM:
            _usual_size(record, room, folder.limits)


def _usual_size(record: Record, room: Room, limits: Rooms) -> None:
    """Size and spare machines against what the policy calls usual.

    A separate room is small on purpose, so its size is not looked at.
    """
    separate = any(feature.need == SEPARATE_ROOM for feature in room.features)
    if room.mode is Mode.PAPER:
        seats = room.present - (room.spare or 0)
        if seats > limits.paper_seats and not separate:
            hint = f"Usual: up to {limits.paper_seats} seats."
            record.report("ROOM_SIZE_UNUSUAL", "rows", value=f"{seats} seats", hint=hint)
        return
    low, high = limits.machines
    if not low <= room.present <= high and not separate:
        hint = f"Usual: {low} to {high} machines."
        record.report("ROOM_SIZE_UNUSUAL", "rows", value=f"{room.present} machines", hint=hint)
    usual = int((limits.spare_ratio * room.present).to_integral_value(ROUND_CEILING))
    if room.spare is not None and room.spare < usual:
        record.report("SPARE_BELOW_STANDARD", "spare", hint=f"Usual here: {usual}.")


def _capacities(folder: Folder) -> None:
    """Declared seats equal the usable seats of the rooms."""
    if folder.exam is None or not _all_rooms_read(folder):
        return
    seats: dict[tuple[str, Mode], int] = defaultdict(int)
    with_rooms: set[str] = set()
    for _, room in folder.rooms:
        with_rooms.add(room.center_id)
        seats[room.center_id, room.mode] += room.usable(folder.exam.spare_ratio)
    for record, center in folder.centers:
        if center.center_id not in with_rooms:
            record.report("CENTER_WITHOUT_ROOMS", "center_id")
            continue
        for mode in Mode:
            counted = seats[center.center_id, mode]
            if center.seats(mode) != counted:
                record.report(
                    "CAPACITY_DIFFERS", f"{mode}_seats", hint=f"The rooms give {counted}."
                )


def _all_rooms_read(folder: Folder) -> bool:
    """With a room missing, every sum over rooms would be wrong too."""
    return len(folder.records.get("rooms.csv", ())) == len(folder.rooms)


def _same_sites(folder: Folder) -> None:
    first: dict[tuple[str, Decimal, Decimal], Center] = {}
    for record, center in folder.centers:
        if not center.address:
            continue
        site = (center.address, center.latitude, center.longitude)
        other = first.setdefault(site, center)
        if other is not center:
            record.report("SAME_SITE", "address", hint=f"See {other.center_id}.")


def _distances(folder: Folder) -> None:
    points = {p.exam_point: p for _, p in folder.exam_points}
    for record, center in folder.centers:
        point = points.get(center.exam_point)
        if point is None:
            continue
        here = (float(point.latitude), float(point.longitude))
        metres = _metres(float(center.latitude), float(center.longitude), *here)
        if metres > FAR_METRES:
            mended = (
                abs(center.longitude) <= 90
                and _metres(float(center.longitude), float(center.latitude), *here) <= FAR_METRES
            )
            record.report(
                "COORDINATE_FAR", "latitude", value=f"{metres // 1000} km",
                hint="swapped?" if mended else "",
            )  # fmt: skip


def _metres(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> int:
    degrees = [np.array([d]) for d in (latitude, longitude, to_latitude, to_longitude)]
    return int(great_circle_metres(degrees[0], degrees[1], degrees[2], degrees[3])[0])


def _points_without_center(folder: Folder) -> None:
    """Exam points whose candidates no center takes, neither at home nor by overflow."""
    with_center = {r["exam_point"] for r in folder.records.get("centers.csv", ())}
    for record, point in folder.exam_points:
        if not with_center & {point.home, *point.overflow_to}:
            record.report("POINT_WITHOUT_CENTER", "exam_point")


# ---------------------------------------------------------------- closures


def _closures(folder: Folder) -> None:
    rooms = {(r.center_id, r.room_id): r for _, r in folder.rooms}
    centers = {c.center_id: c for _, c in folder.centers}
    for record, closure in folder.closures:
        room = rooms.get((closure.center_id, closure.room_id))
        for number in closure.seats if room is not None else ():
            if room is not None and number not in _present(room):
                record.report("SEAT_UNKNOWN", "seats", value=str(number))
        for column, hint in _contradictions(folder, closure, room, centers):
            record.report("CLOSURE_EMPTY", column, hint=hint)
        if closure.sitting and folder.exam is not None:
            known = {s.id for s in folder.exam.sittings}
            if closure.sitting not in known:
                record.report("UNKNOWN_REFERENCE", "sitting", hint="Not in exam.toml.")


def _present(room: Room) -> set[int]:
    return set(range(1, room.rows * room.columns + 1)) - set(room.missing)


def _contradictions(
    folder: Folder, closure: Closure, room: Room | None, centers: dict[str, Center]
) -> Iterator[tuple[str, str]]:
    """Columns that exclude each other, so that the closure closes nothing."""
    center = centers.get(closure.center_id)
    if center is not None and closure.exam_point and center.exam_point != closure.exam_point:
        yield "exam_point", f"{center.center_id} belongs to {center.exam_point}."
    points = folder.declared("exam_points.csv", "exam_point")
    served = {c.exam_point for c in centers.values()}
    if not closure.center_id and closure.exam_point in points - served:
        yield "exam_point", "It has no center."
    if room is not None and closure.mode not in (None, room.mode):
        yield "mode", f"The room's mode is {room.mode}."
    sittings = {s.id: s for s in folder.exam.sittings} if folder.exam is not None else {}
    sitting = sittings.get(closure.sitting)
    if sitting is None:
        return
    wanted = closure.mode or (room.mode if room is not None else None)
    if wanted not in (None, sitting.mode):
        yield "sitting", f"The sitting's mode is {sitting.mode}."
    if closure.subjects and not subjects_to_mask(closure.subjects) & sitting.mask:
        yield "subjects", "The sitting has none of these subjects."


# ---------------------------------------------------------------- exam.toml and the tables


def _exam_findings(folder: Folder, exam: Exam) -> Iterator[Finding]:
    modes = {specialty.mode for _, specialty in folder.specialties}
    for record, specialty in folder.specialties:
        if not exam.sittings_of(specialty.mode):
            record.report("SPECIALTY_WITHOUT_SITTING", "mode")
    if folder.specialties:
        for sitting in exam.sittings:
            if sitting.mode not in modes:
                yield finding(
                    "SITTING_WITHOUT_SPECIALTY", "exam.toml", column=f"sitting.{sitting.id}"
                )
    if folder.rooms and _all_rooms_read(folder):
        offered = {f.need for _, r in folder.rooms if r.use is Use.EXAM for f in r.features}
        for need in exam.needs:
            if need.id not in offered:
                yield finding("NEED_WITHOUT_SEATS", "exam.toml", column=f"need.{need.id}")
    provinces = {record["province"] for record in folder.records.get("exam_points.csv", ())}
    for province in exam.provinces:
        if provinces and province not in provinces:
            yield finding(
                "UNKNOWN_REFERENCE", "exam.toml", column="exam.provinces", value=province,
                hint="No exam point lies in it.",
            )  # fmt: skip
    if exam.spare_ratio < folder.limits.spare_ratio:
        yield finding(
            "SPARE_BELOW_STANDARD", "exam.toml", column="exam.spare_ratio",
            value=str(exam.spare_ratio), hint=f"Usual: {folder.limits.spare_ratio}.",
        )  # fmt: skip
