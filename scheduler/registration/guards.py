"""What may happen to an application: one function per rule, each true while the rule is kept.

Every guard of an event is asked, so that all reasons come at once. A unit's application (military
staff) skips the windows of the web.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.registration import (
    UNCHANGED_FIELDS,
    Applicant,
    Application,
    ApplicationEvent,
    Event,
    RegistrationFacts,
    Shown,
    Source,
    State,
)
from scheduler.registration.rolling import Match, Proposal
from scheduler.registration.rules import RULES, Rule, rule
from scheduler.registration.states import step
from scheduler.registration.windows import CONFIRMATION, PAYMENT, PRE_REGISTRATION, is_open

DOCUMENTS = frozenset(
    {"resident", "hmt_residence", "hk_macau_permit", "taiwan_permit", "foreign_pr"}
)
"""Documents accepted on the web; those of the military come with a unit's file."""

CERTIFICATES_SINCE = 2002
_WRITTEN = (Event.SAVE, Event.SUBMIT)
_REVIEW = (Event.APPROVE, Event.REJECT)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An event that somebody wants, with everything that decides about it.

    Attributes:
        event: as it would be recorded.
        state: just before it, by the event's own time.
        events: what happened so far.
        form: the revision that the event writes or is about.
        last_form: last year's form of the same person, if it is known.
        proposal: from rolling scores.
        check_code: of the last revision.
        document_taken: another application has this document.
        identity_changed: name or document differ from those of the first save.
        passes_taken: another application claims the same earlier candidate.
    """

    facts: RegistrationFacts
    event: ApplicationEvent
    state: State | None
    events: tuple[ApplicationEvent, ...]
    applicant: Applicant
    form: Application
    proposal: Proposal
    last_form: Application | None = None
    check_code: str = ""
    document_taken: bool = False
    identity_changed: bool = False
    passes_taken: bool = False

    @property
    def web(self) -> bool:
        """Whether it came over the web."""
        return self.applicant.source is Source.WEB

    @property
    def new_or_changed(self) -> bool:
        """First application, or another level or specialty than last year."""
        last = self.last_form
        return last is None or (last.level, last.specialty) != (
            self.form.level,
            self.form.specialty,
        )

    def within(self, window: str) -> bool:
        """Whether a web event lies in its window."""
        return not self.web or is_open(self.facts.exam, window, self.event.at)

    def shows(self, what: Shown) -> bool:
        """Whether the counter saw it."""
        return what in self.event.shown


def refusals(attempt: Attempt) -> tuple[Rule, ...]:
    """Every rule that the event would break, in the order of the notice; empty if it may happen."""
    broken = [
        one
        for one in RULES.values()
        if attempt.event.event in one.events and not one.decide(attempt)
    ]
    if attempt.state is State.LAPSED:
        broken = [one for one in broken if one.decide is not steps_in_order]
        broken.insert(0, RULES["late_is_withdrawn"])
    return tuple(broken)


def unchanged_fields(last: Application, now: Application) -> tuple[str, ...]:
    """Which of the sixteen fields differ from last year, in the notice's order."""
    return tuple(name for name in UNCHANGED_FIELDS if getattr(last, name) != getattr(now, name))


# ---------------------------------------------------------------- every event


@rule(
    "考试报名包括网上预报名、现场确认、网上缴费等环节。",
    zh="报名环节的顺序不符，当前状态不能进行此操作。",
    en="The application is not at the step that comes before this one.",
    events=tuple(Event),
)
def steps_in_order(attempt: Attempt) -> bool:
    """Pre-registration, confirmation, review, payment, in this order and forward in time."""
    forward = not attempt.events or attempt.event.at >= attempt.events[-1].at
    return forward and step(attempt.state, attempt.event.event) is not None


# ---------------------------------------------------------------- 一（一） pre-registration


@rule(
    "报考人员按时登陆中国卫生人才网（www.21wecan.com）或黑龙江省人事考试网（www.hljrsks.org.cn）的"
    "“网上报名”栏目",
    zh="不在网上预报名的规定时间内。",
    en="Pre-registration is not open.",
    window=PRE_REGISTRATION,
    events=(*_WRITTEN, Event.CONFIRM_UNCHANGED),
)
def submitted_in_window(attempt: Attempt) -> bool:
    """The form is written, submitted and confirmed automatically during pre-registration."""
    return attempt.within(PRE_REGISTRATION)


