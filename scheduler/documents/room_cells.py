"""The cells of a room's picture: who sits there by specialty, or why nobody does.

Every cell says in words what its colour says, so that a print in grey loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from models.places import Use
from scheduler.documents import svg
from scheduler.documents.room_legend import CIRCLED, COLOURS, Entry, Legend
from scheduler.plan_places import Cell, Occupant, RoomView

NEEDS: Final = {"accessible": "无障碍", "separate_room": "单独试室", "extra_time": "加时"}
"""Names of the needs of the example; other needs are the planner's and are shown by id."""
BADGES: Final = {"accessible": "障", "separate_room": "独", "extra_time": "时"}

FREE, SPARE, CLOSED, MISSING, RESERVE = "空", "备用", "停用", "无座", "备用试室"
GREY: Final = "#777"


@dataclass(frozen=True)
class Box:
    """A rectangle, millimetres."""

    x: float
    y: float
    width: float
    height: float

    def inner(self, gap: float) -> Box:
        """The box without a rim."""
        return Box(self.x + gap, self.y + gap, self.width - 2 * gap, self.height - 2 * gap)


def _fill(parent: Element, box: Box, **attributes: str) -> None:
    svg.rect(parent, box.x, box.y, box.width, box.height, **attributes)


def need_name(need: str) -> str:
    """The Chinese name of a need, or its id."""
    return NEEDS.get(need, need)


def badge_of(need: str) -> str:
    """The character that stands for a need in a cell: of ids unknown here, the first one."""
    return BADGES.get(need, need[0].upper())


def tint(colour: str, share: float = 0.2) -> str:
    """The colour mixed with white."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - part)):02x}" for part in parts)


# ---------------------------------------------------------------- patterns


def define_patterns(root: Element, legend: Legend) -> None:
    """The hatchings that the room needs."""
    definitions = SubElement(root, "defs")
    for colour, pattern in sorted({(e.colour, e.pattern) for e in legend.entries}):
        _pattern(definitions, colour, pattern)


def pattern_id(entry: Entry) -> str:
    """Fill of the strip of an entry."""
    return f"p{entry.colour}{entry.pattern}"


def _pattern(parent: Element, colour: int, kind: int) -> None:
    """Solid, diagonals, lines, dots, crossed lines, chequers: seven kinds, 1.6 mm apart."""
    ink, size = COLOURS[colour], 1.6
    made = SubElement(
        parent,
        "pattern",
        {
            "id": f"p{colour}{kind}",
            "width": svg.number(size),
            "height": svg.number(size),
            "patternUnits": "userSpaceOnUse",
        },
    )
    if kind in (1, 4):
        made.set("patternTransform", f"rotate({45 if kind == 1 else -45})")
    svg.rect(made, 0, 0, size, size, fill=ink if kind == 0 else "#fff")
    if kind in (1, 4):
        svg.rect(made, 0, 0, size / 2, size, fill=ink)
    if kind in (2, 5):
        svg.rect(made, 0, 0, size, size / 2.4, fill=ink)
    if kind == 5:
        svg.rect(made, 0, 0, size / 2.4, size, fill=ink)
    if kind == 3:
        for centre in (size / 4, 3 * size / 4):
            SubElement(
                made,
                "circle",
                {
                    "cx": svg.number(centre), "cy": svg.number(centre), "r": svg.number(size / 4),
                    "fill": ink,
                },
            )  # fmt: skip
    if kind == 6:
        svg.rect(made, 0, 0, size / 2, size / 2, fill=ink)
        svg.rect(made, size / 2, size / 2, size / 2, size / 2, fill=ink)


# ---------------------------------------------------------------- cells


def draw_cell(root: Element, box: Box, cell: Cell, view: RoomView, legend: Legend) -> None:
    """One cell; a missing one stays without a seat."""
    rim = min(0.7, 0.05 * min(box.width, box.height))
    inner = box.inner(rim)
    made = svg.group(root, id=f"seat-{cell.number}")
    SubElement(made, "title").text = spoken(cell, view)
    if cell.missing:
        _fill(
            made, inner, fill="none", stroke="#bbb", stroke_width="0.2", stroke_dasharray="0.6 0.9"
        )
        _words(made, inner, MISSING, "#999")
        return
    closed, state = view.closed_subjects(cell), _state(cell, view)
    labels = [_label(one, view) for one in cell.occupants]
    if closed and not state:
        labels.append((CLOSED, _circled(closed)))
    head = Box(inner.x, inner.y, inner.width, (0.28 if len(labels) < 3 else 0.22) * inner.height)
    body = Box(inner.x, inner.y + head.height, inner.width, inner.height - head.height)
    _frame(made, inner, state)
    if not state:
        boxes = _parts(body, labels)
        for one, label, part in zip(cell.occupants, labels, boxes, strict=False):
            _band(made, part, legend.entry(one.specialty), label, alone=len(boxes) == 1)
        if closed:
            _fill(made, boxes[-1], fill="#d9d9d9")
            _words(made, boxes[-1], "".join(labels[-1]), "#111")
    else:
        _words(made, body, state, "#111" if state in (SPARE, CLOSED) else GREY)
    # The rim once more, for bands lie over it.
    _fill(made, inner, fill="none", **_rim(state))
    _head(made, head, cell, view)


def _state(cell: Cell, view: RoomView) -> str:
    """The word for a seat that is nobody's all day; blank if anybody or a part closure is there."""
    if cell.occupants:
        return ""
    if view.room.use is Use.RESERVE:
        return RESERVE
    if cell.spare:
        return SPARE
    if cell.open_subjects == 0:
        return CLOSED
    return "" if view.closed_subjects(cell) else FREE


