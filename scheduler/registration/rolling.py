"""Rolling scores: which passes of earlier years stand, and so which subjects are open.

Subjects are passed within two consecutive years of the same specialty. Who somebody was in an
earlier year is found by equal name and document, else by the archive number that was given, else
not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from models.identity_number import comparable_name
from models.registration import Application, CodeChange, Examinee, Presence, RegistrationFacts
from scheduler.registration.rules import rule

_ROLLING = "直接根据成绩滚动管理的原则，自动提示考生本年度应报考的专业科目"


class Match(StrEnum):
    """How somebody was found in an earlier year."""

    DOCUMENT = "name_and_document"
    ARCHIVE = "archive_number"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a candidate says of themselves this year.

    Attributes:
        document: keyed hash of document type and number.
        archive_number: last year's, where it was given.
    """

    name: str = field(repr=False)
    document: bytes = field(repr=False)
    archive_number: str = ""


class History:
    """Earlier years, by who sat them.

    Args:
        examinees: of any years.
        facts: of the years that are known; they hold the pass marks of that year.
        forms: the last form of each (year, archive number), for automatic confirmation.
    """

    def __init__(
        self,
        examinees: Iterable[Examinee] = (),
        facts: Mapping[int, RegistrationFacts] | None = None,
        forms: Mapping[tuple[int, str], Application] | None = None,
    ) -> None:
        """Index them."""
        self.facts = dict(facts or {})
        self.forms = dict(forms or {})
        self._by_document: dict[tuple[int, bytes], list[Examinee]] = {}
        self._by_archive: dict[tuple[int, str], Examinee] = {}
        for one in examinees:
            self._by_document.setdefault((one.year, one.document), []).append(one)
            self._by_archive[one.year, one.candidate_id] = one

    def everybody(self) -> Iterable[Examinee]:
        """All of them, in any order."""
        return self._by_archive.values()

    def with_document(self, year: int, document: bytes) -> tuple[Examinee, ...]:
        """Everybody of a year under a document."""
        return tuple(self._by_document.get((year, document), ()))

    def with_archive_number(self, year: int, number: str) -> Examinee | None:
        """Who had an archive number in a year."""
        return self._by_archive.get((year, number))


@rule(
    "参加过2021年度考试的考生，输入的姓名和证件编号与2021年度完全一致时，系统将不再提醒输入档案号，"
    + _ROLLING,
)
def passes_found_by_name_and_document(history: History, year: int, claim: Claim) -> Examinee | None:
    """Equal name and equal document number name the same person."""
    name = comparable_name(claim.name)
    found = history.with_document(year, claim.document)
    return next((one for one in found if comparable_name(one.name) == name), None)


@rule(
    "（如填写的姓名、证件编号与2021年度使用的不一致，请填写2021年度档案号，"
    "以保证您的成绩能够正常滚动，如不填写，视为自动放弃考试成绩的滚动合并）",
)
def passes_found_by_archive_number(history: History, year: int, claim: Claim) -> Examinee | None:
    """Where name or document differ the archive number counts; without it passes are given up."""
    number = claim.archive_number
    return history.with_archive_number(year, number) if number else None


def find(history: History, year: int, claim: Claim) -> tuple[Examinee | None, Match]:
    """Who somebody was in a year, and how that was found."""
    one = passes_found_by_name_and_document(history, year, claim)
    if one is not None:
        return one, Match.DOCUMENT
    one = passes_found_by_archive_number(history, year, claim)
    return one, Match.NONE if one is None else Match.ARCHIVE


@rule(_ROLLING)
def two_consecutive_years(facts: RegistrationFacts, year: int) -> bool:
    """Passes stand in the next year and no longer, unless a decision extended their year."""
    return year < facts.exam.year <= facts.terms.stands_until(year)


@rule(_ROLLING)
def same_specialty_only(
    code: str, subject: int, year: int, until: int, code_map: Iterable[CodeChange]
) -> str:
    """The code under which a pass counts in ``until``; main and sub-specialty stay apart.

    A pass counts for its own specialty alone, however many question papers two specialties share.
    Only a change of the catalogue (``code_map.csv``) gives it another code.
    """
    changes = {(c.year, c.old_code, c.subject): c.new_code for c in code_map}
    for later in range(year + 1, until + 1):
        code = changes.get((later, code, subject), code)
    return code