@rule(
    "按照网上报名系统规定的程序和要求在网上填写报考信息",
    zh="该证件已在本次考试中报名。",
    en="There is an application under this document already.",
    events=_WRITTEN,
)
def one_application_per_document(attempt: Attempt) -> bool:
    """One document, one application."""
    return not attempt.document_taken


@rule(
    "按照网上报名系统规定的程序和要求在网上填写报考信息",
    zh="姓名、证件类型和证件编号保存后不能更改。",
    en="Name, document type and number cannot be changed once saved.",
    events=_WRITTEN,
)
def name_and_number_fixed(attempt: Attempt) -> bool:
    """Name and document stay those of the first save; everything else until confirmation."""
    return not attempt.identity_changed


@rule(
    "上传照片",
    zh="请上传照片。",
    en="The photo is missing.",
    events=(Event.SUBMIT,),
)
def photo_uploaded(attempt: Attempt) -> bool:
    """No form is submitted without a photo; a unit hands photos in on its own way."""
    return not attempt.web or attempt.form.photo_hash != ""


@rule(
    "从网上直接打印申报表（供现场确认时使用，注意：报考人员须在申报表指定位置手写联系方式、签名）。",
    zh="须提交最后一次保存的申报表，校验码应一致，并有手写联系方式和签名。",
    en="The form must be that of the last revision, with its check code, signed.",
    events=(Event.CONFIRM_ON_SITE,),
)
def form_of_last_revision(attempt: Attempt) -> bool:
    """The counter takes the signed form of the last revision, told by its check code."""
    return attempt.shows(Shown.FORM) and attempt.event.check_code == attempt.check_code != ""


@rule(
    "报考人员根据本人所从事的专业工作，在《卫生专业技术资格考试专业目录》（见附件）中"
    "选择报考相应专业类别。",
    zh="报考专业不在专业目录中，或级别与专业不符。",
    en="The specialty is not in the catalogue, or has another level.",
    events=_WRITTEN,
)
def specialty_of_catalogue(attempt: Attempt) -> bool:
    """The specialty is one of the catalogue's, with its level."""
    specialty = attempt.facts.specialty_by_code.get(attempt.form.specialty)
    return specialty is not None and specialty.level == attempt.form.level


@rule(
    "自动提示考生本年度应报考的专业科目",
    zh="报考科目须在系统提示的应报科目之内。",
    en="The subjects must be among those that are open.",
    events=(Event.SUBMIT,),
)
def subjects_as_proposed(attempt: Attempt) -> bool:
    """Some or all of the open subjects are sat; what was passed is not sat again."""
    subjects = attempt.form.subjects
    return subjects != "" and set(subjects) <= set(attempt.proposal.open_subjects)


@rule(
    "请填写2021年度档案号",
    zh="该档案号的成绩已由另一报名滚动。",
    en="Another application has claimed the passes of this archive number.",
    events=_WRITTEN,
)
def passes_claimed_once(attempt: Attempt) -> bool:
    """The passes of one earlier candidate roll into one application."""
    return not attempt.passes_taken


@rule(
    "2002年（含）以后取得高等教育学历证书的考生请务必准确填写学历编号，"
    "以便考试管理机构通过学信网查询学历证书的真伪。",
    zh="2002年（含）以后毕业的，须填写学历证书编号。",
    en="Whoever graduated in 2002 or later gives the number of the certificate.",
    events=(Event.SUBMIT,),
)
def certificate_number_since_2002(attempt: Attempt) -> bool:
    """Certificates of 2002 or later have a number that can be looked up."""
    year = re.match("[0-9]{4}", attempt.form.graduated_on)
    recent = year is not None and int(year[0]) >= CERTIFICATES_SINCE
    return not recent or attempt.form.certificate_number != ""


@rule(
    "港澳台考生可使用《港澳台居民居住证》或《港澳居民来往内地通行证》、《台湾居民来往大陆通行证》"
    "报名；持有中国《外国人永久居留证》的外籍人员使用永久居留证报名。",
    zh="该证件类型不能用于网上报名。",
    en="This kind of document is not accepted on the web.",
    events=_WRITTEN,
)
def documents_accepted(attempt: Attempt) -> bool:
    """Resident card, permits of Hong Kong, Macau and Taiwan people, permanent-residence card."""
    return not attempt.web or attempt.applicant.id_type in DOCUMENTS


