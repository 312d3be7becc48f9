"""Rooms laid out into seats: which exist, which stay spare, which are open to what and whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.exam import SEPARATE_ROOM, Mode, Sitting
from models.places import Center, Closure, Numbering, Room, Use, numbered_grid
from models.reference import ReferenceData
from models.text import subjects_to_mask

Features = frozenset[str]


class SeatKind(NamedTuple):
    """What a candidate can tell of a seat, besides its center."""

    open_subjects: int
    features: Features

    def takes(self, mask: int, needs: frozenset[str]) -> bool:
        """Is the seat open for the subjects, and does it offer the needs?

        Rules ``closed_seats_kept_free``, ``needs_honoured`` and ``separate_room_kept_apart``.
        """
        return (
            mask & ~self.open_subjects == 0
            and needs <= self.features
            and (SEPARATE_ROOM in needs) == (SEPARATE_ROOM in self.features)
        )


@dataclass(frozen=True)
class RoomLayout:
    """One room's present seats by number; arrays run parallel."""

    room: Room
    numbers: npt.NDArray[np.int32]
    rows: npt.NDArray[np.int32]
    columns: npt.NDArray[np.int32]
    spare: npt.NDArray[np.bool_]

    @cached_property
    def usable(self) -> int:
        """How many seats do not stay free all day."""
        return len(self.spare) - int(np.count_nonzero(self.spare))

    @property
    def spare_numbers(self) -> list[int]:
        """Numbers of the machines that stay free all day."""
        return [int(n) for n in self.numbers[self.spare]]


Shape = tuple[int, int, Numbering, tuple[int, ...]]
"""Rows, columns, numbering and missing numbers of a room; a country has few different ones."""


@lru_cache(maxsize=4096)
def _grid(shape: Shape) -> tuple[npt.NDArray[np.int32], ...]:
    """Numbers, rows and columns of the present seats, by number; not to be written to."""
    grid = np.array(list(numbered_grid(*shape)), dtype=np.int32).reshape(-1, 3)
    grid = grid[np.argsort(grid[:, 0], kind="stable")].T.copy()
    grid.setflags(write=False)
    return tuple(grid)


@lru_cache(maxsize=4096)
def _separating(shape: Shape, ranks: bytes, count: int) -> npt.NDArray[np.bool_]:
    """Choose ``count`` seats, lowest rank first, whose absence separates most neighbours.

    Cells of one chessboard colour are never adjacent, so those with most neighbours cost the room
    most adjacencies (docs/model.md, section 5). Among equal ones the seats are spread out:
    wherever a machine fails, a spare one is near. ``ranks`` are whole numbers of 8 bytes.
    """
    _, rows, columns = _grid(shape)
    rank = np.frombuffer(ranks, dtype=np.int64)
    cells = {cell: i for i, cell in enumerate(zip(rows.tolist(), columns.tolist(), strict=True))}
    near = [
        [cells[n] for n in ((r, c - 1), (r, c + 1), (r - 1, c), (r + 1, c)) if n in cells]
        for r, c in cells
    ]
    degrees = np.array([len(n) for n in near], dtype=np.int64)
    choices = []
    for colour in (0, 1):
        other = (rows + columns) % 2 != colour
        chosen = _spread(rows, columns, rank, other * 5 + 4 - degrees, count)
        left = sum(not chosen[i] and not chosen[j] for i, ns in enumerate(near) for j in ns)
        choices.append((left, colour, chosen))
    spare = min(choices, key=lambda choice: choice[:2])[2]
    spare.setflags(write=False)
    return spare


