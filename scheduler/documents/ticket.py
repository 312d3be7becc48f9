"""The admission ticket (准考证): what it says, and its A4 page.

The same content makes the printable page of the service (:mod:`scheduler.documents.ticket_page`),
so paper and screen cannot differ. The ID number is whole only where its holder gave it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from models.exam import Exam
from models.publication import Placement, PublishedFacts, sitting_times
from scheduler.documents import phrases
from scheduler.documents.page import MM, PALE, Footing, Page, Paper, heading
from scheduler.documents.qr import ticket_code
from scheduler.documents.sessions import SessionClock
from scheduler.documents.texts import (
    Language,
    contact_text,
    day_text,
    door_rules,
    room_text,
    specialty_text,
    texts,
    zone_name,
)
from scheduler.documents.typefaces import BOLD


@dataclass(frozen=True, slots=True)
class TicketSession:
    """One session on the ticket, in words."""

    day: str
    time: str
    subject: str
    remark: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """Everything that one ticket says, in words.

    Attributes:
        document: heading and value of the ID number, whole or its last four characters.
        code: content of the QR code.
        rules: one sentence each.
        photo: JPEG or PNG, or nothing.
    """

    exam: str
    name: str
    document: tuple[str, str]
    ticket_number: str
    specialty: str
    level: str
    mode: str
    exam_point: str
    contact: str
    center: str
    address: str
    room: str
    seat: str
    sessions: tuple[TicketSession, ...]
    rules: tuple[str, ...]
    zone: str
    code: str
    photo: bytes | None = None


class TicketMaker:
    """Makes the tickets of one published version; what many share is worded once."""

    def __init__(self, facts: PublishedFacts, language: Language = Language.ZH) -> None:
        """Nothing is worded yet."""
        self.facts = facts
        self.language = language
        self._clock = SessionClock(facts.exam)
        self._sessions: dict[tuple[str, str, tuple[str, ...]], tuple[TicketSession, ...]] = {}
        self._rules = door_rules(facts.exam, language)
        self._zone = zone_name(facts.exam.timezone, language)

    def ticket(
        self, placement: Placement, *, id_number: str = "", photo: bytes | None = None
    ) -> Ticket:
        """The ticket of a placed candidate.

        Args:
            placement: of the version of this maker.
            id_number: whole, where the holder gave it; otherwise the last four are printed.
            photo: JPEG or PNG.
        """
        facts, p, language = self.facts, placement, self.language
        specialty = facts.specialty_by_code[p.specialty]
        point = facts.point_by_id.get(p.exam_point)
        center = facts.center_by_id[p.center_id]
        shown = (
            (phrases.ID_NUMBER(language), id_number)
            if id_number
            else (phrases.ID_LAST4(language), p.id_last4)
        )
        return Ticket(
            exam=facts.exam.name_zh,
            name=p.name,
            document=shown,
            ticket_number=p.ticket_number,
            specialty=specialty_text(specialty),
            level=specialty.level,
            mode=texts(language).modes[specialty.mode],
            exam_point=point.name_zh if point else p.exam_point,
            contact=contact_text(point, language) if point else "",
            center=center.name_zh,
            address=center.address,
            room=room_text(p.room_id, facts.room_by_id.get((p.center_id, p.room_id))),
            seat=phrases.SEAT_IS(language, seat=p.seat),
            sessions=self._own_sessions(p),
            rules=self._rules,
            zone=self._zone,
            code=ticket_code(facts, p.ticket_number),
            photo=photo,
        )

    def _own_sessions(self, p: Placement) -> tuple[TicketSession, ...]:
        kind = (p.sitting, p.subjects, p.needs)
        if kind not in self._sessions:
            exam, language = self.facts.exam, self.language
            ends = {t.subject: t.end for t in sitting_times(exam, exam.sitting(p.sitting))}
            self._sessions[kind] = tuple(
                TicketSession(
                    day=day_text(t.start.date(), language),
                    time=f"{t.start:%H:%M}–{t.end:%H:%M}",
                    subject=subject_name(exam, t.subject),
                    remark=phrases.OWN_END(language) if t.end > ends[t.subject] else "",
                )
                for t in self._clock.own(p)
            )
        return self._sessions[kind]


def subject_name(exam: Exam, number: int) -> str:
    """The name of a subject."""
    return next(s.name_zh for s in exam.subjects if s.number == number)


# ---------------------------------------------------------------- the page


def tickets_pdf(
    facts: PublishedFacts, tickets: Iterable[Ticket], language: Language = Language.ZH
) -> bytes:
    """One A4 page per ticket."""
    paper = Paper(f"{facts.exam.name_zh} {phrases.TICKET(language)}", Footing.of(facts, language))
    for ticket in tickets:
        paper.section([partial(draw_ticket, ticket=ticket, language=language)])
    return paper.content()


_ROW = 9.5 * MM
_LABEL = 25 * MM
_PHOTO = (35 * MM, 45 * MM)
_QR = 30 * MM


def draw_ticket(page: Page, ticket: Ticket, language: Language) -> None:
    """The ticket on one page; whatever its texts, nothing leaves its box."""
    y = heading(page, ticket.exam, y=page.top + 4)
    middle = (page.left + page.right) / 2
    page.line(middle, y, phrases.TICKET(language), 24, font=BOLD, align="center")
    y += 42
    y = _person(page, y, ticket, language) + 5 * MM
    y = _sessions(page, y, ticket, language) + 5 * MM
    y = _place(page, y, ticket, language) + 6 * MM
    _rules(page, y, ticket, language)


def _field(
    page: Page, x: float, y: float, w: float, label: str, value: str, *,
    size: float = 11.5, height: float = _ROW, font: str = "", lines: int = 2,
) -> None:  # fmt: skip
    """A label on grey and its value beside it."""
    page.box(x, y, _LABEL, height, fill=PALE)
    page.boxed(x, y, _LABEL, height, label, 10.5, floor=7.5, lines=2)
    page.box(x + _LABEL, y, w - _LABEL, height)
    chosen = {"font": font} if font else {}
    page.boxed(
        x + _LABEL, y, w - _LABEL, height, value, size, floor=7, lines=lines, align="left",
        padding=6, **chosen,  # type: ignore[arg-type]
    )  # fmt: skip


def _person(page: Page, y: float, ticket: Ticket, language: Language) -> float:
    """Who: fields on the left, photo on the right."""
    gap = 5 * MM
    w = page.inner - _PHOTO[0] - gap
    fields = (
        (phrases.NAME, ticket.name, 14.0, BOLD),
        (None, ticket.document[1], 12.5, ""),
        (phrases.TICKET_NUMBER, ticket.ticket_number, 14.0, BOLD),
        (phrases.SPECIALTY, f"{ticket.specialty}（{ticket.level}）", 11.5, ""),
        (phrases.EXAM_POINT, ticket.exam_point, 11.5, ""),
    )
    top = y
    height = _PHOTO[1] / len(fields) + 0.9 * MM
    for label, value, size, font in fields:
        words = label(language) if label is not None else ticket.document[0]
        _field(page, page.left, y, w, words, value, size=size, height=height, font=font, lines=3)
        y += height
    x = page.right - _PHOTO[0]
    if ticket.photo is not None:
        page.picture(x, top, *_PHOTO, ticket.photo)
        page.box(x, top, *_PHOTO)
    else:
        page.box(x, top, *_PHOTO, dashed=True)
        page.boxed(x, top, *_PHOTO, phrases.PHOTO(language), 10, grey=0.5)
    return y


def _sessions(page: Page, y: float, ticket: Ticket, language: Language) -> float:
    """When: one row per session."""
    shares = (0.25, 0.2, 0.27, 0.28)
    heads = (
        phrases.DATE(language),
        f"{phrases.TIME(language)}（{ticket.zone}）"
        if language is Language.ZH
        else f"{phrases.TIME(language)} ({ticket.zone})",
        phrases.SUBJECT(language),
        phrases.REMARK(language),
    )
    rows = [(s.day, s.time, s.subject, s.remark) for s in ticket.sessions]
    height, top = 7.6 * MM, y
    page.box(page.left, y, page.inner, height, weight=0, fill=PALE)
    for i, row in enumerate([heads, *rows]):
        x = page.left
        for share, text in zip(shares, row, strict=True):
            w = share * page.inner
            if text:
                page.boxed(x, y, w, height, text, 10.5 if i == 0 else 11.5, lines=2)
            x += w
        page.rule(page.left, y, page.right, y)
        y += height
    page.rule(page.left, y, page.right, y)
    x = page.left
    for share in (*shares, 0):
        page.rule(x, top, x, y)
        x += share * page.inner
    return y


def _place(page: Page, y: float, ticket: Ticket, language: Language) -> float:
    """Where: center, room and seat on the left, QR code on the right."""
    gap = 5 * MM
    w = page.inner - _QR - gap - 2 * MM
    top = y
    _field(page, page.left, y, w, phrases.CENTER(language), ticket.center, size=13, font=BOLD)
    y += _ROW
    tall = 11.5 * MM
    _field(page, page.left, y, w, phrases.ADDRESS(language), ticket.address, lines=3, height=tall)
    y += tall
    half = w * 0.62
    big = {"size": 15.0, "height": 12 * MM, "font": BOLD}
    _field(page, page.left, y, half, phrases.ROOM(language), ticket.room, **big)  # type: ignore[arg-type]
    _field(page, page.left + half, y, w - half, phrases.SEAT(language), ticket.seat, **big)  # type: ignore[arg-type]
    y += 12 * MM
    _field(page, page.left, y, w, phrases.CONTACT(language), ticket.contact, lines=3)
    y += _ROW
    page.qr(page.right - _QR, top + 1 * MM, _QR, ticket.code)
    caption = phrases.SCAN(language)
    page.text(
        page.right - _QR / 2, top + _QR + 3 * MM, _QR + 8, caption, 7.5, floor=6, align="center",
        grey=0.35,
    )  # fmt: skip
    return y


def _rules(page: Page, y: float, ticket: Ticket, language: Language) -> None:
    """What to know before the day."""
    page.line(page.left, y, phrases.BEFORE_YOU_COME(language), 11.5, font=BOLD)
    y += 18
    for number, rule in enumerate(ticket.rules, start=1):
        page.line(page.left, y, f"{number}.", 10)
        y = page.text(page.left + 14, y, page.inner - 14, rule, 10, floor=8, lines=6) + 2
