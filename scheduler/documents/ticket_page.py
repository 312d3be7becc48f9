"""The admission ticket as a page: prints on one A4 sheet, loads nothing and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from models.publication import PublishedFacts
from scheduler.documents import phrases, qr
from scheduler.documents.texts import Language, texts
from scheduler.documents.ticket import Ticket
from scheduler.documents.typefaces import visible

STYLE = """\
@page{size:A4;margin:12mm}
body{font:10.5pt/1.35 "Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;
color:#000;background:#fff;max-width:180mm;margin:0 auto}
h1{font-size:17pt;text-align:center;margin:0}
h2{font-size:24pt;text-align:center;margin:0 0 4mm}
h3{font-size:11.5pt;margin:6mm 0 1mm}
table{border-collapse:collapse;width:100%;margin:0 0 5mm}
th,td{border:.5pt solid #555;padding:1.3mm 2.5mm;overflow-wrap:anywhere}
th{background:#ededed;font-weight:400;width:25mm;text-align:center}
.when th{width:auto}.when td{text-align:center}
.big{font-size:15pt;font-weight:700}
.where{display:flex;gap:5mm;align-items:flex-start}.where table{flex:1}
.side{text-align:center;font-size:7.5pt;color:#595959}
.side svg{width:30mm;height:30mm;display:block}
ol{margin:0;padding-left:5mm}footer{margin-top:7mm;font-size:7.5pt;color:#595959}
bdi{unicode-bidi:isolate}
"""
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""For the policy that lets this style sheet, and nothing else, act."""


def ticket_page(facts: PublishedFacts, ticket: Ticket, language: Language = Language.ZH) -> bytes:
    """The page, with the content of the PDF; every text is inert in it."""
    who = (
        (phrases.NAME(language), ticket.name, True),
        (*ticket.document, False),
        (phrases.TICKET_NUMBER(language), ticket.ticket_number, True),
        (phrases.SPECIALTY(language), f"{ticket.specialty}（{ticket.level}）", False),
        (phrases.EXAM_POINT(language), ticket.exam_point, False),
    )
    where = (
        (phrases.CENTER(language), ticket.center, True),
        (phrases.ADDRESS(language), ticket.address, False),
        (phrases.ROOM(language), ticket.room, True),
        (phrases.SEAT(language), ticket.seat, True),
        (phrases.CONTACT(language), ticket.contact, False),
    )
    heads = (
        phrases.DATE(language), f"{phrases.TIME(language)} ({ticket.zone})",
        phrases.SUBJECT(language), phrases.REMARK(language),
    )  # fmt: skip
    when = [f"<tr>{''.join(f'<th>{_text(head)}</th>' for head in heads)}</tr>"]
    when += [
        f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in (s.day, s.time, s.subject, s.remark))}"
        "</tr>"
        for s in ticket.sessions
    ]
    version = texts(language).version.format(version=facts.plan_version, hash=facts.root_hash[:12])
    title = phrases.TICKET(language)
    rules = "".join(f"<li>{_text(rule)}</li>" for rule in ticket.rules)
    return f"""<!doctype html>
<html lang="{"zh-CN" if language is Language.ZH else "en"}">
<head><meta charset="utf-8"><title>{_text(title)}</title><style>{STYLE}</style></head>
<body>
<h1>{_text(ticket.exam)}</h1>
<h2>{_text(title)}</h2>
{_fields(who)}
<table class="when">{"".join(when)}</table>
<div class="where">{_fields(where)}
<div class="side">{_svg(ticket.code)}{_text(phrases.SCAN(language))}</div></div>
<h3>{_text(phrases.BEFORE_YOU_COME(language))}</h3>
<ol>{rules}</ol>
<footer>{_text(ticket.exam)} · {_text(version)}</footer>
</body>
</html>
""".encode()


def _text(text: str) -> str:
    return escape(visible(text))


def _fields(fields: tuple[tuple[str, str, bool], ...]) -> str:
    style = {True: ' class="big"', False: ""}
    rows = "".join(
        f"<tr><th>{_text(label)}</th><td{style[big]}><bdi>{_text(value)}</bdi></td></tr>"
        for label, value, big in fields
    )
    return f"<table>{rows}</table>"


def _svg(content: str) -> str:
    """The QR code with its quiet zone."""
    modules, dark = qr.bars(content)
    path = "".join(f"M{column} {row}h{length}v1h-{length}z" for row, column, length in dark)
    size = modules + 8
    return f'<svg viewBox="-4 -4 {size} {size}" role="img"><path d="{path}"/></svg>'
