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

# ---------------------------------------------------------------- plan report

REPORT = Phrase("排考方案报告", "Plan report")
OVERVIEW = Phrase("概况", "Overview")
IN_TOTAL = Phrase("考生总数", "Candidates")
PLACED = Phrase("已安排", "Placed")
UNPLACED = Phrase("未安排", "Unplaced")
SET_ASIDE = Phrase("搁置", "Set aside")
GOALS = Phrase("目标（按先后）", "Goals, in order")
GOAL = Phrase("目标", "Goal")
VALUE = Phrase("结果", "Value")
BOUND = Phrase("下界", "Bound")
GAP = Phrase("差距", "Gap")
UNIT = Phrase("单位", "Unit")
STATUS = Phrase("状态", "Status")
GOAL_NAMES = {
    1: Phrase("未安排人数最少", "fewest unplaced"),
    2: Phrase("跨考点人数最少", "fewest outside their exam point"),
    3: Phrase("使用试卷最少", "fewest papers in use"),
    4: Phrase("最忙日期的座位最少", "lowest busiest date"),
    5: Phrase("路程最短（米）", "least travel (metres)"),
    6: Phrase("同卷邻座最少", "fewest same-paper neighbours"),
}
LOAD = Phrase("各批次负荷", "Load per date")
CANDIDATES = Phrase("人数", "Candidates")
USABLE = Phrase("可用座位", "Usable seats")
USED = Phrase("座位使用率", "Seats used")
BUSIEST = Phrase("最忙的考点", "Busiest exam points")
TRAVEL = Phrase("路程分布", "Travel")
TRAVEL_NONE = Phrase("名册中没有出发地坐标。", "The roster tells no origins.")
TRAVEL_SUMMARY = Phrase(
    "有出发地坐标的考生 {count} 人；平均 {mean} 公里，中位数 {median} 公里，"
    "95% 不超过 {p95} 公里，最远 {most} 公里。",
    "{count} candidates with a known origin; mean {mean} km, median {median} km, "
    "95 % within {p95} km, farthest {most} km.",
)
KILOMETRES = Phrase("公里", "km")
MAP = Phrase("考点分布", "Exam points")
MAP_NOTE = Phrase(
    "圆面积表示在该考点考场参加考试的人数；位置取自坐标，未用底图。",
    "The area of a circle is the number seated in the centers of the point; no base map.",
)
HEAT = Phrase("各考场各场次座位使用率", "Use per center and session")
SHORTAGES = Phrase("座位不足", "Shortages")
NO_SHORTAGES = Phrase("没有座位不足。", "No shortages.")
SHORT = Phrase("缺口", "Short")
NEEDED = Phrase("需要", "Needed")
REPAIR = Phrase("最省的办法", "Cheapest repair")
BALANCE = Phrase("均衡情况", "Balance")
BALANCE_RANGE = Phrase("各考点、专业间", "across exam points and specialties")
PEAK_USE = Phrase("峰值使用率", "Peak use")
MEAN_KM = Phrase("平均路程（公里）", "Mean km")
LEAST = Phrase("最低", "Least")
MEAN = Phrase("平均", "Mean")
MOST = Phrase("最高", "Most")

# ---------------------------------------------------------------- change sheet

CHANGES = Phrase("变更通知单", "Changes")
CHANGES_FROM = Phrase(
    "由第 {old} 版（{old_hash}）改为第 {new} 版（{new_hash}）",
    "From version {old} ({old_hash}) to version {new} ({new_hash})",
)
COMES = Phrase("新来", "comes")
LEAVES = Phrase("离开", "leaves")
MOVES = Phrase("换位", "moves")
CHANGED_DATA = Phrase("信息变更", "data changed")
CHANGE = Phrase("变更", "Change")
BEFORE = Phrase("原安排", "Before")
NOW = Phrase("现安排", "Now")
NO_CHANGES = Phrase("本考场没有变更。", "Nothing has changed for this center.")
ELSEWHERE = Phrase("其他考场", "another center")
NOT_HERE = Phrase("—", "—")
CHANGE_COUNTS = Phrase(
    "新来 {comes} 人，离开 {leaves} 人，换位 {moves} 人，信息变更 {data} 人；未变 {same} 人。",
    "{comes} come, {leaves} leave, {moves} move, {data} with changed data; {same} unchanged.",
)
NEED_TO_REPLACE = Phrase(
    "请撤换以下试室的座次表、签到表、门贴和座位贴：{rooms}",
    "Replace seat plan, sign-in sheets, door notice and stickers of: {rooms}",
)