@rule(
    "考生通过黑龙江省人事考试网（www.hljrsks.org.cn）的“成绩查询”、“合格标准”栏目查询成绩、"
    "合格标准及打印成绩单确认本人合格后",
)
def passed_at_pass_mark(facts: RegistrationFacts, examinee: Examinee) -> frozenset[int]:
    """Subjects sat with at least the pass mark of the exam, or of the province."""
    point = facts.point_by_id.get(examinee.exam_point)
    needed = facts.terms.pass_mark_in(point.province if point is not None else "")
    return frozenset(
        m.subject
        for m in examinee.marks
        if m.presence is Presence.PRESENT and m.mark is not None and m.mark >= needed
    )


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a candidate still has to sit.

    Attributes:
        open_subjects: ascending digits; blank if every subject is passed.
        standing: subject to the year of its pass, the latest where several stand.
        match: how the most recent of the earlier years was found.
        found: who the candidate was in the most recent of the earlier years; None if nobody.
        last: the same, if that was the year before.
        qualified: nothing is left to sit: every subject was passed within two years.
    """

    open_subjects: str
    standing: Mapping[int, int]
    match: Match
    found: Examinee | None
    last: Examinee | None
    qualified: bool


def standing_passes(
    facts: RegistrationFacts, history: History, claim: Claim, specialty: str
) -> tuple[dict[int, int], dict[int, tuple[Examinee, Match]]]:
    """Passes that stand this year by subject, and who the candidate was, by year."""
    year, oldest = facts.exam.year, min((facts.exam.year - 1, *facts.terms.extended))
    standing: dict[int, int] = {}
    found: dict[int, tuple[Examinee, Match]] = {}
    for earlier in range(year - 1, oldest - 1, -1):
        if not two_consecutive_years(facts, earlier):
            continue
        one, match = find(history, earlier, claim)
        if one is None:
            continue
        found[earlier] = (one, match)
        for subject in passed_at_pass_mark(history.facts.get(earlier, facts), one):
            code = same_specialty_only(one.specialty, subject, earlier, year, facts.code_map)
            if code == specialty:
                standing.setdefault(subject, earlier)
    return standing, found


def roll(facts: RegistrationFacts, history: History, claim: Claim, specialty: str) -> Proposal:
    """The open subjects of a candidate in a specialty this year."""
    standing, found = standing_passes(facts, history, claim, specialty)
    latest, match = next(iter(found.values()), (None, Match.NONE))
    last = latest if latest is not None and latest.year == facts.exam.year - 1 else None
    open_subjects = "".join(s for s in facts.all_subjects if int(s) not in standing)
    if last is not None and _same(facts, last, specialty) and _qualified(facts, history, last):
        open_subjects = ""
    return Proposal(open_subjects, standing, match, latest, last, open_subjects == "")


def _same(facts: RegistrationFacts, last: Examinee, specialty: str) -> bool:
    return all(
        same_specialty_only(last.specialty, int(s), last.year, facts.exam.year, facts.code_map)
        == specialty
        for s in facts.all_subjects
    )


def _qualified(facts: RegistrationFacts, history: History, last: Examinee) -> bool:
    then = history.facts.get(last.year)
    if then is None:
        exam = facts.exam.model_copy(update={"year": last.year})
        then = facts.model_copy(update={"exam": exam})
    return qualified_within_two_years(then, history, last).qualified


@dataclass(frozen=True, slots=True)
class Result:
    """What one year came to for one candidate; ``standing`` are passes of earlier years."""

    passed: frozenset[int]
    standing: Mapping[int, int]
    qualified: bool


@rule(_ROLLING)
def qualified_within_two_years(
    facts: RegistrationFacts, history: History, examinee: Examinee
) -> Result:
    """Qualified is who has passed all subjects in this year and the years whose passes stand."""
    passed = passed_at_pass_mark(facts, examinee)
    claim = Claim(examinee.name, examinee.document, examinee.candidate_id)
    standing, _ = standing_passes(facts, history, claim, examinee.specialty)
    all_passed = all(int(s) in passed or int(s) in standing for s in facts.all_subjects)
    return Result(passed, standing, all_passed)
