"""Kinds of candidates as numbers, with what the seats stage asks of them in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.reference import ReferenceData
from models.text import parse_items, subjects_to_mask
from scheduler.seats.pools import Class

Ints = npt.NDArray[np.int64]
SUBJECT_BITS = np.array([1, 2, 4, 8], dtype=np.int64)


class Kind(NamedTuple):
    """Candidates whom the seats stage cannot tell apart (docs/formats.md, section 6)."""

    specialty: str
    subjects: str
    needs: str

    @property
    def seat_class(self) -> Class:
        """The mask and the needs."""
        return _seat_class(self.subjects, self.needs)


@lru_cache(maxsize=4096)
def _seat_class(subjects: str, needs: str) -> Class:
    return Class(subjects_to_mask(subjects), tuple(sorted(parse_items(needs))))


@dataclass(frozen=True)
class KindTable:
    """Some kinds, ascending; the columns run over them.

    Attributes:
        kinds: the kinds.
        names: what the draw calls them.
        mask: the subjects they sit.
        sits: is the subject sat? Shape (kinds, 4).
        met_in: is it the first subject sat, in which a neighbour is met? Shape (4, kinds + 1);
            the last column is for nobody.
        papers: question paper of each subject, numbered from 1 within the subject; 0 where the
            subject is not sat. Shape (kinds, 4).
        specialty: number of the specialty, ascending.
        group: number of the paper group, ascending.
        classes: their classes, ascending.
        class_of: index into ``classes``.
    """

    kinds: Sequence[Kind]
    names: Sequence[str]
    mask: Ints
    sits: npt.NDArray[np.bool_]
    met_in: npt.NDArray[np.bool_]
    papers: Ints
    specialty: Ints
    group: Ints
    classes: Sequence[Class]
    class_of: Ints

    @classmethod
    def of(cls, kinds: Sequence[Kind], reference: ReferenceData) -> KindTable:
        """The table of ``kinds``, which ascend."""
        specialties = sorted({kind.specialty for kind in kinds})
        groups = [reference.group_of[code] for code in specialties]
        papers = zip(*(reference.specialty_by_code[s].papers for s in specialties), strict=True)
        numbered = np.array([_numbered(column) for column in papers], dtype=np.int64).T + 1
        index = {code: i for i, code in enumerate(specialties)}
        specialty = np.array([index[kind.specialty] for kind in kinds], dtype=np.int64)
        own = [kind.seat_class for kind in kinds]
        classes = sorted(set(own))
        number = {one: i for i, one in enumerate(classes)}
        mask = np.array([one.mask for one in own], dtype=np.int64)
        sits = (mask[:, None] & SUBJECT_BITS) != 0
        first = sits.argmax(axis=1)
        nobody = np.zeros((len(SUBJECT_BITS), 1), dtype=np.bool_)
        return cls(
            kinds=kinds,
            names=["/".join(kind) for kind in kinds],
            mask=mask,
            sits=sits,
            met_in=np.append(first == np.arange(len(SUBJECT_BITS))[:, None], nobody, axis=1),
            papers=np.where(sits, numbered[specialty], 0),
            specialty=specialty,
            group=np.array(_numbered(groups), dtype=np.int64)[specialty],
            classes=classes,
            class_of=np.array([number[one] for one in own], dtype=np.int64),
        )

    def papers_of(self, held: Ints) -> Ints:
        """The papers of each seat from the kind that sits each subject, -1 for nobody."""
        papers = np.concatenate([self.papers, np.zeros((1, self.papers.shape[1]), np.int64)])
        return np.stack([paper[kind] for paper, kind in zip(papers.T, held.T, strict=True)], axis=1)


def _numbered(texts: Sequence[str]) -> list[int]:
    index = {text: i for i, text in enumerate(sorted(set(texts)))}
    return [index[text] for text in texts]
