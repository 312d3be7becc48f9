"""Reads printed documents back with programs that did not write them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils are not installed"
)
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")


@dataclass(frozen=True)
class Letter:
    """A letter where pdfium draws it: its box in points from the lower left, and its size."""

    text: str
    size: float
    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Letter, slack: float = 0.3) -> bool:
        """Whether the two cover a common area, but for a sliver."""
        return (
            min(self.right, other.right) - max(self.left, other.left) > slack
            and min(self.top, other.top) - max(self.bottom, other.bottom) > slack
        )


def letters_of(content: bytes, page: int = 0) -> list[Letter]:
    """Every visible letter of a page."""
    document = pypdfium2.PdfDocument(content)
    try:
        text = document[page].get_textpage()
        letters = []
        for i in range(text.count_chars()):
            character = chr(pypdfium2.raw.FPDFText_GetUnicode(text, i))
            if not character.isspace() and character.isprintable():
                size = pypdfium2.raw.FPDFText_GetFontSize(text, i)
                letters.append(Letter(character, size, *text.get_charbox(i)))
        return letters
    finally:
        document.close()


def overlapping(letters: list[Letter]) -> list[tuple[str, str]]:
    """Letters that are drawn over each other."""
    found = []
    ordered = sorted(letters, key=lambda letter: letter.left)
    for i, one in enumerate(ordered):
        for other in ordered[i + 1 :]:
            if other.left > one.right:
                break
            if one.overlaps(other):
                found.append((one.text, other.text))
    return found


def _poppler(content: bytes, *options: str) -> str:
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(content)
        file.flush()
        done = subprocess.run(
            ["pdftotext", *options, file.name, "-"], capture_output=True, check=True, text=True
        )
    return done.stdout


def pages_of(content: bytes, *, layout: bool = False) -> list[str]:
    """The text of every page."""
    options = ["-layout"] if layout else []
    return _poppler(content, *options).split("\f")[:-1]


def picture(content: bytes, page: int = 0, scale: float = 2) -> Any:
    """A page as pixels."""
    document = pypdfium2.PdfDocument(content)
    try:
        return document[page].render(scale=scale).to_pil()
    finally:
        document.close()


def codes_of(content: bytes, page: int = 0) -> list[str]:
    """What an independent reader finds in the QR codes of a page."""
    return [code.text for code in zxingcpp.read_barcodes(picture(content, page, 3))]


def resaved(workbook: bytes, folder: Path, to: str = "xlsx") -> Path:
    """A workbook opened by LibreOffice and saved again."""
    assert OFFICE is not None
    source = folder / "original.xlsx"
    source.write_bytes(workbook)
    out = folder / "resaved"
    subprocess.run(
        [OFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", to,
         "--outdir", str(out), str(source)],
        check=True, capture_output=True, timeout=500,
    )  # fmt: skip
    return out / f"original.{to}"
