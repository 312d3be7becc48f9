"""The fewest people who can be left without a seat, by trying every seat for everybody.

Written from docs/rules.md alone, on the columns of the input files: no pools, families, cells or
stages. One person at a time takes one seat of one sitting or none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from models.exam import Mode
from models.places import Closure, Room, Use
from models.reference import ReferenceData
from tests.properties.small_points import GROUP_OF, SmallPoints

SeatsOf = Mapping[str, frozenset[str]]
"""Sittings by specialty."""


@dataclass(frozen=True)
class Place:
    """One seat in one sitting; ``free`` are the subjects that may be sat there."""

    center_id: str
    sitting: str
    host: str
    employer: str
    features: frozenset[str]
    free: frozenset[str]


def fewest_unplaced(
    exam: SmallPoints, spare: Mapping[tuple[str, str], Sequence[int]] | None = None
) -> int:
    """The true minimum over all dates, seats and spare machines.

    Args:
        exam: the random exam.
        spare: machines kept free by (center, room), as a plan lists them; by default every
            choice of as many machines as the rooms ask for is tried.
    """
    choices = [spare] if spare is not None else list(_spare_choices(exam.reference))
    best = len(exam.people)
    for chosen in choices:
        places = list(_places(exam.reference, chosen))
        for dates in _dates(exam):
            best = min(best, _fewest(exam, places, dates, best))
            if best == 0:
                return 0
    return best


def _spare_choices(reference: ReferenceData) -> Iterator[Mapping[tuple[str, str], Sequence[int]]]:
    rooms = [r for r in reference.rooms if r.use is Use.EXAM and r.spare]
    for chosen in product(*(combinations(_present(r), r.spare or 0) for r in rooms)):
        yield {(r.center_id, r.room_id): n for r, n in zip(rooms, chosen, strict=True)}


def _present(room: Room) -> list[int]:
    return [n for n in range(1, room.rows * room.columns + 1) if n not in room.missing]


def _places(
    reference: ReferenceData, spare: Mapping[tuple[str, str], Sequence[int]]
) -> Iterator[Place]:
    """Rules seat_exists, spare_seats_kept, reserve_rooms_kept_free, closed_seats_kept_free."""
    centers = {c.center_id: c for c in reference.centers}
    for room in reference.rooms:
        if room.use is not Use.EXAM:
            continue
        here = centers[room.center_id]
        for number in _present(room):
            if number in spare.get((room.center_id, room.room_id), ()):
                continue
            features = {f.need for f in room.features if not f.seats or number in f.seats}
            for one in reference.exam.sittings:
                if one.mode is not room.mode:
                    continue
                free = {str(s.subject) for s in one.session}
                for closure in reference.closures:
                    if _closes(closure, here.exam_point, room, number, one.id, one.mode):
                        free -= set(closure.subjects or "1234")
                yield Place(
                    room.center_id, one.id, here.exam_point, here.employer,
                    frozenset(features), frozenset(free),
                )  # fmt: skip


def _closes(c: Closure, point: str, room: Room, number: int, sitting: str, mode: Mode) -> bool:
    return (
        c.exam_point in ("", point)
        and c.center_id in ("", room.center_id)
        and c.room_id in ("", room.room_id)
        and (not c.seats or number in c.seats)
        and c.mode in (None, mode)
        and c.sitting in ("", sitting)
    )


def _dates(exam: SmallPoints) -> Iterator[SeatsOf]:
    """Every way to date the paper groups (rule group_sittings_allowed); more dates never harm."""
    reference, decisions = exam.reference, exam.decisions
    codes = [s.code for s in reference.specialties]
    if decisions.given is not None:
        yield {code: frozenset(decisions.given.get(code, ())) for code in codes}
        return
    mode_of = {GROUP_OF[s.code]: s.mode for s in reference.specialties}
    options = []
    for group, mode in mode_of.items():
        ids = [s.id for s in reference.exam.sittings if s.mode is mode]
        ids = [t for t in ids if t not in decisions.forbidden.get(group, ())]
        if group in decisions.fixed:
            options.append([frozenset(decisions.fixed[group])])
        else:
            most = min(decisions.max_sittings, len(ids))
            options.append([frozenset(c) for c in combinations(ids, most)])
    for chosen in product(*options):
        on = dict(zip(mode_of, chosen, strict=True))
        yield {code: on[GROUP_OF[code]] for code in codes}


def _fewest(exam: SmallPoints, places: Sequence[Place], dates: SeatsOf, known: int) -> int:
    """Fewest without a seat for these dates, or ``known`` if that is no more.

    Seats that exactly the same people may take are alike, so only their multiset of free
    subjects is remembered.
    """
    options = [
        [i for i, place in enumerate(places) if _may_sit(exam, person, place, dates)]
        for person in exam.people
    ]
    people = sorted(range(len(options)), key=lambda i: (len(options[i]), options[i]))
    takers = [tuple(p for p in people if i in options[p]) for i in range(len(places))]
    alike = [(takers[i], sorted(place.free)) for i, place in enumerate(places)]
    kind = [alike.index(one) for one in alike]
    uses = [
        frozenset(exam.people[p]["subjects"] if exam.decisions.share else "1234") for p in people
    ]
    seen: dict[tuple[int, object], int] = {}

    def left(k: int, taken: tuple[frozenset[str], ...]) -> int:
        if k == len(people):
            return 0
        state = k, tuple(sorted((kind[i], tuple(sorted(t))) for i, t in enumerate(taken)))
        if state in seen:
            return seen[state]
        fewest = 1 + left(k + 1, taken)
        tried = set()
        for i in options[people[k]]:
            if fewest == 0:
                break
            if uses[k] & taken[i] or (kind[i], taken[i]) in tried:
                continue
            tried.add((kind[i], taken[i]))
            fewest = min(fewest, left(k + 1, (*taken[:i], taken[i] | uses[k], *taken[i + 1 :])))
        seen[state] = fewest
        return fewest

    return min(known, left(0, (frozenset(),) * len(places)))


def _may_sit(exam: SmallPoints, person: Mapping[str, str], place: Place, dates: SeatsOf) -> bool:
    """Every rule about one person and one place; a room's mode is that of its sittings."""
    point = {p.exam_point: p for p in exam.reference.exam_points}[person["exam_point"]]
    hosts = {point.delegates_to or point.exam_point, *point.overflow_to}
    hosts -= {p.exam_point for p in exam.reference.exam_points if p.delegates_to}
    needs = set(person["needs"].split(";")) - {""}
    own = place.employer != "" and place.employer == person["employer"]
    return (
        place.sitting in dates[person["specialty"]]
        and set(person["subjects"]) <= place.free
        and needs <= place.features
        and ("separate_room" in needs) == ("separate_room" in place.features)
        and not (own and exam.decisions.forbid_own)
        and person["pinned_center"] in ("", place.center_id)
        and person["pinned_sitting"] in ("", place.sitting)
        and place.host in hosts
    )
