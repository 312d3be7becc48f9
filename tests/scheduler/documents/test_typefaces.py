"""No text reaches a page as a box: it has a glyph, or it shows its code point."""

from __future__ import annotations

import io
import lzma
import unicodedata
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from scheduler.documents import typefaces
from scheduler.documents.typefaces import BOLD, RARE, REGULAR, missing, printable, runs, visible


def test_the_characters_of_names_have_glyphs() -> None:
    """Samples of every extension up to F, Latin letters with marks and the dots between names."""
    assert missing("张㼆𠮷𪜀𫀨𫟦𬱖𬬭𬺈ÀéǎǚZ·•・．‧") == ()


def test_nearly_every_han_character_up_to_extension_f_has_one() -> None:
    """What is missing came into Unicode after 2017."""
    blocks = ((0x3400, 0x4DB5), (0x4E00, 0x9FEF), (0x20000, 0x2A6D6), (0x2A700, 0x2B734),
              (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1), (0x2CEB0, 0x2EBE0))  # fmt: skip
    assert missing("".join(chr(c) for first, last in blocks for c in range(first, last + 1))) == ()


@pytest.mark.parametrize(
    "file", ["NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf", "RareHan.ttf.xz"]
)
def test_the_list_of_characters_is_that_of_the_font(file: str) -> None:
    fonts = Path(typefaces.__file__).parent / "fonts"
    content = (fonts / file).read_bytes()
    font = TTFont(io.BytesIO(lzma.decompress(content) if file.endswith(".xz") else content))
    listed: set[int] = set()
    for line in (fonts / f"{file.split('.')[0]}.txt").read_text(encoding="ascii").splitlines():
        first, last = line.split("-")
        listed.update(range(int(first, 16), int(last, 16) + 1))
    assert listed == set(font.getBestCmap())


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("张\U00030000", "张〔U+30000〕"),
        ("张\u202e三", "张〔U+202E〕三"),
        ("张\u200b三", "张〔U+200B〕三"),
        ("张\ue123", "张〔U+E123〕"),
        ("张\x07", "张〔U+0007〕"),
        ("e\u0301", "é"),
        ("<b>{{x}}</b>", "<b>{{x}}</b>"),
    ],
)
def test_what_has_no_glyph_shows_its_code_point(text: str, printed: str) -> None:
    assert printable(text) == printed
    assert missing(printable(text)) == ()


def test_a_spreadsheet_shows_rare_characters_and_no_invisible_ones() -> None:
    assert visible("张\U00030000\u202e") == "张\U00030000〔U+202E〕"


def test_bold_falls_back_to_regular_and_rare() -> None:
    assert runs("张㼆𠮷", BOLD) == ((BOLD, "张"), (REGULAR, "㼆"), (RARE, "𠮷"))
    assert runs("", BOLD) == ()


def test_the_fonts_hold_no_invisible_character_as_visible() -> None:
    for code in range(0x2000, 0x2070):
        if unicodedata.category(chr(code)) == "Cf":
            assert missing(chr(code)) == (chr(code),)
