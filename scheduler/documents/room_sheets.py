"""Papers of a room for the day: sign-in sheet, door notice, room record, question papers."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from models.publication import PublishedFacts
from scheduler.documents import phrases
from scheduler.documents.page import (
    A4,
    MARGIN,
    MM,
    PALE,
    Draw,
    Footing,
    Page,
    Paper,
    heading,
)
from scheduler.documents.rooms import RoomSession, RoomSitting
from scheduler.documents.tabled import Table, TableColumn
from scheduler.documents.texts import Language, texts
from scheduler.documents.typefaces import BOLD

_INNER = A4[0] - 2 * MARGIN
_BODY = A4[1] - 2 * MARGIN - 16
"""Height between the margins, above the footer."""
_HEAD = 34 * MM
_LATER_HEAD = 12 * MM
_CLOSING = 22 * MM


def _paper(facts: PublishedFacts, title: phrases.Phrase, language: Language) -> Paper:
    return Paper(f"{facts.exam.name_zh} {title(language)}", Footing.of(facts, language))


# ---------------------------------------------------------------- sign-in sheet


def sign_in_pdf(
    facts: PublishedFacts, sittings: Iterable[RoomSitting], language: Language = Language.ZH
) -> bytes:
    """签到表: one section per room and session, by seat, only those who sit the subject."""
    paper = _paper(facts, phrases.SIGN_IN, language)
    for room in sittings:
        for session in room.sessions:
            paper.section(_sign_in_pages(facts, room, session, language))
    return paper.content()


def _sign_in_pages(
    facts: PublishedFacts, room: RoomSitting, session: RoomSession, language: Language
) -> list[Draw]:
    columns = (
        TableColumn(phrases.SEAT(language), 1.1, "center", 12),
        TableColumn(phrases.TICKET_NUMBER(language), 2.7, "center", 10),
        TableColumn(phrases.NAME(language), 3.2, "left", 11),
        TableColumn(phrases.SPECIALTY_SHORT(language), 1.2, "center", 9.5),
        TableColumn(phrases.ID_LAST4(language), 1.5, "center", 10),
        TableColumn(phrases.SIGNATURE(language), 2.9, "center"),
        TableColumn(phrases.REMARK(language), 1.9, "center", 8.5),
    )
    rows = []
    for row in session.rows:
        own = session.own_end(row)
        longer = phrases.EXTRA_TIME_END(language, end=f"{own:%H:%M}") if own > session.end else ""
        rows.append((
            str(row.seat), row.ticket_number, row.name, row.specialty, row.id_last4, "", longer,
        ))  # fmt: skip
    table = Table(columns, rows, _INNER, least=7.6 * MM)
    parts = table.split(_BODY - _HEAD, _BODY - _LATER_HEAD)
    head = _HEAD if len(parts) == 1 else _LATER_HEAD
    if head + table.height(parts[-1]) + _CLOSING > _BODY:  # the counts belong on the last page
        parts = table.split(_BODY - _HEAD - _CLOSING, _BODY - _LATER_HEAD - _CLOSING)

    def draw(page: Page, number: int) -> None:
        about = f"{room.name}    {session.name}    {session.when(language)}"
        if number == 0:
            y = _headed(page, facts, phrases.SIGN_IN, room, language)
            y = page.text(page.left, y, page.inner, about, 11, floor=8, lines=2, font=BOLD) + 4
        else:
            line = f"{phrases.SIGN_IN(language)}    {room.center.name_zh}    {about}"
            page.text(page.left, page.top, page.inner, line, 9.5, floor=7, lines=2)
            y = page.top + _LATER_HEAD
        y = table.draw(page, page.left, y, parts[number])
        if number == len(parts) - 1:
            _counted(page, y + 4 * MM, len(session.rows), language)

    return [partial(draw, number=i) for i in range(len(parts))]


def _headed(
    page: Page, facts: PublishedFacts, title: phrases.Phrase, room: RoomSitting, language: Language
) -> float:
    """Exam, title, center and sitting on top of a page."""
    below = f"{room.center.name_zh}    {room.sitting.name_zh}（{room.sitting.id}）"
    y = page.text(
        (page.left + page.right) / 2, page.top, page.inner, facts.exam.name_zh, 10.5, floor=8,
        align="center",
    )  # fmt: skip
    return heading(page, title(language), below, y=y + 1)


def _counted(page: Page, y: float, expected: int, language: Language) -> None:
    """Expected, present, absent, and who signs for it."""
    third = page.inner / 3
    words = (
        f"{phrases.EXPECTED(language)}：{phrases.PERSONS(language, count=expected)}",
        f"{phrases.PRESENT(language)}：________",
        f"{phrases.ABSENT(language)}：________",
    )
    for i, text in enumerate(words):
        page.line(page.left + i * third, y, text, 10.5)
    page.line(page.left, y + 8.5 * MM, f"{phrases.INVIGILATORS(language)}：", 10.5)
    page.rule(page.left + 34 * MM, y + 13 * MM, page.right, y + 13 * MM)


# ---------------------------------------------------------------- door notice


def door_notices_pdf(
    facts: PublishedFacts, sittings: Iterable[RoomSitting], language: Language = Language.ZH
) -> bytes:
    """门贴: one page per room and sitting; ranges and numbers, no name and no ID number."""
    paper = _paper(facts, phrases.DOOR_NOTICE, language)
    for room in sittings:
        paper.section([partial(_door, facts=facts, room=room, language=language)])
    return paper.content()


def _door(page: Page, *, facts: PublishedFacts, room: RoomSitting, language: Language) -> None:
    middle = (page.left + page.right) / 2
    y = page.text(middle, page.top + 6, page.inner, facts.exam.name_zh, 20, floor=12, lines=2,
                  font=BOLD, align="center") + 4  # fmt: skip
    y = page.text(middle, y, page.inner, room.center.name_zh, 20, floor=12, lines=2, align="center")
    y += 14
    y = page.text(middle, y, page.inner, room.name, 58, floor=28, lines=2, font=BOLD,
                  align="center") + 10  # fmt: skip
    y = page.text(
        middle, y, page.inner,
        f"{room.sitting.name_zh}    {texts(language).modes[room.sitting.mode]}    "
        f"{phrases.COUNT(language, count=len(room.rows))}", 16, floor=10, lines=2, align="center",
    ) + 10  # fmt: skip
    columns = (
        TableColumn(phrases.DATE(language), 2, "center", 15),
        TableColumn(phrases.SUBJECT(language), 2.6, "center", 15),
        TableColumn(phrases.TIME(language), 2, "center", 15),
        TableColumn(phrases.EXPECTED(language), 1, "center", 15),
    )
    rows = [
        (
            *session.when(language).rsplit(" ", 1)[:1],
            session.name,
            session.when(language).rsplit(" ", 1)[1],
            str(len(session.rows)),
        )
        for session in room.sessions
    ]
    table = Table(columns, rows, page.inner, least=11 * MM)
    y = table.draw(page, page.left, y, range(len(rows))) + 14
    first, last = room.tickets
    page.line(middle, y, phrases.TICKET_RANGE(language), 14, align="center")
    y = page.text(middle, y + 20, page.inner, f"{first} – {last}", 24, floor=14, lines=2,
                  font=BOLD, align="center") + 12  # fmt: skip
    listed = "    ".join(f"{name}（{count}）" for name, count in room.specialties.items())
    page.line(middle, y, phrases.SPECIALTIES(language), 14, align="center")
    page.text(middle, y + 20, page.inner, listed, 13, floor=7, lines=14, align="center",
              height=page.bottom - y - 20)  # fmt: skip


# ---------------------------------------------------------------- room record


def room_records_pdf(
    facts: PublishedFacts, sittings: Iterable[RoomSitting], language: Language = Language.ZH
) -> bytes:
    """试室情况记录单: one page per room and session, to be filled in by hand."""
    paper = _paper(facts, phrases.ROOM_RECORD, language)
    for room in sittings:
        for session in room.sessions:
            draw = partial(_record, facts=facts, room=room, session=session, language=language)
            paper.section([draw])
    return paper.content()


_ABSENTEE_LINES = 10


def _record(
    page: Page, *, facts: PublishedFacts, room: RoomSitting, session: RoomSession,
    language: Language,
) -> None:  # fmt: skip
    y = _headed(page, facts, phrases.ROOM_RECORD, room, language) + 2
    first, last = room.tickets
    longer = sum(session.own_end(row) > session.end for row in session.rows)
    extra = f"{longer}（{phrases.EXTRA_TIME_END(language, end=f'{session.latest_end:%H:%M}')}）"
    cells = (
        (phrases.ROOM, room.name), (phrases.SUBJECT, session.name),
        (phrases.TIME, session.when(language)), (phrases.EXTRA_TIME, extra if longer else "—"),
        (phrases.EXPECTED, phrases.PERSONS(language, count=len(session.rows))),
        (phrases.TICKET_RANGE, f"{first} – {last}"),
        (phrases.PRESENT, ""), (phrases.ABSENT, ""),
    )  # fmt: skip
    half, label, height = page.inner / 2, 26 * MM, 9 * MM
    for i, (head, value) in enumerate(cells):
        x, at = page.left + i % 2 * half, y + i // 2 * height
        page.box(x, at, label, height, fill=PALE)
        page.boxed(x, at, label, height, head(language), 10, lines=2)
        page.box(x + label, at, half - label, height)
        page.boxed(x + label, at, half - label, height, value, 10.5, floor=7, lines=2)
    y += 4 * height + 4 * MM
    page.line(page.left, y, phrases.ABSENTEES(language), 11, font=BOLD)
    columns = (
        TableColumn(phrases.NUMBER(language), 0.8, "center"),
        TableColumn(phrases.SEAT(language), 1.2, "center"),
        TableColumn(phrases.TICKET_NUMBER(language), 3, "center"),
        TableColumn(phrases.NAME(language), 3, "center"),
        TableColumn(phrases.REMARK(language), 4, "center"),
    )
    rows = [(str(n), "", "", "", "") for n in range(1, _ABSENTEE_LINES + 1)]
    y = Table(columns, rows, page.inner, least=7.4 * MM).draw(
        page, page.left, y + 17, range(_ABSENTEE_LINES)
    )
    y += 4 * MM
    page.line(page.left, y, phrases.INCIDENTS(language), 11, font=BOLD)
    y += 17
    closing = page.bottom - 24 * MM
    page.box(page.left, y, page.inner, closing - y - 3 * MM)
    signing = (phrases.INVIGILATORS, phrases.TECHNICIAN, phrases.CHIEF)
    for i, head in enumerate(signing):
        at = closing + i * 8 * MM
        page.line(page.left, at, f"{head(language)}：", 10.5)
        page.rule(page.left + 40 * MM, at + 4.6 * MM, page.right, at + 4.6 * MM)


# ---------------------------------------------------------------- question papers


def paper_lists_pdf(
    facts: PublishedFacts, sittings: Iterable[RoomSitting], language: Language = Language.ZH
) -> bytes:
    """试卷清单: one section per room and sitting, copies of each question paper by session."""
    paper = _paper(facts, phrases.PAPER_LIST, language)
    for room in sittings:
        paper.section(_paper_list(facts, room, language))
    return paper.content()


def papers_of(facts: PublishedFacts, room: RoomSitting) -> list[tuple[RoomSession, str, str, int]]:
    """Session, question paper, form and copies, by start of the session, paper and form."""
    made = []
    for session in room.sessions:
        counts: dict[tuple[str, str], int] = {}
        for row in session.rows:
            key = (facts.specialty_by_code[row.specialty].papers[session.subject - 1], row.form)
            counts[key] = counts.get(key, 0) + 1
        made += [(session, *key, count) for key, count in sorted(counts.items())]
    return made


def _paper_list(facts: PublishedFacts, room: RoomSitting, language: Language) -> list[Draw]:
    columns = (
        TableColumn(phrases.TIME(language), 3.6, "center"),
        TableColumn(phrases.SUBJECT(language), 2.6, "center"),
        TableColumn(phrases.PAPER(language), 2, "center", 11),
        TableColumn(phrases.FORM(language), 1, "center"),
        TableColumn(phrases.COPIES(language), 1.2, "center", 11),
        TableColumn(phrases.SIGNATURE(language), 2.4, "center"),
    )
    listed = papers_of(facts, room)
    rows = [
        (session.when(language), session.name, paper, form, str(copies), "")
        for session, paper, form, copies in listed
    ]
    rows.append((phrases.TOTAL(language), "", "", "", str(sum(row[3] for row in listed)), ""))
    table = Table(columns, rows, _INNER, least=7.6 * MM)
    parts = table.split(_BODY - _HEAD, _BODY - _LATER_HEAD)

    def draw(page: Page, number: int) -> None:
        if number == 0:
            y = _headed(page, facts, phrases.PAPER_LIST, room, language)
            y = page.text(page.left, y, page.inner, room.name, 12, floor=8, font=BOLD) + 4
        else:
            line = f"{phrases.PAPER_LIST(language)}    {room.center.name_zh}    {room.name}"
            page.text(page.left, page.top, page.inner, line, 9.5, floor=7)
            y = page.top + _LATER_HEAD
        table.draw(page, page.left, y, parts[number])

    return [partial(draw, number=i) for i in range(len(parts))]
