"""Shortages explained by counting: which candidates compete for which seats, and how many lack.

A certificate is a set of candidates that pairwise need different seats (one family, some
classes, all of whose sittings lie in a set of sittings) together with all seats that any of
them may use: demand minus seats is missing whatever the plan. Where several needs interlock
no single family may show it; then the least number of further seats is found by the exact
component program (docs/model.md, section 2, has such a case).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from models.exam import Mode
from models.plan import Repair, Shortage
from models.text import mask_to_subjects
from scheduler.dates.columns import Cell
from scheduler.dates.components import SpecialtyDates, solve_component
from scheduler.dates.problem import DatesProblem
from scheduler.dates.quotas import UNPLACED
from scheduler.dates.stage import DatesResult
from scheduler.masks import FULL, families, submasks
from scheduler.pools import CandidateClass, Component, Pool

MOST_CLOSURES = 4
"""Of so many different sets of open subjects every combination is tried."""


@dataclass(frozen=True)
class Certificate:
    """Who competes for what. ``sittings`` are indices; ``family`` holds masks."""

    exam_point: str
    classes: frozenset[int]
    needs: frozenset[str]
    sittings: frozenset[int]
    family: frozenset[int]
    demand: int
    seats: int

    @property
    def short(self) -> int:
        """Seats that are missing."""
        return self.demand - self.seats


@dataclass(frozen=True)
class Explained:
    """A shortage with the unplaced it accounts for, by cell row."""

    shortage: Shortage
    people: Mapping[int, int]


RepairFinder = Callable[[int, Certificate, str, Mapping[int, int]], tuple[Repair, ...]]
"""(component, certificate, reason, unplaced by cell row) -> repairs, cheapest first."""


def explain(result: DatesResult, repairs_for: RepairFinder, first_id: int = 1) -> list[Explained]:
    """Account for every unplaced candidate of one mode.

    Args:
        result: the chosen dates with their quotas.
        repairs_for: offers repairs, each tested by counting.
        first_id: number of the first shortage id (``S001``).
    """
    explained: list[Explained] = []
    problem = result.problem
    chosen, allowed = _dates_open(result), _dates_allowed(result)
    for part, cells in sorted(problem.cells_by_component.items()):
        missing = {
            c.row: result.quotas[c.row].get(UNPLACED, 0)
            for c in cells
            if result.quotas[c.row].get(UNPLACED, 0)
        }
        # Where no dates place more, the choice of dates is not to blame for who is left out.
        dates = allowed if result.free.unplaced[part] == sum(missing.values()) else chosen
        while missing:
            certificate = _tightest(result, part, cells, dates, missing)
            taken = _attributed(certificate, cells, dates, missing)
            reason = _reason(result, part, certificate, taken, dates)
            number = first_id + len(explained)
            shortage = _shortage(
                problem, certificate, reason, f"S{number:03d}", _only_group(problem, cells, taken)
            )
            repairs = repairs_for(part, certificate, reason, taken)
            explained.append(Explained(shortage.model_copy(update={"repairs": repairs}), taken))
            for row, count in taken.items():
                missing[row] -= count
                if not missing[row]:
                    del missing[row]
    return explained


def _dates_open(result: DatesResult) -> SpecialtyDates:
    """The dates; a specialty of which nobody is placed uses none, and might have had any allowed.

    Without this its people would seem to lack a date where they lack a seat.
    """
    return {s: result.dates[s] or on for s, on in _dates_allowed(result).items()}


def _dates_allowed(result: DatesResult) -> SpecialtyDates:
    """Every date that the decisions leave to somebody of the specialty."""
    allowed: dict[str, frozenset[int]] = {}
    for specialty, sittings in result.problem.columns.choices_of_specialties:
        allowed[specialty] = allowed.get(specialty, frozenset()) | set(sittings)
    return allowed


def _dates_of(cell: Cell, dates: SpecialtyDates) -> frozenset[int]:
    return frozenset(cell.allowed) & dates[cell.specialty]


def _only_within(on: frozenset[int], sittings: frozenset[int]) -> bool:
    """Do people with these dates compete in these sittings only? Without a date, in none."""
    return on <= sittings and bool(on) == bool(sittings)


def _tightest(
    result: DatesResult,
    part: int,
    cells: Sequence[Cell],
    dates: SpecialtyDates,
    missing: Mapping[int, int],
) -> Certificate:
    """The certificate that lacks most; the widest sittings and fewest needs on a tie.

    People who find no seat at all, each for another cause, are not counted together.
    """
    problem = result.problem
    classes = problem.components[part].classes
    unplaced = {c.klass for c in cells if missing.get(c.row)}
    best: Certificate | None = None
    for certificate in _certificates(problem, part, cells, dates, missing):
        if certificate.short <= 0 or (best is not None and certificate.short <= best.short):
            continue
        causes = {_no_seat_at_all(classes[i]) for i in certificate.classes & unplaced}
        if certificate.seats or len(causes) == 1:
            best = certificate
    return best or _least_added(result, part, cells, dates, missing)


def _scopes(component: Component, unplaced: set[int]) -> Iterator[tuple[str, frozenset[int]]]:
    """Sets of classes worth counting: an exam point's, by need, and each unplaced class alone."""
    classes = component.classes
    for point in sorted({classes[i].exam_point for i in unplaced}):
        here = [i for i in range(len(classes)) if classes[i].exam_point == point]
        for needs in sorted({classes[i].needs for i in here} | {frozenset()}, key=sorted):
            chosen = frozenset(i for i in here if needs <= classes[i].needs)
            if chosen & unplaced:
                yield point, chosen
        for i in sorted(unplaced & set(here)):
            yield point, frozenset({i})
    if len({c.exam_point for c in classes}) > 1:
        first = classes[min(unplaced)].exam_point
        yield first, frozenset(range(len(classes)))