def _spread(rows: npt.NDArray[np.int32], columns: npt.NDArray[np.int32],
            rank: npt.NDArray[np.int64], within: npt.NDArray[np.int64],
            count: int) -> npt.NDArray[np.bool_]:  # fmt: skip
    """Choose ``count`` seats, lowest rank first, each as far from those chosen as possible.

    ``within``, 0 to 9, orders seats of equal rank. The first is as far from the middle of the
    room as possible, so that others lie opposite. The last leaves a quarter of the room in which
    all others lie, if a seat of equal rank does.
    """
    chosen = np.zeros(len(rows), dtype=bool)
    off_middle = np.stack([2 * axis - axis.min() - axis.max() for axis in (rows, columns)])
    distance = np.abs(off_middle).sum(axis=0)
    cost = 10 * rank + within
    for i in range(count):
        pool = ~chosen & (rank == rank[~chosen].min())
        if 0 < i == count - 1:
            quarter = np.all([s == s[chosen].min() for s in np.sign(off_middle)], axis=0)
            if quarter[chosen].all() and (pool & ~quarter).any():
                pool &= ~quarter
        pool &= cost == cost[pool].min()
        pick = int(np.flatnonzero(pool)[np.argmax(distance[pool])])
        chosen[pick] = True
        step = np.abs(rows - rows[pick]) + np.abs(columns - columns[pick])
        distance = np.minimum(distance, step) if i else step
    return chosen


class Places:
    """Every room of the exam laid out, with closures applied per sitting.

    Built once from checked reference data; deterministic.
    """

    def __init__(self, reference: ReferenceData) -> None:
        """Index closures by center; rooms are laid out on first use."""
        self.reference = reference
        self._closures: dict[str, list[Closure]] = defaultdict(list)
        self._kinds: dict[tuple[str, str], Mapping[SeatKind, int]] = {}
        self.centers_of_point: dict[str, list[Center]] = {}
        for center in reference.centers:
            self.centers_of_point.setdefault(center.exam_point, []).append(center)
        for closure in reference.closures:
            centers = [closure.center_id] if closure.center_id else []
            everywhere = self.centers_of_point.get(closure.exam_point, ())
            for center_id in centers or [center.center_id for center in everywhere]:
                self._closures[center_id].append(closure)

    @cached_property
    def layouts(self) -> Mapping[tuple[str, str], RoomLayout]:
        """Layout by (center, room), exam rooms and reserve rooms, sorted."""
        return {
            (room.center_id, room.room_id): self._lay_out(room)
            for room in sorted(self.reference.rooms, key=lambda r: (r.center_id, r.room_id))
        }

    @cached_property
    def rooms_of_center(self) -> Mapping[str, tuple[RoomLayout, ...]]:
        """Exam-use rooms of each center, by room id; centers without rooms are absent."""
        rooms: dict[str, list[RoomLayout]] = defaultdict(list)
        for (center_id, _), layout in self.layouts.items():
            if layout.room.use is Use.EXAM:
                rooms[center_id].append(layout)
        return {center: tuple(layouts) for center, layouts in rooms.items()}

    def open_subjects(self, layout: RoomLayout, sitting: Sitting) -> npt.NDArray[np.int64]:
        """Mask of open subjects per present seat; spare machines and reserve rooms have 0."""
        room = layout.room
        masks = np.full(len(layout.numbers), sitting.mask, dtype=np.int64)
        if room.mode is not sitting.mode or room.use is not Use.EXAM:
            return np.zeros_like(masks)
        masks[layout.spare] = 0
        for closure in self.closures_at(room.center_id, sitting):
            if closure.room_id in ("", room.room_id):
                hit = np.isin(layout.numbers, closure.seats) if closure.seats else slice(None)
                masks[hit] &= ~_closed(closure)
        return masks

    def seat_features(self, layout: RoomLayout) -> list[Features]:
        """The needs that each present seat offers."""
        room = layout.room
        of_room = frozenset(feature.need for feature in room.features if not feature.seats)
        special = {n for feature in room.features for n in feature.seats}
        return [room.features_of(n) if n in special else of_room for n in layout.numbers.tolist()]

    def seat_kinds(self, center_id: str, sitting: Sitting) -> Mapping[SeatKind, int]:
        """Usable seats of a center in a sitting, counted by kind.

        A center without rooms counts its declared seats, all alike.
        """
        key = center_id, sitting.id
        if key not in self._kinds:
            self._kinds[key] = self._count_kinds(center_id, sitting)
        return self._kinds[key]

    def _count_kinds(self, center_id: str, sitting: Sitting) -> Mapping[SeatKind, int]:
        counts: dict[SeatKind, int] = defaultdict(int)
        closures = self.closures_at(center_id, sitting)
        layouts = self.rooms_of_center.get(center_id)
        if layouts is None:
            seats = self.reference.center_by_id[center_id].seats(sitting.mode)
            mask = sitting.mask
            for closure in closures:
                mask &= ~_closed(closure)
            if seats and mask:
                counts[SeatKind(mask, frozenset())] = seats
            return dict(counts)
        for layout in layouts:
            if layout.room.mode is not sitting.mode:
                continue
            if not layout.room.features and not closures:
                if layout.usable:
                    counts[SeatKind(sitting.mask, frozenset())] += layout.usable
                continue
            masks = self.open_subjects(layout, sitting)
            if not layout.room.features:
                for mask, number in enumerate(np.bincount(masks).tolist()):
                    if mask and number:
                        counts[SeatKind(mask, frozenset())] += number
                continue
            for mask, features in zip(masks.tolist(), self.seat_features(layout), strict=True):
                if mask:
                    counts[SeatKind(mask, features)] += 1
        return dict(counts)

    def closures_at(self, center_id: str, sitting: Sitting) -> list[Closure]:
        """Closures of a center or of some of its rooms and seats in a sitting."""
        return [
            c
            for c in self._closures.get(center_id, ())
            if c.sitting in ("", sitting.id) and c.mode in (None, sitting.mode)
        ]

    def _lay_out(self, room: Room) -> RoomLayout:
        shape = room.rows, room.columns, room.numbering, room.missing
        numbers, rows, columns = _grid(shape)
        count = room.spare_seats(self.reference.exam.spare_ratio)
        if room.use is not Use.EXAM:
            count = 0
        bare = RoomLayout(room, numbers, rows, columns, np.zeros(len(numbers), dtype=bool))
        if count == 0:
            return bare
        # A spare machine should cost nothing that is scarce: seats that offer a need are taken
        # last, and so are machines closed in some sitting, for a closed machine is no spare.
        rank = np.zeros(len(numbers), dtype=np.int64)
        if room.features:
            features = np.array([len(f) for f in self.seat_features(bare)], dtype=np.int64)
            rank += (features - features.min(initial=len(room.features))) * 1000
        if room.center_id in self._closures:
            for sitting in self.reference.exam.sittings_of(room.mode):
                rank += self.open_subjects(bare, sitting) != sitting.mask
        return RoomLayout(room, numbers, rows, columns, _separating(shape, rank.tobytes(), count))


