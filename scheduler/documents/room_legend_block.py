"""The legend of a room's picture, drawn in one or more columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final
from xml.etree.ElementTree import Element

from models.exam import Level
from scheduler.documents import svg
from scheduler.documents.room_cells import (
    CLOSED,
    FREE,
    MISSING,
    SPARE,
    badge,
    badge_of,
    need_name,
    pattern_id,
    tint,
)
from scheduler.documents.room_legend import CIRCLED, COLOURS, Entry, Legend, PaperCount
from scheduler.plan_places import RoomView

ROW: Final = 4.6
COLUMN_GAP: Final = 5.0
"""Least space between two columns, millimetres."""
NAME_AT, COUNTS_AT, COUNT_WIDTH = 19.0, 51.0, 6.6
LEVELS: Final = {Level.ASSISTANT: "士", Level.JUNIOR: "师", Level.INTERMEDIATE: "中"}

Line = Callable[[Element, float, float], None]
"""Draws one line of the legend at the left and the top of its row."""


@dataclass(frozen=True)
class LegendBlock:
    """All lines of the legend; its columns are ``width`` wide and filled from the left."""

    legend: Legend
    view: RoomView
    notes: tuple[str, ...]

    @property
    def width(self) -> float:
        """Width of one column, millimetres."""
        return COUNTS_AT + COUNT_WIDTH * (len(self.view.sessions) + 1)

    def height(self, columns: int) -> float:
        """Height in that many columns, millimetres."""
        return ROW * ceil(len(self._lines()) / max(columns, 1))

    def draw(self, root: Element, x: float, y: float, columns: int, right: float) -> None:
        """Draw it with the top left corner at a place; several columns reach to ``right``."""
        lines = self._lines()
        per_column = ceil(len(lines) / max(columns, 1))
        step = (right - x - self.width) / (columns - 1) if columns > 1 else 0
        for i, draw in enumerate(lines):
            column, row = divmod(i, per_column)
            draw(root, x + column * step, y + row * ROW)

    # ------------------------------------------------------------ lines

    def _lines(self) -> list[Line]:
        lines: list[Line] = [self._head]
        lines += [self._entry(e) for e in self.legend.entries]
        lines.append(self._totals)
        if self.legend.shared:
            lines += self._texts("共用试卷：" + "、".join(map(_copies, self.legend.shared)))
        if self.legend.forms:
            forms = "、".join(f"{form}卷 {n}人" for form, n in self.legend.forms)
            lines += self._texts(f"试卷分卷（专业代码后）：{forms}")
        lines += self._warnings()
        lines.append(self._symbols)
        lines += [self._need(need) for need in self._seat_needs()]
        for note in self.notes:
            lines += self._texts(note)
        return lines

    def _head(self, parent: Element, x: float, y: float) -> None:
        _rule(parent, x, y + ROW - 0.4, self.width)
        base = y + 3.2
        svg.text(parent, x, base, "代码", 3, fill="#444")
        svg.text(parent, x + NAME_AT, base, "专业（级别）", 3, fill="#444")
        for i, session in enumerate(self.view.sessions):
            self._count(parent, x, base, i, CIRCLED[session.subject - 1])
        self._count(parent, x, base, len(self.view.sessions), "人")

    def _entry(self, entry: Entry) -> Line:
        def draw(parent: Element, x: float, y: float) -> None:
            colour = COLOURS[entry.colour]
            svg.rect(parent, x, y + 0.4, 17, ROW - 0.8, fill=tint(colour), stroke="#111",
                     stroke_width="0.15")  # fmt: skip
            svg.rect(parent, x, y + 0.4, 5, ROW - 0.8, fill=f"url(#{pattern_id(entry)})")
            code = entry.specialty.code
            size = svg.fitted(code, 11, 3.3)
            svg.text(parent, x + 6, y + 3.4, code, size, font_weight="bold")
            name = f"{entry.specialty.name_zh}（{LEVELS[entry.specialty.level]}）"
            room = COUNTS_AT - NAME_AT - 1
            size = svg.fitted(name, room, 3.2, smallest=2.4)
            svg.text(parent, x + NAME_AT, y + 3.4, svg.cut(name, room, size), size)
            for i, count in enumerate(entry.counts):
                self._count(parent, x, y + 3.4, i, str(count) if count else "–")
            self._count(parent, x, y + 3.4, len(entry.counts), str(entry.people))

        return draw

    def _totals(self, parent: Element, x: float, y: float) -> None:
        _rule(parent, x, y, self.width)
        svg.text(parent, x, y + 3.4, "合计（开放座位）", 3.2, font_weight="bold")
        for i, count in enumerate(self.legend.taken):
            self._count(parent, x, y + 3.4, i, str(count), bold=True)
        people = sum(e.people for e in self.legend.entries)
        self._count(parent, x, y + 3.4, len(self.legend.taken), str(people), bold=True)
        opened = sorted(set(self.legend.open_seats))
        shown = str(opened[0]) if len(opened) == 1 else f"{opened[0]}–{opened[-1]}"
        svg.text(parent, x + 27, y + 3.4, f"{shown} 座", 3.2)

    def _count(
        self, parent: Element, x: float, base: float, i: int, content: str, *,
        bold: bool = False,
    ) -> None:  # fmt: skip
        made = svg.text(
            parent, x + COUNTS_AT + (i + 1) * COUNT_WIDTH - 0.6, base, content, 3.2,
            text_anchor="end",
        )  # fmt: skip
        if bold:
            made.set("font-weight", "bold")

    def _warnings(self) -> list[Line]:
        above = self.legend.above_half
        if not above:
            return []
        words = "▲ 试卷过半（超过开放座位的一半）：" + "、".join(map(_copies, above))
        return self._texts(words, warning=True)

    def _symbols(self, parent: Element, x: float, y: float) -> None:
        """One sample of each kind of cell without a person."""
        samples = (
            (FREE, {"stroke": "#777", "stroke_width": "0.2", "fill": "#fff"}),
            (SPARE, {"stroke": "#111", "stroke_width": "0.35", "stroke_dasharray": "1.6 0.9",
                     "fill": "#fff"}),
            (CLOSED, {"stroke": "#111", "stroke_width": "0.3", "fill": "#d9d9d9"}),
            (MISSING, {"stroke": "#bbb", "stroke_width": "0.2", "stroke_dasharray": "0.6 0.9",
                       "fill": "none"}),
        )  # fmt: skip
        counts = self._states()
        step = self.width / len(samples)
        for i, (word, style) in enumerate(samples):
            left = x + i * step
            svg.rect(parent, left, y + 0.8, 5.4, ROW - 1.4, **style)
            svg.text(parent, left + 6.2, y + 3.5, f"{word} {counts[word]}", 3)

    def _states(self) -> dict[str, int]:
        cells = self.view.cells
        closed = [bool(self.view.closed_subjects(c)) for c in cells]
        return {
            FREE: sum(
                not (c.missing or c.spare or c.occupants or shut)
                for c, shut in zip(cells, closed, strict=True)
            ),
            SPARE: sum(c.spare for c in cells),
            CLOSED: sum(closed),
            MISSING: sum(c.missing for c in cells),
        }

    def _seat_needs(self) -> list[str]:
        return [f.need for f in self.view.room.features if f.seats]

    def _need(self, need: str) -> Line:
        def draw(parent: Element, x: float, y: float) -> None:
            badge(parent, x, y + 0.6, 3.4, badge_of(need))
            seats = [c.number for c in self.view.cells if need in c.features]
            words = f"{need_name(need)}座位 {len(seats)} 个"
            svg.text(parent, x + 5, y + 3.5, words, 3)

        return draw

    def _texts(self, words: str, *, warning: bool = False) -> list[Line]:
        size = 3.2 if warning else 3
        lines = svg.wrapped(words, self.width - 2, size)
        return [_text_line(line, size, self.width, warning=warning) for line in lines]


def _text_line(words: str, size: float, width: float, *, warning: bool) -> Line:
    def draw(parent: Element, x: float, y: float) -> None:
        if warning:
            svg.rect(parent, x, y, width, ROW, fill="#111")
        made = svg.text(parent, x + (1 if warning else 0), y + 3.4, words, size)
        if warning:
            made.set("font-weight", "bold")
            made.set("fill", "#fff")

    return draw


def _copies(count: PaperCount) -> str:
    return f"{count.paper} {CIRCLED[count.subject - 1]}{count.copies}份"


def _rule(parent: Element, x: float, y: float, width: float) -> None:
    svg.line(parent, x, y, x + width, y, stroke="#111", stroke_width="0.2")
