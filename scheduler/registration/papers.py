"""Printed papers of a registration: application form, score sheet, receipt; one page each.

A document number never stands in full on them: the last four characters tell people apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from models.registration import (
    UNCHANGED_FIELDS,
    Applicant,
    Application,
    ApplicationEvent,
    Presence,
    RegistrationFacts,
)
from scheduler.documents.fitting import fit
from scheduler.documents.page import A4, GREY, MARGIN, MM, PALE, Footing, Page, Paper, heading
from scheduler.documents.tabled import Table, TableColumn
from scheduler.documents.typefaces import BOLD
from scheduler.registration.register import Sat
from scheduler.registration.rolling import Proposal

FORM = "卫生专业技术资格考试申报表"
SHEET = "卫生专业技术资格考试成绩单"
RECEIPT = "网上缴费收据"

DECLARATION = (
    "本人应对提交的报考信息和相关材料负责，如因个人填报信息失实、不符合报考要求产生的一切后果，"
    "由本人承担。"
)
LATE = "未在规定时间内完成现场确认或网上缴费，视为放弃报名。网上缴费后概不退费。"
NO_REPRINT = "成绩单逾期无法补打和补办，请妥善保管。"
PRESENCE_ZH = {Presence.ABSENT: "缺考", Presence.VOID: "成绩无效"}

ID_TYPE_ZH = {
    "resident": "居民身份证",
    "hmt_residence": "港澳台居民居住证",
    "hk_macau_permit": "港澳居民来往内地通行证",
    "taiwan_permit": "台湾居民来往大陆通行证",
    "foreign_pr": "外国人永久居留证",
    "military": "军队证件",
}
_PHOTO = (30 * MM, 40 * MM)
_LABEL = 30 * MM

Fields = Sequence[tuple[str, str]]


def application_form(
    facts: RegistrationFacts,
    applicant: Applicant,
    form: Application,
    proposal: Proposal,
    check_code: str,
) -> bytes:
    """The form (申报表) that goes to the counter: check code, revision, room for a signature."""
    paper = Paper(FORM, Footing(facts.exam.name_zh, f"校验码 {check_code}"))
    draw = partial(
        _application_page, facts=facts, who=_who(applicant, form), form=form,
        proposal=proposal, check_code=check_code,
    )  # fmt: skip
    paper.section([draw])
    return paper.content()


def score_sheet(sat: Sat, at: datetime) -> bytes:
    """The one-page sheet of marks (成绩单); whether it may be printed is the caller's question."""
    paper = Paper(SHEET, Footing(sat.facts.exam.name_zh, _day(sat.facts, at)))
    paper.section([partial(_sheet_page, sat=sat)])
    return paper.content()


def receipts(
    facts: RegistrationFacts,
    payments: Sequence[tuple[Applicant, Application, ApplicationEvent]],
) -> bytes:
    """Receipts, a page each; exam points hand them out while the window is open."""
    paper = Paper(RECEIPT, Footing(facts.exam.name_zh, ""))
    for applicant, form, paid in payments:
        who = _who(applicant, form)
        paper.section([partial(_receipt_page, facts=facts, who=who, form=form, paid=paid)])
    return paper.content()


# ---------------------------------------------------------------- pages


def _application_page(
    page: Page,
    *,
    facts: RegistrationFacts,
    who: Fields,
    form: Application,
    proposal: Proposal,
    check_code: str,
) -> None:
    y = heading(page, facts.exam.name_zh, f"申报表　校验码 {check_code}　第 {form.revision} 次保存")
    photo_w, photo_h = _PHOTO
    page.box(page.right - photo_w, y, photo_w, photo_h)
    page.boxed(page.right - photo_w, y, photo_w, photo_h, "照片", 9, grey=GREY)
    below = _fields(page, y, [*who, *_choice(facts, form)], page.inner - photo_w - 4 * MM)
    y = max(below, y + photo_h) + 3 * MM
    own = ("region", "exam_point", "candidate_id", "specialty", "level")
    details = [
        (label, getattr(form, name)) for name, label in UNCHANGED_FIELDS.items() if name not in own
    ]
    details.append(("执业医师资格证书编号", form.licence_number))
    y = _fields(page, y, [(label, value or "—") for label, value in details], page.inner)
    standing = "、".join(
        f"{_subject(facts, s)}（{year}年）" for s, year in sorted(proposal.standing.items())
    )
    y = _fields(
        page, y + 3 * MM,
        [
            ("本年度报考科目", "、".join(_subject(facts, int(s)) for s in form.subjects)),
            ("滚动保留的科目", standing or "无"),
            ("应缴费用", f"{facts.fee(form)} 元"),
        ],
        page.inner,
    )  # fmt: skip
    y = page.text(page.left, y + 4 * MM, page.inner, DECLARATION, 9.5, lines=3)
    y = page.text(page.left, y + 1 * MM, page.inner, LATE, 9.5, lines=3)
    y += 5 * MM
    half = page.inner / 2
    for x, label in ((page.left, "联系方式（手写）"), (page.left + half, "本人签名（手写）")):
        page.box(x, y, half, 16 * MM)
        page.text(x + 2 * MM, y + 1.5 * MM, half - 4 * MM, label, 8.5, grey=GREY)
    y += 16 * MM
    page.box(page.left, y, page.inner, 22 * MM)
    label = f"{_point(facts, form)} 现场确认意见（签章）"
    page.text(page.left + 2 * MM, y + 1.5 * MM, page.inner - 4 * MM, label, 8.5, grey=GREY)