def _closed(closure: Closure) -> int:
    return subjects_to_mask(closure.subjects) if closure.subjects else 0b1111


def host_points(reference: ReferenceData, exam_point: str) -> tuple[str, ...]:
    """Whose centers may seat this point's candidates: the home first, then overflow in order.

    Rule ``home_point_or_overflow``. The centers of a point that delegates take nobody.
    """
    point = reference.point_by_id[exam_point]
    delegating = {p.exam_point for p in reference.exam_points if p.delegates_to}
    hosts = [point.home]
    hosts += [h for h in point.overflow_to if h not in hosts]
    return tuple(h for h in hosts if h not in delegating)


def components(reference: ReferenceData) -> tuple[tuple[str, ...], ...]:
    """Exam points linked by delegation or overflow, each sorted, in order of the first."""
    root = {p.exam_point: p.exam_point for p in reference.exam_points}

    def find(item: str) -> str:
        while root[item] != item:
            item = root[item]
        return item

    for point in reference.exam_points:
        for other in (point.home, *point.overflow_to):
            if other in root:
                low, high = sorted((find(point.exam_point), find(other)))
                root[high] = low
    members: dict[str, list[str]] = defaultdict(list)
    for point_id in sorted(root):
        members[find(point_id)].append(point_id)
    return tuple(tuple(m) for _, m in sorted(members.items()))


def host_employers(reference: ReferenceData) -> frozenset[str]:
    """Employers that host a center."""
    return frozenset(c.employer for c in reference.centers if c.employer)


def modes(reference: ReferenceData) -> tuple[Mode, ...]:
    """Modes that have a sitting, in a fixed order."""
    return tuple(m for m in Mode if reference.exam.sittings_of(m))
