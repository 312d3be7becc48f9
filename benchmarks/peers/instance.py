"""Head counts to be sent to centers: the part of the problem that every peer can do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Instance:
    """One sitting. ``metres[kind, center]``; ``own[kind, center]`` is forbidden."""

    people: Integers
    seats: Integers
    metres: Integers
    own: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Judgement:
    """What an allotment ``[kind, center]`` comes to, counted anew."""

    unplaced: int
    over: int
    own: int
    mean_km: float
    farthest_km: float


def judge(instance: Instance, allotted: Integers) -> Judgement:
    """Count everything from the allotment alone.

    Raises:
        ValueError: more people of a kind are sent than there are, or fewer than none.
    """
    sent = allotted.sum(axis=1)
    if (allotted < 0).any() or (sent > instance.people).any():
        raise ValueError("the allotment sends people who do not exist")
    placed = max(int(sent.sum()), 1)
    return Judgement(
        unplaced=int((instance.people - sent).sum()),
        over=int(np.maximum(allotted.sum(axis=0) - instance.seats, 0).sum()),
        own=int(allotted[instance.own].sum()),
        mean_km=float((allotted * instance.metres).sum()) / placed / 1000,
        farthest_km=float(instance.metres[allotted > 0].max(initial=0)) / 1000,
    )
