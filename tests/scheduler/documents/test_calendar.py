"""What a calendar says, to the byte: identity, revisions, withdrawal, and what it must not hold."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from models.exam import Exam
from models.publication import Placement
from scheduler.documents.calendar import (
    candidate_calendar,
    center_calendar,
    exam_calendar,
    exam_point_calendar,
)
from scheduler.documents.ical import ALARMS
from scheduler.documents.sessions import session_uses
from scheduler.documents.texts import Language
from tests.builders import small_exam, small_reference
from tests.scheduler.documents.published import ROOT, facts_of, moved, placed

WITHDRAWN_AT = datetime(2022, 4, 2, 8, 30, 15, tzinfo=UTC)


def parsed(content: bytes | str) -> Any:
    return Calendar.from_ical(content)


def events(content: bytes) -> dict[str, Any]:
    """Events by UID; each UID stands once."""
    found = parsed(content).walk("VEVENT")
    by_uid = {str(event["UID"]): event for event in found}
    assert len(by_uid) == len(found)
    return by_uid


def uid(*parts: str) -> str:
    """The rule of docs/formats.md, section 6, written a second time."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32] + "@paikao"


def test_the_uid_names_exam_candidate_and_subject() -> None:
    found = events(candidate_calendar(facts_of(), placed(subjects="24")))
    assert list(found) == [uid("TEST-2022", "A000001", "2"), uid("TEST-2022", "A000001", "4")]


def test_the_uid_of_a_center_names_exam_center_and_session() -> None:
    facts = facts_of()
    uses = session_uses(facts.exam, [placed(subjects="3")])
    assert list(events(center_calendar(facts, "230101", uses))) == [
        uid("TEST-2022", "230101", "C1-3")
    ]


def test_a_moved_date_is_the_same_event_of_a_higher_sequence() -> None:
    first = facts_of(published_at="2022-03-28T10:00:00+08:00")
    second = facts_of(
        version=2, published_at="2022-04-05T09:00:00+08:00", exam=moved(first.exam, "C1", 108)
    )
    before = events(candidate_calendar(first, placed()))
    after = events(candidate_calendar(second, placed(), placed(), previous_facts=first))
    assert list(before) == list(after)
    for one, other in zip(before.values(), after.values(), strict=True):
        assert (one["SEQUENCE"], other["SEQUENCE"]) == (0, 1)
        assert other["DTSTART"].dt - one["DTSTART"].dt == timedelta(days=108)
        assert one["DTSTAMP"].dt == datetime(2022, 3, 28, 2, tzinfo=UTC)
        assert (
            other["DTSTAMP"].dt == other["LAST-MODIFIED"].dt == datetime(2022, 4, 5, 1, tzinfo=UTC)
        )
        assert other["STATUS"] == "CONFIRMED"


def test_another_sitting_center_and_seat_are_the_same_event() -> None:
    facts = facts_of(version=2)
    elsewhere = placed(sitting="C3", center_id="230201", seat=2)
    after = events(candidate_calendar(facts, elsewhere, placed(), previous_facts=facts_of()))
    assert list(after) == list(events(candidate_calendar(facts_of(), placed())))
    assert {str(e["LOCATION"]).split("，")[0] for e in after.values()} == {"考场230201"}


def test_a_dropped_session_is_cancelled_for_one_version() -> None:
    first, second, third = (facts_of(version=n) for n in (1, 2, 3))
    kept = placed(subjects="12")
    now = events(candidate_calendar(second, kept, placed(), previous_facts=first))
    dropped = [uid("TEST-2022", "A000001", s) for s in "34"]
    assert {u: str(e["STATUS"]) for u, e in now.items()} == {
        uid("TEST-2022", "A000001", "1"): "CONFIRMED",
        uid("TEST-2022", "A000001", "2"): "CONFIRMED",
    } | dict.fromkeys(dropped, "CANCELLED")
    for one in dropped:
        assert now[one]["SEQUENCE"] == 1
        assert now[one]["TRANSP"] == "TRANSPARENT"
        assert now[one].walk("VALARM") == []
        assert "已取消" in now[one]["DESCRIPTION"]
        # The place and time that were cancelled are those of the version before.
        assert now[one]["DTSTART"].dt.date() == datetime(2022, 4, 9).date()
    later = events(candidate_calendar(third, kept, kept, previous_facts=second))
    assert dropped[0] not in later
    assert len(later) == 2


@pytest.mark.parametrize(
    "current", [None, placed(sitting="", center_id="", room_id="", seat=0, reason="seats")]
)
def test_a_candidate_who_lost_the_seat_finds_every_session_cancelled(
    current: Placement | None,
) -> None:
    content = candidate_calendar(facts_of(version=2), current, placed(), previous_facts=facts_of())
    assert [str(e["STATUS"]) for e in events(content).values()] == ["CANCELLED"] * 4


