"""The words of printed documents in Chinese and English, side by side.

The sentences that calendars and tickets share are in :mod:`scheduler.documents.texts`. English
documents keep the names of people, places, subjects and specialties as they are.
"""

from __future__ import annotations

from typing import NamedTuple

from scheduler.documents.texts import Language


class Phrase(NamedTuple):
    """Words in both languages; ``{name}`` marks what is filled in."""

    zh: str
    en: str

    def __call__(self, language: Language = Language.ZH, **parts: object) -> str:
        """The words in one language, filled in."""
        pattern = self.zh if language is Language.ZH else self.en
        return pattern.format(**parts) if parts else pattern


PAGE = Phrase("第 {number} 页，共 {count} 页", "Page {number} of {count}")

# ---------------------------------------------------------------- people and places

NAME = Phrase("姓名", "Name")
ID_NUMBER = Phrase("证件号码", "ID number")
ID_LAST4 = Phrase("证件号后四位", "ID, last four")
TICKET_NUMBER = Phrase("准考证号", "Ticket number")
SPECIALTY = Phrase("报考专业", "Specialty")
LEVEL = Phrase("级别", "Level")
MODE = Phrase("考试方式", "Mode")
SUBJECTS = Phrase("报考科目", "Subjects")
SUBJECT = Phrase("科目", "Subject")
EXAM_POINT = Phrase("报名考点", "Exam point")
CONTACT = Phrase("考点联系方式", "Contact")
CENTER = Phrase("考场", "Center")
ADDRESS = Phrase("考场地址", "Address")
ROOM = Phrase("试室", "Room")
SEAT = Phrase("座位号", "Seat")
DATE = Phrase("日期", "Date")
TIME = Phrase("时间", "Time")
SIGNATURE = Phrase("签名", "Signature")
REMARK = Phrase("备注", "Remarks")
NEEDS = Phrase("特殊安排", "Needs")
UNTIL = Phrase("{end} 结束", "until {end}")

# ---------------------------------------------------------------- admission ticket

TICKET = Phrase("准考证", "Admission ticket")
PHOTO = Phrase("照片", "Photo")
OWN_END = Phrase("结束时间已含延长时间", "the end includes extra time")
SEAT_IS = Phrase("{seat} 号", "{seat}")
BEFORE_YOU_COME = Phrase("考生须知", "Please note")
SCAN = Phrase("准考证号·方案版本", "Ticket, plan version")

# ---------------------------------------------------------------- documents of a center

SEAT_PLAN = Phrase("考场座次表", "Seat plan")
SIGN_IN = Phrase("签到表", "Sign-in sheet")
DOOR_NOTICE = Phrase("门贴", "Door notice")
STICKERS = Phrase("座位贴", "Seat stickers")
ROOM_RECORD = Phrase("试室情况记录单", "Room record sheet")
PAPER_LIST = Phrase("试卷清单", "Question papers")

FRONT = Phrase("讲台（前）", "Front")
COUNT = Phrase("共 {count} 人", "{count} candidates")
FULL_NAMES = Phrase("姓名全称（表中未能全部列出）", "Names in full (cut in the plan)")
NUMBER = Phrase("序号", "No.")
SPECIALTY_SHORT = Phrase("专业", "Specialty")
SESSION = Phrase("场次", "Session")
EXTRA_TIME_END = Phrase("延时至 {end}", "until {end}")
EXPECTED = Phrase("应到", "Expected")
PRESENT = Phrase("实到", "Present")
ABSENT = Phrase("缺考", "Absent")
PERSONS = Phrase("{count} 人", "{count}")
INVIGILATORS = Phrase("监考员签名", "Invigilators")
TECHNICIAN = Phrase("系统管理员签名", "Technician")
CHIEF = Phrase("主考签名", "Chief invigilator")
TICKET_RANGE = Phrase("准考证号范围", "Ticket numbers")
SPECIALTIES = Phrase("专业", "Specialties")
ABSENTEES = Phrase("缺考人员", "Absentees")
INCIDENTS = Phrase(
    "异常情况（违纪、设备故障、换机等）", "Incidents (misconduct, faults, changed seats)"
)
PAPER = Phrase("试卷", "Paper")
FORM = Phrase("卷别", "Form")
COPIES = Phrase("份数", "Copies")
SITTING = Phrase("批次", "Sitting")
TOTAL = Phrase("合计", "Total")
EXTRA_TIME = Phrase("延长时间", "Extra time")
EMPTY_SEAT = Phrase("空", "free")
