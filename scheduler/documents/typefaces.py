"""The fonts of printed documents, and what is printed for characters that none of them has.

Noto Sans SC holds what nearly every name needs; Han characters of extensions B to F come from a
second font that is opened only when met (``tools/make_fonts.py`` makes both). reportlab prints an
empty box for a missing character without a word, so no text reaches a page but through
:func:`printable`.
"""

from __future__ import annotations

import io
import lzma
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD, RARE = "PaikaoSans", "PaikaoSansBold", "PaikaoRare"
"""Names of the fonts for reportlab. ``BOLD`` has the characters of GB 2312 and falls back."""

_FOLDER: Final = Path(__file__).parent / "fonts"
_FILES: Final = {
    REGULAR: "NotoSansSC-Regular.ttf",
    BOLD: "NotoSansSC-Bold.ttf",
    RARE: "RareHan.ttf.xz",
}
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})
"""Categories of what must not act on a page: controls, marks of direction, separators, no text."""


# ---------------------------------------------------------------- coverage


class _AllPlanes(TTFont):  # type: ignore[misc]
    """A font whose text can be copied and searched beyond the basic plane as well.

    reportlab writes the characters behind its glyphs as single numbers, where PDF wants UTF-16
    (ISO 32000-1, 9.10.3): a reader of the file, not of the paper, would find another character.
    """

    def addObjects(self, doc: Any) -> None:
        """Add the font's subsets to a document, with the characters in UTF-16."""
        super().addObjects(doc)
        for name, made in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:") and isinstance(made.content, str):
                made.content = _BEYOND.sub(_utf16, made.content)


_BEYOND: Final = re.compile(r"(?<=> <)[0-9A-F]{5,6}(?=>)")


def _utf16(found: re.Match[str]) -> str:
    return chr(int(found[0], 16)).encode("utf-16-be").hex().upper()


@cache
def _face(name: str) -> TTFont:
    """A font, opened and registered once per process."""
    content = (_FOLDER / _FILES[name]).read_bytes()
    if name == RARE:
        content = lzma.decompress(content)
    font = _AllPlanes(name, io.BytesIO(content))
    pdfmetrics.registerFont(font)
    return font


@cache
def _covered(name: str) -> frozenset[str]:
    """The characters that a font shows by themselves; a combining mark would stand apart."""
    hidden = _INVISIBLE | {"Mn", "Me"}
    return frozenset(c for c in _listed(name) if unicodedata.category(c) not in hidden)


def _listed(name: str) -> Iterator[str]:
    """The characters of a font by its list; opening fonts takes long, and a roster only asks."""
    file = _FOLDER / f"{_FILES[name].partition('.')[0]}.txt"
    for line in file.read_text(encoding="ascii").splitlines():
        first, last = (int(code, 16) for code in line.split("-"))
        yield from map(chr, range(first, last + 1))


def require_fonts() -> None:
    """Open the two fonts that every document uses."""
    for name in (REGULAR, BOLD):
        _face(name)


def missing(text: str) -> tuple[str, ...]:
    """The characters of a text that no font has or that are invisible, each once, in order."""
    if _covered(REGULAR).issuperset(text):
        return ()
    composed = unicodedata.normalize("NFC", text)
    known = _covered(REGULAR)
    return tuple(c for c in dict.fromkeys(composed) if c not in known and c not in _covered(RARE))


def visible(text: str) -> str:
    """The text with every invisible character written as ``〔U+202E〕``, so that it cannot act.

    For formats that bring their own fonts: spreadsheets and pages.
    """
    if _covered(REGULAR).issuperset(text):
        return text
    return "".join(code_point(c) if unicodedata.category(c) in _INVISIBLE else c for c in text)


def printable(text: str) -> str:
    """The text as it can be printed: composed, and ``〔U+30000〕`` for what no font has."""
    if _covered(REGULAR).issuperset(text):
        return text
    gone = frozenset(missing(text))
    return "".join(code_point(c) if c in gone else c for c in unicodedata.normalize("NFC", text))


def code_point(character: str) -> str:
    """``〔U+30000〕``."""
    return f"〔U+{ord(character):04X}〕"


# ---------------------------------------------------------------- runs and widths


@lru_cache(maxsize=4096)
def runs(text: str, font: str = REGULAR) -> tuple[tuple[str, str], ...]:
    """A printable text as ``(font, part)``, each part in one font, which is opened.

    Args:
        text: from :func:`printable`.
        font: the font wanted, :data:`REGULAR` or :data:`BOLD`.
    """
    if _covered(font).issuperset(text):
        _face(font)
        return ((font, text),) if text else ()
    chosen = (font, REGULAR)

    def font_of(character: str) -> str:
        return next((f for f in chosen if character in _covered(f)), RARE)

    parts = tuple((name, "".join(part)) for name, part in groupby(text, font_of))
    for name in {name for name, _ in parts}:
        _face(name)
    return parts


@lru_cache(maxsize=4096)
def width(text: str, size: float, font: str = REGULAR) -> float:
    """Width in points of a printable text."""
    return float(sum(pdfmetrics.stringWidth(part, name, size) for name, part in runs(text, font)))
