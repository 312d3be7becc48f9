"""Calendars read back by parsers that did not write them, against the times of the notice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from models.exam import Mode
from models.publication import Placement
from scheduler.documents.calendar import (
    candidate_calendar,
    center_calendar,
    exam_calendar,
    exam_point_calendar,
)
from scheduler.documents.sessions import session_uses
from tests.scheduler.documents.published import (
    MASKS,
    ROOT,
    example_reference,
    facts_of,
    moved,
    placed,
)
from tests.scheduler.documents.readers import (
    JS,
    ReadEvent,
    read_raw_with_ical_js,
    read_with_ical_js,
    read_with_vobject,
)

CHINA = timezone(timedelta(hours=8))
NOTICE = (ROOT / "tests" / "data" / "notice_2022.txt").read_text("utf-8")
DAYS = {
    "C1": ("2022-04-09",) * 4,
    "C2": ("2022-04-10",) * 4,
    "C3": ("2022-04-16",) * 4,
    "C4": ("2022-04-17",) * 4,
    "P1": ("2022-04-09", "2022-04-09", "2022-04-10", "2022-04-10"),
}
"""Dates of the notice: computers on 9, 10, 16 and 17 April, paper on 9 and 10, two a day."""
# 25 % more: 90 minutes become 112.5, rounded up to 113; 120 minutes become 150.
EXTRA = {Mode.COMPUTER: timedelta(minutes=23), Mode.PAPER: timedelta(minutes=30)}


def times_of_the_notice() -> dict[Mode, list[tuple[str, str]]]:
    """Start and end of subjects 1 to 4, read from the notice's table: paper first."""
    found = re.findall(r"(\d\d)：(\d\d)－(\d\d)：(\d\d)", NOTICE)
    times = [(f"{a}:{b}", f"{c}:{d}") for a, b, c, d in found]
    assert len(times) == 8
    return {Mode.PAPER: times[:4], Mode.COMPUTER: times[4:]}


def candidates() -> Iterator[tuple[Placement, Mode]]:
    """One candidate per mask, sitting and need of more time, in the example province."""
    specialties = {Mode.COMPUTER: "101", Mode.PAPER: "203"}
    rooms = {Mode.COMPUTER: "J01", Mode.PAPER: "Z01"}
    for sitting in DAYS:
        mode = example_reference().exam.sitting(sitting).mode
        for mask in MASKS:
            for needs in ((), ("accessible", "extra_time")):
                yield (
                    placed(
                        candidate_id=f"{sitting}-{mask}-{len(needs)}",
                        specialty=specialties[mode],
                        subjects=mask,
                        needs=needs,
                        sitting=sitting,
                        center_id="2301-01",
                        room_id=rooms[mode],
                    ),
                    mode,
                )


def expected(placement: Placement, mode: Mode) -> list[tuple[datetime, datetime]]:
    """Start and end of each subject, by the notice."""
    extra = EXTRA[mode] if placement.needs else timedelta(0)
    times = []
    for subject in placement.subjects:
        number = int(subject) - 1
        day, (start, end) = DAYS[placement.sitting][number], times_of_the_notice()[mode][number]
        first, last = (datetime.fromisoformat(f"{day}T{clock}:00") for clock in (start, end))
        times.append((first.replace(tzinfo=CHINA), (last + extra).replace(tzinfo=CHINA)))
    return times


def check(placement: Placement, mode: Mode, events: list[ReadEvent]) -> None:
    times = expected(placement, mode)
    local = [(f"{a:%Y-%m-%dT%H:%M:%S}", f"{b:%Y-%m-%dT%H:%M:%S}") for a, b in times]
    assert [(e.start, e.end) for e in events] == local
    assert [(e.start_utc, e.end_utc) for e in events] == times
    names = {s.number: s.name_zh for s in example_reference().exam.subjects}
    assert [e.summary.split("（")[0] for e in events] == [names[int(s)] for s in placement.subjects]
    for event, (start, end) in zip(events, times, strict=True):
        assert f"{start:%H:%M}–{end:%H:%M}（北京时间" in event.description
        assert event.alarms == (timedelta(days=-1), timedelta(hours=-1))
        assert "哈尔滨市示例路1号" in event.location