def _certificates(
    problem: DatesProblem,
    part: int,
    cells: Sequence[Cell],
    dates: SpecialtyDates,
    missing: Mapping[int, int],
) -> Iterator[Certificate]:
    component = problem.components[part]
    unplaced = {c.klass for c in cells if missing.get(c.row)}
    every = range(len(problem.sittings))
    subsets = [frozenset(s) for n in range(len(every), -1, -1) for s in combinations(every, n)]
    choices = families(FULL) if problem.share else (frozenset(submasks(FULL)),)
    for point, classes in _scopes(component, unplaced):
        needs = frozenset.intersection(*(component.classes[i].needs for i in classes))
        members = [(c, _dates_of(c, dates)) for c in cells if c.klass in classes]
        for sittings in subsets:
            inside = [c for c, on in members if _only_within(on, sittings)]
            if not any(missing.get(c.row) for c in inside):
                continue
            # Without a date nobody takes a seat from others: who is explained does not count again.
            people = {c.row: c.count if sittings else missing.get(c.row, 0) for c in inside}
            for family in _without_closed(component, classes, choices):
                demand = sum(people[c.row] for c in inside if c.mask in family)
                seats = sum(
                    p.seats
                    for p in component.pools
                    if problem.pool_sitting(p) in sittings
                    and classes & set(p.takers)
                    and family & set(submasks(p.open_subjects))
                )
                if demand > seats:
                    yield Certificate(point, classes, needs, sittings, family, demand, seats)


def _without_closed(
    component: Component, classes: frozenset[int], choices: Sequence[frozenset[int]]
) -> list[frozenset[int]]:
    """The families, and what is left of them without the masks that fit some closed seats.

    Who sits a closed subject cannot use such seats, so they do not count for these people.
    """
    opens = sorted({p.open_subjects for p in component.pools if classes & set(p.takers)} - {FULL})[
        :MOST_CLOSURES
    ]
    fitting = {
        frozenset(m for o in some for m in submasks(o))
        for n in range(len(opens) + 1)
        for some in combinations(opens, n)
    }
    families_left = {family - fits for family in choices for fits in fitting} - {frozenset()}
    return sorted(families_left, key=lambda family: (-len(family), sorted(family)))


