"""The seat plan (考场座次表): a grid that looks like the room, front row on top.

A hundred machines fit one A4 page with every name at 7 points or more. A room too large for that
is spread over several pages. A name too long for its cell is cut there and stands in full below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

from models.publication import PublishedFacts
from scheduler.documents import phrases
from scheduler.documents.fitting import LEADING, Fitted, fit
from scheduler.documents.page import (
    A4,
    FOOTER,
    GREY,
    LINE,
    MM,
    PALE,
    Draw,
    Footing,
    Page,
    Paper,
)
from scheduler.documents.rooms import RoomSitting
from scheduler.documents.seat_plan import SeatPlanRow
from scheduler.documents.tabled import Table, TableColumn
from scheduler.documents.texts import Language
from scheduler.documents.typefaces import BOLD, printable

NAME_FLOOR = 7.0
"""No name is smaller than this many points."""

_HEAD = 17 * MM
_LEAST_CELL = (46.0, 36.0)
"""Width and height in points below which a grid is spread over more pages."""
_MARGIN = 10 * MM
_NUMBER_LINE, _TICKET_LINE = 11.0, 8.0
"""Heights in a cell: of the seat's number on top, and of a ticket number below its name."""


@dataclass(frozen=True)
class _Sheet:
    """A part of the grid on one page: which rows and columns of seats."""

    rows: range
    columns: range


def seat_grids_pdf(
    facts: PublishedFacts, sittings: Iterable[RoomSitting], language: Language = Language.ZH
) -> bytes:
    """One section per room and sitting."""
    title = f"{facts.exam.name_zh} {phrases.SEAT_PLAN(language)}"
    paper = Paper(title, Footing.of(facts, language), margin=_MARGIN)
    for room in sittings:
        paper.section(grid_pages(room, language), landscape=_lies(room))
    return paper.content()


def _area(*, landscape: bool) -> tuple[float, float]:
    """Width and height of the grid on a page."""
    w, h = (A4[1], A4[0]) if landscape else A4
    return w - 2 * _MARGIN, h - 2 * _MARGIN - 2 * FOOTER - _HEAD


def _lies(room: RoomSitting) -> bool:
    """Whether cells come out better on a page that lies on its side."""

    def cell(landscape: bool) -> float:
        w, h = _area(landscape=landscape)
        return min(w / room.room.columns, 1.6 * h / room.room.rows)

    return cell(True) >= cell(False)


def grid_pages(room: RoomSitting, language: Language = Language.ZH) -> list[Draw]:
    """The pages of one room in one sitting; names in full come last, if any is cut."""
    w, h = _area(landscape=_lies(room))
    columns = _blocks(room.room.columns, int(w / _LEAST_CELL[0]))
    rows = _blocks(room.room.rows, int(h / _LEAST_CELL[1]))
    cut: list[SeatPlanRow] = []
    sheets = [_Sheet(r, c) for r, c in product(rows, columns)]
    pages: list[Draw] = [partial(_draw, room=room, sheet=s, language=language) for s in sheets]
    for sheet in sheets:
        cell = (w / len(sheet.columns), h / len(sheet.rows))
        for number, row, column in room.room.grid():
            if row in sheet.rows and column in sheet.columns:
                people = room.by_seat.get(number, ())
                cut += [p for p in people if not _name(p, len(people), cell).whole]
    if cut:
        table = Table(
            (
                TableColumn(phrases.SEAT(language), 1, "center"),
                TableColumn(phrases.TICKET_NUMBER(language), 2.5, "center"),
                TableColumn(phrases.NAME(language), 8),
            ),
            [(str(p.seat), p.ticket_number, p.name) for p in cut],
            w,
        )
        for part in table.split(h, h):
            pages.append(partial(_names, table=table, part=part, room=room, language=language))
    return pages


