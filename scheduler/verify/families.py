"""The families of pairwise intersecting subject masks, found by enumeration.

Docs/model.md, section 2: candidates who pairwise share a subject need different seats, and for at
most four subjects the largest such family gives the seats needed. This is the verifier's own
derivation; the allocator's is not imported.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt


@cache
def intersecting_families(open_subjects: int) -> tuple[frozenset[int], ...]:
    """All maximal families of pairwise intersecting non-empty masks within ``open_subjects``.

    Every set of masks is looked at (2^15 for four subjects). With ``common(S)`` the masks that
    meet every member of ``S``, a set is intersecting when it lies inside ``common(S)`` and
    maximal when nothing can be added; a mask meets itself, so both hold exactly if
    ``S == common(S)``.

    Args:
        open_subjects: bit ``i - 1`` set for each open subject ``i``; at most four bits.

    Returns:
        Twelve families for four open subjects, four for three, two for two, one for one.
    """
    masks = [m for m in range(1, open_subjects + 1) if m & ~open_subjects == 0]
    if not masks:
        return ()
    everything = (1 << len(masks)) - 1
    common = np.full(1 << len(masks), everything, dtype=np.int64)
    for i, mask in enumerate(masks):
        meets = sum(1 << j for j, other in enumerate(masks) if mask & other)
        block = 1 << i
        common[block : 2 * block] = common[:block] & meets
    maximal = np.flatnonzero(common == np.arange(len(common)))
    return tuple(
        frozenset(mask for i, mask in enumerate(masks) if chosen >> i & 1)
        for chosen in maximal.tolist()
    )


@cache
def membership(open_subjects: int) -> npt.NDArray[np.int64]:
    """Families as a 0/1 matrix, shape (families, 16), indexed by mask."""
    families = intersecting_families(open_subjects)
    matrix = np.zeros((len(families), 16), dtype=np.int64)
    for row, family in enumerate(families):
        matrix[row, sorted(family)] = 1
    return matrix
