"""Stickers for machines and desks (座位贴) on sheets of labels of any size."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from models.errors import UsageError
from models.publication import PublishedFacts
from scheduler.documents import phrases
from scheduler.documents.page import GREY, MM, Footing, Page, Paper
from scheduler.documents.rooms import RoomSitting
from scheduler.documents.seat_plan import SeatPlanRow
from scheduler.documents.texts import Language, texts
from scheduler.documents.typefaces import BOLD


@dataclass(frozen=True)
class LabelSheet:
    """An A4 sheet of labels; lengths in millimetres.

    Attributes:
        left: from the edge of the sheet to the first label.
        top: likewise.
        gap_x: between two labels side by side.
        gap_y: between two labels one above the other.
    """

    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    gap_x: float = 0
    gap_y: float = 0

    @property
    def labels(self) -> int:
        """Labels of a sheet."""
        return self.columns * self.rows


LABEL_SHEETS: Final = {
    "3x8": LabelSheet(3, 8, 70, 37, 0, 0.5),
    "3x7": LabelSheet(3, 7, 63.5, 38.1, 7.2, 15.1, 2.5, 0),
    "2x7": LabelSheet(2, 7, 99.1, 38.1, 4.7, 15.1, 2.5, 0),
    "2x5": LabelSheet(2, 5, 99.1, 57, 4.7, 6, 2.5, 0),
    "4x10": LabelSheet(4, 10, 48.5, 25.4, 8, 21.5, 0, 0),
}
"""Sheets sold everywhere; other sizes as :func:`label_sheet` reads them."""
DEFAULT_LABELS: Final = "3x8"

_FORM = re.compile(r"(\d+)x(\d+):([\d.]+)x([\d.]+)(?:@([\d.]+),([\d.]+))?(?:\+([\d.]+),([\d.]+))?")


def label_sheet(text: str) -> LabelSheet:
    """A sheet by name, or as ``COLUMNSxROWS:WIDTHxHEIGHT@LEFT,TOP+GAPX,GAPY`` in millimetres.

    Without ``@`` the labels stand in the middle of the sheet; without ``+`` they touch.

    Raises:
        UsageError: not of this form, or more than a sheet of A4 holds.
    """
    if text in LABEL_SHEETS:
        return LABEL_SHEETS[text]
    found = _FORM.fullmatch(text)
    names = ", ".join(LABEL_SHEETS)
    if found is None:
        raise UsageError(f"labels are {names}, or such as 3x8:70x37@0,0.5+0,0 in millimetres")
    columns, rows = int(found[1]), int(found[2])
    try:
        width, height = float(found[3]), float(found[4])
        gap_x, gap_y = float(found[7] or 0), float(found[8] or 0)
        across = columns * width + max(0, columns - 1) * gap_x
        down = rows * height + max(0, rows - 1) * gap_y
        left = float(found[5]) if found[5] else (210 - across) / 2
        top = float(found[6]) if found[6] else (297 - down) / 2
    except ValueError:
        raise UsageError(f"{text!r} holds something that is not a number") from None
    if min(columns, rows, width, height) <= 0 or left < 0 or top < 0:
        raise UsageError(f"{text!r} does not fit a sheet of A4")
    if left + across > 210.5 or top + down > 297.5:
        raise UsageError(f"{text!r} does not fit a sheet of A4")
    if width < 40 or height < 20:
        raise UsageError("a label of less than 40 x 20 mm cannot hold what a sticker must say")
    return LabelSheet(columns, rows, width, height, left, top, gap_x, gap_y)


def stickers_pdf(
    facts: PublishedFacts,
    sittings: Iterable[RoomSitting],
    language: Language = Language.ZH,
    *,
    labels: LabelSheet = LABEL_SHEETS[DEFAULT_LABELS],
) -> bytes:
    """One label per seat in use; every room and sitting begins on a new sheet."""
    title = f"{facts.exam.name_zh} {phrases.STICKERS(language)}"
    paper = Paper(title, Footing.of(facts, language))
    for room in sittings:
        seats = iter(room.by_seat.items())
        while sheet := list(islice(seats, labels.labels)):
            paper.bare(
                partial(
                    _sheet, facts=facts, room=room, seats=sheet, labels=labels, language=language
                )
            )
    return paper.content()


def _places(labels: LabelSheet) -> Iterator[tuple[float, float]]:
    """Upper left corners of the labels in points, row by row."""
    for row in range(labels.rows):
        for column in range(labels.columns):
            x = labels.left + column * (labels.width + labels.gap_x)
            y = labels.top + row * (labels.height + labels.gap_y)
            yield x * MM, y * MM


def _sheet(
    page: Page, *, facts: PublishedFacts, room: RoomSitting,
    seats: list[tuple[int, tuple[SeatPlanRow, ...]]], labels: LabelSheet, language: Language,
) -> None:  # fmt: skip
    size = (labels.width * MM, labels.height * MM)
    for (seat, people), (x, y) in zip(seats, _places(labels), strict=False):
        _label(page, x, y, size, seat, people, facts, room, language)


def _label(
    page: Page, x: float, y: float, size: tuple[float, float], seat: int,
    people: tuple[SeatPlanRow, ...], facts: PublishedFacts, room: RoomSitting, language: Language,
) -> None:  # fmt: skip
    """Seat number on the left; on the right who sits there, and when if they are several."""
    w, h = size
    pad = max(2.5 * MM, 0.06 * w)
    foot = 8.0
    side = 0.26 * w
    inner = h - 2 * pad - foot
    page.boxed(x + pad, y + pad, side - pad, inner, str(seat), 0.42 * h, floor=12, font=BOLD,
               padding=0)  # fmt: skip
    page.rule(x + side + 2, y + pad, x + side + 2, y + pad + inner, weight=0.4)
    left, space = x + side + 7, w - side - 7 - pad
    part = inner / len(people)
    for i, person in enumerate(people):
        at = y + pad + i * part
        lines = [person.ticket_number, f"{person.specialty} {person.specialty_name}"]
        if len(people) > 1:
            lines = [f"{_hours(person)}  {person.ticket_number}"]
        small = min(9.5, 0.34 * part / len(lines))
        names = part - len(lines) * small * 1.3 - 1
        page.boxed(left, at, space, names, person.name, min(17, 0.5 * part), floor=6.5, lines=4,
                   font=BOLD, align="left", padding=0)  # fmt: skip
        for j, line in enumerate(lines):
            page.text(left, at + names + j * small * 1.3, space, line, small, floor=4.5)
    version = texts(language).version.format(version=facts.plan_version, hash=facts.root_hash[:12])
    line = f"{room.name}  {room.sitting.name_zh}  {version}"
    page.text(x + pad, y + h - pad - foot + 1, w - 2 * pad, line, 6.5, floor=4, grey=GREY)


def _hours(person: SeatPlanRow) -> str:
    """When a person sits at a shared seat: ``9日 08:30 10:45``; the day where sittings have two."""
    days = {s.start.date() for s in person.sessions}
    if len(days) == 1:
        return " ".join(f"{s.start:%H:%M}" for s in person.sessions)
    return " ".join(f"{s.start.month}-{s.start.day} {s.start:%H:%M}" for s in person.sessions)