def test_vobject_reads_the_times_of_the_notice_for_every_mask_and_sitting() -> None:
    facts = facts_of(example_reference())
    for placement, mode in candidates():
        check(placement, mode, read_with_vobject(candidate_calendar(facts, placement)))


def test_ical_js_reads_the_times_of_the_notice_for_every_mask_and_sitting(tmp_path: Path) -> None:
    facts = facts_of(example_reference())
    everybody = list(candidates())
    assert len(everybody) == 5 * 15 * 2
    calendars = [candidate_calendar(facts, placement) for placement, _ in everybody]
    for (placement, mode), events in zip(
        everybody, read_with_ical_js(tmp_path, calendars), strict=True
    ):
        check(placement, mode, events)


def test_both_readers_understand_every_kind_of_calendar_alike(tmp_path: Path) -> None:
    facts = facts_of(example_reference())
    people = [placement for placement, _ in candidates()]
    full = replace(people[0], subjects="1234")
    uses = session_uses(facts.exam, people)
    calendars = [
        candidate_calendar(facts, people[0], full),
        candidate_calendar(facts, people[0], withdrawn_at=datetime(2022, 4, 1, tzinfo=CHINA)),
        candidate_calendar(facts, None, people[0]),
        center_calendar(facts, "2301-01", uses),
        exam_point_calendar(facts, "2301", uses),
        exam_calendar(facts),
    ]
    by_vobject = [read_with_vobject(calendar) for calendar in calendars]
    assert [len(events) for events in by_vobject] == [4, 1, 1, 20, 20, 25]
    assert read_with_ical_js(tmp_path, calendars) == by_vobject


def test_both_readers_see_a_moved_date_as_the_same_events_of_a_higher_sequence(
    tmp_path: Path,
) -> None:
    first = facts_of(example_reference())
    second = facts_of(
        example_reference(),
        version=2,
        published_at="2022-06-10T09:00:00+08:00",
        exam=moved(first.exam, "C1", 108),  # 9 April to 26 July 2022, as in that year
    )
    person = next(p for p, _ in candidates() if p.subjects == "1234" and p.sitting == "C1")
    versions = [
        candidate_calendar(first, person),
        candidate_calendar(second, person, person, previous_facts=first),
    ]
    by_vobject = [read_with_vobject(version) for version in versions]
    by_ical_js = read_with_ical_js(tmp_path, versions)
    assert by_ical_js == by_vobject
    before, after = by_ical_js
    assert [e.uid for e in before] == [e.uid for e in after]
    assert {(e.sequence, e.start[:10]) for e in before} == {(0, "2022-04-09")}
    assert {(e.sequence, e.start[:10]) for e in after} == {(1, "2022-07-26")}
    assert {e.status for e in after} == {"CONFIRMED"}


@pytest.mark.parametrize("process_zone", ["UTC", "Asia/Shanghai", "Pacific/Kiritimati"])
def test_ical_js_knows_the_type_of_every_property_that_has_one(
    tmp_path: Path, process_zone: str
) -> None:
    facts = facts_of(example_reference())
    placement, _ = next(candidates())
    (read,) = read_raw_with_ical_js(tmp_path, [candidate_calendar(facts, placement)], process_zone)
    assert read["types"]["refresh-interval"] == "duration"
    assert read["refresh"] == 6 * 3600
    assert read["zones"] == ["Asia/Shanghai"]
    (event,) = read["events"]
    assert event["zone"] == "Asia/Shanghai"
    assert event["startUtc"] == "2022-04-09T00:30:00.000Z"
    assert event["geo"] == [45.784136, 126.499575]
    assert event["stamp"] == event["modified"] == "2022-03-28T02:00:00.000Z"
    uids = [alarm["uid"] for alarm in event["alarms"]]
    assert len({*uids, event["uid"]}) == 3


def test_the_lock_of_ical_js_is_exact_and_names_no_registry() -> None:
    lock = json.loads((JS / "package-lock.json").read_text("utf-8"))
    (name,) = (key for key in lock["packages"] if key)
    assert name == "node_modules/ical.js"
    assert lock["packages"][name]["integrity"].startswith("sha512-")
    assert "://" not in json.dumps(lock)