def _label(one: Occupant, view: RoomView) -> tuple[str, str]:
    """Code (with the form) and the sessions, blank if they are all of the sitting."""
    sessions = [s.subject for s in view.sessions if one.mask >> (s.subject - 1) & 1]
    shown = "" if len(sessions) == len(view.sessions) else _circled("".join(map(str, sessions)))
    return f"{one.specialty} {one.form}".strip(), shown


def _circled(subjects: str) -> str:
    return "".join(CIRCLED[int(s) - 1] for s in subjects)


def spoken(cell: Cell, view: RoomView) -> str:
    """The cell in words: number and who, by specialty and subjects."""
    if cell.missing:
        return f"{cell.number}：{MISSING}"
    if cell.occupants:
        who = "；".join(f"{o.specialty} 科目{o.subjects}" for o in cell.occupants)
    elif cell.spare:
        who = SPARE
    else:
        who = CLOSED if cell.open_subjects == 0 else FREE
    closed = view.closed_subjects(cell)
    partly = f"，科目{closed}{CLOSED}" if closed and cell.open_subjects else ""
    return f"{cell.number}：{who}{partly}"


def _rim(state: str) -> dict[str, str]:
    if state == SPARE:
        return {"stroke": "#111", "stroke_width": "0.35", "stroke_dasharray": "1.6 0.9"}
    if state in (FREE, RESERVE):
        return {"stroke": GREY, "stroke_width": "0.2"}
    return {"stroke": "#111", "stroke_width": "0.3"}


def _frame(parent: Element, box: Box, state: str) -> None:
    fill = "#d9d9d9" if state == CLOSED else "#fff"
    _fill(parent, box, fill=fill)
    if state == CLOSED:
        right, bottom = box.x + box.width, box.y + box.height
        for x1, x2 in ((box.x, right), (right, box.x)):
            svg.line(parent, x1, box.y, x2, bottom, stroke="#999", stroke_width="0.3")