def _least_added(
    result: DatesResult,
    part: int,
    cells: Sequence[Cell],
    dates: SpecialtyDates,
    missing: Mapping[int, int],
) -> Certificate:
    """No family shows it: find by the exact program how many further seats would do.

    As many seats in each sitting as the cell lacks always do.
    """
    problem = result.problem
    component = problem.components[part]
    cell = next(c for c in cells if missing.get(c.row))
    candidate = component.classes[cell.klass]
    on = _dates_of(cell, dates) or frozenset(range(len(problem.sittings)))
    home = problem.homes[part][cell.klass]
    same_point = frozenset(
        i for i, c in enumerate(component.classes) if c.exam_point == candidate.exam_point
    )
    masks = frozenset(c.mask for c in cells if c.klass in same_point)
    usable = sum(
        p.seats
        for p in component.pools
        if problem.pool_sitting(p) in on
        and same_point & set(p.takers)
        and masks & set(submasks(p.open_subjects))
    )
    takers = tuple(
        i for i in sorted(same_point) if component.classes[i].needs <= candidate.needs
        and component.classes[i].pinned_center in ("", candidate.pinned_center)
    )  # fmt: skip
    before = result.unplaced_in(part)
    added = 1
    while added < missing[cell.row]:
        extra = tuple(Pool(home, problem.sittings[t], FULL, takers, added) for t in sorted(on))
        wider = problem.with_pools(part, (*component.pools, *extra))
        left = solve_component(wider, part, dates, (1,)).outcomes[1].value
        if left <= before - missing[cell.row]:
            break
        added += 1
    return Certificate(
        candidate.exam_point, same_point, candidate.needs, on, masks, usable + added, usable
    )


def _attributed(
    certificate: Certificate,
    cells: Sequence[Cell],
    dates: SpecialtyDates,
    missing: Mapping[int, int],
) -> dict[int, int]:
    """Unplaced people of the certificate; all of its scope, so that every one has a reason."""
    return {
        c.row: missing[c.row]
        for c in cells
        if missing.get(c.row)
        and c.klass in certificate.classes
        and _only_within(_dates_of(c, dates), certificate.sittings)
    }


def _reason(
    result: DatesResult,
    part: int,
    certificate: Certificate,
    taken: Mapping[int, int],
    dates: SpecialtyDates,
) -> str:
    """A stable code for why these people have no seat."""
    problem = result.problem
    component = problem.components[part]
    cells = [c for c in problem.cells_by_component[part] if c.row in taken]
    if all(not _dates_of(c, dates) for c in cells):
        return "NO_SITTING_ALLOWED"
    if certificate.seats == 0:
        return _no_seat_at_all(component.classes[min(c.klass for c in cells)])
    if certificate.needs:
        return "NEED_CAPACITY"
    if len(certificate.sittings) < len(problem.sittings) or result.free.unplaced[part] == 0:
        return "DATES_LIMITED"
    return "CAPACITY"


def _no_seat_at_all(candidate: CandidateClass) -> str:
    """Why a class has no seat in any center, whoever else sits there."""
    if candidate.excluded_employer:
        return "OWN_EMPLOYER"
    if candidate.pinned_center:
        return "PINNED_CENTER_FULL"
    return "NEED_NOT_OFFERED" if candidate.needs else "POINT_WITHOUT_CENTER"


def _only_group(problem: DatesProblem, cells: Sequence[Cell], taken: Mapping[int, int]) -> str:
    groups = {c.group for c in cells if c.row in taken}
    return problem.groups[groups.pop()].group if len(groups) == 1 else ""


def _shortage(
    problem: DatesProblem, certificate: Certificate, reason: str, shortage_id: str, group: str
) -> Shortage:
    every = len(certificate.sittings) == len(problem.sittings)
    ids = [problem.sittings[t] for t in sorted(certificate.sittings)]
    mode: Mode = problem.mode
    return Shortage(
        shortage_id=shortage_id,
        exam_point=certificate.exam_point,
        mode=mode.value,
        sitting="*" if every or not ids else ";".join(ids),
        need=";".join(sorted(certificate.needs)),
        subjects=tuple(sorted(mask_to_subjects(m) for m in certificate.family)),
        demand=certificate.demand,
        seats=certificate.seats,
        short=certificate.short,
        reason=reason,
        paper_group=group,
    )
