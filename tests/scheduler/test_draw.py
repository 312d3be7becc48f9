"""The keyed draw: its hash, the proportional sequence, fairness and independence of order."""

from __future__ import annotations

import hmac
from collections import Counter
from hashlib import sha256
from math import sqrt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.draw import (
    CELL_COLUMNS,
    SEPARATOR,
    Draw,
    add_excluded_employer,
    cell_texts,
    draw_dates,
    proportional_sequence,
)

SEED = "00112233445566778899aabbccddeeff"
COUNTS = st.dictionaries(st.sampled_from(["", "C1", "C2", "C3", "C4"]), st.integers(0, 40))
CELL = "2301/101/1234////"


def _key(seed: str, label: str, x: str, exam: str = "TEST-2022") -> bytes:
    message = f"{exam}\x1f{label}\x1f{x}".encode()
    return hmac.new(bytes.fromhex(seed), message, sha256).digest()


@given(st.binary(min_size=16, max_size=80), st.text(max_size=12), st.text(max_size=30))
def test_keys_are_hmac_sha256(seed: bytes, label: str, x: str) -> None:
    """Seeds longer than a block of SHA-256 too."""
    assert Draw("TEST-2022", seed.hex()).keys(label, [x]) == [_key(seed.hex(), label, x)]


def test_chinese_text_is_hashed_as_utf8() -> None:
    assert Draw("考试", SEED).keys("date", ["张伟", ""]) == [
        _key(SEED, "date", "张伟", "考试"),
        _key(SEED, "date", "", "考试"),
    ]


def test_ordered_sorts_by_key_with_context() -> None:
    people = [f"A{i}" for i in range(50)]
    expected = sorted(people, key=lambda p: (_key(SEED, "center-place", f"C1/{p}"), p))
    assert Draw("TEST-2022", SEED).ordered("center-place", people, "C1/") == expected
    assert expected != people


def test_rotation_is_the_first_attempt_below_the_limit() -> None:
    draw = Draw("TEST-2022", SEED)
    for people in (1, 2, 7, 1000, 2**63 + 1):  # the last one refuses about half of all attempts
        limit = 2**64 // people * people
        attempt = 0
        while True:
            key = _key(SEED, "date-rotation", f"{CELL}\x1f{attempt}")
            value = int.from_bytes(key[:8], "big")
            if value < limit:
                break
            attempt += 1
        assert draw.rotation(CELL, people) == value % people


def test_some_rotation_needs_a_second_attempt() -> None:
    people = 2**63 + 1
    firsts = [
        int.from_bytes(_key(SEED, "date-rotation", f"{c}\x1f0")[:8], "big") for c in "abcdefgh"
    ]
    refused = [c for c, first in zip("abcdefgh", firsts, strict=True) if first >= people]
    assert refused
    draw = Draw("TEST-2022", SEED)
    for cell in refused:
        assert draw.rotation(cell, people) < people


