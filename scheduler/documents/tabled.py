"""Tables over several pages: rows as high as their text, heads repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from scheduler.documents.fitting import Fitted, fit
from scheduler.documents.page import PALE, Align, Page
from scheduler.documents.typefaces import BOLD

_PADDING = 3.0
_MOST_LINES = 12
_HEAD_SIZE, _HEAD_LINES = 9.5, 3


@dataclass(frozen=True)
class TableColumn:
    """One column.

    Attributes:
        share: of the width left over, relative to the other columns.
        size: of the text in points; longer text is wrapped, then shrunk to ``floor``.
    """

    head: str
    share: float
    align: Align = "left"
    size: float = 9.5
    floor: float = 7.5


class Table:
    """A table of one width; every row has one text per column."""

    def __init__(
        self,
        columns: Sequence[TableColumn],
        rows: Sequence[Sequence[str]],
        total: float,
        *,
        least: float = 18.0,
    ) -> None:
        """Nothing is drawn yet.

        Args:
            columns: from left to right.
            rows: from top to bottom.
            total: width in points.
            least: the least height of a row in points: a hand signs in it.
        """
        self.columns = tuple(columns)
        self.rows = rows
        self.total = total
        self._least = least
        shares = sum(c.share for c in columns)
        self.widths = [total * c.share / shares for c in columns]

    @cached_property
    def heights(self) -> list[float]:
        """The height of each row in points."""
        return [
            max(self._least, *(self._cell(i, text).height + 4 for i, text in enumerate(row)))
            for row in self.rows
        ]

    @cached_property
    def head_height(self) -> float:
        """The height of the head in points."""
        return max(self._head(i).height for i in range(len(self.columns))) + 6

    def height(self, rows: range) -> float:
        """The height of the head and these rows in points."""
        return self.head_height + sum(self.heights[i] for i in rows)

    def _cell(self, i: int, text: str) -> Fitted:
        column, available = self.columns[i], self.widths[i] - 2 * _PADDING
        return fit(text, available, column.size, floor=column.floor, lines=_MOST_LINES)

    def _head(self, i: int) -> Fitted:
        available = self.widths[i] - 2 * _PADDING
        return fit(
            self.columns[i].head, available, _HEAD_SIZE, floor=7, lines=_HEAD_LINES, font=BOLD
        )

    def split(self, first: float, later: float) -> list[range]:
        """Which rows go on which page; at least one page.

        Args:
            first: height on the first page in points, head included.
            later: the same on later pages.
        """
        pages, start, left = [], 0, first - self.head_height
        for i, height in enumerate(self.heights):
            if height > left and i > start:
                pages.append(range(start, i))
                start, left = i, later - self.head_height
            left -= height
        pages.append(range(start, len(self.rows)))
        return pages

    def draw(self, page: Page, x: float, y: float, rows: range) -> float:
        """Draw the head and these rows; returns where the table ends."""
        top, height = y, self.head_height
        page.box(x, y, self.total, height, weight=0, fill=PALE)
        at = x
        for column, w in zip(self.columns, self.widths, strict=True):
            page.boxed(
                at, y, w, height, column.head, _HEAD_SIZE, lines=_HEAD_LINES, font=BOLD,
                padding=_PADDING,
            )  # fmt: skip
            at += w
        y += height
        edges = [top, y]
        for i in rows:
            at, height = x, self.heights[i]
            for column, w, text in zip(self.columns, self.widths, self.rows[i], strict=True):
                if text:
                    page.boxed(
                        at, y, w, height, text, column.size, floor=column.floor,
                        lines=_MOST_LINES, align=column.align, padding=_PADDING,
                    )  # fmt: skip
                at += w
            y += height
            edges.append(y)
        for edge in edges:
            page.rule(x, edge, x + self.total, edge)
        at = x
        for w in [*self.widths, 0.0]:
            page.rule(at, top, at, y)
            at += w
        return y
