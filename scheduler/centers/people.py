"""From people to counts and back: the solver sees classes, the keyed draw says who goes where."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from scheduler.centers.layout import positions
from scheduler.centers.problem import CLASS_COLUMNS, Counts, Piece
from scheduler.draw import Draw

_CODE_LIMIT = 2**62


def build_classes(candidates: pd.DataFrame) -> tuple[pd.DataFrame, Counts]:
    """Group placed candidates into classes.

    Args:
        candidates: the class columns, one row per candidate.

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
        codes *= max(len(uniques), 1)  # in place: the arrays are as long as the roster
        codes += values
    class_of, present = pd.factorize(codes, sort=True)
    member = np.zeros(len(present), dtype=np.int64)
    member[class_of] = np.arange(len(codes))  # any one: the class columns are all alike
    classes = candidates[list(CLASS_COLUMNS)].iloc[member].reset_index(drop=True).astype("str")
    counts = np.bincount(class_of, minlength=len(present))
    return classes.assign(count=counts.astype(np.int64)), class_of.astype(np.int64)


def draw_centers(
    draw: Draw,
    candidate_ids: pd.Series,
    class_of: Counts,
    seated: Iterable[tuple[Piece, Counts]],
) -> pd.Series:
    """Center of every candidate: people in keyed order fill their class's centers in keyed order.

    A kind of the center draw (docs/formats.md, section 5) is a subset of a class, so restricted
    to a kind this is the same filling, block by block.

    Args:
        draw: the keyed draw.
        candidate_ids: one per candidate.
        class_of: class of each candidate.
        seated: every piece and its people by (class, center); they sum to the size of the class.
    """
    names: list[str] = []
    # Class, center and people of each stretch of a class that goes to one center.
    stretches: list[Counts] = [np.zeros((3, 0), dtype=np.int64)]
    for piece, counts in seated:
        centers = draw.ordered("center-place", piece.centers, f"{piece.sitting}/")
        column = {center: i for i, center in enumerate(piece.centers)}
        in_order = counts[:, [column[center] for center in centers]]
        klass, place = positions(in_order)
        stretches.append(
            np.stack([piece.class_rows[klass], len(names) + place, in_order[klass, place]])
        )
        names += centers
    klass, place, people = np.concatenate(stretches, axis=1)
    number = np.bincount(klass)
    only = np.zeros(len(number), dtype=np.int64)
    only[klass] = place
    center_of = only[class_of]
    # Keys are costly for a country: only classes that are dealt to several centers need them.
    drawn = np.flatnonzero((number > 1)[class_of])
    dealt = np.flatnonzero(number[klass] > 1)
    dealt = dealt[np.argsort(klass[dealt], kind="stable")]
    rows = _in_keyed_order(draw, candidate_ids, class_of, drawn)
    center_of[rows] = np.repeat(place[dealt], people[dealt])
    return pd.Series(
        pd.array(names, dtype="str").take(center_of), index=candidate_ids.index, name="center_id"
    )


def _in_keyed_order(draw: Draw, candidate_ids: pd.Series, class_of: Counts, rows: Counts) -> Counts:
    """Rows of candidates by class, then by the four words of the key, which never ties."""
    keys = draw.keys("center", candidate_ids.iloc[rows].tolist())
    words = np.frombuffer(b"".join(keys), dtype=">u8").astype(np.uint64).reshape(-1, 4)
    return rows[np.lexsort((*words.T[::-1], class_of[rows]))]
