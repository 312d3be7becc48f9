"""What the picture of a room says beside its seats: colours, counts per paper, warnings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from models.exam import Specialty
from models.reference import ReferenceData
from scheduler.plan_places import RoomView, State

COLOURS: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800")
"""Told apart with every kind of colour blindness: Okabe and Ito, *Color Universal Design* (2008);
the yellow is darkened, for it lies on white."""

PATTERNS: Final = 7
"""Kinds of hatching (``room_plan`` draws them), so that grey prints can be told apart."""

CIRCLED: Final = "①②③④"


@dataclass(frozen=True)
class Entry:
    """One specialty of the room.

    Attributes:
        colour: index of :data:`COLOURS`; equal for specialties that share a paper.
        pattern: 0 to ``PATTERNS - 1``; with the colour it names the specialty, while there are
            no more than 49.
        counts: candidates per session, in order of the sessions.
        people: candidates in the sitting.
    """

    specialty: Specialty
    colour: int
    pattern: int
    counts: tuple[int, ...]
    people: int


@dataclass(frozen=True)
class PaperCount:
    """One question paper of one session; ``seats`` are those open then, spare ones left out."""

    paper: str
    subject: int
    copies: int
    seats: int

    @property
    def above_half(self) -> bool:
        """More than every second seat has it; so neighbours do, unless something parts them."""
        return self.copies > 1 and 2 * self.copies > self.seats


@dataclass(frozen=True)
class Legend:
    """Everything the legend says.

    Attributes:
        entries: by paper group and code.
        papers: by session and paper.
        shared: papers that several specialties of the room have in common.
        taken: seats in use per session.
        open_seats: seats open per session, spare ones left out.
        forms: candidates by form, where the sitting has several.
    """

    entries: tuple[Entry, ...]
    papers: tuple[PaperCount, ...]
    shared: tuple[PaperCount, ...]
    taken: tuple[int, ...]
    open_seats: tuple[int, ...]
    forms: tuple[tuple[str, int], ...]

    @property
    def above_half(self) -> tuple[PaperCount, ...]:
        """Papers on more than half of the room's seats."""
        return tuple(p for p in self.papers if p.above_half)

    def entry(self, code: str) -> Entry:
        """The entry of a specialty in the room."""
        return next(e for e in self.entries if e.specialty.code == code)


def legend_of(view: RoomView, reference: ReferenceData) -> Legend:
    """Count one room in one sitting."""
    people = [one for cell in view.cells for one in cell.occupants]
    subjects = [s.subject for s in view.sessions]
    codes = sorted({p.specialty for p in people}, key=lambda c: (reference.group_of[c], c))
    styles = _styles(codes, reference)
    entries = []
    for code in codes:
        own = [p for p in people if p.specialty == code]
        counts = tuple(sum(p.mask >> (s - 1) & 1 for p in own) for s in subjects)
        entries.append(Entry(reference.specialty_by_code[code], *styles[code], counts, len(own)))
    open_seats = tuple(
        sum(view.state(cell, s) in (State.TAKEN, State.FREE) for cell in view.cells)
        for s in subjects
    )
    papers: list[PaperCount] = []
    shared: list[PaperCount] = []
    for i, subject in enumerate(subjects):
        copies: Counter[str] = Counter()
        users: Counter[str] = Counter()
        for entry in entries:
            if entry.counts[i]:
                copies[entry.specialty.papers[subject - 1]] += entry.counts[i]
                users[entry.specialty.papers[subject - 1]] += 1
        counted = [PaperCount(p, subject, n, open_seats[i]) for p, n in sorted(copies.items())]
        papers += counted
        shared += [p for p in counted if users[p.paper] > 1]
    forms = Counter(p.form for p in people if p.form)
    return Legend(
        tuple(entries),
        tuple(papers),
        tuple(shared),
        tuple(sum(e.counts[i] for e in entries) for i in range(len(subjects))),
        open_seats,
        tuple(sorted(forms.items())),
    )


def _styles(codes: list[str], reference: ReferenceData) -> dict[str, tuple[int, int]]:
    """Colour and pattern of each specialty: a colour per paper group, a pattern per member.

    Patterns begin at another one for each group, so few papers differ in both.
    """
    groups = sorted({reference.group_of[code] for code in codes})
    used: set[tuple[int, int]] = set()
    styles: dict[str, tuple[int, int]] = {}
    for code in codes:
        index = groups.index(reference.group_of[code])
        colour = index % len(COLOURS)
        first = index + index // len(COLOURS)
        wanted = [(first + i) % PATTERNS for i in range(PATTERNS)]
        pattern = next((p for p in wanted if (colour, p) not in used), wanted[0])
        used.add((colour, pattern))
        styles[code] = (colour, pattern)
    return styles
