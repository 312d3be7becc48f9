"""Peer (b): kinds in random order, each to near centers in jittered order of distance.

The idea of the open national allocator of Nepal (moest-np/center-randomize), told anew: large
schools first, otherwise at random; centers within 2 km by distance times a random factor, 100 or
200 people to each; what is left goes to centers within 7 km, stretched by 2 %; a school and its
center's school are never exchanged.
"""

from __future__ import annotations

import numpy as np

from benchmarks.peers.instance import Instance, Integers

NEAR, FAR = 2_000, 7_000
LEAST = 10
STRETCH = 0.02


def allot(
    instance: Instance, seed: int, exchanged: dict[tuple[int, int], tuple[int, int]]
) -> Integers:
    """The allotment ``[kind, center]``.

    Args:
        instance: the head counts.
        seed: of the random order.
        exchanged: (kind, center) to the pair that would exchange two schools with it.
    """
    rng = np.random.default_rng(seed)
    large = np.where(instance.people > 500, -1, 1)
    allotted = np.zeros_like(instance.metres)
    left = instance.seats.copy()
    for kind in np.argsort(large * rng.uniform(1, 100, len(large)), kind="stable").tolist():
        to_send = int(instance.people[kind])
        share = 100 if to_send <= 400 else 200
        for reach, stretched in ((NEAR, False), (FAR, True)):
            for center in _near(instance, kind, reach, rng):
                mirror = exchanged.get((kind, center))
                if to_send == 0 or (mirror is not None and allotted[mirror]):
                    continue
                extra = int(instance.seats[center] * STRETCH) if stretched else 0
                room = int(left[center]) + extra
                number = min(to_send, max(room, LEAST)) if stretched else min(
                    to_send, share, max(room, LEAST))  # fmt: skip
                if number > room:
                    continue
                allotted[kind, center] += number
                left[center] -= number
                to_send -= number
    return allotted


def _near(instance: Instance, kind: int, reach: int, rng: np.random.Generator) -> list[int]:
    metres = instance.metres[kind]
    allowed = ~instance.own[kind]
    within = np.flatnonzero(allowed & (metres <= reach))
    if not len(within):
        open_to = np.flatnonzero(allowed)
        return [int(open_to[np.argmin(metres[open_to])])]
    order = np.argsort(metres[within] * rng.uniform(1, 5, len(within)), kind="stable")
    return [int(c) for c in within[order]]