@rule(
    "军队卫生人员不实行网上报名，由团级以上单位负责报名组织工作",
    zh="军队卫生人员由所在单位组织报名，不在网上或现场办理。",
    en="Military staff are registered by their unit, neither on the web nor at a counter.",
    events=(*_WRITTEN, Event.CONFIRM_UNCHANGED, Event.CONFIRM_ON_SITE),
)
def military_by_unit(attempt: Attempt) -> bool:
    """A unit writes its people's applications in its own name; nobody else does."""
    if attempt.web:
        return attempt.applicant.id_type != "military" and attempt.event.actor_kind != "unit"
    own = attempt.event.actor == f"unit:{attempt.applicant.unit}" and attempt.applicant.unit != ""
    return own and attempt.event.event in _WRITTEN


@rule(
    "师级以上单位负责对军队卫生人员的报考资格进行审核。",
    zh="军队卫生人员的报考资格由师级以上单位审核。",
    en="Applications of military staff are reviewed by the division.",
    events=_REVIEW,
)
def military_reviewed_by_division(attempt: Attempt) -> bool:
    """The division reviews a unit's applications, and only those."""
    return (attempt.event.actor_kind == "division") != attempt.web


# ---------------------------------------------------------------- 一（二） confirmation and review


@rule(
    "网上预报名成功后，报名人员须按时到报考考点指定地点",
    zh="不在现场确认的规定时间内。",
    en="Confirmation on site is not open.",
    window=CONFIRMATION,
    events=(Event.CONFIRM_ON_SITE,),
)
def confirmed_in_window(attempt: Attempt) -> bool:
    """Confirmation on site has its days (holidays are a note: counters rest then)."""
    return attempt.within(CONFIRMATION)


@rule(
    "网上预报名成功后，报名人员须按时到报考考点指定地点",
    zh="须到报考考点现场确认。",
    en="Another exam point than the one applied to.",
    events=(Event.CONFIRM_ON_SITE,),
)
def confirmed_at_own_point(attempt: Attempt) -> bool:
    """The counter is one of the exam point that was applied to."""
    return attempt.event.actor == f"point:{attempt.form.exam_point}"


@rule(
    "报考人员在进行现场确认时，首次报名人员或级别、专业与往年相比有变动的历史考生须提交申报表和"
    "符合报考条件要求的相关材料原件",
    zh="首次报名或级别、专业有变动的，须提交相关材料原件。",
    en="New candidates, and those with another level or specialty, bring the originals.",
    events=(Event.CONFIRM_ON_SITE,),
)
def originals_of_new_or_changed(attempt: Attempt) -> bool:
    """Originals are seen of everybody who is new or changed level or specialty."""
    return not attempt.new_or_changed or attempt.shows(Shown.ORIGINALS)


@rule(
    "（凡报考《卫生专业技术资格考试专业目录》中专业代码为301至365以及392专业的人员，"
    "还须提交相应专业执业医师资格证书）。",
    zh="报考301至365及392专业的，还须提交执业医师资格证书并填写证书编号。",
    en="Specialties 301-365 and 392 need the physician's licence and its number.",
    events=(Event.CONFIRM_ON_SITE,),
)
def licence_of_physicians(attempt: Attempt) -> bool:
    """Physicians who are new or changed specialty show their licence; its number is on the form."""
    specialty = attempt.facts.specialty_by_code.get(attempt.form.specialty)
    needed = specialty is not None and specialty.needs_licence and attempt.new_or_changed
    return not needed or (attempt.shows(Shown.LICENCE) and attempt.form.licence_number != "")


@rule(
    "2021年度考试未通过考生，报考考区、考点、档案号、报考专业、报考级别、毕业学校、学校备注、"
    "毕业时间、毕业专业、学位、学制、最高学历、学历证书编号、单位名称、单位所属、单位性质"
    "相关信息填写无变化者，只需上传照片后点击提交报名信息，系统会提示自动确认，无需到现场递交材料确认。",
    zh="不符合自动确认条件，须到现场确认。",
    en="Not as last year in all sixteen fields: to be confirmed on site.",
    window=PRE_REGISTRATION,
    events=(Event.CONFIRM_UNCHANGED,),
)
def confirmed_automatically_when_unchanged(attempt: Attempt) -> bool:
    """Took part last year, did not pass, same name and document, sixteen fields equal, photo."""
    last, form, proposal = attempt.proposal.last, attempt.last_form, attempt.proposal
    if last is None or form is None or proposal.match is not Match.DOCUMENT:
        return False
    same = not unchanged_fields(form, attempt.form)
    return same and last.took_part and not proposal.qualified and attempt.form.photo_hash != ""


