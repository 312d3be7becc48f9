"""From people to counts and back: the solver sees classes, the keyed draw says who goes where."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scheduler.centers.problem import CLASS_COLUMNS, Counts
from scheduler.draw import Draw

_CODE_LIMIT = 2**62


def build_classes(candidates: pd.DataFrame) -> tuple[pd.DataFrame, Counts]:
    """Group placed candidates into classes.

    Args:
        candidates: the class columns as text, one row per candidate.

    Returns:
        The class columns and ``count``, sorted by the class columns, and per candidate row the
        row of its class.
    """
    codes = np.zeros(len(candidates), dtype=np.int64)
    size = 1
    for column in CLASS_COLUMNS:
        values, uniques = pd.factorize(candidates[column], sort=True)
        if size * max(len(uniques), 1) >= _CODE_LIMIT:
            present, codes = np.unique(codes, return_inverse=True)
            size = len(present)
        size *= max(len(uniques), 1)
        codes = codes * max(len(uniques), 1) + values
    _, first, class_of, counts = np.unique(
        codes, return_index=True, return_inverse=True, return_counts=True
    )
    classes = candidates.iloc[first][list(CLASS_COLUMNS)].reset_index(drop=True)
    return classes.assign(count=counts.astype(np.int64)), class_of.astype(np.int64)


def draw_centers(
    draw: Draw,
    candidate_ids: pd.Series,
    class_of: Counts,
    sittings: list[str],
    counts: list[dict[str, int]],
) -> npt.NDArray[np.object_]:
    """Center of every candidate: people in keyed order fill their class's centers in keyed order.

    A kind of the center draw (docs/formats.md, section 5) is a subset of a class, so restricted
    to a kind this is the same filling, block by block.

    Args:
        draw: the keyed draw.
        candidate_ids: one per candidate.
        class_of: class of each candidate.
        sittings: sitting of each class.
        counts: per class, people by center id; they sum to the size of the class.
    """
    centers = np.full(len(candidate_ids), "", dtype=object)
    only = np.array([next(iter(c)) if len(c) == 1 else "" for c in counts], dtype=object)
    centers[:] = only[class_of] if len(counts) else ""
    # Keys are costly for a country: only classes that are dealt to several centers need them.
    drawn = np.flatnonzero(np.array([len(c) > 1 for c in counts], dtype=bool)[class_of])
    drawn = drawn[np.argsort(candidate_ids.to_numpy(dtype=object)[drawn], kind="stable")]
    keys = draw.keys("center", candidate_ids.to_numpy(dtype=object)[drawn].tolist())
    # Sorted by class, then by the four words of the key; equal keys stay in order of their ids.
    words = np.frombuffer(b"".join(keys), dtype=">u8").astype(np.uint64).reshape(-1, 4)
    rows = drawn[np.lexsort((*words.T[::-1], class_of[drawn]))]
    filled: list[str] = []
    for klass in np.unique(class_of[drawn]).tolist():
        order = draw.ordered("center-place", sorted(counts[klass]), f"{sittings[klass]}/")
        for center in order:
            filled.extend([center] * counts[klass][center])
    centers[rows] = filled
    return centers
