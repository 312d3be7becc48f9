"""What documents say to people, in Chinese (default) and English; the one place for their words.

Rules are quoted from the notice or left out: where the notice gives none, the text sends the reader
to the admission ticket and the exam point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from models.exam import Exam, Mode, Specialty
from models.places import ExamPoint, Room

TICKET_WINDOW: Final = "ticket_printing"
"""The window of ``exam.toml`` in which candidates print their tickets (网上打印准考证)."""


class Language(StrEnum):
    """The languages of the catalogue."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True)
class Texts:
    """Words of one language; ``{}`` marks what is filled in, in the order of the names."""

    modes: Mapping[Mode, str]
    zones: Mapping[str, str]
    calendar_of_candidate: str
    calendar_of_exam: str
    when: str
    when_extra: str
    center: str
    address: str
    room: str
    seat: str
    specialty: str
    exam_point: str
    candidates: str
    room_use: str
    room_until: str
    specialties: str
    door_rules: str
    version: str
    feed_lags: str
    cancelled: str
    withdrawn: str
    alarm_day: str
    alarm_hour: str
    check_ticket_by: str
    check_ticket: str
    ask_ticket: str
    times_are: str
    comma: str
    sequence: str


_TEXTS: Final[Mapping[Language, Texts]] = {
    Language.ZH: Texts(
        modes={Mode.COMPUTER: "人机对话", Mode.PAPER: "纸笔作答"},
        zones={"Asia/Shanghai": "北京时间"},
        calendar_of_candidate="{exam} 考试安排",
        calendar_of_exam="{exam} 日程",
        when="时间：{when}（{zone}）",
        when_extra="时间：{when}（{zone}，结束时间已含延长时间）",
        center="考场：{name}",
        address="地址：{address}",
        room="试室：{room}",
        seat="座位：{seat} 号",
        specialty="专业：{code} {name}，{level}",
        exam_point="报名考点：{contact}",
        candidates="考生：{count} 人",
        room_use="{room}：{count} 人",
        room_until="{room}：{count} 人，延长至 {end}",
        specialties="专业：{specialties}",
        door_rules="入场须知",
        version="排考方案第 {version} 版（{hash}）",
        feed_lags="日历更新可能滞后，一切以准考证和考点通知为准。",
        cancelled="已取消：本场次已不在现行安排中，请查看准考证或询问考点。",
        withdrawn="已撤回：本次安排已撤回，请等待重新公布，不要按此前往。",
        alarm_day="明天考试：{what}",
        alarm_hour="一小时后考试：{what}",
        check_ticket_by=(
            "打印准考证后请仔细核对信息；如有问题，须在准考证打印截止（{date}）前"
            "与报名考点的考试管理机构联系。"
        ),
        check_ticket="打印准考证后请仔细核对信息；如有问题，请尽快与报名考点的考试管理机构联系。",
        ask_ticket="到场时间、须携带的证件和物品、入场和离场规定，以准考证和考点通知为准。",
        times_are="所列时间均为{zone}。",
        comma="，",
        sequence="、",
    ),
    Language.EN: Texts(
        modes={Mode.COMPUTER: "on computer", Mode.PAPER: "on paper"},
        zones={"Asia/Shanghai": "Beijing time"},
        calendar_of_candidate="{exam}: my sessions",
        calendar_of_exam="{exam}: dates",
        when="Time: {when} ({zone})",
        when_extra="Time: {when} ({zone}; the end includes extra time)",
        center="Center: {name}",
        address="Address: {address}",
        room="Room: {room}",
        seat="Seat: {seat}",
        specialty="Specialty: {code} {name}, {level}",
        exam_point="Exam point: {contact}",
        candidates="Candidates: {count}",
        room_use="{room}: {count}",
        room_until="{room}: {count}, extra time until {end}",
        specialties="Specialties: {specialties}",
        door_rules="At the door",
        version="Plan version {version} ({hash})",
        feed_lags=(
            "Calendars may lag behind: admission ticket and exam point decide in every case."
        ),
        cancelled=(
            "Cancelled: this session is no longer part of the plan in force. See your admission "
            "ticket or ask the exam point."
        ),
        withdrawn=(
            "Withdrawn: this plan is not in force. Do not travel by it; wait for the next one."
        ),
        alarm_day="Exam tomorrow: {what}",
        alarm_hour="Exam in an hour: {what}",
        check_ticket_by=(
            "Print your admission ticket and check it. Report errors to your exam point before "
            "printing closes ({date})."
        ),
        check_ticket=(
            "Print your admission ticket and check it. Report errors to your exam point at once."
        ),
        ask_ticket=(
            "When to come, which documents and items to bring, and when one may enter and leave: "
            "see the admission ticket and the exam point's notice."
        ),
        times_are="All times are {zone}.",
        comma=", ",
        sequence=", ",
    ),
}


def texts(language: Language = Language.ZH) -> Texts:
    """The words of one language."""
    return _TEXTS[language]


# ---------------------------------------------------------------- what holds for everybody


def error_deadline(exam: Exam) -> date | None:
    """The last day for reporting an error on the ticket: the day on which printing closes.

    Source: notice of Heilongjiang for 2022, section 2 (网上打印准考证): "如有问题须在准考证打印截止
    日期前与报名考点的考试管理机构联系". None when the exam has no such window.
    """
    return next((w.closes for w in exam.windows if w.key == TICKET_WINDOW), None)


def door_rules(exam: Exam, language: Language = Language.ZH) -> tuple[str, ...]:
    """What every candidate should know before the day, one sentence each.

    The first is section 2 of the notice. The notice says nothing of when to come and what to
    bring, so the second one sends the reader to those who do.
    """
    words, deadline = texts(language), error_deadline(exam)
    checking = words.check_ticket
    if deadline is not None:
        checking = words.check_ticket_by.format(date=day_text(deadline, language))
    zone = zone_name(exam.timezone, language)
    return (checking, words.ask_ticket, words.times_are.format(zone=zone))


# ---------------------------------------------------------------- small parts


def zone_name(timezone: str, language: Language = Language.ZH) -> str:
    """What people call the zone (北京时间), else its id."""
    return texts(language).zones.get(timezone, timezone)


def day_text(day: date, language: Language = Language.ZH) -> str:
    """``2022年4月9日``; in English ``2022-04-09``."""
    if language is Language.EN:
        return day.isoformat()
    return f"{day.year}年{day.month}月{day.day}日"


def span_text(start: datetime, end: datetime, language: Language = Language.ZH) -> str:
    """``2022年4月9日 08:30–10:00``, local; the day again when the end is on another one."""
    last = f"{end:%H:%M}"
    if end.date() != start.date():
        last = f"{day_text(end.date(), language)} {last}"
    return f"{day_text(start.date(), language)} {start:%H:%M}–{last}"


def room_text(room_id: str, room: Room | None) -> str:
    """Name and id of a room, as a door shows it: ``第1机房（J01）``; the id alone if unnamed."""
    return f"{room.name_zh}（{room_id}）" if room is not None else room_id


def specialty_text(specialty: Specialty) -> str:
    """``101 药学``."""
    return f"{specialty.code} {specialty.name_zh}"


def contact_text(point: ExamPoint, language: Language = Language.ZH) -> str:
    """Name of an exam point with address, telephone and site, as far as they are known."""
    known = (point.name_zh, point.address, point.phone, point.website)
    return texts(language).comma.join(part for part in known if part)
