"""Text that fits: wrapped and shrunk down to a floor, so that a long name stays in its box."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from scheduler.documents.typefaces import REGULAR, printable, width

LEADING = 1.3
"""Distance of two lines of text, as a multiple of its size."""
ELLIPSIS = "…"

_STEP = 0.5
_NO_LINE_START = frozenset("，。、；：！？）》」』】〕…—·,.;:!?)]}")
_NO_LINE_END = frozenset("（《「『【〔([{")


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text laid out.

    Attributes:
        size: in points.
        whole: whether everything is there; otherwise the last line ends in an ellipsis.
    """

    lines: tuple[str, ...]
    size: float
    whole: bool = True

    @property
    def height(self) -> float:
        """In points, from the top of the first line to the bottom of the last."""
        return len(self.lines) * self.size * LEADING


@lru_cache(maxsize=8192)
def fit(
    text: str,
    available: float,
    size: float,
    *,
    floor: float = 7,
    lines: int = 1,
    height: float = 10_000,
    font: str = REGULAR,
) -> Fitted:
    """Lay out a text in a box: as large as it fits, then cut.

    Args:
        text: any text; it is made printable here.
        available: width of the box in points.
        size: wanted, in points.
        floor: the smallest size allowed.
        lines: the most lines; fewer where the height allows fewer.
        height: of the box in points.
        font: see :mod:`scheduler.documents.typefaces`.
    """
    text = printable(text)
    while True:
        fitting = max(1, min(lines, int(height / (size * LEADING))))
        if width(text, size, font) <= available:
            return Fitted((text,), size)
        wrapped = wrap(text, available, size, font) if fitting > 1 else [text]
        if len(wrapped) <= fitting and all(width(w, size, font) <= available for w in wrapped):
            return Fitted(tuple(wrapped), size)
        if size - _STEP < floor:
            break
        size -= _STEP
    kept = wrap(text, available, size, font)[:fitting]
    last = kept[-1]
    while last and width(last + ELLIPSIS, size, font) > available:
        last = last[:-1]
    return Fitted((*kept[:-1], last + ELLIPSIS), size, whole=False)


def wrap(text: str, available: float, size: float, font: str = REGULAR) -> list[str]:
    """Break a printable text into lines: at blanks, and between Chinese characters.

    No line begins with closing punctuation or ends with an opening bracket where that can be
    helped; a word longer than the line is broken.
    """
    made: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for unit in _units(paragraph):
            if not line or width(line + unit, size, font) <= available:
                line += unit
            else:
                made.append(line.rstrip())
                line = unit.lstrip()
            while width(line, size, font) > available and len(line) > 1:
                cut = len(line) - 1
                while cut > 1 and width(line[:cut], size, font) > available:
                    cut -= 1
                made.append(line[:cut])
                line = line[cut:]
        made.append(line.rstrip())
    return made


def _units(text: str) -> list[str]:
    """The smallest parts that are not broken: words, single Chinese characters with punctuation."""
    units: list[str] = []
    glue = False
    for c in text:
        before = units[-1][-1] if units else ""
        joined = glue or c in _NO_LINE_START or (_is_word(c) and _is_word(before)) or c == " "
        if units and joined:
            units[-1] += c
        else:
            units.append(c)
        glue = c in _NO_LINE_END
    return units


def _is_word(character: str) -> bool:
    """Latin letters, digits and what joins them; ideographs begin at U+2E80."""
    return bool(character) and character < "\u2e80" and character != " "
