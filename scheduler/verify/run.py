"""Every rule again, from files alone, without a solver."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from models.plan import Family, Violation
from scheduler.verify import completeness, consistency, draws, goals, integrity, recounts
from scheduler.verify.check import Check
from scheduler.verify.evidence import Evidence, load_evidence
from scheduler.verify.faults import Fault, Unreadable, violations

_IN_ORDER = (
    completeness.everyone_accounted_for,
    completeness.files_complete,
    completeness.unplaced_explained,
    consistency.one_sitting_per_candidate,
    consistency.sitting_of_own_mode,
    consistency.subjects_in_sitting,
    consistency.seat_exists,
    consistency.spare_seats_kept,
    consistency.reserve_rooms_kept_free,
    consistency.closed_seats_kept_free,
    consistency.one_person_per_seat_and_subject,
    consistency.needs_honoured,
    consistency.separate_room_kept_apart,
    consistency.own_employer_avoided,
    consistency.pins_honoured,
    consistency.home_point_or_overflow,
    consistency.group_sittings_allowed,
    consistency.families_within_seats,
    consistency.forms_alternate,
    consistency.center_has_rooms,
    integrity.hashes_match,
    integrity.roster_is_the_one_planned,
    integrity.inputs_are_copies,
    integrity.manifest_consistent,
    draws.date_draw_recomputed,
    draws.center_draw_recomputed,
    draws.seat_draw_recomputed,
    draws.ticket_numbers_follow,
    goals.goals_recomputed,
    recounts.sittings_recounted,
    recounts.utilisation_recounted,
    recounts.papers_recounted,
    recounts.neighbours_recounted,
    recounts.balance_recounted,
)

CHECKS: Mapping[str, Check] = {check.rule: check for check in _IN_ORDER}
"""Every rule by its id, in the order in which violations are reported."""


def verify_plan(
    plan_dir: Path,
    roster: Path,
    *,
    ignore_columns: Collection[str] = (),
    sheet: str | None = None,
    header_row: int = 1,
    set_aside: Path | None = None,
) -> tuple[Violation, ...]:
    """Verify a plan directory against the roster that it was made from.

    Args:
        plan_dir: a finished plan directory.
        roster: the roster; it may lack names and identity numbers.
        ignore_columns: columns of the roster that mean nothing to paikao.
        sheet: the sheet of a workbook with several.
        header_row: line or row of the roster's header.
        set_aside: the set-aside file of the run, if there was one.

    Returns:
        All violations, none for a clean plan. A file that cannot be read is a violation too; the
        rules that need it are then not judged.
    """
    try:
        evidence = load_evidence(
            plan_dir,
            roster,
            ignore_columns=ignore_columns,
            sheet=sheet,
            header_row=header_row,
            set_aside=set_aside,
        )
    except Unreadable as unreadable:
        return (*_unreadable(unreadable), *_hashes(plan_dir))
    return tuple(violation for check in CHECKS.values() for violation in _judged(check, evidence))


def _judged(check: Check, evidence: Evidence) -> tuple[Violation, ...]:
    """Run one check; a plan broken in a way that defeats it is a violation, not a traceback."""
    try:
        return check(evidence)
    except Exception as error:  # whatever the files hold, the answer is a list of violations
        message = f"cannot be judged: {type(error).__name__}"
        return violations(check.rule, check.family, [Fault(str(evidence.plan_dir), message)])


def _unreadable(unreadable: Unreadable) -> tuple[Violation, ...]:
    found: list[Violation] = []
    for rule in dict.fromkeys(problem.rule for problem in unreadable.problems):
        faults = [Fault(p.where, p.message) for p in unreadable.problems if p.rule == rule]
        found.extend(violations(rule, CHECKS[rule].family, faults))
    return tuple(found)


def _hashes(plan_dir: Path) -> tuple[Violation, ...]:
    return violations("hashes_match", Family.INTEGRITY, integrity.hash_faults(plan_dir))