def test_a_candidate_without_a_seat_has_a_calendar_without_events() -> None:
    unplaced = placed(sitting="", center_id="", room_id="", seat=0, reason="seats")
    assert events(candidate_calendar(facts_of(), unplaced)) == {}


@pytest.mark.parametrize("previous", [None, placed(candidate_id="A000002")])
def test_a_calendar_is_of_one_person(previous: Placement | None) -> None:
    with pytest.raises(ValueError, match=r"needs the candidate|somebody else"):
        candidate_calendar(facts_of(), None if previous is None else placed(), previous)


def test_withdrawal_cancels_everything_as_of_then() -> None:
    facts = facts_of()
    uses = session_uses(facts.exam, [placed()])
    for content in (
        candidate_calendar(facts, placed(), withdrawn_at=WITHDRAWN_AT),
        center_calendar(facts, "230101", uses, withdrawn_at=WITHDRAWN_AT),
        exam_point_calendar(facts, "2301", uses, withdrawn_at=WITHDRAWN_AT),
    ):
        found = events(content)
        assert len(found) == 4
        for event in found.values():
            assert event["STATUS"] == "CANCELLED"
            assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == WITHDRAWN_AT
            assert "已撤回" in event["DESCRIPTION"]
            assert event.walk("VALARM") == []


def test_extra_time_moves_the_own_end_only() -> None:
    usual = events(candidate_calendar(facts_of(), placed()))
    longer = events(candidate_calendar(facts_of(), placed(needs=("extra_time",))))
    for one, other in zip(usual.values(), longer.values(), strict=True):
        assert one["DTSTART"].dt == other["DTSTART"].dt
        # 25 % of 90 minutes, rounded up to a minute
        assert other["DTEND"].dt - one["DTEND"].dt == timedelta(minutes=23)
        assert "已含延长时间" in other["DESCRIPTION"]
        assert "已含延长时间" not in one["DESCRIPTION"]


def test_a_center_stays_open_until_its_last_candidate_ends() -> None:
    facts = facts_of()
    people = [
        placed(subjects="1"),
        placed(candidate_id="A2", subjects="12", needs=("extra_time",), room_id="R2"),
        placed(candidate_id="A3", subjects="1", room_id="R2", seat=8),
        placed(candidate_id="A4", subjects="1", center_id="230201"),
    ]
    content = center_calendar(facts, "230101", session_uses(facts.exam, people))
    first, second = events(content).values()
    assert first["DTEND"].dt.strftime("%H:%M") == "10:23"
    assert (
        "考生：3 人\n试室R1（R1）：1 人\n试室R2（R2）：2 人，延长至 10:23" in first["DESCRIPTION"]
    )
    assert "08:30–10:00（北京时间）" in first["DESCRIPTION"]
    assert "考生：1 人" in second["DESCRIPTION"]


def test_a_session_that_a_center_no_longer_holds_is_cancelled() -> None:
    first, second = facts_of(), facts_of(version=2)
    before = session_uses(first.exam, [placed(subjects="12")])
    now = session_uses(second.exam, [placed(subjects="1")])
    found = events(center_calendar(second, "230101", now, before, previous_facts=first))
    assert [str(e["STATUS"]) for e in found.values()] == ["CONFIRMED", "CANCELLED"]


def test_an_exam_point_sees_its_centers_only_and_without_alarms() -> None:
    facts = facts_of()
    people = [
        placed(subjects="1"),
        placed(candidate_id="A2", subjects="1", center_id="230102"),
        placed(candidate_id="A3", subjects="1", center_id="230201"),
    ]
    content = exam_point_calendar(facts, "2301", session_uses(facts.exam, people))
    assert list(events(content)) == [uid("TEST-2022", c, "C1-1") for c in ("230101", "230102")]
    assert b"VALARM" not in content


def test_the_exam_calendar_has_windows_as_days_and_sessions_with_specialties() -> None:
    found = events(exam_calendar(facts_of()))
    payment = found[uid("TEST-2022", "window", "payment")]
    assert (payment["DTSTART"].dt.isoformat(), payment["DTEND"].dt.isoformat()) == (
        "2022-02-15", "2022-02-26",
    )  # fmt: skip
    # the window of scores has no date, so no event; five sittings of four sessions
    assert len(found) == 1 + 20
    paper = found[uid("TEST-2022", "sitting", "P1-1")]
    assert "专业：203 专业203\n" in paper["DESCRIPTION"]


def test_alarms_come_a_day_and_an_hour_before_and_have_uids_of_their_own() -> None:
    content = candidate_calendar(facts_of(), placed())
    alarms = [alarm for event in events(content).values() for alarm in event.walk("VALARM")]
    assert [alarm["TRIGGER"].dt for alarm in alarms] == list(ALARMS) * 4
    assert len({str(alarm["UID"]) for alarm in alarms}) == 8
    assert {str(alarm["ACTION"]) for alarm in alarms} == {"DISPLAY"}


