"""A room of a hundred machines for the tests of printed documents."""

from __future__ import annotations

from dataclasses import replace

from models.publication import Placement, PublishedFacts
from scheduler.documents.rooms import RoomSitting, room_sittings
from tests.api.world import facts, people

LONG = "买买提·阿卜杜拉·热合曼"
SIXTY = "阿不都热依木" * 10
HOSTILE = (
    "=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "<b>张</b>", "{{7*7}}", "张\u202e三",
    "$(id)", "&amp;", "张\u200b三",
)  # fmt: skip


def placements(count: int = 100) -> list[Placement]:
    """A full room but for two seats; every thirteenth seat is shared by two."""
    base = people(3)[0].placement
    names = ["张三", "欧阳修远", LONG, "李𠮷", "王㼆"]
    made = []
    for seat in range(1, count + 1):
        if seat in (7, 50):
            continue
        name = SIXTY if seat == 33 else names[seat % 5]
        one = replace(
            base, candidate_id=f"a{seat}", seat=seat, name=name, subjects="1234",
            ticket_number=f"2022230100{seat:03d}", needs=("extra_time",) if seat == 4 else (),
        )  # fmt: skip
        if seat % 13 == 0:
            made.append(replace(one, subjects="12"))
            made.append(
                replace(
                    one,
                    candidate_id=f"b{seat}",
                    name="赵六",
                    subjects="34",
                    specialty="101",
                    ticket_number=f"2022230101{seat:03d}",
                )
            )
        else:
            made.append(one)
    return made


def room() -> tuple[PublishedFacts, RoomSitting]:
    """The room in its sitting."""
    what = facts()
    (made,) = room_sittings(what, placements())
    return what, made
