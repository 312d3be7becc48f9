"""What a finished plan says of itself: manifest, goals, shortages, repairs, violations."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from models.base import Code, Frozen, OptionalCode
from models.policy import Policy

FORMAT_VERSION = 1


class GoalStatus(StrEnum):
    """``OPTIMAL``: value equals a proven bound. ``FEASIBLE``: it may be improvable."""

    OPTIMAL = "OPTIMAL"
    FEASIBLE = "FEASIBLE"


class GoalResult(Frozen):
    """One line of the goals; ``gap = (value - bound) / max(value, 1)``, six decimals."""

    goal: int = Field(ge=1, le=6)
    unit: str
    value: int = Field(ge=0)
    bound: int = Field(ge=0)
    gap: float = Field(ge=0)
    status: GoalStatus


def goal_result(goal: int, unit: str, value: int, bound: int) -> GoalResult:
    """A goal line; OPTIMAL exactly when the value equals its proven bound."""
    status = GoalStatus.OPTIMAL if value == bound else GoalStatus.FEASIBLE
    gap = round((value - bound) / max(value, 1), 6)
    return GoalResult(goal=goal, unit=unit, value=value, bound=bound, gap=gap, status=status)


class Totals(Frozen):
    """in = placed + unplaced + set_aside."""

    in_: int = Field(alias="in", ge=0)
    placed: int = Field(ge=0)
    unplaced: int = Field(ge=0)
    set_aside: int = Field(ge=0)

    model_config = ConfigDict(populate_by_name=True)


class RosterIdentity(Frozen):
    """Which roster was planned: SHA-256 of its canonical form, and its rows."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    rows: int = Field(ge=0)


class PapersInUse(Frozen):
    """(paper group, sitting) pairs: the optimum of goal 3 and what goal 4 spent over it."""

    optimum: int
    used: int
    bound: int
    extra_pairs_allowed: int


class Libraries(Frozen):
    """Versions that shape bytes."""

    paikao: str
    ortools: str
    pyarrow: str


class Manifest(Frozen):
    """``manifest.json``; deterministic."""

    format_version: Literal[1] = 1
    exam_code: Code
    plan_version: int = Field(ge=1)
    parent_root_hash: str = Field(default="", pattern=r"^(?:[0-9a-f]{64})?$")
    roster: RosterIdentity
    seed: str
    policy: Policy
    goals: tuple[GoalResult, ...]
    goals_note: str = "Goals 5 and 6 are optimised, and their bounds valid, for the dates chosen."
    papers_in_use: PapersInUse
    totals: Totals
    libraries: Libraries
    reproducible: bool


class RunRecord(Frozen):
    """``run.json``: what differs from run to run; in no hash."""

    command_line: tuple[str, ...] = ()
    started: str = ""
    ended: str = ""
    seconds: dict[str, float] = Field(default_factory=dict)
    solver_seconds: float = Field(default=0.0, ge=0)
    search_seconds: float = Field(default=0.0, ge=0)
    deterministic_time: float = Field(default=0.0, ge=0)
    peak_memory_bytes: int = Field(default=0, ge=0)
    machine: dict[str, str] = Field(default_factory=dict)


class RepairKind(StrEnum):
    """What mends a shortage."""

    ALLOW_SITTING = "allow_sitting"
    SHARE_SEATS = "share_seats"
    RELEASE_SPARE = "release_spare"
    OVERFLOW = "overflow"
    ADD_SEATS = "add_seats"


class Edit(Frozen):
    """One machine-applicable change of one input file.

    CSV: ``where`` selects rows, ``set`` gives new cells; or ``append`` is a new row.
    ``policy.toml``: ``set`` maps a dotted key to a TOML value text, ``where`` is empty.
    """

    file: str
    where: dict[str, str] | None = None
    set: dict[str, str] | None = None
    append: dict[str, str] | None = None


class Repair(Frozen):
    """One offered repair, tested by counting before it was offered."""

    rank: int = Field(ge=1)
    kind: RepairKind
    text_zh: str
    text_en: str
    seats: int = Field(ge=0)
    edits: tuple[Edit, ...] = Field(min_length=1)


class Shortage(Frozen):
    """Who cannot be seated and why: ``demand`` seats are needed, ``seats`` exist.

    ``subjects`` is the family of masks that pairwise need different seats; ``sitting`` is one
    id, several joined by ``;``, or ``*`` for all sittings of the mode.
    """

    shortage_id: Code
    exam_point: Code
    mode: str
    sitting: str
    need: str
    subjects: tuple[str, ...]
    demand: int
    seats: int
    short: int
    reason: str
    paper_group: OptionalCode = ""
    repairs: tuple[Repair, ...] = ()


class Family(StrEnum):
    """The four families of checks."""

    COMPLETENESS = "completeness"
    CONSISTENCY = "consistency"
    INTEGRITY = "integrity"
    EVIDENCE = "evidence"


class Violation(Frozen):
    """One broken rule, with its address; persons are named by candidate id only."""

    rule: str
    family: Family
    where: str
    message: str
