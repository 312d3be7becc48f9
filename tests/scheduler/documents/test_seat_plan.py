"""The seat plan of a center: order, sessions, extra time, and cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.exam import Mode
from models.publication import Placement
from scheduler.documents.seat_plan import (
    inert,
    plain,
    seat_plan_columns,
    seat_plan_csv,
    seat_plan_rows,
)
from scheduler.documents.sessions import session_uses
from tests.scheduler.documents.published import ROOT, facts_of, placed

PEOPLE = (
    placed(candidate_id="B1", ticket_number="9", room_id="R2", seat=10, subjects="34"),
    placed(candidate_id="B2", ticket_number="2", room_id="R2", seat=9),
    placed(candidate_id="B3", ticket_number="5", room_id="R2", seat=10, subjects="12"),
    placed(candidate_id="B4", ticket_number="1", sitting="C2"),
    placed(candidate_id="B5", ticket_number="7", center_id="230201"),
    placed(candidate_id="B6", sitting="", center_id="", room_id="", seat=0, reason="seats"),
)


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def test_rows_come_by_center_sitting_room_seat_and_subjects() -> None:
    rows = seat_plan_rows(facts_of(), PEOPLE)
    assert [row.ticket_number for row in rows] == ["2", "5", "9", "1", "7"]
    assert seat_plan_rows(facts_of(), reversed(PEOPLE)) == rows


def test_one_center_one_sitting_one_room() -> None:
    def tickets(**chosen: str) -> list[str]:
        return [row.ticket_number for row in seat_plan_rows(facts_of(), PEOPLE, **chosen)]

    assert tickets(center_id="230201") == ["7"]
    assert tickets(center_id="230101", sitting="C2") == ["1"]
    assert tickets(center_id="230101", room_id="R2") == ["2", "5", "9"]
    assert tickets(center_id="230102") == []


def test_sessions_and_own_ends() -> None:
    person = placed(subjects="14", needs=("accessible", "extra_time"))
    (row,) = read(seat_plan_csv(facts_of(), seat_plan_rows(facts_of(), [person])))
    assert row == {
        "center_id": "230101", "sitting": "C1", "room_id": "R1", "room": "试室R1（R1）",
        "seat": "7", "ticket_number": "202223010000017", "name": "张伟", "id_last4": "012X",
        "specialty": "101", "specialty_name": "专业101", "exam_point": "2301",
        "subjects": "14", "form": "", "needs": "accessible;extra_time",
        # 25 % of 90 minutes are 22.5, rounded up to 23
        "session_1": "2022-04-09 08:30-10:00", "extra_time_end_1": "10:23",
        "session_2": "", "extra_time_end_2": "", "session_3": "", "extra_time_end_3": "",
        "session_4": "2022-04-09 16:15-17:45", "extra_time_end_4": "18:08",
    }  # fmt: skip


def test_paper_sittings_have_two_days() -> None:
    person = placed(specialty="203", sitting="P1", center_id="230102", room_id="R2")
    (row,) = read(seat_plan_csv(facts_of(), seat_plan_rows(facts_of(), [person])))
    assert [row[f"session_{n}"] for n in (1, 2, 3, 4)] == [
        "2022-04-09 09:00-11:00", "2022-04-09 14:00-16:00",
        "2022-04-10 09:00-11:00", "2022-04-10 14:00-16:00",
    ]  # fmt: skip
    assert facts_of().exam.sitting("P1").mode is Mode.PAPER


def test_the_archive_number_is_not_in_it() -> None:
    content = seat_plan_csv(facts_of(), seat_plan_rows(facts_of(), [placed()]))
    assert b"A000001" not in content
    assert "candidate_id" not in seat_plan_columns(facts_of().exam)


def test_bytes_begin_with_a_mark_end_lines_with_crlf_and_repeat() -> None:
    content = seat_plan_csv(facts_of(), seat_plan_rows(facts_of(), PEOPLE))
    assert content.startswith("\ufeffcenter_id,sitting,".encode())
    assert content.count(b"\r\n") == content.count(b"\n") == 1 + 5
    assert content == seat_plan_csv(facts_of(), seat_plan_rows(facts_of(), reversed(PEOPLE)))


def test_a_center_without_anybody_has_the_header_alone() -> None:
    content = seat_plan_csv(facts_of(), [])
    assert content.decode("utf-8-sig") == ",".join(seat_plan_columns(facts_of().exam)) + "\r\n"


PAYLOADS = [
    "=1+1", "=cmd|'/C calc'!A0", "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\0=1",
    "＝1+1", "＋1", "－1", "＠A1", " =1", "\u3000=1", "\u00a0=1", "'=1", '=HYPERLINK("u","t")',
    "-", "=", "+86 451",
]  # fmt: skip


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_cell_begins_as_a_formula(name: str) -> None:
    content = seat_plan_csv(facts_of(), seat_plan_rows(facts_of(), [placed(name=name)]))
    (row,) = read(content)
    assert row["name"] == "'" + name
    assert plain(row["name"]) == name


@pytest.mark.parametrize("name", ["张伟", "O'Neil", "阿卜杜拉·买买提", "Anna-Maria", "", " 张"])
def test_harmless_names_stay_as_they_are(name: str) -> None:
    assert inert(name) == name


@given(name=st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_name_reads_back(name: str) -> None:
    content = seat_plan_csv(facts_of(), seat_plan_rows(facts_of(), [placed(name=name)]))
    (row,) = read(content)
    assert plain(row["name"]) == name
    assert row["name"].lstrip(" \u3000\u00a0")[:1] not in set("=+-@\t\r\n\0＝＋－＠")


def test_codes_that_begin_with_a_hyphen_are_inert_too() -> None:
    (row,) = read(
        seat_plan_csv(facts_of(), seat_plan_rows(facts_of(), [placed(ticket_number="-1")]))
    )
    assert row["ticket_number"] == "'-1"


# ---------------------------------------------------------------- how a center is used


def test_uses_count_people_per_session_and_room() -> None:
    uses = session_uses(facts_of().exam, PEOPLE)
    counted = {(u.center_id, u.session): {r.room_id: r.candidates for r in u.rooms} for u in uses}
    both = {"R2": 2}  # B2 and, in turns on seat 10, B1 or B3
    assert counted == {
        ("230101", "C1-1"): both, ("230101", "C1-2"): both,
        ("230101", "C1-3"): both, ("230101", "C1-4"): both,
        **{("230101", f"C2-{n}"): {"R1": 1} for n in (1, 2, 3, 4)},
        **{("230201", f"C1-{n}"): {"R1": 1} for n in (1, 2, 3, 4)},
    }  # fmt: skip
    assert [u.center_id for u in uses] == sorted(u.center_id for u in uses)


def test_uses_know_the_latest_end() -> None:
    people: list[Placement] = [
        placed(subjects="1"),
        placed(candidate_id="B2", subjects="1", room_id="R2", needs=("extra_time",)),
    ]
    (use,) = session_uses(facts_of().exam, people)
    assert f"{use.end:%H:%M}" == "10:00"
    assert [f"{room.end:%H:%M}" for room in use.rooms] == ["10:00", "10:23"]
    assert f"{use.latest_end:%H:%M}" == "10:23"
    assert use.candidates == 2


def test_every_column_stands_in_the_formats_page() -> None:
    page = (ROOT / "docs" / "formats.md").read_text("utf-8")
    section = page.split("### Seat plan\n")[1].split("\n### ")[0]
    named = set(re.findall(r"`([a-z_0-9]+)`", section))
    for column in seat_plan_columns(facts_of().exam):
        assert column in named or re.sub(r"_[23]$", "_1", column) in named, column
