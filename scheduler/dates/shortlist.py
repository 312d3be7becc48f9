"""Which changes of dates are worth an exact look, in a problem too large to look at all.

The estimate knows no seats and no filling up: it squares what the groups on one date put on a
date beyond an even share of everybody. Two matrix products price every move and every swap.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Loads = npt.NDArray[np.float64]
MARGIN = 0.03
"""The last share of an even date that is to stay free for the groups on several dates."""


class Estimate:
    """Prices of all moves and swaps of the groups on one date.

    Args:
        size: people by (group, row), of the groups that may move.
        even: what an even date holds, by row.
        allowed: may the group use the sitting? by (group, sitting).
    """

    def __init__(self, size: Loads, even: Loads, allowed: npt.NDArray[np.bool_]) -> None:
        self._size = size
        self._even = even
        self._allowed = allowed

    def changes(self, loads: Loads, where: npt.NDArray[np.int64]) -> Loads:
        """By how much each change adds to the estimate; inf where it is not allowed.

        Args:
            loads: people of the groups on one date, by (row, sitting).
            where: sitting of each group.

        Returns:
            The moves (group, sitting), then the swaps (group, group), one after the other.
        """
        groups, sittings = len(where), loads.shape[1]
        rows = np.arange(groups)
        above = np.maximum(loads - (1 - MARGIN) * self._even[:, None], 0.0)
        weight = 1.0 / np.maximum(self._even, 1.0)
        # Of x² the slope is 2x; where a date is nearly full, half the curvature is 1.
        slope = self._size @ (2.0 * above * weight[:, None])
        full = (above > 0) * weight[:, None]
        square = (self._size**2) @ full
        to = slope + square
        away = -slope[rows, where] + square[rows, where]
        moves = to + away[:, None]
        moves[~self._allowed] = np.inf
        moves[rows, where] = np.inf
        swaps = moves[:, where] + moves[:, where].T
        for t in range(sittings):
            here = where == t
            met = (self._size[here] * full[:, t]) @ self._size.T
            swaps[here] -= 2.0 * met
            swaps[:, here] -= 2.0 * met.T
        swaps[np.tril_indices(groups)] = np.inf
        swaps[~np.isfinite(swaps)] = np.inf
        return np.concatenate([moves.ravel(), swaps.ravel()])
