"""Windows of the notice, and the rules that are nothing but a window.

A window is closed: in from 00:00 of ``opens``, out from 24:00 of ``closes``, in the exam's zone.
One whose date is not stated has not opened, or does not end.
"""

from __future__ import annotations

from datetime import datetime

from models.exam import Exam
from scheduler.documents.texts import TICKET_WINDOW
from scheduler.registration.rules import rule

PRE_REGISTRATION = "pre_registration"
CONFIRMATION = "confirmation"
PAYMENT = "payment"
TICKETS = TICKET_WINDOW
RECEIPTS = "receipts"
SCORES = "scores"


def is_open(exam: Exam, key: str, now: datetime) -> bool:
    """Whether a moment lies within a window."""
    opens, after = exam.window_times(key)
    return opens is not None and opens <= now and (after is None or now < after)


def has_closed(exam: Exam, key: str, now: datetime) -> bool:
    """Whether a moment lies after a window; never where its end is not stated."""
    _, after = exam.window_times(key)
    return after is not None and now >= after


@rule(
    "考生须按时登陆中国卫生人才网（www.21wecan.com）或黑龙江省人事考试网（www.hljrsks.org.cn）的"
    "“打印准考证”栏目自行打印准考证。",
    "本次考试实行网上打印准考证。",
    window=TICKETS,
)
def ticket_printed_in_window(exam: Exam, now: datetime) -> bool:
    """The admission ticket is printed by the candidate while the window is open."""
    return is_open(exam, TICKETS, now)


@rule(
    "考生打印准考证后，请仔细核对准考证上相关信息，如有问题须在准考证打印截止日期前与报名考点的"
    "考试管理机构联系。",
    window=TICKETS,
)
def ticket_errors_until_close(exam: Exam, now: datetime) -> bool:
    """Errors on a ticket are taken until printing closes, by the exam point registered with."""
    return is_open(exam, TICKETS, now)


@rule(
    "网上缴费后，考生如需收据，请按规定时间到报名考点考试管理机构领取。",
    zh="收据须在规定时间内到报名考点考试管理机构领取。",
    en="Receipts are given out at the exam point while their window is open.",
    window=RECEIPTS,
)
def receipts_in_window(exam: Exam, now: datetime) -> bool:
    """Receipts are given out at the exam point while their window is open."""
    return is_open(exam, RECEIPTS, now)


@rule(
    "考生须按规定时间登陆中国卫生人才网（www.21wecan.com）或黑龙江省人事考试网"
    "（www.hljrsks.org.cn）的“成绩查询”栏目",
    window=SCORES,
)
def scores_in_window(exam: Exam, now: datetime) -> bool:
    """Marks are shown while the window of scores is open; without a date it has not opened."""
    return is_open(exam, SCORES, now)


@rule(
    "并下载打印成绩单（注意：成绩单逾期无法补打和补办，请考生打印后妥善保管）。",
    window=SCORES,
)
def sheet_only_in_window(exam: Exam, now: datetime) -> bool:
    """After the window no score sheet is printed any more, by nobody."""
    return is_open(exam, SCORES, now)
