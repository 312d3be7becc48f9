"""Small reference data and rosters for tests: sensible defaults, everything overridable.

``small_reference`` builds typed objects without reading a file; ``write_data_folder`` writes any
reference as the files of docs/formats.md; ``roster_rows`` makes a clean roster as a text frame.
Nothing here imports the code under test except the pure types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd

from models.exam import Exam, Level, Mode, Need, Session, Sitting, Specialty, Subject, Window
from models.places import Center, Closure, ExamPoint, Room, RoomFeature
from models.reference import ReferenceData
from models.tables import (
    CENTERS,
    CLOSURES,
    EXAM_POINTS,
    ROOMS,
    ROSTER,
    SPECIALTIES,
    Column,
    names,
)
from models.text import format_numbers

COMPUTER_TIMES = (
    (1, "08:30", "10:00"),
    (2, "10:45", "12:15"),
    (3, "14:00", "15:30"),
    (4, "16:15", "17:45"),
)
SUBJECT_NAMES = ("基础知识", "相关专业知识", "专业知识", "专业实践能力")
EXAM_YEAR = 2022

# ---------------------------------------------------------------- the exam


def sitting(
    sitting_id: str, day: str, *, mode: Mode = Mode.COMPUTER, forms: Sequence[str] = ("A",)
) -> Sitting:
    """A sitting of four subjects: one day on computers, two days on paper."""
    first = date.fromisoformat(day)
    if mode is Mode.COMPUTER:
        sessions = [
            Session(subject=n, start=_at(first, start), end=_at(first, end))
            for n, start, end in COMPUTER_TIMES
        ]
    else:
        sessions = [
            Session(
                subject=n,
                start=_at(first + timedelta(days=(n - 1) // 2), "14:00" if n % 2 == 0 else "09:00"),
                end=_at(first + timedelta(days=(n - 1) // 2), "16:00" if n % 2 == 0 else "11:00"),
            )
            for n in (1, 2, 3, 4)
        ]
    return Sitting(
        id=sitting_id, mode=mode, name_zh=sitting_id, forms=tuple(forms), session=tuple(sessions)
    )


def _at(day: date, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T{clock}")


def small_exam(**fields: object) -> Exam:
    """Four subjects, sittings C1-C4 and P1, three needs; keywords replace whole fields."""
    values: dict[str, object] = {
        "code": "TEST-2022",
        "name_zh": "测试考试",
        "year": EXAM_YEAR,
        "timezone": "Asia/Shanghai",
        "provinces": (),
        "spare_ratio": Decimal("0.10"),
        "subjects": tuple(
            Subject(number=i, key=f"subject_{i}", name_zh=name)
            for i, name in enumerate(SUBJECT_NAMES, start=1)
        ),
        "sittings": (
            sitting("C1", "2022-04-09"),
            sitting("C2", "2022-04-10"),
            sitting("C3", "2022-04-16"),
            sitting("C4", "2022-04-17"),
            sitting("P1", "2022-04-09", mode=Mode.PAPER),
        ),
        "windows": (
            Window(key="payment", opens=date(2022, 2, 15), closes=date(2022, 2, 25)),
            Window(key="scores", note="two months after the exam"),
        ),
        "needs": (
            Need(id="accessible"),
            Need(id="extra_time", extra_time_ratio=Decimal("0.25")),
            Need(id="separate_room"),
        ),
    }
    return Exam.model_validate(values | fields)


# ---------------------------------------------------------------- reference rows


def specialty(code: str, **fields: object) -> Specialty:
    """A computer specialty with four papers of its own."""
    values: dict[str, object] = {
        "code": code,
        "name_zh": f"专业{code}",
        "level": Level.INTERMEDIATE,
        "mode": Mode.COMPUTER,
        "papers": tuple(f"{code}-{i}" for i in (1, 2, 3, 4)),
        "needs_licence": False,
    }
    return Specialty.model_validate(values | fields)


def exam_point(point: str, **fields: object) -> ExamPoint:
    """An exam point of province ``23`` near Harbin, each at a place of its own."""
    offset = Decimal(int(point[-2:], 36) % 50) / 10 if point[-2:].isalnum() else Decimal(0)
    values: dict[str, object] = {
        "exam_point": point,
        "name_zh": f"考点{point}",
        "province": "23",
        "latitude": Decimal("45.80") + offset / 5,
        "longitude": Decimal("126.53") + offset / 5,
    }
    return ExamPoint.model_validate(values | fields)


def center(center_id: str, point: str, **fields: object) -> Center:
    """A center without seats; :func:`small_reference` fills the seats in from the rooms."""
    home = exam_point(point)
    values: dict[str, object] = {
        "center_id": center_id,
        "name_zh": f"考场{center_id}",
        "exam_point": point,
        "address": f"测试路{center_id}号",
        "latitude": home.latitude + Decimal("0.01"),
        "longitude": home.longitude + Decimal("0.01"),
        "computer_seats": 0,
        "paper_seats": 0,
    }
    return Center.model_validate(values | fields)


def room(
    center_id: str,
    room_id: str,
    rows: int = 5,
    columns: int = 10,
    *,
    mode: Mode = Mode.COMPUTER,
    features: Mapping[str, Sequence[int]] | Iterable[str] = (),
    **fields: object,
) -> Room:
    """A room of ``rows`` x ``columns``; ``features`` maps a need to seats (empty = whole room)."""
    seats_of = dict(features) if isinstance(features, Mapping) else dict.fromkeys(features, ())
    values: dict[str, object] = {
        "center_id": center_id,
        "room_id": room_id,
        "name_zh": f"试室{room_id}",
        "mode": mode,
        "rows": rows,
        "columns": columns,
        "features": tuple(
            RoomFeature(need=need, seats=tuple(seats)) for need, seats in seats_of.items()
        ),
    }
    return Room.model_validate(values | fields)


def small_reference(
    *,
    exam: Exam | None = None,
    specialties: Sequence[Specialty] | None = None,
    exam_points: Sequence[ExamPoint] | None = None,
    centers: Sequence[Center] | None = None,
    rooms: Sequence[Room] | None = None,
    closures: Sequence[Closure] = (),
    count_seats: bool = True,
) -> ReferenceData:
    """Two exam points, three centers, one paper specialty, one shared-paper group.

    Points 2301 (centers ``230101``: three computer rooms, one of them with 4 accessible seats
    and one separate room; ``230102``: one paper room and one computer room, hosted by employer
    ``E1``) and 2302 (center ``230201``: one room of each mode). Specialties ``101`` and ``368``
    alone, ``303`` and ``304`` sharing papers ``NK-1`` and ``NK-2``, ``203`` on paper.

    Args:
        exam: another exam.
        specialties: other specialties.
        exam_points: other exam points.
        centers: other centers.
        rooms: other rooms.
        closures: closures, none by default.
        count_seats: set each center's seats to the usable seats of its rooms.
    """
    exam = exam or small_exam()
    if specialties is None:
        specialties = (
            specialty("101", level=Level.ASSISTANT),
            specialty("203", level=Level.JUNIOR, mode=Mode.PAPER),
            specialty("303", papers=("NK-1", "NK-2", "303-3", "303-4"), needs_licence=True),
            specialty("304", papers=("NK-1", "NK-2", "304-3", "304-4"), needs_licence=True),
            specialty("368"),
        )
    if exam_points is None:
        exam_points = (exam_point("2301"), exam_point("2302"))
    if centers is None:
        centers = (
            center("230101", "2301"),
            center("230102", "2301", employer="E1", latitude=Decimal("45.77")),
            center("230201", "2302"),
        )
    if rooms is None:
        rooms = (
            room("230101", "R1", features={"accessible": (1, 2, 3, 4), "extra_time": ()}),
            room("230101", "R2"),
            room("230101", "R3", features=("separate_room",)),
            room("230102", "R1"),
            room("230102", "R2", 5, 6, mode=Mode.PAPER),
            room("230201", "R1"),
            room("230201", "R2", 5, 6, mode=Mode.PAPER),
        )
    if count_seats:
        centers = [_with_counted_seats(c, rooms, exam.spare_ratio) for c in centers]
    return ReferenceData(
        exam=exam,
        specialties=tuple(sorted(specialties, key=lambda s: s.code)),
        exam_points=tuple(sorted(exam_points, key=lambda p: p.exam_point)),
        centers=tuple(sorted(centers, key=lambda c: c.center_id)),
        rooms=tuple(sorted(rooms, key=lambda r: (r.center_id, r.room_id))),
        closures=tuple(closures),
    )


def _with_counted_seats(center: Center, rooms: Sequence[Room], spare_ratio: Decimal) -> Center:
    own = [r for r in rooms if r.center_id == center.center_id]
    if not own:
        return center
    seats = {
        mode: sum(r.usable(spare_ratio) for r in own if r.mode is mode)
        for mode in (Mode.COMPUTER, Mode.PAPER)
    }
    return center.model_copy(
        update={"computer_seats": seats[Mode.COMPUTER], "paper_seats": seats[Mode.PAPER]}
    )


# ---------------------------------------------------------------- reference files

Edit = tuple[int, str, str]
"""One cell of a file: record number (header = 1, first record = 2), column, new text."""


def exam_toml(exam: Exam) -> str:
    """``exam.toml`` of an exam."""
    lines = [
        "[exam]",
        f'code = "{exam.code}"',
        f'name_zh = "{exam.name_zh}"',
        f"year = {exam.year}",
        f'timezone = "{exam.timezone}"',
        f"provinces = {_toml_list(exam.provinces)}",
        f"spare_ratio = {exam.spare_ratio}",
    ]
    for subject in exam.subjects:
        lines += [
            "",
            "[[subject]]",
            f"number = {subject.number}",
            f'key = "{subject.key}"',
            f'name_zh = "{subject.name_zh}"',
        ]
    for one in exam.sittings:
        lines += [
            "",
            "[[sitting]]",
            f'id = "{one.id}"',
            f'mode = "{one.mode}"',
            f'name_zh = "{one.name_zh}"',
            f"forms = {_toml_list(one.forms)}",
        ]
        for session in one.session:
            lines += [
                "[[sitting.session]]",
                f"subject = {session.subject}",
                f'start = "{session.start:%Y-%m-%dT%H:%M}"',
                f'end = "{session.end:%Y-%m-%dT%H:%M}"',
            ]
    for window in exam.windows:
        lines += ["", "[[window]]", f'key = "{window.key}"', f'note = "{window.note}"']
        if window.opens is not None:
            lines.append(f'opens = "{window.opens.isoformat()}"')
        if window.closes is not None:
            lines.append(f'closes = "{window.closes.isoformat()}"')
    for need in exam.needs:
        lines += ["", "[[need]]", f'id = "{need.id}"']
        if need.extra_time_ratio:
            lines.append(f"extra_time_ratio = {need.extra_time_ratio}")
    return "\n".join(lines) + "\n"


def _toml_list(items: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{item}"' for item in items) + "]"


def reference_tables(reference: ReferenceData) -> dict[str, pd.DataFrame]:
    """The CSV tables of a reference as text frames, by file name."""
    rows: dict[str, tuple[tuple[Column, ...], list[dict[str, str]]]] = {
        "specialties.csv": (
            SPECIALTIES,
            [
                {
                    "code": s.code, "name_zh": s.name_zh, "level": s.level, "mode": s.mode,
                    **{f"paper_{i}": paper for i, paper in enumerate(s.papers, start=1)},
                    "needs_licence": str(s.needs_licence).lower(),
                }
                for s in reference.specialties
            ],
        ),
        "exam_points.csv": (
            EXAM_POINTS,
            [
                p.model_dump(mode="json") | {"overflow_to": ";".join(p.overflow_to)}
                for p in reference.exam_points
            ],
        ),
        "centers.csv": (
            CENTERS,
            [{k: str(v) for k, v in c.model_dump(mode="json").items()} for c in reference.centers],
        ),
        "rooms.csv": (ROOMS, [_room_cells(r) for r in reference.rooms]),
        "closures.csv": (
            CLOSURES,
            [
                c.model_dump(mode="json") | {"seats": format_numbers(c.seats), "mode": c.mode or ""}
                for c in reference.closures
            ],
        ),
    }  # fmt: skip
    return {
        file: pd.DataFrame(records, columns=names(columns), dtype=str)
        for file, (columns, records) in rows.items()
    }


def _room_cells(one: Room) -> dict[str, str]:
    return {
        "center_id": one.center_id, "room_id": one.room_id, "name_zh": one.name_zh,
        "mode": one.mode, "rows": str(one.rows), "columns": str(one.columns),
        "numbering": one.numbering, "missing": format_numbers(one.missing),
        "spare": "" if one.spare is None else str(one.spare), "use": one.use,
        "features": ";".join(
            f"{f.need}:{format_numbers(f.seats).replace(';', ',')}" if f.seats else f.need
            for f in one.features
        ),
        "note": one.note,
    }  # fmt: skip


def write_data_folder(
    folder: Path,
    reference: ReferenceData | None = None,
    *,
    edits: Mapping[str, Sequence[Edit]] | None = None,
    files: Mapping[str, str | bytes | None] | None = None,
) -> Path:
    """Write a reference data folder and return it.

    Args:
        folder: created if it does not exist.
        reference: default :func:`small_reference`.
        edits: per CSV file, cells to overwrite by record number and column. A record number just
            past the end appends a copy of the last record first.
        files: whole file contents instead of the built ones; ``None`` leaves the file out.
    """
    reference = reference or small_reference()
    folder.mkdir(parents=True, exist_ok=True)
    content: dict[str, str | bytes | None] = {"exam.toml": exam_toml(reference.exam)}
    for file, table in reference_tables(reference).items():
        if file == "closures.csv" and table.empty and file not in (edits or {}):
            continue
        content[file] = _edited(table, (edits or {}).get(file, ())).to_csv(
            index=False, lineterminator="\n"
        )
    for file, value in (content | dict(files or {})).items():
        if isinstance(value, bytes):
            (folder / file).write_bytes(value)
        elif value is not None:
            (folder / file).write_text(value, encoding="utf-8", newline="")
    return folder


def _edited(table: pd.DataFrame, edits: Sequence[Edit]) -> pd.DataFrame:
    records = table.to_dict("records")
    for row, column, value in edits:
        while len(records) < row - 1:
            records.append(dict(records[-1]) if records else dict.fromkeys(table.columns, ""))
        records[row - 2][column] = value
    return pd.DataFrame(records, columns=table.columns, dtype=str)


# ---------------------------------------------------------------- rosters

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def resident_number(serial: int, *, region: str = "230102", birth: date | None = None) -> str:
    """A well-formed 18-character number (GB 11643); different serials give different numbers."""
    day = birth or date(1970, 1, 1) + timedelta(days=serial // 999 % 9000)
    head = f"{region}{day:%Y%m%d}{serial % 999 + 1:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(head, _WEIGHTS, strict=True))
    return head + "10X98765432"[total % 11]


def roster_rows(count: int = 6, **columns: str | Sequence[str]) -> pd.DataFrame:
    """A clean roster of ``count`` candidates as text; keywords replace whole columns.

    Candidates ``A000001``..., all at exam point 2301, specialty 101, all four subjects, without
    needs, employers, coordinates or pins. Columns named by keyword are added if they are not
    among the required ones.
    """
    every = range(1, count + 1)
    data: dict[str, str | Sequence[str]] = {
        "candidate_id": [f"A{i:06d}" for i in every],
        "name": [f"张{_HAN[i % len(_HAN)]}{_HAN[i // len(_HAN) % len(_HAN)]}" for i in every],
        "id_type": "resident",
        "id_number": [resident_number(i) for i in every],
        "specialty": "101",
        "exam_point": "2301",
        "subjects": "1234",
    }
    frame = pd.DataFrame(data | columns, index=range(count), dtype=str)
    order = {name: i for i, name in enumerate(names(ROSTER))}
    return frame[sorted(frame.columns, key=lambda name: order.get(str(name), len(order)))]


_HAN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建文"


def write_roster(
    path: Path, frame: pd.DataFrame | None = None, **columns: str | Sequence[str]
) -> Path:
    """Write a roster as ``.csv`` or ``.parquet`` (by suffix) and return the path."""
    frame = roster_rows(**columns) if frame is None else frame.assign(**columns)  # type: ignore[arg-type]
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return path