def _blocks(count: int, most: int) -> list[range]:
    """Equal runs of at most so many."""
    parts = -(-count // max(1, most))
    size = -(-count // parts)
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


def _title(page: Page, room: RoomSitting, language: Language) -> float:
    """Center, room, sitting and number, in two lines; returns where the grid begins."""
    title = f"{phrases.SEAT_PLAN(language)}  {room.name}"
    middle = (page.left + page.right) / 2
    y = page.text(middle, page.top, page.inner, title, 15, floor=9, font=BOLD, align="center")
    times = "，".join(f"{s.start:%H:%M}–{s.end:%H:%M}" for s in room.sessions)
    below = "    ".join((
        room.center.name_zh, f"{room.sitting.name_zh}（{room.sitting.id}）", times,
        phrases.COUNT(language, count=len(room.rows)),
    ))  # fmt: skip
    page.text(middle, y, page.inner, below, 9.5, floor=6.5, align="center")
    front = page.top + _HEAD - 11
    page.box(middle - 45 * MM, front - 1, 90 * MM, 9.5, weight=0, fill=PALE)
    page.line(middle, front - 1, phrases.FRONT(language), 7, align="center", grey=GREY)
    return page.top + _HEAD


def _draw(page: Page, *, room: RoomSitting, sheet: _Sheet, language: Language) -> None:
    top = _title(page, room, language)
    w = page.inner / len(sheet.columns)
    h = (page.bottom - top) / len(sheet.rows)
    for number, row, column in room.room.grid():
        if row not in sheet.rows or column not in sheet.columns:
            continue
        x = page.left + (column - sheet.columns.start) * w
        y = top + (row - sheet.rows.start) * h
        _cell(page, x, y, w, h, number, room.by_seat.get(number, ()), language)


def _cell(
    page: Page, x: float, y: float, w: float, h: float, number: int,
    people: Sequence[SeatPlanRow], language: Language,
) -> None:  # fmt: skip
    """One seat: its number, and for each person name, ticket number, specialty and subjects."""
    if not people:
        page.box(x, y, w, h, weight=0.3, dashed=True)
        page.line(x + 3, y + 1.5, str(number), 8, grey=LINE)
        page.boxed(x, y, w, h, phrases.EMPTY_SEAT(language), 7, grey=LINE)
        return
    page.box(x, y, w, h, weight=0.6)
    page.line(x + 3, y + 1, str(number), 9, font=BOLD)
    specialties = "/".join(dict.fromkeys(p.specialty for p in people))
    page.text(x + w - 3, y + 2, w - 24, specialties, 7, floor=5, align="right", grey=GREY)
    part = (h - _NUMBER_LINE) / len(people)
    for i, person in enumerate(people):
        at = y + _NUMBER_LINE + i * part
        if i:
            page.rule(x + 3, at, x + w - 3, at, weight=0.25)
        made = _name(person, len(people), (w, h))
        room_left = part - _TICKET_LINE - made.height
        page.fitted(x + w / 2, at + max(0.0, room_left / 2), made, align="center")
        ticket = person.ticket_number
        if person.subjects != "1234":
            ticket += f" [{person.subjects}]"
        page.text(
            x + w / 2, at + part - _TICKET_LINE - 1.5, w - 4, ticket, 6.5, floor=4.5,
            align="center",
        )  # fmt: skip


def _name(person: SeatPlanRow, people: int, cell: tuple[float, float]) -> Fitted:
    """A name as its cell holds it."""
    w, h = cell
    height = (h - _NUMBER_LINE) / people - _TICKET_LINE
    lines = max(1, int(height / (NAME_FLOOR * LEADING)))
    return fit(
        printable(person.name), w - 6, 10.5 if people == 1 else 8.5, floor=NAME_FLOOR, lines=lines,
        height=max(height, NAME_FLOOR * LEADING),
    )  # fmt: skip


def _names(page: Page, *, table: Table, part: range, room: RoomSitting, language: Language) -> None:
    top = _title(page, room, language)
    page.line(page.left, top - 26, phrases.FULL_NAMES(language), 9, font=BOLD)
    table.draw(page, page.left, top, part)
