"""The keyed draw, restated from docs/formats.md, section 6."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from itertools import count

import numpy as np
import numpy.typing as npt

SEPARATOR = "\x1f"
_BLOCK = 64
_FIRST_EIGHT_BYTES = 1 << 64

Words = npt.NDArray[np.uint64]
"""Digests as four big-endian 64-bit words each, shape (n, 4); comparing words compares bytes."""


class Keys:
    """``K(label, x) = HMAC-SHA256(seed, exam code U+001F label U+001F x)``.

    Written with plain SHA-256 objects whose state after the key and the common start of the
    message is copied, which is several times faster than a fresh HMAC for every candidate.
    """

    def __init__(self, seed: bytes, exam_code: str) -> None:
        key = hashlib.sha256(seed).digest() if len(seed) > _BLOCK else seed
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded))
        self._outer = hashlib.sha256(bytes(b ^ 0x5C for b in padded))
        self._exam_code = exam_code

    def words(self, label: str, texts: Iterable[str]) -> Words:
        """The keys of ``texts``, shape (n, 4)."""
        start = self._inner.copy()
        start.update(f"{self._exam_code}{SEPARATOR}{label}{SEPARATOR}".encode())
        copy_inner, copy_outer = start.copy, self._outer.copy
        digests = []
        for text in texts:
            inner = copy_inner()
            inner.update(text.encode())
            outer = copy_outer()
            outer.update(inner.digest())
            digests.append(outer.digest())
        raw = np.frombuffer(b"".join(digests), dtype=">u8")
        return raw.reshape(-1, 4).astype(np.uint64)

    def streams(self, label: str, texts: Iterable[str]) -> Words:
        """Where the stream of numbers of each text starts: the first word of its key."""
        return self.words(label, texts)[:, 0]

    def rotation(self, cell: str, size: int) -> int:
        """Uniform in ``0..size - 1``: the first key below the largest multiple of ``size``."""
        limit = _FIRST_EIGHT_BYTES // size * size
        for attempt in count():
            key = self.words("date-rotation", [f"{cell}{SEPARATOR}{attempt}"])
            first = int(key[0, 0])
            if first < limit:
                return first % size
        raise AssertionError("unreachable: count() never ends")


def stream_numbers(starts: Words, nth: npt.NDArray[np.int64]) -> Words:
    """The ``nth`` number, from 1, of each SplitMix64 stream."""
    z = starts + np.uint64(0x9E3779B97F4A7C15) * nth.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        z ^= z >> np.uint64(shift)
        z *= np.uint64(factor)
    z ^= z >> np.uint64(31)
    return z


def drawn_order(groups: npt.NDArray[np.int64], keys: Words) -> npt.NDArray[np.int64]:
    """Positions sorted by group, then by key as bytes.

    Equal keys of different texts would be a SHA-256 collision, so the tie rule of the contract
    ("then by x") never decides; equal texts keep their order.
    """
    order = np.lexsort((keys[:, 0], groups)).astype(np.int64)
    tied = (np.diff(groups[order]) == 0) & (keys[order[1:], 0] == keys[order[:-1], 0])
    if tied.any():  # the first eight bytes do not always decide
        order = np.lexsort((*keys.T[::-1], groups)).astype(np.int64)
    return order


@cache
def dealt_sequence(quotas: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """Entries 0..T-1 in the order in which they are dealt; ``quotas[t]`` times each.

    Entry ``i`` (from 1) of ``t`` may be dealt at step ``j`` (from 0) when
    ``floor((i - 1) N / q) <= j`` and is due at ``ceil(i N / q)``; the earliest deadline goes
    first, then the smallest ``t``. Every prefix stays within one of proportional.
    """
    total = sum(quotas)
    used = [t for t, quota in enumerate(quotas) if quota]
    release = [0] * len(quotas)
    deadline = [-(-total // quota) if quota else 0 for quota in quotas]
    dealt = [0] * len(quotas)
    sequence = np.empty(total, dtype=np.int64)
    for step in range(total):
        best = -1
        for t in used:
            if (
                dealt[t] < quotas[t]
                and release[t] <= step
                and (best < 0 or deadline[t] < deadline[best])
            ):
                best = t
        sequence[step] = best
        dealt[best] += 1
        release[best] = dealt[best] * total // quotas[best]
        deadline[best] = -(-(dealt[best] + 1) * total // quotas[best])
    return sequence
