"""What has changed for a center from one version of a plan to a later one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from models.publication import PublishedFacts
from scheduler.documents import phrases
from scheduler.documents.page import A4, MARGIN, MM, Draw, Footing, Page, Paper, heading
from scheduler.documents.tabled import Table, TableColumn
from scheduler.documents.texts import Language, room_text
from scheduler.documents.typefaces import BOLD


class ChangeKind(StrEnum):
    """What a change is to the center that reads of it."""

    COMES = "comes"
    LEAVES = "leaves"
    MOVES = "moves"
    DATA = "data"


_WORDS = {
    ChangeKind.COMES: phrases.COMES,
    ChangeKind.LEAVES: phrases.LEAVES,
    ChangeKind.MOVES: phrases.MOVES,
    ChangeKind.DATA: phrases.CHANGED_DATA,
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of the center: sitting, room, seat, and who sits there for what."""

    sitting: str
    room_id: str
    seat: int
    specialty: str
    subjects: str


@dataclass(frozen=True, slots=True)
class Change:
    """One candidate of a center for whom something differs.

    Attributes:
        name: blank where the roster of the later version no longer knows the candidate.
        before: None for whoever comes, ``now`` for whoever leaves.
        elsewhere: whether the other place is in another center.
    """

    kind: ChangeKind
    ticket_number: str
    name: str
    before: Spot | None
    now: Spot | None
    elsewhere: bool


@dataclass(frozen=True)
class CenterChanges:
    """All changes of one center, by ticket number, and how many candidates have none."""

    center_id: str
    changes: tuple[Change, ...]
    unchanged: int


def change_sheet_pdf(
    facts: PublishedFacts,
    changed: CenterChanges,
    *,
    old_version: int,
    old_hash: str,
    language: Language = Language.ZH,
) -> bytes:
    """变更通知单: counts, rooms whose papers must be replaced, and everybody who is concerned."""
    paper = Paper(f"{facts.exam.name_zh} {phrases.CHANGES(language)}", Footing.of(facts, language))
    columns = (
        TableColumn(phrases.CHANGE(language), 1, "center", 9),
        TableColumn(phrases.TICKET_NUMBER(language), 2.1, "center", 9),
        TableColumn(phrases.NAME(language), 2.2, "left", 10),
        TableColumn(phrases.BEFORE(language), 3.4, "left", 9),
        TableColumn(phrases.NOW(language), 3.4, "left", 9),
    )

    def place(change: Change, spot: Spot | None) -> str:
        if spot is None:
            return (phrases.ELSEWHERE if change.elsewhere else phrases.NOT_HERE)(language)
        room = facts.room_by_id.get((changed.center_id, spot.room_id))
        seat = phrases.SEAT_IS(language, seat=spot.seat)
        parts = [spot.sitting, room_text(spot.room_id, room), seat]
        if change.kind is ChangeKind.DATA:
            parts = [spot.specialty, f"[{spot.subjects}]"]
        return "  ".join(parts)

    rows = [
        (_WORDS[c.kind](language), c.ticket_number, c.name, place(c, c.before), place(c, c.now))
        for c in changed.changes
    ]
    inner, body = A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN - 16
    table = Table(columns, rows, inner)
    parts = table.split(body - _HEAD, body - _LATER_HEAD) if rows else [range(0)]
    version = phrases.CHANGES_FROM(
        language, old=old_version, old_hash=old_hash[:12], new=facts.plan_version,
        new_hash=facts.root_hash[:12],
    )  # fmt: skip

    def draw(page: Page, number: int) -> None:
        center = facts.center_by_id.get(changed.center_id)
        name = center.name_zh if center else changed.center_id
        if number:
            line = f"{phrases.CHANGES(language)}    {name}    {version}"
            page.text(page.left, page.top, page.inner, line, 9.5, floor=7, lines=2)
            y = page.top + _LATER_HEAD
        else:
            y = heading(page, phrases.CHANGES(language), f"{facts.exam.name_zh}    {name}")
            y = page.text(page.left, y, page.inner, version, 10.5, floor=8, lines=2, font=BOLD) + 3
            y = page.text(page.left, y, page.inner, _counts(changed, language), 10, lines=2) + 3
            if rows:
                rooms = phrases.NEED_TO_REPLACE(language, rooms=_rooms(facts, changed))
                page.text(page.left, y, page.inner, rooms, 10, floor=6, lines=6,
                          height=page.top + _HEAD - y)  # fmt: skip
            y = page.top + _HEAD
        if rows:
            table.draw(page, page.left, y, parts[number])

    pages: list[Draw] = [partial(draw, number=i) for i in range(len(parts))]
    paper.section(pages)
    return paper.content()


_HEAD = 58 * MM
_LATER_HEAD = 12 * MM


def _counts(changed: CenterChanges, language: Language) -> str:
    if not changed.changes:
        return phrases.NO_CHANGES(language)
    kinds = [c.kind for c in changed.changes]
    return phrases.CHANGE_COUNTS(
        language, same=changed.unchanged, **{kind.value: kinds.count(kind) for kind in ChangeKind}
    )


def _rooms(facts: PublishedFacts, changed: CenterChanges) -> str:
    """Rooms with somebody who comes, leaves or moves, by sitting."""
    spots: Sequence[Spot] = [
        spot for c in changed.changes for spot in (c.before, c.now) if spot is not None
    ]
    known = sorted({(s.sitting, s.room_id) for s in spots})
    return "；".join(
        f"{sitting} {room_text(room, facts.room_by_id.get((changed.center_id, room)))}"
        for sitting, room in known
    )
