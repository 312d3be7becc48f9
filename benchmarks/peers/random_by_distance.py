"""Peer (b): kinds in random order, each to near centers in jittered order of distance.

The idea of the open national allocator of Nepal (moest-np/center-randomize), told anew: large
schools first, otherwise at random; centers within 2 km by distance times a random factor, 100 or
200 people to each; what is left goes to centers within 7 km, stretched by 2 %; a school and its
center's school are never exchanged.
"""

from __future__ import annotations

import numpy as np

from benchmarks.peers.exam import Part
from benchmarks.peers.instance import Instance, Integers

NEAR, FAR = 2_000, 7_000
"""Metres: preferred, and at most; both are settings of a city."""
ANYWHERE = 10_000_000
LEAST = 10
STRETCH = 0.02


def allot(
    instance: Instance,
    seed: int,
    exchanged: dict[tuple[int, int], tuple[int, int]],
    farthest: int = FAR,
) -> Integers:
    """The allotment ``[kind, center]``.

    Args:
        instance: the head counts.
        seed: of the random order.
        exchanged: (kind, center) to the pair that would exchange two schools with it.
        farthest: how far anybody may travel, in metres.
    """
    rng = np.random.default_rng(seed)
    large = np.where(instance.people > 500, -1, 1)
    allotted = np.zeros_like(instance.metres)
    left = instance.seats.copy()
    for kind in np.argsort(large * rng.uniform(1, 100, len(large)), kind="stable").tolist():
        to_send = int(instance.people[kind])
        share = 100 if to_send <= 400 else 200
        for reach, stretched in ((NEAR, False), (farthest, True)):
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


def send(part: Part, seed: int) -> Integers:
    """People by (kind, place) of one part of an exam.

    Every sitting of a center is a center of its own, and a seat is for one person: the idea knows
    neither dates nor subjects. Seats of several kinds count as one place where a kind of people
    may sit in some of them; a prefecture is no city, so everybody may travel as far as need be.
    Kinds are people of one employer who travel from one place; without one, all is equally near.
    """
    keys = [(place.center, place.sitting) for place in part.places]
    column = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    of_place = np.array([column[key] for key in keys], dtype=np.int64)
    first = np.unique(of_place, return_index=True)[1]
    seats = np.zeros(len(column), dtype=np.int64)
    np.add.at(seats, of_place, [place.seats for place in part.places])
    own = np.stack([part.forbidden[:, of_place == c].all(axis=1) for c in range(len(column))], 1)
    instance = Instance(part.people, seats, np.maximum(part.metres[:, first], 1), own)
    allotted = np.zeros(part.forbidden.shape, dtype=np.int64)
    allotted[:, first] = allot(instance, seed, {}, ANYWHERE)
    return allotted


def _near(instance: Instance, kind: int, reach: int, rng: np.random.Generator) -> list[int]:
    metres = instance.metres[kind]
    allowed = ~instance.own[kind]
    within = np.flatnonzero(allowed & (metres <= reach))
    if not len(within):
        open_to = np.flatnonzero(allowed)
        if not len(open_to):
            return []
        return [int(open_to[np.argmin(metres[open_to])])]
    order = np.argsort(metres[within] * rng.uniform(1, 5, len(within)), kind="stable")
    return [int(c) for c in within[order]]