@rule(
    "网报系统未自动确认的历史考生只需携带打印的申报表及上年度准考证到所报考点考试管理机构",
    zh="未自动确认的历史考生须携带申报表及上年度准考证。",
    en="Repeat candidates who were not confirmed automatically bring last year's ticket.",
    events=(Event.CONFIRM_ON_SITE,),
)
def repeat_brings_last_ticket(attempt: Attempt) -> bool:
    """Whoever is neither new nor changed shows last year's ticket instead of originals."""
    return attempt.new_or_changed or attempt.shows(Shown.LAST_TICKET)


@rule(
    "考点考试管理机构会对报名资格进行审核",
    zh="报名资格由报考考点审核。",
    en="The exam point applied to reviews the application.",
    events=_REVIEW,
)
def reviewed_by_own_point(attempt: Attempt) -> bool:
    """The exam point that was applied to decides."""
    return not attempt.web or attempt.event.actor == f"point:{attempt.form.exam_point}"


@rule(
    "报考人员应对提交的报考信息和相关材料负责，如因个人填报信息失实、不符合报考要求产生的一切后果，"
    "由报考人员本人承担。",
    zh="审核不通过须说明原因。",
    en="A rejection gives its reason.",
    events=(Event.REJECT,),
)
def rejected_with_reason(attempt: Attempt) -> bool:
    """An application can be rejected until the end, always with a reason."""
    return attempt.event.note.strip() != ""


@rule(
    "如因个人填报信息失实、不符合报考要求产生的一切后果，由报考人员本人承担。",
    zh="缴费后审核未通过的，不能再次提交。",
    en="What was rejected after payment is not submitted again.",
    events=(Event.SUBMIT,),
)
def rejected_after_payment_is_final(attempt: Attempt) -> bool:
    """Whoever is found out after payment has lost place and fee."""
    return not _paid(attempt)


# ---------------------------------------------------------------- 一（三） payment


@rule(
    "经现场确认合格并资格审核通过的考生，须按时登陆",
    zh="须先确认，再审核。",
    en="An application is confirmed before it is approved.",
    events=(Event.APPROVE,),
)
def confirmed_before_review(attempt: Attempt) -> bool:
    """What came over the web is approved after confirmation; a unit's file needs none."""
    return attempt.state is (State.CONFIRMED if attempt.web else State.SUBMITTED)


@rule(
    "经现场确认合格并资格审核通过的考生，须按时登陆",
    zh="资格审核通过后方可缴费。",
    en="Only approved applications are paid.",
    events=(Event.PAY,),
)
def paid_when_approved(attempt: Attempt) -> bool:
    """Nobody pays before approval."""
    return attempt.state in (State.APPROVED, State.LAPSED)


@rule(
    "的“网上报名”栏目按提示进行网上缴费。",
    zh="不在网上缴费的规定时间内。",
    en="Payment is not open.",
    window=PAYMENT,
    events=(Event.PAY,),
)
def paid_in_window(attempt: Attempt) -> bool:
    """Payment has its days."""
    return attempt.within(PAYMENT)


@rule(
    "的“网上报名”栏目按提示进行网上缴费。",
    zh="缴费金额与报考科目数不符。",
    en="The amount is not the fee of the subjects.",
    events=(Event.PAY,),
)
def fee_by_subject(attempt: Attempt) -> bool:
    """The fee is so much a subject (``registration.toml``); nothing else is taken."""
    return attempt.event.amount == attempt.facts.fee(attempt.form)


@rule(
    "网上缴费后概不退费。",
    zh="已缴费，不重复收取，也不退费。",
    en="Paid already; nothing is paid twice and nothing is paid back.",
    events=(Event.PAY,),
)
def no_refund(attempt: Attempt) -> bool:
    """No event gives a fee back, so none may take it twice."""
    return not _paid(attempt)


def _paid(attempt: Attempt) -> bool:
    return any(one.event is Event.PAY for one in attempt.events)
