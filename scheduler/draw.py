"""The keyed draws: counts say how many of a kind go where, the draw says who.

Every message is ``exam code U+001F label U+001F x`` under HMAC-SHA256 with the seed as key
(docs/formats.md, section 6). Nothing else in paikao is random.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.uint64]

SEPARATOR = "\x1f"
DEALS = 16
"""Seat deals compared per center and sitting."""

CELL_COLUMNS = (
    "exam_point", "specialty", "subjects", "needs", "excluded_employer",
    "pinned_center", "pinned_sitting",
)  # fmt: skip
CENTER_KIND_COLUMNS = (
    "exam_point", "sitting", "specialty", "subjects", "needs", "employer",
    "latitude", "longitude", "pinned_center", "pinned_sitting",
)  # fmt: skip

_BLOCK = 64
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
"""What SplitMix64 adds to its state before each number."""


def stream_numbers(starts: Numbers, nth: Ints) -> Numbers:
    """The ``nth`` number, from 1, of the SplitMix64 stream from each start; ``nth`` has the shape.

    A keyed hash for each of a million people would take longer than all the rest of their
    seating; so hashes start streams (Steele, Lea and Flood, OOPSLA 2014).
    """
    mixed = nth.astype(np.uint64)
    mixed *= _GAMMA
    mixed += starts
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


class Draw:
    """K(label, x) of one exam and seed.

    The two HMAC pads are hashed once and copied for every message: less than half the time of
    ``hmac.digest``, and millions of keys are drawn for a country.
    """

    def __init__(self, exam_code: str, seed_hex: str) -> None:
        """Prepare the keyed hash; ``seed_hex`` is the seed's bytes in hex."""
        seed = bytes.fromhex(seed_hex)
        key = (hashlib.sha256(seed).digest() if len(seed) > _BLOCK else seed).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(b ^ 0x36 for b in key))
        self._outer = hashlib.sha256(bytes(b ^ 0x5C for b in key))
        self._exam_code = exam_code

    def keys(self, label: str, messages: Iterable[str]) -> list[bytes]:
        """K(label, x) for every x."""
        inner, outer = self._labelled(label).copy, self._outer.copy
        keys = []
        for message in messages:
            h = inner()
            h.update(message.encode())
            o = outer()
            o.update(h.digest())
            keys.append(o.digest())
        return keys

    def starts(self, label: str, messages: Iterable[str]) -> Numbers:
        """Where the stream of each message starts: the first eight bytes of K(label, x)."""
        heads = b"".join([key[:8] for key in self.keys(label, messages)])
        return np.frombuffer(heads, dtype=">u8").astype(np.uint64)

    def _labelled(self, label: str) -> hashlib._Hash:
        inner = self._inner.copy()
        inner.update(f"{self._exam_code}{SEPARATOR}{label}{SEPARATOR}".encode())
        return inner

    def ordered(self, label: str, messages: Sequence[str], context: str = "") -> list[str]:
        """``messages`` in order of K(label, context + x), then of x."""
        keyed = zip(self.keys(label, (context + m for m in messages)), messages, strict=True)
        return [m for _, m in sorted(keyed)]

    def rotation(self, cell: str, people: int) -> int:
        """One uniform number in 0..people-1, without modulo bias."""
        limit = 2**64 // people * people
        attempt = 0
        while True:
            (key,) = self.keys("date-rotation", [f"{cell}{SEPARATOR}{attempt}"])
            value = int.from_bytes(key[:8], "big")
            if value < limit:
                return value % people
            attempt += 1


def proportional_sequence(counts: Mapping[str, int]) -> list[str]:
    """A sequence with ``counts[t]`` entries of t whose every prefix is within one of proportional.

    Earliest deadline first among the released entries (Tijdeman's chairman assignment).
    """
    total = sum(counts.values())
    ids = sorted(t for t, n in counts.items() if n)
    waiting = [(0, t) for t in ids]  # (first step at which the next entry is released, id)
    heapq.heapify(waiting)
    released: list[tuple[int, str]] = []  # (deadline, id)
    dealt = dict.fromkeys(ids, 0)
    sequence: list[str] = []
    for step in range(total):
        while waiting and waiting[0][0] <= step:
            t = heapq.heappop(waiting)[1]
            heapq.heappush(released, (-(-(dealt[t] + 1) * total // counts[t]), t))
        t = heapq.heappop(released)[1]
        dealt[t] += 1
        sequence.append(t)
        if dealt[t] < counts[t]:
            heapq.heappush(waiting, (dealt[t] * total // counts[t], t))
    return sequence


def draw_dates(
    draw: Draw, cell: str, employers: Mapping[str, str], counts: Mapping[str, int]
) -> dict[str, str]:
    """Deal the sittings of one cell: everybody has probability exactly q_t / N for t.

    Args:
        draw: the keyed draw.
        cell: the cell's text, its parts joined by ``/``.
        employers: employer by candidate id, of everybody in the cell.
        counts: how many for each sitting id, ``""`` for unplaced.

    Returns:
        The sitting id (or ``""``) by candidate id.
    """
    if len(counts) == 1:
        (only,) = counts
        return dict.fromkeys(employers, only)
    staffs = draw.ordered("date-employer", sorted(set(employers.values())), cell + SEPARATOR)
    turn = {employer: i for i, employer in enumerate(staffs)}
    turns = map(turn.__getitem__, employers.values())
    line = sorted(zip(turns, draw.keys("date", employers), employers, strict=True))
    sequence = proportional_sequence(counts)
    shift = draw.rotation(cell, len(line))
    turned = sequence[shift:] + sequence[:shift]
    return {candidate: t for (_, _, candidate), t in zip(line, turned, strict=True)}


def add_excluded_employer(candidates: pd.DataFrame, host_employers: frozenset[str]) -> pd.DataFrame:
    """The frame with ``excluded_employer``: the employer where it hosts a center, else blank."""
    employer = candidates["employer"]
    hosts = employer.isin(sorted(host_employers - {""}))
    return candidates.assign(excluded_employer=employer.where(hosts, ""))


def cell_texts(frame: pd.DataFrame) -> pd.Series:
    """The text of the cell of each row: the cell columns joined by ``/``."""
    text = frame[CELL_COLUMNS[0]]
    for column in CELL_COLUMNS[1:]:
        text = text + "/" + frame[column]
    return text
