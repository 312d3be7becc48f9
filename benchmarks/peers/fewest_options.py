"""Peer (a): whoever has the fewest open places to choose from is next, and chooses at random.

The idea of open seating tools for university exams (Berkeley's exam seating among them).
"""

from __future__ import annotations

import numpy as np

from benchmarks.peers.instance import Instance, Integers


def allot(instance: Instance, seed: int) -> Integers:
    """The allotment ``[kind, center]``; people of a kind choose one after the other."""
    rng = np.random.default_rng(seed)
    allotted = np.zeros_like(instance.metres)
    left = instance.seats.copy()
    waiting = instance.people.copy()
    order = rng.permutation(len(waiting))
    while waiting.any():
        open_places = np.where(instance.own, 0, left[None, :]).sum(axis=1)
        options = np.where(waiting > 0, open_places, np.iinfo(np.int64).max)
        kind = int(order[np.argmin(options[order])])
        free = np.where(instance.own[kind], 0, left)
        number = min(int(waiting[kind]), int(free.sum()))
        if number:
            chosen = rng.multivariate_hypergeometric(free, number)
            allotted[kind] += chosen
            left -= chosen
        waiting[kind] = 0
    return allotted
