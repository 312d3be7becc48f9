"""Cut the fonts that paikao prints with; run once per release of a font, never at run time.

Usage::

    pip download --no-deps justmytype-intl-cjk==0.1.0 && unzip justmytype_intl_cjk-*.whl -d noto
    apt-get install fonts-hanazono
    python tools/make_fonts.py 'NotoSansSC[wght].ttf' .../hanazono/HanaMinB.ttf

Writes into ``scheduler/documents/fonts``:

- ``NotoSansSC-Regular.ttf``: the variable font at weight 400, every character of it.
- ``NotoSansSC-Bold.ttf``: weight 700, the characters of GB 2312 and Latin, for headings.
- ``RareHan.ttf.xz``: Han characters of extensions B to F that Noto Sans SC lacks (GB 18030, level
  3), from HanaMinB; compressed, because it is opened only when a name needs it.
- ``NotoSansSC-Regular.txt``, ``NotoSansSC-Bold.txt``, ``RareHan.txt``: which characters these
  are, so that asking does not open the fonts.

The variable font opens at *Thin*, and reportlab embeds TrueType outlines only: hence the cuts. Same
fonts in, same bytes out, with one version of fonttools.
"""

from __future__ import annotations

import io
import lzma
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

OUT = Path(__file__).resolve().parent.parent / "scheduler" / "documents" / "fonts"
RARE = range(0x20000, 0x2EBE1)
"""Extensions B to F."""


def bold_characters() -> set[int]:
    """ASCII, Latin-1, general punctuation and GB 2312 (rows 1 to 87, Han characters among them)."""
    found = {*range(0x20, 0x17F), *range(0x2010, 0x2040)}
    for lead in range(0xA1, 0xF8):
        for trail in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((lead, trail)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def subset(font: TTFont, characters: Iterable[int]) -> None:
    """Leave only these characters, without hints, lookups and glyph names."""
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.name_IDs = ["*"]
    options.drop_tables += ["BASE", "FFTM", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=set(characters))
    subsetter.subset(font)


def opened(path: Path) -> TTFont:
    """A font that keeps its time stamp when saved."""
    return TTFont(path, recalcTimestamp=False)


def cut(variable: Path, weight: int, characters: set[int] | None = None) -> TTFont:
    """A static font of the variable one."""
    font = opened(variable)
    if characters is not None:
        subset(font, characters & set(font.getBestCmap()))
    static: TTFont = instantiateVariableFont(font, {"wght": weight}, updateFontNames=True)
    return static


def renamed(font: TTFont, family: str) -> None:
    """Give a font a name of its own: its parent's names are reserved."""
    names: Any = font["name"]
    kept = [n for n in names.names if n.nameID in (0, 13, 14)]
    names.names = kept
    script = family.replace(" ", "") + "-Regular"
    for number, text in ((1, family), (2, "Regular"), (3, script), (4, family), (6, script)):
        names.setName(text, number, 3, 1, 0x409)


def saved(font: TTFont) -> bytes:
    """The bytes of the font file."""
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def ranges_text(characters: Iterable[int]) -> str:
    """Ranges of code points, one a line, as ``first-last`` in hex."""
    ordered = sorted(characters)
    known = set(ordered)
    starts = [c for c in ordered if c - 1 not in known]
    ends = [c for c in ordered if c + 1 not in known]
    return "".join(f"{a:X}-{b:X}\n" for a, b in zip(starts, ends, strict=True))


def main(variable: Path, hanazono: Path) -> None:
    """Write the fonts and the lists of their characters."""
    regular = cut(variable, 400)
    known = set(regular.getBestCmap())
    (OUT / "NotoSansSC-Regular.ttf").write_bytes(saved(regular))
    bold = cut(variable, 700, bold_characters())
    (OUT / "NotoSansSC-Bold.ttf").write_bytes(saved(bold))
    rare = opened(hanazono)
    subset(rare, {c for c in rare.getBestCmap() if c in RARE} - known)
    for name, font in (
        ("NotoSansSC-Regular", regular),
        ("NotoSansSC-Bold", bold),
        ("RareHan", rare),
    ):
        (OUT / f"{name}.txt").write_text(ranges_text(font.getBestCmap()), encoding="ascii")
    renamed(rare, "Paikao Rare Han")
    content = lzma.compress(saved(rare), format=lzma.FORMAT_XZ, preset=9)
    (OUT / "RareHan.ttf.xz").write_bytes(content)
    for path in sorted(OUT.glob("*.*")):
        print(f"{path.stat().st_size:>12,}  {path.name}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
