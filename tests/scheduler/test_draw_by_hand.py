"""The date draw against docs/formats.md, "Date draw", word for word and without the product."""

from __future__ import annotations

import hmac
from hashlib import sha256
from math import ceil, floor

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.draw import Draw, draw_dates

EXAM = "WSZG-2022"


def key(seed: bytes, label: str, x: str) -> bytes:
    """K(label, x): the message is exam code, U+001F, label, U+001F, x in UTF-8."""
    return hmac.digest(seed, "\u001f".join([EXAM, label, x]).encode("utf-8"), sha256)


def in_keyed_order(seed: bytes, label: str, texts: dict[str, str]) -> list[str]:
    """The texts by the key of what stands for them, compared as bytes, then by x."""
    return sorted(texts, key=lambda text: (key(seed, label, texts[text]), texts[text]))


def dealt_sequence(quotas: dict[str, int], people: int) -> list[str]:
    """At step j, of the t whose next entry is released, the earliest deadline, then smallest id."""
    next_entry = dict.fromkeys(quotas, 1)
    sequence: list[str] = []
    for j in range(1, people + 1):
        candidates = []
        for t, q in quotas.items():
            i = next_entry[t]
            if i <= q and floor((i - 1) * people / q) < j:
                candidates.append((ceil(i * people / q), t))
        chosen = sorted(candidates)[0][1]
        next_entry[chosen] += 1
        sequence.append(chosen)
    return sequence


def rotation(seed: bytes, cell: str, people: int) -> int:
    """The first 64-bit number below the largest multiple of N, modulo N."""
    largest = (2**64 // people) * people
    attempt = 0
    while True:
        number = int.from_bytes(key(seed, "date-rotation", f"{cell}\u001f{attempt}")[:8], "big")
        if number < largest:
            return number % people
        attempt += 1


def dates_by_hand(
    seed: bytes, cell: str, employer_of: dict[str, str], quotas: dict[str, int]
) -> dict[str, str]:
    employers = {e: f"{cell}\u001f{e}" for e in employer_of.values()}
    line: list[str] = []
    for employer in in_keyed_order(seed, "date-employer", employers):
        own = {c: c for c, e in employer_of.items() if e == employer}
        line += in_keyed_order(seed, "date", own)
    people = len(line)
    sequence = dealt_sequence(quotas, people)
    r = rotation(seed, cell, people)
    return {candidate: sequence[(p + r) % people] for p, candidate in enumerate(line)}


@st.composite
def cells(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, int]]:
    """People with employers, and how many of them sit when ("" is unplaced)."""
    employers = draw(st.lists(st.sampled_from(["", "E1", "E2", "E-10", "_"]), min_size=1))
    people = {f"A{i:03d}": e for i, e in enumerate(employers)}
    left = len(people)
    quotas: dict[str, int] = {}
    for sitting in draw(st.permutations(["", "C1", "C2", "C3"])):
        quotas[sitting] = draw(st.integers(0, left))
        left -= quotas[sitting]
    quotas["C10"] = left
    return people, {t: q for t, q in quotas.items() if q}


@given(
    st.binary(min_size=16, max_size=64),
    st.sampled_from(["2301/368/1234////", "2300/101/24/accessible/E1//C2", ""]),
    cells(),
)
@settings(max_examples=200, deadline=None)
def test_the_draw_is_the_one_of_the_formats(
    seed: bytes, cell: str, case: tuple[dict[str, str], dict[str, int]]
) -> None:
    people, quotas = case
    by_hand = dates_by_hand(seed, cell, people, quotas)
    assert draw_dates(Draw(EXAM, seed.hex()), cell, people, quotas) == by_hand