def _sheet_page(page: Page, *, sat: Sat) -> None:
    facts, one = sat.facts, sat.examinee
    specialty = facts.specialty_by_code.get(one.specialty)
    y = heading(page, facts.exam.name_zh, "成绩单")
    who = [
        ("姓名", one.name),
        ("证件号后四位", one.id_last4),
        ("档案号", one.candidate_id),
        ("准考证号", one.ticket_number),
        (
            "报考专业",
            one.specialty
            if specialty is None
            else f"{one.specialty} {specialty.name_zh}（{specialty.level}）",
        ),
    ]
    y = _fields(page, y, who, page.inner) + 6 * MM
    rows = []
    for mark in one.marks:
        passed = "合格" if mark.subject in sat.result.passed else ""
        shown = PRESENCE_ZH.get(mark.presence) or str(mark.mark)
        rows.append((_subject(facts, mark.subject), str(facts.exam.year), shown, passed))
    for subject, year in sorted(sat.result.standing.items()):
        if subject not in sat.result.passed:
            rows.append((_subject(facts, subject), str(year), "—", "合格（滚动保留）"))
    columns = [
        TableColumn("科目", 3), TableColumn("年度", 1, "center"),
        TableColumn("成绩", 1, "center"), TableColumn("结果", 2, "center"),
    ]  # fmt: skip
    table = Table(columns, rows, A4[0] - 2 * MARGIN, least=24)
    y = table.draw(page, page.left, y, range(len(rows))) + 6 * MM
    outcome = "各科目均已合格。" if sat.result.qualified else "尚有科目未合格。"
    y = page.text(page.left, y, page.inner, outcome, 12, font=BOLD)
    page.text(page.left, y + 2 * MM, page.inner, NO_REPRINT, 9.5, lines=2)


def _receipt_page(
    page: Page,
    *,
    facts: RegistrationFacts,
    who: Fields,
    form: Application,
    paid: ApplicationEvent,
) -> None:
    y = heading(page, facts.exam.name_zh, RECEIPT)
    subjects = "、".join(_subject(facts, int(s)) for s in form.subjects)
    fields = [
        *who,
        ("缴费科目", f"{subjects}（{len(form.subjects)} 科）"),
        ("金额", f"人民币 {paid.amount} 元"),
        ("缴费日期", _day(facts, paid.at)),
        ("收据编号", f"{facts.exam.code}-{paid.seq}"),
    ]
    y = _fields(page, y, fields, page.inner) + 10 * MM
    stamp = f"{_point(facts, form)} 考试管理机构（盖章）"
    page.text(page.right, y, page.inner, stamp, 10.5, align="right")
    page.text(page.left, y + 16 * MM, page.inner, "网上缴费后概不退费。", 9.5)


# ---------------------------------------------------------------- parts


def _who(applicant: Applicant, form: Application) -> Fields:
    return [
        ("姓名", applicant.name),
        ("证件类型", ID_TYPE_ZH.get(applicant.id_type, applicant.id_type)),
        ("证件号后四位", applicant.id_last4),
        ("档案号", form.candidate_id),
    ]


def _choice(facts: RegistrationFacts, form: Application) -> Fields:
    specialty = facts.specialty_by_code.get(form.specialty)
    name = form.specialty if specialty is None else f"{form.specialty} {specialty.name_zh}"
    return [("报考考区、考点", f"{form.region}　{_point(facts, form)}"),
            ("报考专业、级别", f"{name}（{form.level}）")]  # fmt: skip


def _fields(page: Page, y: float, fields: Fields, w: float) -> float:
    """Labels and values in two columns; returns where they end."""
    for label, value in fields:
        made = fit(value, w - _LABEL - 6, 10.5, floor=7.5, lines=2)
        height = max(18.0, made.height + 4)
        page.box(page.left, y, _LABEL, height, fill=PALE)
        page.boxed(page.left, y, _LABEL, height, label, 9, lines=2)
        page.box(page.left + _LABEL, y, w - _LABEL, height)
        page.fitted(page.left + _LABEL + 3, y + (height - made.height) / 2, made)
        y += height
    return y


def _subject(facts: RegistrationFacts, number: int) -> str:
    names: dict[int, str] = {s.number: s.name_zh for s in facts.exam.subjects}
    return names.get(number, str(number))


def _point(facts: RegistrationFacts, form: Application) -> str:
    point = facts.point_by_id.get(form.exam_point)
    return form.exam_point if point is None else f"{point.name_zh}考点"


def _day(facts: RegistrationFacts, at: datetime) -> str:
    local = at.astimezone(ZoneInfo(facts.exam.timezone))
    return f"{local.year}年{local.month}月{local.day}日"
