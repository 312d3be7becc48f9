"""Invented centers and rooms, with just as many seats as the demand asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

import numpy as np

from models.exam import SEPARATE_ROOM, Mode
from models.places import Center, Closure, Numbering, Room, RoomFeature, Use
from scheduler.sample import assumptions as assume
from scheduler.sample.demand import Demand
from scheduler.sample.drawing import Flags
from scheduler.sample.facts import Facts, Point


@dataclass(frozen=True)
class Sites:
    """Centers, rooms and closures, each sorted by id."""

    centers: tuple[Center, ...]
    rooms: tuple[Room, ...]
    closures: tuple[Closure, ...]


@dataclass(frozen=True)
class PointNeed:
    """What one exam point must offer in one mode.

    Attributes:
        seats: usable seats per date, separate rooms not counted.
        accessible: candidates who need an accessible seat.
        separate: candidates who need a separate room.
        featured: whether needs occur at this exam point at all.
    """

    seats: int
    accessible: int
    separate: int
    featured: bool


@dataclass(frozen=True)
class _Grid:
    """A room before it has a name: its cells, and which of them are missing."""

    rows: int
    columns: int
    missing: tuple[int, ...] = ()


def point_needs(
    demand: Demand, needs: Sequence[str], tightness: Sequence[Decimal]
) -> dict[tuple[str, Mode], PointNeed]:
    """What each exam point must offer, by exam point and mode; one tightness per exam point.

    Sized by the tightest of the twelve families over all dates of the mode (docs/model.md,
    section 2): with fewer seats nobody could place everyone.
    """
    facts = demand.facts
    accessible = np.array(["accessible" in cell for cell in needs])
    separate = np.array([SEPARATE_ROOM in cell for cell in needs])
    people_with = {name: _counted(demand, flags) for name, flags in (
        ("accessible", accessible), ("separate", separate))}  # fmt: skip
    out: dict[tuple[str, Mode], PointNeed] = {}
    for mode in Mode:
        of_mode = demand.on_paper == (mode is Mode.PAPER)
        needed = demand.seats_needed(of_mode & ~separate)
        dates = len(facts.sittings[mode])
        for index, point in enumerate(facts.points):
            seats = _seats_per_date(needed[index], dates, tightness[index])
            if mode is Mode.COMPUTER and index in demand.largest_points:
                seats += -(-assume.CLOSED_SEATS // dates)
            out[point.exam_point, mode] = PointNeed(
                seats=seats,
                accessible=people_with["accessible"][mode][index],
                separate=people_with["separate"][mode][index],
                featured=index in demand.larger_points,
            )
    return out


def _counted(demand: Demand, flags: Flags) -> dict[Mode, list[int]]:
    """Candidates with a flag, by mode and exam point."""
    points = len(demand.facts.points)
    return {
        mode: np.bincount(
            demand.point[flags & (demand.on_paper == (mode is Mode.PAPER))], minlength=points
        ).tolist()
        for mode in Mode
    }


def _seats_per_date(needed: int, dates: int, tightness: Decimal) -> int:
    seats = int((needed / (dates * tightness)).to_integral_value(ROUND_CEILING))
    return seats + assume.SMALL_SLACK if 0 < seats < assume.SMALL_TARGET else seats


def split_dates(demand: Demand, needs: dict[tuple[str, Mode], PointNeed]) -> tuple[str, ...]:
    """As many computer dates as the split specialty cannot do without at some exam point."""
    sittings = demand.facts.sittings[Mode.COMPUTER]
    people = demand.seats_needed(demand.of_specialty(assume.SPLIT_SPECIALTY))
    dates = 1
    for point, wanted in zip(demand.facts.points, people, strict=True):
        seats = needs[point.exam_point, Mode.COMPUTER].seats
        if seats:
            dates = max(dates, -(-wanted // seats))
    return sittings[:dates]


def build_sites(
    facts: Facts,
    needs: dict[tuple[str, Mode], PointNeed],
    hosts: Mapping[str, str],
    rng: np.random.Generator,
) -> Sites:
    """Centers and rooms of every exam point, and a partial closure at each of ``hosts``.

    There the last center is hosted by the employer named, if there are others; one of the
    computer rooms has a few machines closed for one afternoon.
    """
    centers: list[Center] = []
    rooms: list[Room] = []
    for point in facts.points:
        by_mode = {mode: needs[point.exam_point, mode] for mode in Mode}
        host = hosts.get(point.exam_point, "")
        point_centers, point_rooms = _build_point(facts, point, by_mode, host, rng)
        centers += point_centers
        rooms += point_rooms
    rooms.sort(key=lambda r: (r.center_id, r.room_id))
    closures: list[Closure] = []
    for exam_point in sorted(hosts):
        here = {c.center_id for c in centers if c.exam_point == exam_point}
        closures += _closures(rooms, here)
    return Sites(tuple(centers), tuple(rooms), tuple(closures))


def _build_point(
    facts: Facts,
    point: Point,
    needs: dict[Mode, PointNeed],
    host_employer: str,
    rng: np.random.Generator,
) -> tuple[list[Center], list[Room]]:
    grids = {
        Mode.COMPUTER: _computer_grids(facts, needs[Mode.COMPUTER].seats, rng),
        Mode.PAPER: _paper_grids(needs[Mode.PAPER].seats),
    }
    count = max(
        -(-len(grids[Mode.COMPUTER]) // facts.computer_rooms),
        -(-len(grids[Mode.PAPER]) // facts.paper_rooms),
    )
    ids = [f"{point.exam_point}-{i:02d}" for i in range(1, count + 1)]
    rooms: list[Room] = []
    for mode in Mode:
        rooms += _exam_rooms(ids, mode, grids[mode], needs[mode])
        if needs[mode].separate:
            rooms.append(_separate_room(ids[0], mode, needs[mode].separate, facts.spare_ratio))
        if needs[mode].featured:
            rooms.append(_reserve_room(ids[0], mode))
    spots = rng.integers(-assume.CENTER_RADIUS, assume.CENTER_RADIUS + 1, size=(count, 2))
    centers = []
    for i, (center_id, spot) in enumerate(zip(ids, spots.tolist(), strict=True)):
        hosted = host_employer if 0 < i == count - 1 else ""
        here = [r for r in rooms if r.center_id == center_id]
        kind = "示例教学医院考场" if hosted else f"示例第{i + 1}考场"
        centers.append(
            Center(
                center_id=center_id,
                name_zh=f"{point.name_zh}{kind}",
                exam_point=point.exam_point,
                address=f"{point.name_zh}示例路{i + 1}号（虚构）",
                latitude=Decimal(point.latitude + spot[0]) / 1_000_000,
                longitude=Decimal(point.longitude + spot[1]) / 1_000_000,
                employer=hosted,
                computer_seats=_usable(here, Mode.COMPUTER, facts.spare_ratio),
                paper_seats=_usable(here, Mode.PAPER, facts.spare_ratio),
            )
        )
    return centers, rooms


def _usable(rooms: list[Room], mode: Mode, spare_ratio: Decimal) -> int:
    return sum(r.usable(spare_ratio) for r in rooms if r.mode is mode)


def _exam_rooms(
    center_ids: list[str], mode: Mode, grids: list[_Grid], need: PointNeed
) -> list[Room]:
    """Rooms dealt to the centers in turn; the first of them carry the features.

    As many accessible seats as people who need one: enough even if all came on one date.
    """
    letter, kind = ("J", "机房") if mode is Mode.COMPUTER else ("Z", "教室")
    featured = max(1, -(-need.accessible // assume.FEATURED_SEATS)) if need.featured else 0
    rooms = []
    for i, grid in enumerate(grids):
        number = i // len(center_ids) + 1
        accessible = range(1, min(assume.FEATURED_SEATS, grid.rows * grid.columns) + 1)
        features = (
            RoomFeature(need="accessible", seats=tuple(accessible)),
            RoomFeature(need="extra_time"),
        )
        rooms.append(
            Room(
                center_id=center_ids[i % len(center_ids)],
                room_id=f"{letter}{number:02d}",
                name_zh=f"第{number}{kind}",
                mode=mode,
                rows=grid.rows,
                columns=grid.columns,
                numbering=Numbering.COLUMN_SNAKE if mode is Mode.PAPER else Numbering.ROW_SNAKE,
                missing=grid.missing,
                features=features if i < featured else (),
                note="一层，有坡道" if i < featured else "",
            )
        )
    return rooms


def _separate_room(center_id: str, mode: Mode, people: int, spare_ratio: Decimal) -> Room:
    """A small room for those who need one of their own, enough if all came on one date."""
    ratio = spare_ratio if mode is Mode.COMPUTER else Decimal(0)
    grid = _exact_grid(people, ratio, None)
    return Room(
        center_id=center_id,
        room_id="D01" if mode is Mode.COMPUTER else "D02",
        name_zh="单独试室",
        mode=mode,
        rows=grid.rows,
        columns=grid.columns,
        missing=grid.missing,
        features=(RoomFeature(need=SEPARATE_ROOM),),
        note="仅供需要单独试室的考生",
    )


def _reserve_room(center_id: str, mode: Mode) -> Room:
    rows, columns = assume.RESERVE_GRID
    return Room(
        center_id=center_id,
        room_id="B01" if mode is Mode.COMPUTER else "B02",
        name_zh="备用隔离试室",
        mode=mode,
        rows=rows,
        columns=columns,
        use=Use.RESERVE,
        note="考试期间发热等情况使用",
    )


def _paper_grids(seats: int) -> list[_Grid]:
    rows, columns = assume.PAPER_GRID
    return [_Grid(rows, columns)] * -(-seats // (rows * columns))


def _computer_grids(facts: Facts, seats: int, rng: np.random.Generator) -> list[_Grid]:
    """Standard rooms, then one or two whose missing machines make the sum come out exactly."""
    grids = []
    left = seats
    while left > assume.SMALLEST_ROOM + assume.LARGEST_ROOM:
        rows, columns = facts.grids[int(rng.integers(len(facts.grids)))]
        grids.append(_Grid(rows, columns))
        left -= _after_spare(rows * columns, facts.spare_ratio)
    parts = [left] if left <= assume.LARGEST_ROOM else [left // 2, left - left // 2]
    return grids + [_exact_grid(part, facts.spare_ratio, rng) for part in parts if part]


def _after_spare(machines: int, spare_ratio: Decimal) -> int:
    return machines - int((spare_ratio * machines).to_integral_value(ROUND_CEILING))


def _exact_grid(seats: int, spare_ratio: Decimal, rng: np.random.Generator | None) -> _Grid:
    """The smallest, squarest grid with this many usable seats.

    Missing cells are anywhere behind the featured seats, or the last ones without ``rng``.
    """
    present = seats
    while _after_spare(present, spare_ratio) < seats:
        present += 1
    _, _, rows, columns = min(
        (rows * columns, columns - rows, rows, columns)
        for rows in range(1, present + 1)
        for columns in range(rows, min(rows + 6, present) + 1)
        if rows * columns >= present
    )
    cells = np.arange(assume.FEATURED_SEATS + 1, rows * columns + 1)
    if rng is not None:
        cells = rng.permutation(cells)
    absent = rows * columns - present
    missing = sorted(cells[len(cells) - absent :].tolist())
    return _Grid(rows, columns, tuple(missing))


def _closures(rooms: list[Room], center_ids: Collection[str]) -> tuple[Closure, ...]:
    """A few machines of the first computer room without features, if there is one."""
    ordinary = [
        room
        for room in rooms
        if room.center_id in center_ids
        and room.mode is Mode.COMPUTER
        and room.use is Use.EXAM
        and not room.features
    ]
    if not ordinary:
        return ()
    room = ordinary[0]
    return (
        Closure(
            center_id=room.center_id,
            room_id=room.room_id,
            seats=tuple(number for number, _, _ in room.grid())[-assume.CLOSED_SEATS :],
            sitting=assume.CLOSED_SITTING,
            subjects=assume.CLOSED_SUBJECTS,
            reason="下午停电检修（示例）",
        ),
    )
