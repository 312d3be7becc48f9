"""Application form, score sheet and receipt: what stands on them, read back from the PDF."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pypdfium2
import pytest

from models.registration import Event
from scheduler.registration import papers
from scheduler.registration.register import Sat
from scheduler.registration.rolling import Match, Proposal, Result
from scheduler.registration.sealing import check_code, seal, unseal
from scheduler.store.errors import KeyRefused
from scheduler.store.keys import StoreKey
from tests.scheduler.registration.cases import (
    NOTHING_STANDS,
    applicant,
    event,
    examinee,
    facts,
    form,
    local,
)

KEY, OTHER = StoreKey(b"k" * 32), StoreKey(b"o" * 32)
WHEN: datetime = local("2022-06-20T10:00")


def pages(content: bytes) -> list[str]:
    """The text of each page, without blanks and line ends."""
    document: Any = pypdfium2.PdfDocument(content)
    texts = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return ["".join(text.split()) for text in texts]


def test_the_form_bears_check_code_fields_and_room_for_a_hand() -> None:
    proposal = Proposal("34", {1: 2021, 2: 2021}, Match.DOCUMENT, None, None, False)
    mine = form(subjects="34", revision=3)
    made = papers.application_form(facts(), applicant(), mine, proposal, "K7Q2M4XA-03")
    (text,) = pages(made)
    for words in (
        "校验码K7Q2M4XA-03", "第3次保存", "张三", "居民身份证", "0038", "示例医科大学", "专业知识",
        "基础知识（2021年）", "120元", "联系方式（手写）", "本人签名（手写）", "现场确认意见",
        "网上缴费后概不退费", "由本人承担",
    ):  # fmt: skip
        assert words in text, words
    assert made == papers.application_form(facts(), applicant(), mine, proposal, "K7Q2M4XA-03")


def test_the_longest_texts_stay_on_one_page() -> None:
    """Every field as long as the service takes it."""
    fields = ("school", "school_note", "major", "degree", "study_years", "education",
              "certificate_number", "employer_name", "employer_affiliation", "employer_kind",
              "licence_number")  # fmt: skip
    mine = form(**dict.fromkeys(fields, "医" * 100))
    made = papers.application_form(facts(), applicant(name="欧" * 60), mine, NOTHING_STANDS, "K-01")
    (text,) = pages(made)
    assert "本人签名（手写）" in text
    assert "现场确认意见" in text


def test_the_sheet_tells_marks_passes_that_stand_and_the_outcome() -> None:
    one = replace(examinee(2022, "A,V,61,59"), ticket_number="T22")
    sat = Sat(facts(), one, Result(frozenset({3}), {1: 2021}, qualified=False))
    (text,) = pages(papers.score_sheet(sat, WHEN))
    for words in (
        "T22", "0038", "缺考", "成绩无效", "61", "59", "合格（滚动保留）", "尚有科目未合格",
        "逾期无法补打和补办", "2022年6月20日",
    ):  # fmt: skip
        assert words in text, words
    done = replace(sat, result=Result(frozenset({1, 2, 3, 4}), {}, qualified=True))
    assert "各科目均已合格" in pages(papers.score_sheet(done, WHEN))[0]


def test_receipts_stand_on_a_page_each() -> None:
    paid = event(Event.PAY, local("2022-02-16T10:00"), "payments:", amount=240, seq=7)
    made = papers.receipts(facts(), [(applicant(), form(), paid), (applicant(), form(), paid)])
    first, second = pages(made)
    assert first.partition("第")[0] == second.partition("第")[0]
    for words in ("人民币240元", "2022年2月16日", "WSZG-2022-7", "4科", "概不退费"):
        assert words in first, words


# ---------------------------------------------------------------- check code and seal


@pytest.mark.parametrize(
    "changes", [{"school": "x"}, {"specialty": "301"}, {"candidate_id": "A2"}, {"photo_hash": ""}]
)
def test_a_check_code_tells_any_change(changes: dict[str, str]) -> None:
    assert check_code(KEY, applicant(), form()) != check_code(KEY, applicant(), form(**changes))


def test_a_check_code_ends_in_the_revision_and_needs_the_key() -> None:
    code = check_code(KEY, applicant(), form())
    assert code.endswith("-01")
    assert check_code(KEY, applicant(), replace(form(), revision=12)).endswith("-12")
    assert code != check_code(OTHER, applicant(), form())
    assert code != check_code(KEY, applicant(name="李四"), form())
    assert code == check_code(KEY, applicant(), form())


def test_a_seal_opens_with_its_key_for_its_owner_only() -> None:
    sealed = seal(KEY, "E", "A1", "23010219900307003x")
    assert b"230102" not in sealed
    assert sealed != seal(KEY, "E", "A1", "23010219900307003x"), "equal numbers do not show"
    assert unseal(KEY, "E", "A1", sealed) == "23010219900307003X"
    for key, exam, owner in ((OTHER, "E", "A1"), (KEY, "E", "A2"), (KEY, "F", "A1")):
        with pytest.raises(KeyRefused):
            unseal(key, exam, owner, sealed)
