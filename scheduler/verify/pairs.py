"""Neighbouring pairs of a finished plan, counted from who sits where."""

from __future__ import annotations

import numpy as np

from scheduler.verify.evidence import SUBJECTS, Evidence, Occupancy
from scheduler.verify.layout import Flags, Ints
from scheduler.verify.spread import shared_values


def paper_pairs(evidence: Evidence) -> Ints:
    """Same-paper pairs on each edge of ``evidence.occupancy``."""
    taken = evidence.occupancy
    return _pairs(taken, taken.carried(evidence.sat_papers(taken.rows)))


def employer_pairs(evidence: Evidence, employer: Ints) -> Ints:
    """Same-employer pairs on each edge.

    Args:
        evidence: the plan.
        employer: of each of ``occupancy.rows``, negative for none.
    """
    taken = evidence.occupancy
    return _pairs(taken, taken.carried(by_subject(evidence, employer)))


def _pairs(taken: Occupancy, carried: Ints) -> Ints:
    """On each edge, the values that both ends carry in some subject."""
    shared = shared_values(carried[taken.left], carried[taken.right])
    pairs: Ints = shared.sum(axis=1, dtype=np.int64)
    return pairs


def by_subject(evidence: Evidence, value: Ints) -> Ints:
    """A value of each of ``occupancy.rows`` in the subjects that the person sits, else -1."""
    mask = evidence.placed["mask"].to_numpy()[evidence.occupancy.rows]
    bits = np.array([1 << (i - 1) for i in SUBJECTS])
    return np.where((mask[:, None] & bits) != 0, value[:, None], -1)


def employers(evidence: Evidence) -> Ints:
    """Employer of each of ``occupancy.rows``, negative for none."""
    column = evidence.planned["employer"]
    code = np.where(column == "", -1, column.cat.codes.to_numpy(np.int64))
    person = evidence.placed["person"].to_numpy()[evidence.occupancy.rows]
    employer: Ints = np.append(code, -1)[person]
    return employer


def same_form(evidence: Evidence) -> Flags:
    """Per edge: do both seats have the same form?

    The form is read from the people on the seat, who all have the same in a sound plan.
    """
    taken = evidence.occupancy
    code = evidence.seats["form"].cat.codes.to_numpy(np.int64)[taken.rows]
    form = np.zeros(len(taken.cell), np.int64)
    form[taken.slot] = code
    same: Flags = form[taken.left] == form[taken.right]
    return same
