"""The words of documents: both languages complete, rules quoted from the notice or left out."""

from __future__ import annotations

import dataclasses
import re
import string
from datetime import date

import pytest

from models.exam import Window
from scheduler.documents.texts import Language, door_rules, error_deadline, texts
from tests.builders import small_exam
from tests.scheduler.documents.published import ROOT, example_reference

NOTICE = (ROOT / "tests" / "data" / "notice_2022.txt").read_text("utf-8")


def test_both_languages_fill_in_the_same_places() -> None:
    for field in dataclasses.fields(texts()):
        chinese, english = (getattr(texts(language), field.name) for language in Language)
        if isinstance(chinese, str):
            holes = [
                sorted(name for _, name, _, _ in string.Formatter().parse(words) if name)
                for words in (chinese, english)
            ]
            assert holes[0] == holes[1], field.name
        else:
            assert chinese.keys() == english.keys(), field.name


def test_errors_are_reported_until_printing_closes_as_the_notice_says() -> None:
    assert "如有问题须在准考证打印截止日期前与报名考点的考试管理机构联系" in NOTICE
    assert error_deadline(example_reference().exam) == date(2022, 4, 17)
    assert "准考证打印截止（2022年4月17日）前" in door_rules(example_reference().exam)[0]
    english = door_rules(example_reference().exam, Language.EN)[0]
    assert "before printing closes (2022-04-17)" in english


@pytest.mark.parametrize("windows", [(), (Window(key="ticket_printing", note="later"),)])
def test_without_the_window_no_deadline_is_invented(windows: tuple[Window, ...]) -> None:
    exam = small_exam(windows=windows)
    assert error_deadline(exam) is None
    assert not re.search(r"\d", "".join(door_rules(exam)))


def test_what_the_notice_does_not_say_is_left_to_the_ticket() -> None:
    assert "入场" not in NOTICE
    rules = "".join(door_rules(example_reference().exam))
    assert "以准考证和考点通知为准" in rules
    assert "分钟" not in rules  # no minutes before or after the start: no source for 2022


def test_another_zone_is_called_by_its_id() -> None:
    assert "北京时间" in door_rules(small_exam())[2]
    assert "America/New_York" in door_rules(small_exam(timezone="America/New_York"))[2]
