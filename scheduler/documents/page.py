"""Paper: A4 pages with a footer that names the plan, and the few things that are drawn on them.

Lengths are points, from the top left corner, downwards. A document is a list of sections; each
section counts its own pages, so that a room's sheet can be taken out of the pile.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from models.publication import PublishedFacts
from scheduler.documents import phrases, qr
from scheduler.documents.fitting import LEADING, Fitted, fit
from scheduler.documents.texts import Language, texts
from scheduler.documents.typefaces import BOLD, REGULAR, require_fonts, runs, width

MM: Final = 72 / 25.4
"""Points of a millimetre."""
A4: Final = (210 * MM, 297 * MM)
MARGIN: Final = 15 * MM
FOOTER: Final = 8.0
"""Height of the footer in points, above the lower margin."""

INK, GREY, PALE, LINE = 0.0, 0.35, 0.93, 0.55
"""Shades of grey that survive a copier: text, lesser text, filled heads, rules."""

_ASCENT: Final = 0.88
"""Of Noto Sans SC: from the top of a line to its baseline, as a multiple of the size."""

Align = Literal["left", "center", "right"]
Draw = Callable[["Page"], None]


@dataclass(frozen=True)
class Footing:
    """What the foot of every page says.

    Attributes:
        left: what the document is of.
        version: which plan, in the words of the language.
    """

    left: str
    version: str
    language: Language = Language.ZH

    @classmethod
    def of(cls, facts: PublishedFacts, language: Language = Language.ZH) -> Footing:
        """Exam, plan version and short root hash."""
        version = texts(language).version.format(
            version=facts.plan_version, hash=facts.root_hash[:12]
        )
        return cls(facts.exam.name_zh, version, language)


class Page:
    """One page to draw on."""

    def __init__(self, canvas: Canvas, size: tuple[float, float], margin: float = MARGIN) -> None:
        """Made by :class:`Paper`."""
        self._canvas = canvas
        self.size = size
        self.margin = margin

    @property
    def left(self) -> float:
        """Where the printed area begins."""
        return self.margin

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.size[0] - self.margin

    @property
    def top(self) -> float:
        """Its upper edge."""
        return self.margin

    @property
    def bottom(self) -> float:
        """Its lower edge, above the footer."""
        return self.size[1] - self.margin - 2 * FOOTER

    @property
    def inner(self) -> float:
        """Its width."""
        return self.right - self.left

    # ------------------------------------------------------------ text

    def line(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        font: str = REGULAR,
        align: Align = "left",
        grey: float = INK,
    ) -> None:
        """One line of printable text; ``y`` is its top, ``x`` its left, middle or right end."""
        if align != "left":
            taken = width(text, size, font)
            x -= taken if align == "right" else taken / 2
        canvas = self._canvas
        if grey != INK:
            canvas.setFillGray(grey)
        baseline = self.size[1] - y - size * _ASCENT - size * (LEADING - 1.16) / 2
        for name, part in runs(text, font):
            canvas.setFont(name, size)
            canvas.drawString(x, baseline, part)
            x += width(part, size, name) if part != text else 0
        if grey != INK:
            canvas.setFillGray(INK)

    def fitted(
        self,
        x: float,
        y: float,
        made: Fitted,
        *,
        font: str = REGULAR,
        align: Align = "left",
        grey: float = INK,
    ) -> float:
        """The lines of a fitted text; returns where the next line begins."""
        for text in made.lines:
            self.line(x, y, text, made.size, font=font, align=align, grey=grey)
            y += made.size * LEADING
        return y

    def text(
        self,
        x: float,
        y: float,
        available: float,
        text: str,
        size: float,
        *,
        floor: float = 7,
        lines: int = 1,
        height: float = 10_000,
        font: str = REGULAR,
        align: Align = "left",
        grey: float = INK,
    ) -> float:
        """Any text, fitted into a width (:func:`scheduler.documents.fitting.fit`).

        ``x`` is the left, middle or right of the box. Returns where the next line begins.
        """
        made = fit(text, available, size, floor=floor, lines=lines, height=height, font=font)
        return self.fitted(x, y, made, font=font, align=align, grey=grey)

    def boxed(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        text: str,
        size: float,
        *,
        floor: float = 7,
        lines: int = 1,
        font: str = REGULAR,
        align: Align = "center",
        grey: float = INK,
        padding: float = 3,
    ) -> Fitted:
        """Any text in the middle of a box, top to bottom; tells how it was fitted."""
        made = fit(text, w - 2 * padding, size, floor=floor, lines=lines, height=h - 3, font=font)
        at = {"left": x + padding, "center": x + w / 2, "right": x + w - padding}[align]
        self.fitted(at, y + (h - made.height) / 2, made, font=font, align=align, grey=grey)
        return made

    # ------------------------------------------------------------ lines and areas

    def rule(self, x: float, y: float, to_x: float, to_y: float, *, weight: float = 0.5) -> None:
        """A straight line."""
        height = self.size[1]
        self._canvas.setLineWidth(weight)
        self._canvas.line(x, height - y, to_x, height - to_y)

    def box(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        *,
        weight: float = 0.5,
        fill: float | None = None,
        dashed: bool = False,
    ) -> None:
        """A rectangle, with an outline unless the weight is 0, filled with a grey if wanted."""
        canvas = self._canvas
        canvas.setLineWidth(weight)
        if dashed:
            canvas.setDash(2, 2)
        if fill is not None:
            canvas.setFillGray(fill)
        canvas.rect(
            x, self.size[1] - y - h, w, h, stroke=int(weight > 0), fill=int(fill is not None)
        )
        if fill is not None:
            canvas.setFillGray(INK)
        if dashed:
            canvas.setDash()

    def dot(self, x: float, y: float, radius: float, *, fill: float = 0.75) -> None:
        """A disc with an outline around a point."""
        self._canvas.setLineWidth(0.4)
        self._canvas.setFillGray(fill)
        self._canvas.circle(x, self.size[1] - y, radius, stroke=1, fill=1)
        self._canvas.setFillGray(INK)

    def qr(self, x: float, y: float, size: float, content: str) -> None:
        """A QR code without its quiet zone: leave four modules of white around it."""
        modules, dark = qr.bars(content)
        side = size / modules
        top = self.size[1] - y
        path = self._canvas.beginPath()
        for row, column, length in dark:
            path.rect(x + column * side, top - (row + 1) * side, length * side, side)
        self._canvas.drawPath(path, stroke=0, fill=1)

    def picture(self, x: float, y: float, w: float, h: float, content: bytes) -> None:
        """A JPEG or PNG as large as it fits the box, in its middle."""
        self._canvas.drawImage(
            ImageReader(io.BytesIO(content)), x, self.size[1] - y - h, w, h,
            preserveAspectRatio=True, anchor="c",
        )  # fmt: skip


class Paper:
    """A PDF in the making; same calls, same bytes."""

    def __init__(
        self,
        title: str,
        footing: Footing,
        *,
        size: tuple[float, float] = A4,
        margin: float = MARGIN,
    ) -> None:
        """Begin a document.

        Args:
            title: shown by viewers; no name of a person.
            footing: of every page.
            size: width and height in points, upright.
            margin: on every side, in points.
        """
        require_fonts()
        self._size = size
        self._margin = margin
        self._buffer = io.BytesIO()
        self._canvas = Canvas(self._buffer, pagesize=size, pageCompression=1, invariant=1)
        self._canvas.setTitle(title)
        self._canvas.setCreator("paikao")
        self._canvas.setProducer("paikao")
        self._footing = footing
        self.pages = 0

    def section(self, pages: Sequence[Draw], *, landscape: bool = False) -> None:
        """Pages that belong together; their footers count from 1.

        Args:
            pages: what draws them.
            landscape: whether they lie on their side.
        """
        for number, draw in enumerate(pages, start=1):
            page = self._page(self._margin, landscape=landscape)
            draw(page)
            self._foot(page, number, len(pages))
            self._next()

    def bare(self, draw: Draw) -> None:
        """A page without margin and footer, such as a sheet of labels."""
        draw(self._page(0, landscape=False))
        self._next()

    def _page(self, margin: float, *, landscape: bool) -> Page:
        size = (self._size[1], self._size[0]) if landscape else self._size
        self._canvas.setPageSize(size)
        return Page(self._canvas, size, margin)

    def content(self) -> bytes:
        """The PDF; nothing can be added afterwards."""
        self._canvas.save()
        return self._buffer.getvalue()

    def _next(self) -> None:
        self._canvas.showPage()
        self.pages += 1

    def _foot(self, page: Page, number: int, count: int) -> None:
        footing, y = self._footing, page.size[1] - page.margin - FOOTER
        counted = phrases.PAGE(footing.language, number=number, count=count)
        third = page.inner / 3 - 6
        page.text(page.left, y, third, footing.left, 7.5, floor=6, grey=GREY)
        middle = (page.left + page.right) / 2
        page.text(middle, y, third, footing.version, 7.5, floor=6, align="center", grey=GREY)
        page.line(page.right, y, counted, 7.5, align="right", grey=GREY)


def heading(page: Page, title: str, subtitle: str = "", *, y: float | None = None) -> float:
    """A title in the middle with a smaller line below; returns where the content begins."""
    y = page.top if y is None else y
    middle = (page.left + page.right) / 2
    y = page.text(middle, y, page.inner, title, 17, floor=11, lines=2, font=BOLD, align="center")
    if subtitle:
        y += 1
        y = page.text(middle, y, page.inner, subtitle, 10.5, floor=8, lines=2, align="center")
    return y + 6
