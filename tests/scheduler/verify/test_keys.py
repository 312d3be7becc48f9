from __future__ import annotations

import hashlib
import hmac
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.verify.keys import Keys, dealt_sequence, drawn_order

SEED = bytes.fromhex("00112233445566778899aabbccddeeff")


@pytest.mark.parametrize("seed", [SEED, b"x" * 64, b"y" * 65])
def test_keys_are_hmac_sha256(seed: bytes) -> None:
    words = Keys(seed, "WSZG-2022").words("date", ["A1", "甲", ""])
    for row, text in zip(words, ["A1", "甲", ""], strict=True):
        message = f"WSZG-2022\x1fdate\x1f{text}".encode()
        assert row.astype(">u8").tobytes() == hmac.new(seed, message, hashlib.sha256).digest()


def test_no_keys_of_nobody() -> None:
    assert Keys(SEED, "E").words("date", []).shape == (0, 4)


def test_labels_and_exams_draw_apart() -> None:
    keys = {
        Keys(SEED, exam).words(label, ["A1"]).tobytes()
        for exam in ("E1", "E2")
        for label in ("date", "center")
    }
    assert len(keys) == 4


def test_order_is_by_group_then_by_key() -> None:
    ids = [f"A{i:03d}" for i in range(300)]
    words = Keys(SEED, "E").words("seat", ids)
    groups = np.arange(300) % 3
    expected = sorted(range(300), key=lambda i: (i % 3, words[i].astype(">u8").tobytes()))
    assert drawn_order(groups, words).tolist() == expected


def test_keys_that_agree_in_eight_bytes_are_compared_whole() -> None:
    words = np.array([[7, 1, 0, 5], [7, 0, 9, 9], [7, 1, 0, 4], [3, 9, 9, 9]], np.uint64)
    assert drawn_order(np.array([1, 1, 1, 2]), words).tolist() == [1, 2, 0, 3]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=5).filter(any))
def test_every_prefix_is_within_one_of_proportional(quotas: list[int]) -> None:
    sequence = dealt_sequence(tuple(quotas))
    total = sum(quotas)
    assert np.bincount(sequence, minlength=len(quotas)).tolist() == quotas
    for end in range(total + 1):
        for t, quota in enumerate(quotas):
            dealt = int((sequence[:end] == t).sum())
            assert abs(Fraction(end * quota, total) - dealt) <= 1


def test_sequences_worked_out_by_hand() -> None:
    """q = (2, 1), N = 3.

    Step 0: entry 1 of t=0 is due at ceil(3/2) = 2, of t=1 at 3: 0. Step 1: entry 2 of t=0 was
    released at floor(3/2) = 1 and is due at 3, as is t=1: the smaller id, 0. Step 2: 1.
    """
    assert dealt_sequence((2, 1)).tolist() == [0, 0, 1]
    assert dealt_sequence((0, 4)).tolist() == [1, 1, 1, 1]
    assert dealt_sequence((1, 1, 2)).tolist() == [2, 0, 1, 2]


def test_rotation_follows_the_keys() -> None:
    size = 7
    message = b"E\x1fdate-rotation\x1fcell\x1f0"
    first = int.from_bytes(hmac.new(SEED, message, hashlib.sha256).digest()[:8], "big")
    assert first < 2**64 // size * size  # so the first draw counts
    assert Keys(SEED, "E").rotation("cell", size) == first % size


def test_rotation_skips_draws_above_the_largest_multiple() -> None:
    """With size 2^63 + 1 about half of the draws are above the only multiple."""
    size = 2**63 + 1
    keys = Keys(SEED, "E")
    for cell in ("a", "b", "c", "d", "e", "f"):
        draws = [int(keys.words("date-rotation", [f"{cell}\x1f{i}"])[0, 0]) for i in range(60)]
        assert keys.rotation(cell, size) == next(d for d in draws if d < size)