def _head(parent: Element, box: Box, cell: Cell, view: RoomView) -> None:
    """Seat number left, badges of needs that this seat, not the whole room, offers right."""
    size = min(0.85 * box.height, 4.2, 0.3 * box.width)
    y = box.y + 0.5 * box.height + 0.36 * size
    svg.text(parent, box.x + 0.08 * box.width, y, str(cell.number), size, font_weight="bold")
    of_seats = {f.need for f in view.room.features if f.seats}
    badges = [need for need in cell.features if need in of_seats]
    x = box.x + box.width - 0.04 * box.width
    for need in reversed(badges):
        badge(parent, x - size, box.y + 0.5 * (box.height - size), size, badge_of(need))
        x -= 1.1 * size


def badge(parent: Element, x: float, y: float, size: float, sign: str) -> None:
    """A white character on black."""
    svg.rect(parent, x, y, size, size, fill="#111", rx=svg.number(0.2 * size))
    svg.text(
        parent, x + size / 2, y + 0.8 * size, sign, 0.76 * size, fill="#fff",
        text_anchor="middle",
    )  # fmt: skip


def _band(parent: Element, box: Box, entry: Entry, label: tuple[str, str], *, alone: bool) -> None:
    """One person: strip in the pattern, code, and the sessions if not all of the sitting."""
    strip, (code, sessions) = strip_width(box.width), label
    _fill(parent, box, fill=tint(COLOURS[entry.colour]), stroke="#111", stroke_width="0.15")
    svg.rect(parent, box.x, box.y, strip, box.height, fill=f"url(#{pattern_id(entry)})")
    room, middle = box.width - strip - 1, box.x + strip + (box.width - strip) / 2
    bold = {"text_anchor": "middle", "font_weight": "bold"}
    if not sessions:
        size = svg.fitted(code, room, min(0.66 * box.height, 7))
        svg.text(parent, middle, _base(box, 0.5, size), code, size, **bold)
    elif alone:
        size = svg.fitted(code, room, min(0.5 * box.height, 6))
        svg.text(parent, middle, _base(box, 0.3, size), code, size, **bold)
        size = svg.fitted(sessions, room, min(0.34 * box.height, 4.5))
        svg.text(parent, middle, _base(box, 0.76, size), sessions, size, text_anchor="middle")
    else:
        size = _label_size(box, label)
        made = svg.text(parent, middle, _base(box, 0.5, size), code, size, **bold)
        SubElement(made, "tspan", {"font-weight": "normal"}).text = sessions


def _base(box: Box, share: float, size: float) -> float:
    """Base line of a text whose middle is at a share of the box's height."""
    return box.y + share * box.height + 0.36 * size


def _label_size(box: Box, label: tuple[str, str]) -> float:
    """Font size of code and sessions side by side."""
    room = box.width - strip_width(box.width) - 1.2
    return svg.fitted("".join(label), room, min(0.78 * box.height, 5))


def strip_width(width: float) -> float:
    """Width of the strip in the pattern."""
    return min(0.17 * width, 3.2)


def _parts(body: Box, labels: Sequence[tuple[str, str]]) -> list[Box]:
    """Parts of a shared seat: one below the other, or two abreast where that reads better."""
    count = len(labels)
    height = body.height / count
    stacked = [Box(body.x, body.y + i * height, body.width, height) for i in range(count)]
    if count < 3:
        return stacked
    rows, abreast = -(-count // 2), []
    height = body.height / rows
    for i in range(count):
        width = body.width if i == count - 1 and count % 2 else body.width / 2
        abreast.append(Box(body.x + i % 2 * width, body.y + i // 2 * height, width, height))

    def smallest(boxes: list[Box]) -> float:
        return min(_label_size(box, label) for box, label in zip(boxes, labels, strict=True))

    return max((stacked, abreast), key=smallest)


def _words(parent: Element, box: Box, words: str, fill: str) -> None:
    size = svg.fitted(words, 0.86 * box.width, min(0.5 * box.height, 4.4))
    svg.text(
        parent, box.x + box.width / 2, box.y + 0.5 * box.height + 0.36 * size, words, size,
        fill=fill, text_anchor="middle",
    )  # fmt: skip
