"""The facts of ``data/`` against the notice they were taken from (``notice_2022.txt``)."""

from __future__ import annotations

import csv
import re
import tomllib
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from models.exam import Exam, Level, Mode, Specialty, paper_groups
from models.places import ExamPoint
from models.tables import EXAM_POINTS, SPECIALTIES, names

DATA = Path(__file__).resolve().parents[2] / "data"
NOTICE = (Path(__file__).parent / "notice_2022.txt").read_text("utf-8")

LEVEL_OF_HEADING = {
    "一、初级（士）考试专业": Level.ASSISTANT,
    "二、初级（师）考试专业": Level.JUNIOR,
    "三、中级考试专业": Level.INTERMEDIATE,
}
MODE_OF_TEXT = {"人机对话": Mode.COMPUTER, "纸笔": Mode.PAPER}


def _rows(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def toml() -> dict[str, Any]:
    return tomllib.loads((DATA / "exam.toml").read_text("utf-8"), parse_float=Decimal)


@pytest.fixture(scope="module")
def exam(toml: dict[str, Any]) -> Exam:
    return Exam.model_validate(
        {
            **toml["exam"],
            "subjects": toml["subject"],
            "sittings": toml["sitting"],
            "windows": toml["window"],
            "needs": toml["need"],
        }
    )


@pytest.fixture(scope="module")
def specialties() -> list[Specialty]:
    return [
        Specialty.model_validate(
            {
                "code": row["code"],
                "name_zh": row["name_zh"],
                "level": row["level"],
                "mode": row["mode"],
                "papers": [row[f"paper_{i}"] for i in range(1, 5)],
                "needs_licence": {"true": True, "false": False}[row["needs_licence"]],
            }
        )
        for row in _rows("specialties.csv")
    ]


def _catalogue_of_the_notice() -> dict[str, tuple[str, Level, Mode]]:
    """Code to name, level and mode; a blank mode cell belongs to the merged cell above it."""
    found: dict[str, tuple[str, Level, Mode]] = {}
    level, mode = Level.ASSISTANT, Mode.COMPUTER
    lines = [line.strip() for line in NOTICE.splitlines()]
    for i, line in enumerate(lines):
        level = LEVEL_OF_HEADING.get(line, level)
        if re.fullmatch(r"[1-3][0-9]{2}", line):
            mode = MODE_OF_TEXT.get(lines[i + 2], mode)
            found[line] = (lines[i + 1], level, mode)
    return found


def test_specialties_are_those_of_the_notice(specialties: list[Specialty]) -> None:
    ours = {s.code: (s.name_zh, s.level, s.mode) for s in specialties}
    assert len(specialties) == len(ours) == 119
    assert ours == _catalogue_of_the_notice()


def test_specialties_per_level_and_mode(specialties: list[Specialty]) -> None:
    assert [sum(s.level is level for s in specialties) for level in Level] == [10, 16, 93]
    assert [s.code for s in specialties if s.mode is Mode.PAPER] == ["203"]
    assert [s.code for s in specialties] == sorted(s.code for s in specialties)


def test_licence_as_the_notice_says(specialties: list[Specialty]) -> None:
    assert "专业代码为301至365以及392专业" in NOTICE
    licensed = {s.code for s in specialties if s.needs_licence}
    assert licensed == {str(code) for code in (*range(301, 366), 392)}


def test_shared_papers(specialties: list[Specialty]) -> None:
    for s in specialties:
        own = tuple(f"{s.code}-{i}" for i in range(1, 5))
        family = "NK" if "303" <= s.code <= "314" else "WK" if "317" <= s.code <= "324" else ""
        shared = (f"{family}-1", f"{family}-2") if family else own[:2]
        assert s.papers == shared + own[2:]
    groups = {group.id: group.specialties for group in paper_groups(specialties)}
    assert len(groups) == 119 - 11 - 7
    assert groups["303"] == tuple(str(code) for code in range(303, 315))
    assert groups["317"] == tuple(str(code) for code in range(317, 325))


def test_identity_of_the_exam(exam: Exam) -> None:
    assert (exam.code, exam.year, exam.timezone) == ("WSZG-2022", 2022, "Asia/Shanghai")
    assert exam.provinces == ("23",)
    assert exam.spare_ratio == Decimal("0.10")
    assert [s.number for s in exam.subjects] == [1, 2, 3, 4]
    assert [s.name_zh for s in exam.subjects] == [
        "基础知识", "相关专业知识", "专业知识", "专业实践能力",
    ]  # fmt: skip


def _times_of_the_notice(mode_text: str, until: str) -> list[tuple[str, str, str]]:
    """``(subject, start, end)`` in the order of the notice's table."""
    # The mode stands before its dates; the first place is the table, not the catalogue.
    part = NOTICE[NOTICE.index(mode_text) :]
    part = part[: part.index(until)].replace("：", ":")
    found = re.findall(r"(\d\d:\d\d)－(\d\d:\d\d)\s+(\S+)", part)
    return [(subject, start, end) for start, end, subject in found]


def test_computer_sittings_have_the_times_of_the_notice(exam: Exam) -> None:
    assert re.search(r"2022年\s+4月9、10、16、17日", NOTICE)
    sittings = exam.sittings_of(Mode.COMPUTER)
    assert [s.id for s in sittings] == ["C1", "C2", "C3", "C4"]
    subjects = {s.number: s.name_zh for s in exam.subjects}
    for sitting, day in zip(sittings, (9, 10, 16, 17), strict=True):
        assert {x.start.date() for x in sitting.session} == {date(2022, 4, day)}
        assert [
            (subjects[x.subject], f"{x.start:%H:%M}", f"{x.end:%H:%M}") for x in sitting.session
        ] == _times_of_the_notice("人机对话", "领取收据")


def test_paper_sitting_has_the_times_of_the_notice(exam: Exam) -> None:
    (sitting,) = exam.sittings_of(Mode.PAPER)
    assert sitting.id == "P1"
    assert [x.start.date().day for x in sitting.session] == [9, 9, 10, 10]
    subjects = {s.number: s.name_zh for s in exam.subjects}
    assert [
        (subjects[x.subject], f"{x.start:%H:%M}", f"{x.end:%H:%M}") for x in sitting.session
    ] == _times_of_the_notice("纸笔作答", "人机对话")


def test_session_times_are_written_as_formats_say(toml: dict[str, Any]) -> None:
    sessions = [x for sitting in toml["sitting"] for x in sitting["session"]]
    assert len(sessions) == 20
    for session in sessions:
        for key in ("start", "end"):
            assert f"{datetime.fromisoformat(session[key]):%Y-%m-%dT%H:%M}" == session[key]


@pytest.mark.parametrize(
    ("key", "opens", "closes", "text"),
    [
        ("pre_registration", "2021-12-20", "2021-12-30", "2021年12月20日－12月30日"),
        ("confirmation", "2021-12-27", "2021-12-31", "2021年12月27日－12月31日"),
        ("payment", "2022-02-15", "2022-02-25", "2022年2月15日－2月25日"),
        ("ticket_printing", "2022-04-01", "2022-04-17", "2022年4月1日－4月17日"),
        ("receipts", "2022-05-09", "2022-05-13", "2022年5月9日－5月13日"),
    ],
)
def test_windows_are_those_of_the_notice(
    exam: Exam, key: str, opens: str, closes: str, text: str
) -> None:
    (window,) = [w for w in exam.windows if w.key == key]
    assert (str(window.opens), str(window.closes)) == (opens, closes)
    assert text in NOTICE


def test_scores_have_a_note_and_no_dates(exam: Exam) -> None:
    assert len(exam.windows) == 6
    (window,) = [w for w in exam.windows if w.key == "scores"]
    assert window.opens is None
    assert window.closes is None
    assert "考后两个月" in window.note
    assert "考后两个月" in NOTICE


def test_extra_time_never_runs_into_the_next_session(exam: Exam) -> None:
    ratios = {need.id: need.extra_time_ratio for need in exam.needs}
    assert ratios == {"accessible": 0, "separate_room": 0, "extra_time": Decimal("0.25")}
    for sitting in exam.sittings:
        for now, following in pairwise(sitting.session):
            extra = (now.end - now.start) * float(max(ratios.values()))
            assert extra >= timedelta(minutes=22)
            assert now.end + extra <= following.start


def test_exam_points_are_the_prefectures_and_the_provincial_one() -> None:
    rows = _rows("exam_points.csv")
    assert list(rows[0]) == names(EXAM_POINTS)
    points = [
        ExamPoint.model_validate(
            {
                **row,
                "latitude": Decimal(row["latitude"]),
                "longitude": Decimal(row["longitude"]),
                "overflow_to": [p for p in row["overflow_to"].split(";") if p],
            }
        )
        for row in rows
    ]
    assert [p.exam_point for p in points] == [
        "2300", *(f"23{i:02d}" for i in range(1, 13)), "2327",
    ]  # fmt: skip
    assert {p.province for p in points} == {"23"}
    by_id = {p.exam_point: p for p in points}
    assert by_id["2300"].name_zh == "省直"
    assert by_id["2327"].name_zh == "大兴安岭地区"
    harbin = (Decimal("45.803775"), Decimal("126.534967"))
    assert (by_id["2300"].latitude, by_id["2300"].longitude) == harbin
    assert (by_id["2301"].latitude, by_id["2301"].longitude) == harbin
    # Heilongjiang lies within 43-54 degrees north and 121-136 degrees east.
    assert all(43 < p.latitude < 54 and 121 < p.longitude < 136 for p in points)
    assert len({(p.latitude, p.longitude) for p in points}) == 13


def test_columns_of_the_specialties() -> None:
    assert list(_rows("specialties.csv")[0]) == names(SPECIALTIES)


def test_readme_says_what_is_invented() -> None:
    text = (DATA / "README.md").read_text("utf-8")
    assert "invented" in text
    assert "虚构" in text
    for file in sorted(p.name for p in DATA.iterdir() if p.name != "README.md"):
        assert f"`{file}`" in text


def test_every_file_is_utf8_with_plain_line_ends() -> None:
    files = sorted(p for p in DATA.iterdir() if p.is_file())
    assert [p.name for p in files] == [
        "README.md", "centers.csv", "closures.csv", "code_map.csv", "exam.toml",
        "exam_points.csv", "registration.toml", "rooms.csv", "specialties.csv",
    ]  # fmt: skip
    for path in files:
        content = path.read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in content
        assert content.decode().endswith("\n")
