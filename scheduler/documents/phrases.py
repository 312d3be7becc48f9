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
