"""Long texts stay in their boxes, and nothing is lost without a sign."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.documents.fitting import ELLIPSIS, LEADING, fit, wrap
from scheduler.documents.typefaces import printable, width

WORDS = st.text(st.sampled_from("张三丰，。（）《》ab c1-·"), max_size=80)


def test_a_short_text_keeps_its_size() -> None:
    assert fit("张三", 100, 12).lines == ("张三",)
    assert fit("张三", 100, 12).size == 12


def test_a_text_is_wrapped_before_it_is_shrunk_and_cut_last() -> None:
    """Ten characters of 10 points need 100 points: two lines of 60, or 5.5 points in one."""
    text = "一二三四五六七八九十"
    assert fit(text, 60, 10, lines=2).lines == ("一二三四五六", "七八九十")
    shrunk = fit(text, 80, 10, floor=7)
    assert (shrunk.size, shrunk.lines) == (8.0, (text,))
    cut = fit(text, 60, 10, floor=8)
    assert not cut.whole
    assert cut.lines[-1].endswith(ELLIPSIS)
    assert width(cut.lines[0], cut.size) <= 60


def test_punctuation_stays_with_its_word() -> None:
    assert wrap("一二三，四", 30, 10) == ["一二", "三，四"]
    assert wrap("一二（三）", 30, 10) == ["一二", "（三）"]
    assert wrap("abc def", 25, 10) == ["abc", "def"]


@settings(max_examples=150, deadline=None)
@given(WORDS, st.integers(20, 200), st.integers(1, 4))
def test_whatever_the_text_it_fits(text: str, available: int, lines: int) -> None:
    made = fit(text, available, 12, floor=7, lines=lines, height=60)
    assert len(made.lines) <= lines
    assert made.height <= 60 or len(made.lines) == 1
    assert all(width(line, made.size) <= available + 1e-6 for line in made.lines)
    if made.whole:
        assert "".join(made.lines).replace(" ", "") == printable(text).replace(" ", "")


@pytest.mark.parametrize("size", [7, 12])
def test_the_height_is_that_of_the_lines(size: float) -> None:
    assert fit("一二三四", 2.5 * size, size, lines=9).height == pytest.approx(2 * size * LEADING)
