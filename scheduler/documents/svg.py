"""A few SVG elements as functions; lengths are millimetres, coordinates run right and down.

Written by hand because a picture of rectangles and short texts needs no library. The bytes depend
on the arguments only.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from xml.etree import ElementTree as ET

FONTS: Final = (
    "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC','Hiragino Sans GB',"
    "'Microsoft YaHei','SimHei','WenQuanYi Micro Hei','WenQuanYi Zen Hei',sans-serif"
)
"""Sans-serif fonts with Chinese characters on Linux, macOS and Windows, in this order."""

_NO_XML: Final = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def number(value: float) -> str:
    """A length with at most two decimals; ``-0`` never."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def page(width: float, height: float, title: str, description: str) -> ET.Element:
    """An ``svg`` of that size with title and description for readers who do not see it."""
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": f"{number(width)}mm",
            "height": f"{number(height)}mm",
            "viewBox": f"0 0 {number(width)} {number(height)}",
            "lang": "zh-CN",
            "font-family": FONTS,
            "fill": "#111",
        },
    )
    ET.SubElement(root, "title").text = clean(title)
    ET.SubElement(root, "desc").text = clean(description)
    rect(root, 0, 0, width, height, fill="#fff")
    return root


def group(parent: ET.Element, **attributes: str) -> ET.Element:
    """A ``g``; underscores in names of attributes become hyphens."""
    return ET.SubElement(parent, "g", _attributes(attributes))


def rect(
    parent: ET.Element, x: float, y: float, width: float, height: float, **attributes: str
) -> ET.Element:
    """A rectangle by its top left corner."""
    place = {"x": number(x), "y": number(y), "width": number(width), "height": number(height)}
    return ET.SubElement(parent, "rect", {**place, **_attributes(attributes)})


def line(
    parent: ET.Element, x1: float, y1: float, x2: float, y2: float, **attributes: str
) -> ET.Element:
    """A straight line."""
    place = {"x1": number(x1), "y1": number(y1), "x2": number(x2), "y2": number(y2)}
    return ET.SubElement(parent, "line", {**place, **_attributes(attributes)})


def text(
    parent: ET.Element, x: float, y: float, content: str, size: float, **attributes: str
) -> ET.Element:
    """A line of text; ``y`` is the base line."""
    place = {"x": number(x), "y": number(y), "font-size": number(size)}
    made = ET.SubElement(parent, "text", {**place, **_attributes(attributes)})
    made.text = clean(content)
    return made


def width_of(content: str, size: float) -> float:
    """About how wide a text is: Chinese characters are square, others a little over half."""
    wide = sum(1 for c in content if unicodedata.east_asian_width(c) in "WFA")
    return size * (wide + 0.6 * (len(content) - wide))


def fitted(content: str, width: float, size: float, smallest: float = 0.0) -> float:
    """The font size, at most ``size``, at which a text is no wider than ``width``."""
    needed = width_of(content, size)
    return size if needed <= width else max(size * width / needed, smallest)


def cut(content: str, width: float, size: float) -> str:
    """The text, its end replaced by an ellipsis if it is wider than ``width``."""
    if width_of(content, size) <= width:
        return content
    while content and width_of(content + "…", size) > width:
        content = content[:-1]
    return content + "…"


def wrapped(content: str, width: float, size: float) -> list[str]:
    """The text in lines hardly wider than ``width``; broken after ``、`` or within a word."""
    lines = [""]
    for item in re.findall(r"[^、：]*[、：]?", content):
        if lines[-1] and width_of(lines[-1] + item, size) > width:
            lines.append("")
        for character in item:
            if width_of(lines[-1] + character, size) > width and character not in "、：，。）":
                lines.append("")
            lines[-1] += character
    return [line for line in lines if line]


def clean(content: str) -> str:
    """Without characters that XML cannot hold."""
    return _NO_XML.sub("", content)


def to_bytes(root: ET.Element) -> bytes:
    """The file: UTF-8, indented, LF, with the XML declaration."""
    ET.indent(root, " ")
    for words in root.iter("text"):  # blanks in there would be part of the text
        for child in words:
            child.tail = None
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _attributes(attributes: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in attributes.items()}
