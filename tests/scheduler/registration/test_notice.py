"""Function, test, heading and quotation of each rule; and no sentence of the notice left out."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import scheduler.registration.guards
import scheduler.registration.lists
import scheduler.registration.register
import scheduler.registration.standing  # noqa: F401  (register their rules)
from models.registration import Event
from scheduler.registration.rules import RULES, rule

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text("utf-8")
LIFE_CYCLE = PAGE.partition("\n## Registration and scores\n")[2]

_NOTICE = re.sub(r"\s", "", (ROOT / "tests" / "data" / "notice_2022.txt").read_text("utf-8"))
SECTIONS = _NOTICE[
    _NOTICE.index("一、报名考试报名") : _NOTICE.index("卫生专业技术资格考试专业目录一、")
]

NO_RULE = {
    "一、报名": "heading",
    "（一）网上预报名": "heading",
    "（二）现场确认": "heading",
    "（三）网上缴费": "heading",
    "二、网上打印准考证": "heading",
    "三、网上查询成绩、打印成绩单": "heading",
    "四、考试注意事项": "heading",
    "五、领取证书": "heading",
    "（各市（地）考试管理机构地址和咨询电话也可通过黑龙江省人事考试网主页"
    "“市地考试中心咨询方式”查询）": "where addresses are found",
    "现场确认。": "ends a sentence that is quoted up to the bracket",
    "进行现场确认。": "ends a sentence that is quoted up to the bracket",
    "中国卫生人才网(www.21wecan.com)或黑龙江省人事考试网（www.hljrsks.org.cn）": "addresses",
}
"""What is left of the notice beside the quotations, and why."""


def headed() -> dict[str, str]:
    parts = re.split(r"(?m)^### ", LIFE_CYCLE)[1:]
    return {title: body for title, _, body in (part.partition("\n") for part in parts)}


def quotes(text: str) -> list[str]:
    return re.findall(r"(?m)^> (.+)$", text)


def named_tests() -> set[str]:
    found = set()
    for path in (*HERE.glob("test_*.py"), ROOT / "tests" / "api" / "test_registration.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.add(node.name.removeprefix("test_"))
    return found


def test_every_rule_has_a_heading_and_every_heading_a_rule() -> None:
    assert set(headed()) == set(RULES)


@pytest.mark.parametrize("name", list(RULES))
def test_four_places_agree(name: str) -> None:
    one, text = RULES[name], headed()[name]
    assert one.decide.__name__ == name
    assert inspect.getdoc(one.decide)
    assert quotes(text) == list(one.quotes) != []
    assert f"{one.decide.__module__.replace('.', '/')}.py" in text
    assert ("window `" in text) is (one.window != "")
    assert one.window == "" or f"window `{one.window}`" in text
    assert name in named_tests(), f"no test is called test_{name}"
    if one.events:
        assert one.zh, "whoever is refused is told why"
        assert one.en, "in both languages"


@pytest.mark.parametrize("name", list(RULES))
def test_quotations_stand_in_the_notice(name: str) -> None:
    for quote in RULES[name].quotes:
        assert re.sub(r"\s", "", quote) in SECTIONS


def test_no_sentence_of_the_notice_is_left_out() -> None:
    rest = SECTIONS
    for quote in sorted({re.sub(r"\s", "", q) for q in quotes(PAGE)}, key=len, reverse=True):
        rest = rest.replace(quote, "|")
    for text in sorted(NO_RULE, key=len, reverse=True):
        rest = rest.replace(text, "|")
    assert [part for part in rest.split("|") if part.strip("，。、；")] == []


def test_every_event_has_guards_and_every_window_a_rule() -> None:
    for event in Event:
        assert any(event in one.events for one in RULES.values())
    windows = {one.window for one in RULES.values()} - {""}
    assert windows == {
        "pre_registration", "confirmation", "payment", "ticket_printing", "receipts", "scores",
    }  # fmt: skip


def test_a_rule_is_registered_once() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        rule("again")(RULES["no_refund"].decide)
