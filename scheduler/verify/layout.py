"""Every seat of every room as plain arrays, derived from ``inputs/`` alone.

A *cell* is a place of a room's grid; cells of all rooms stand in one long array, room after room,
by seat number, missing ones included, so that a (room, seat) pair is one index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.exam import SEPARATE_ROOM, Mode, Sitting
from models.places import Center, Numbering, Room, Use
from models.text import subjects_to_mask
from scheduler.verify.inputs import Inputs

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Layout:
    """Rooms, cells and who is next to whom.

    Attributes:
        sittings: in the order of their ids.
        rooms: all rooms, in the order of (center, room).
        room_number: index of (center id, room id) in ``rooms``.
        first_cell: index of seat 1 of each room; one entry more than rooms, the number of cells.
        need_bit: bit of each need in ``features``.
        room_of, row_of, column_of: per cell; rows and columns from 0.
        present: per cell, not missing.
        spare: per cell, listed as a spare machine in ``utilisation.csv``.
        features: per cell, the needs it offers, as bits.
        open: shape (sittings, cells): mask of the subjects for which a present seat of an exam
            room of the sitting's mode is not closed; spare seats count as open here.
        left, right: cells of each adjacent pair of present seats (side by side, front and back).
    """

    sittings: tuple[Sitting, ...]
    rooms: tuple[Room, ...]
    room_number: Mapping[tuple[str, str], int]
    first_cell: Ints
    need_bit: Mapping[str, int]
    room_of: Ints
    row_of: Ints
    column_of: Ints
    present: Flags
    spare: Flags
    features: Ints
    open: Ints
    left: Ints
    right: Ints

    def cells_of(self, room: int) -> slice:
        """The cells of a room."""
        return slice(int(self.first_cell[room]), int(self.first_cell[room + 1]))

    def usable(self) -> Ints:
        """``open`` without the spare machines, shape (sittings, cells)."""
        return np.where(self.spare, 0, self.open)

    @property
    def separate(self) -> Flags:
        """Per cell: does its room take separate-room candidates only?"""
        bit = self.need_bit.get(SEPARATE_ROOM, 0)
        separate: Flags = (self.features & bit) != 0
        return separate


def build_layout(inputs: Inputs, spare_seats: Mapping[tuple[str, str], tuple[int, ...]]) -> Layout:
    """Lay out the rooms of ``inputs``.

    Args:
        inputs: the reference data.
        spare_seats: seat numbers kept free, by (center id, room id), as the plan lists them.
    """
    rooms = tuple(sorted(inputs.rooms, key=lambda r: (r.center_id, r.room_id)))
    sizes = [r.rows * r.columns for r in rooms]
    first = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    total = int(first[-1])
    needs = sorted({n.id for n in inputs.exam.needs} | {f.need for r in rooms for f in r.features})
    need_bit = {need: 1 << i for i, need in enumerate(needs)}
    sittings = tuple(sorted(inputs.exam.sittings, key=lambda s: s.id))
    row_of, column_of = np.zeros(total, np.int64), np.zeros(total, np.int64)
    present, spare = np.ones(total, np.bool_), np.zeros(total, np.bool_)
    features = np.zeros(total, np.int64)
    left, right = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for i, room in enumerate(rooms):
        start, stop = int(first[i]), int(first[i + 1])
        row_of[start:stop], column_of[start:stop] = grid_positions(room)
        present[start + np.array(room.missing, np.int64) - 1] = False
        listed = [
            n for n in spare_seats.get((room.center_id, room.room_id), ()) if n <= stop - start
        ]
        spare[start + np.array(listed, np.int64) - 1] = True
        for feature in room.features:
            seats = np.array(feature.seats or range(1, stop - start + 1), np.int64)
            features[start + seats - 1] |= need_bit[feature.need]
        cell_at = np.empty((room.rows, room.columns), np.int64)
        cell_at[row_of[start:stop], column_of[start:stop]] = np.arange(start, stop)
        for one, other in (
            (cell_at[:, :-1], cell_at[:, 1:]),
            (cell_at[:-1, :], cell_at[1:, :]),
        ):
            both = present[one] & present[other]
            left.append(one[both])
            right.append(other[both])
    return Layout(
        sittings=sittings,
        rooms=rooms,
        room_number={(r.center_id, r.room_id): i for i, r in enumerate(rooms)},
        first_cell=first,
        need_bit=need_bit,
        room_of=np.repeat(np.arange(len(rooms)), sizes),
        row_of=row_of,
        column_of=column_of,
        present=present,
        spare=spare & present,
        features=features,
        open=_open_subjects(inputs, rooms, first, sittings, present),
        left=np.concatenate(left),
        right=np.concatenate(right),
    )


def grid_positions(room: Room) -> tuple[Ints, Ints]:
    """Row and column (from 0) of seat numbers 1, 2, ..., missing ones included.

    Docs/formats.md, section 1: row 1 is the front row, column 1 the leftmost; a snake turns round
    after every line.
    """
    by_row = room.numbering in (Numbering.ROW, Numbering.ROW_SNAKE)
    length = room.columns if by_row else room.rows
    line, place = np.divmod(np.arange(room.rows * room.columns, dtype=np.int64), length)
    if room.numbering in (Numbering.ROW_SNAKE, Numbering.COLUMN_SNAKE):
        place = np.where(line % 2 == 1, length - 1 - place, place)
    return (line, place) if by_row else (place, line)


def _open_subjects(
    inputs: Inputs,
    rooms: tuple[Room, ...],
    first: Ints,
    sittings: tuple[Sitting, ...],
    present: Flags,
) -> Ints:
    center_by_id = {c.center_id: c for c in inputs.centers}
    result = np.zeros((len(sittings), len(present)), np.int64)
    for t, sitting in enumerate(sittings):
        mask = sum(1 << (s.subject - 1) for s in sitting.session)
        for i, room in enumerate(rooms):
            if room.use is Use.EXAM and room.mode is sitting.mode:
                result[t, first[i] : first[i + 1]] = mask
    result[:, ~present] = 0
    for closure in inputs.closures:
        closed = subjects_to_mask(closure.subjects) if closure.subjects else 0b1111
        at = [t for t, s in enumerate(sittings) if closure.sitting in ("", s.id)]
        for i, room in enumerate(rooms):
            center = center_by_id[room.center_id]
            if _covers(closure.exam_point, closure.center_id, closure.mode, center, room) and (
                closure.room_id in ("", room.room_id)
            ):
                seats = np.array(closure.seats or range(1, first[i + 1] - first[i] + 1), np.int64)
                seats = seats[seats <= first[i + 1] - first[i]]
                result[np.ix_(at, first[i] + seats - 1)] &= ~closed
    return result


def _covers(exam_point: str, center_id: str, mode: Mode | None, center: Center, room: Room) -> bool:
    return (
        exam_point in ("", center.exam_point)
        and center_id in ("", center.center_id)
        and mode in (None, room.mode)
    )