def _literal_sequence(counts: dict[str, int]) -> list[str]:
    """docs/formats.md, section 5, word for word; steps count from 1."""
    total = sum(counts.values())
    dealt = dict.fromkeys(counts, 0)
    sequence = []
    for j in range(1, total + 1):
        released = []
        for t, q in counts.items():
            i = dealt[t] + 1
            if i <= q and (i - 1) * total // q < j:
                released.append((-(-i * total // q), t))
        _, t = min(released)
        dealt[t] += 1
        sequence.append(t)
    return sequence


@given(COUNTS)
def test_the_sequence_is_that_of_the_formats(counts: dict[str, int]) -> None:
    assert proportional_sequence(counts) == _literal_sequence(counts)


@given(COUNTS)
def test_every_prefix_is_within_one_of_proportional(counts: dict[str, int]) -> None:
    sequence = proportional_sequence(counts)
    total = sum(counts.values())
    assert Counter(sequence) == Counter({t: n for t, n in counts.items() if n})
    dealt: Counter[str] = Counter()
    for j, t in enumerate(sequence, start=1):
        dealt[t] += 1
        assert all(abs(dealt[s] * total - n * j) < total for s, n in counts.items())


def _cell(people: int, employers: int) -> dict[str, str]:
    return {f"A{i:03d}": f"E{i % employers}" if employers and i % 3 else "" for i in range(people)}


@given(st.integers(1, 60), st.integers(0, 5), st.data())
def test_counts_are_exact(people: int, employers: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, people))
    second = data.draw(st.integers(0, people - first))
    counts = {"C1": first, "C2": second, "": people - first - second}
    counts = {t: n for t, n in counts.items() if n}
    dealt = draw_dates(Draw("TEST-2022", SEED), CELL, _cell(people, employers), counts)
    assert dealt.keys() == _cell(people, employers).keys()
    assert Counter(dealt.values()) == counts


def test_everybody_has_the_same_chance() -> None:
    employers = {"A1": "E1", "A2": "E1", "A3": "E1", "A4": "E2", "A5": "", "A6": "", "A7": ""}
    counts = {"C1": 3, "C2": 2, "": 2}
    seeds = 2000
    seen: Counter[tuple[str, str]] = Counter()
    for seed in range(seeds):
        draw = Draw("TEST-2022", f"{seed:032x}")
        seen.update(draw_dates(draw, CELL, employers, counts).items())
    for candidate in employers:
        for sitting, count in counts.items():
            chance = count / len(employers)
            spread = sqrt(seeds * chance * (1 - chance))
            # 21 figures: four standard deviations are left by chance once in 700 sets of seeds.
            assert abs(seen[candidate, sitting] - seeds * chance) < 4 * spread


@pytest.mark.parametrize("seed", range(60))
def test_people_of_an_employer_are_spread_in_proportion(seed: int) -> None:
    """They sit side by side in the line, so a share of the sequence falls to them."""
    employers = _cell(90, 4)
    counts = {"C1": 41, "C2": 28, "C3": 14, "": 7}
    dealt = draw_dates(Draw("TEST-2022", f"{seed:032x}"), CELL, employers, counts)
    for employer in set(employers.values()):
        staff = [c for c, e in employers.items() if e == employer]
        got = Counter(dealt[c] for c in staff)
        for sitting, count in counts.items():
            assert abs(got[sitting] - len(staff) * count / 90) < 2


def test_the_order_of_rows_does_not_matter_and_the_seed_does() -> None:
    employers = _cell(40, 3)
    counts = {"C1": 25, "C2": 15}
    draw = Draw("TEST-2022", SEED)
    dealt = draw_dates(draw, CELL, employers, counts)
    backwards = dict(reversed(employers.items()))
    assert draw_dates(draw, CELL, backwards, dict(reversed(counts.items()))) == dealt
    assert draw_dates(Draw("TEST-2022", SEED[::-1]), CELL, employers, counts) != dealt
    assert draw_dates(Draw("TEST-2023", SEED), CELL, employers, counts) != dealt
    assert draw_dates(draw, CELL + "x", employers, counts) != dealt


def test_one_sitting_needs_no_draw() -> None:
    draw = Draw("TEST-2022", SEED)
    assert draw_dates(draw, CELL, {"A": "", "B": "E"}, {"C1": 2}) == {"A": "C1", "B": "C1"}


def test_dates_follow_the_formats_step_by_step() -> None:
    employers = _cell(23, 3)
    counts = {"C1": 9, "C2": 11, "": 3}
    line = sorted(
        employers,
        key=lambda c: (
            _key(SEED, "date-employer", CELL + SEPARATOR + employers[c]),
            employers[c],
            _key(SEED, "date", c),
            c,
        ),
    )
    draw = Draw("TEST-2022", SEED)
    shift = draw.rotation(CELL, 23)
    sequence = _literal_sequence(counts)
    expected = {c: sequence[(p + shift) % 23] for p, c in enumerate(line)}
    assert draw_dates(draw, CELL, employers, counts) == expected


def test_cell_text_and_excluded_employer() -> None:
    people = pd.DataFrame(
        {
            "exam_point": "2301", "specialty": "101", "subjects": "12",
            "needs": ["accessible;extra_time", "", ""], "employer": ["E1", "E2", ""],
            "pinned_center": ["", "A", ""], "pinned_sitting": ["", "", "C2"],
        }, dtype="str",
    )  # fmt: skip
    people = add_excluded_employer(people, frozenset({"E1", ""}))
    assert list(people["excluded_employer"]) == ["E1", "", ""]
    assert list(cell_texts(people)) == [
        "2301/101/12/accessible;extra_time/E1//",
        "2301/101/12///A/",
        "2301/101/12////C2",
    ]
    assert set(CELL_COLUMNS) <= set(people.columns)