def test_place_with_address_and_coordinates() -> None:
    event = next(iter(events(candidate_calendar(facts_of(), placed())).values()))
    assert event["LOCATION"] == "考场230101，测试路230101号，试室R1（R1），座位：7 号"
    assert event["GEO"].to_ical() == "45.83;126.56"
    assert event["CLASS"] == "PRIVATE"


def test_no_name_no_ticket_number_and_no_part_of_an_id_number() -> None:
    facts, person = facts_of(), placed(name="欧阳测试", ticket_number="999888777", id_last4="776X")
    uses = session_uses(facts.exam, [person])
    for content in (
        candidate_calendar(facts, person, placed(subjects="1")),
        center_calendar(facts, "230101", uses),
        exam_point_calendar(facts, "2301", uses),
        exam_calendar(facts),
    ):
        text = parsed(content).to_ical().decode() + content.decode()
        for secret in ("欧阳", "测试考生", "999888777", "776X", "A000001"):
            assert secret not in text.replace("\r\n ", "")


def test_the_zone_has_no_summer_time_and_stands_once() -> None:
    (zone,) = parsed(candidate_calendar(facts_of(), placed())).walk("VTIMEZONE")
    assert zone["TZID"] == "Asia/Shanghai"
    (only,) = zone.subcomponents
    assert only.name == "STANDARD"
    assert only["DTSTART"].dt == datetime(1992, 1, 1)
    assert only["TZOFFSETFROM"].td == only["TZOFFSETTO"].td == timedelta(hours=8)
    assert "COMMENT" not in zone


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "UTC"])
def test_other_zones_keep_local_and_utc_times(zone: str) -> None:
    exam = small_exam(timezone=zone)
    facts = facts_of(small_reference(exam=exam))
    text = candidate_calendar(facts, placed()).decode().replace(zone, f"Unknown/{zone}")
    first = parsed(text).walk("VEVENT")[0]["DTSTART"].dt
    offset = {"America/New_York": -4, "Asia/Kolkata": 5.5, "UTC": 0}[zone]
    assert first.utcoffset() == timedelta(hours=offset)
    assert first.replace(tzinfo=None) == datetime(2022, 4, 9, 8, 30)


def test_same_facts_same_bytes_in_any_process_and_zone() -> None:
    here = candidate_calendar(facts_of(), placed())
    assert candidate_calendar(facts_of(), placed()) == here
    script = (
        "import sys\n"
        "from scheduler.documents.calendar import candidate_calendar\n"
        "from tests.scheduler.documents.published import facts_of, placed\n"
        "sys.stdout.buffer.write(candidate_calendar(facts_of(), placed()))\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/New_York"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, env=environment, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout == here


def test_calendar_itself_has_uid_name_method_and_refresh() -> None:
    content = candidate_calendar(facts_of(), placed())
    calendar = parsed(content)
    assert calendar["UID"] == uid("TEST-2022", "calendar", "candidate", "A000001")
    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["NAME"] == calendar["X-WR-CALNAME"] == "测试考试 考试安排"
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n" in content
    assert b"\r\nX-PUBLISHED-TTL:PT6H\r\n" in content


def test_english_words_chinese_names() -> None:
    content = candidate_calendar(facts_of(), placed(), language=Language.EN)
    event = next(iter(events(content).values()))
    assert "Time: 2022-04-09 08:30–10:00 (Beijing time)" in event["DESCRIPTION"]
    assert event["LOCATION"] == "考场230101, 测试路230101号, 试室R1（R1）, Seat: 7"


ADDRESSES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=120
)


@given(address=ADDRESSES)
def test_any_address_is_folded_between_characters_and_read_back(address: str) -> None:
    reference = small_reference()
    centers = tuple(c.model_copy(update={"address": address}) for c in reference.centers)
    facts = facts_of(reference.model_copy(update={"centers": centers}))
    content = candidate_calendar(facts, placed(subjects="1"))
    lines = content.split(b"\r\n")
    assert lines.pop() == b""
    for line in lines:
        assert len(line) <= 75
        assert b"\n" not in line
        assert b"\r" not in line
        line.decode()  # no character is split
    (event,) = events(content).values()
    expected = "，".join(p for p in ("考场230101", address, "试室R1（R1）", "座位：7 号") if p)
    assert event["LOCATION"] == expected


def test_an_exam_whose_needs_lengthen_past_midnight_says_the_day() -> None:
    exam: Exam = small_exam()
    needs = tuple(
        n.model_copy(update={"extra_time_ratio": Decimal(5)}) if n.id == "extra_time" else n
        for n in exam.needs
    )
    facts = facts_of(exam=exam.model_copy(update={"needs": needs}))
    content = candidate_calendar(facts, placed(subjects="4", needs=("extra_time",)))
    (event,) = events(content).values()
    # 16:15 + 90 minutes + 450 minutes = 01:15 of the next day
    assert event["DTEND"].dt.isoformat() == "2022-04-10T01:15:00+08:00"
    assert "2022年4月9日 16:15–2022年4月10日 01:15" in event["DESCRIPTION"]
