"""A finished plan made without the planner: loops, ``hmac`` and the contract, nothing else.

Slow and plain on purpose. It decides by hand how many sit when and lets a greedy walk find seats;
the three draws then decide who. It shares no code with ``scheduler`` at all, so a plan that the
verifier finds clean is clean by two readings of docs/formats.md.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from models.exam import Mode
from models.places import Center, Closure, ExamPoint, Numbering, Room, Use
from models.plan import (
    Libraries,
    Manifest,
    PapersInUse,
    RosterIdentity,
    Shortage,
    Totals,
    goal_result,
)
from models.policy import Draw, Policy
from models.reference import ReferenceData
from models.tables import PLAN_TABLES, names
from tests.builders import (
    center,
    exam_point,
    roster_rows,
    sitting,
    small_exam,
    small_reference,
    specialty,
    write_data_folder,
    write_roster,
)

SEED = "04112233445566778899aabbccddeeff"
POLICY = f"""[draw]
seed = "{SEED}"

[dates.group.101]
fixed = ["C1"]

[dates.group.303]
forbidden = ["C2"]

[dates.group.368]
max_sittings = 2
"""
ORIGINS = {"near": ("45.801", "126.535"), "far": ("46.12", "-0.004"), "": ("", "")}
"""Two origins as a roster writes them; the second comes to longitude ``-0.00``."""


@dataclass
class Person:
    """One candidate and what the plan gives them; ``sitting`` is "" for unplaced."""

    candidate_id: str
    specialty: str
    exam_point: str
    subjects: str
    sitting: str
    needs: str = ""
    employer: str = ""
    origin: str = ""
    pinned_center: str = ""
    pinned_sitting: str = ""
    prefers: str = ""
    center_id: str = field(default="", init=False)
    room_id: str = field(default="", init=False)
    seat: int = field(default=0, init=False)

    @property
    def place(self) -> tuple[str, str, str, int]:
        """Center, sitting, room, seat."""
        return self.center_id, self.sitting, self.room_id, self.seat


def reference() -> ReferenceData:
    """Four exam points: a large one, a small one, one that delegates, one that overflows."""
    return small_reference(
        exam=small_exam(
            sittings=(
                sitting("C1", "2022-04-09", forms=("A", "B")),
                sitting("C2", "2022-04-10"),
                sitting("P1", "2022-04-09", mode=Mode.PAPER),
            )
        ),
        specialties=(
            specialty("101"),
            specialty("203", mode=Mode.PAPER),
            specialty("303", papers=("NK-1", "NK-2", "303-3", "303-4")),
            specialty("304", papers=("NK-1", "NK-2", "304-3", "304-4")),
            specialty("368"),
        ),
        exam_points=(
            exam_point("2301"),
            exam_point("2302"),
            exam_point("2303", delegates_to="2301"),
            exam_point("2304", overflow_to=("2301",)),
        ),
        centers=_centers(),
        rooms=_rooms(),
        closures=(
            Closure(
                center_id="230102", room_id="R1", seats=(5, 6), sitting="C2", subjects="34",
                reason="power works",
            ),
        ),
    )  # fmt: skip


def _centers() -> tuple[Center, ...]:
    return (
        center("230101", "2301", employer="E1"),
        center("230102", "2301", latitude=Decimal("45.775")),
        center("230201", "2302"),
        center("230401", "2304"),
    )


def _rooms() -> tuple[Room, ...]:
    def room(center_id: str, room_id: str, rows: int, columns: int, **fields: object) -> Room:
        cells = {"name_zh": room_id, "mode": "computer"} | fields
        return Room.model_validate(
            {"center_id": center_id, "room_id": room_id, "rows": rows, "columns": columns} | cells
        )

    accessible = ({"need": "accessible", "seats": (1, 2, 3, 4)}, {"need": "extra_time"})
    return (
        room("230101", "R1", 4, 5, missing=(7,), features=accessible),
        room("230101", "R2", 2, 2, spare=0, features=({"need": "separate_room"},)),
        room("230101", "R9", 2, 3, use=Use.RESERVE),
        room("230102", "P1", 3, 4, mode="paper"),
        room("230102", "R1", 4, 5, numbering=Numbering.COLUMN_SNAKE),
        room("230201", "P1", 1, 2, mode="paper"),
        room("230201", "R1", 3, 3),
        room("230401", "R1", 2, 2, spare=0),
    )


def people() -> list[Person]:
    """52 candidates; two of four on paper at 2302 find no seat."""
    serial = itertools.count(1)
    found: list[Person] = []

    def add(count: int, code: str, point: str, subjects: str, *sittings: str, **more: str) -> None:
        for i in range(count):
            identity = f"T{next(serial):04d}"
            chosen = sittings[i % len(sittings)]
            found.append(Person(identity, code, point, subjects, chosen, **more))

    add(10, "368", "2301", "1234", "C1", "C2", employer="E2", origin="near")
    add(6, "368", "2301", "1234", "C1", "C2", employer="E1")
    add(4, "368", "2301", "1234", "C2", prefers="230102")
    add(4, "368", "2301", "1234", "C2")
    add(3, "303", "2301", "12", "C1", origin="far")
    add(3, "304", "2301", "34", "C1")
    add(1, "303", "2301", "1234", "C1", pinned_center="230102")
    add(1, "368", "2301", "1", "C2", pinned_sitting="C2")
    add(2, "101", "2301", "134", "C1", needs="accessible;extra_time")
    add(1, "101", "2301", "1234", "C1", needs="separate_room", employer="E2")
    add(5, "101", "2303", "234", "C1", employer="E2")
    add(6, "101", "2304", "1234", "C1")
    add(2, "101", "2302", "1234", "C1", origin="near")
    add(2, "203", "2302", "12", "P1", "")
    add(1, "203", "2302", "23", "P1")
    add(1, "203", "2302", "13", "")
    return found


# ---------------------------------------------------------------- rules, one person at a time


def key(label: str, text: str) -> bytes:
    """K(label, x) of docs/formats.md."""
    message = f"TEST-2022\x1f{label}\x1f{text}".encode()
    return hmac.new(bytes.fromhex(SEED), message, hashlib.sha256).digest()


def keyed(label: str) -> Callable[[str], tuple[bytes, str]]:
    """Sort key of the draw."""
    return lambda text: (key(label, text), text)


def grid(room: Room) -> dict[int, tuple[int, int]]:
    """Row and column of every present seat, by walking the room."""
    walk = []
    by_row = room.numbering in (Numbering.ROW, Numbering.ROW_SNAKE)
    lines = range(room.rows) if by_row else range(room.columns)
    places = range(room.columns) if by_row else range(room.rows)
    for line in lines:
        turned = room.numbering in (Numbering.ROW_SNAKE, Numbering.COLUMN_SNAKE) and line % 2
        for place in reversed(places) if turned else places:
            walk.append((line, place) if by_row else (place, line))
    return {n: at for n, at in enumerate(walk, start=1) if n not in room.missing}


def spare(room: Room) -> tuple[int, ...]:
    """The last present seats of a room stay free; reserve rooms list none."""
    if room.use is Use.RESERVE or room.mode is Mode.PAPER:
        return ()
    present = sorted(grid(room))
    count = room.spare if room.spare is not None else math.ceil(Decimal("0.10") * len(present))
    return tuple(present[len(present) - count :])


def offers(room: Room, seat: int) -> set[str]:
    """Needs that a seat offers."""
    return {f.need for f in room.features if not f.seats or seat in f.seats}


def hosts(point: ExamPoint) -> tuple[str, ...]:
    """Exam points whose centers may take a point's people."""
    return (point.delegates_to or point.exam_point, *point.overflow_to)


def closed(data: ReferenceData, person: Person, room: Room, seat: int) -> bool:
    """Does a closure take the seat from the person?"""
    return any(
        (c.center_id, c.room_id, c.sitting) == (room.center_id, room.room_id, person.sitting)
        and seat in c.seats
        and set(c.subjects) & set(person.subjects)
        for c in data.closures
    )


def find_seat(data: ReferenceData, person: Person, seated: Sequence[Person]) -> None:
    """Give the person the first seat that every rule allows."""
    mode = data.specialty_by_code[person.specialty].mode
    needs = {need for need in person.needs.split(";") if need}
    point = data.point_by_id[person.exam_point]
    order = [
        (c.center_id != person.prefers, rank, c.center_id)
        for rank, host in enumerate(hosts(point))
        for c in data.centers
        if c.exam_point == host
    ]
    for _, _, center_id in sorted(order):
        host = data.center_by_id[center_id]
        if host.employer and host.employer == person.employer:
            continue
        if person.pinned_center not in ("", center_id):
            continue
        for room in data.rooms:
            if room.center_id != center_id or room.mode is not mode or room.use is Use.RESERVE:
                continue
            for seat in grid(room):
                offered = offers(room, seat)
                place = (center_id, person.sitting, room.room_id, seat)
                if (
                    seat not in spare(room)
                    and needs <= offered
                    and ("separate_room" in offered) == ("separate_room" in needs)
                    and not closed(data, person, room, seat)
                    and not any(
                        o.place == place and set(o.subjects) & set(person.subjects) for o in seated
                    )
                ):
                    person.center_id, person.room_id, person.seat = center_id, room.room_id, seat
                    return
    raise AssertionError(f"the example has no seat for {person.candidate_id}")


# ---------------------------------------------------------------- draws


def grouped(found: Iterable[Person], by: Callable[[Person], object]) -> list[list[Person]]:
    """People of equal kind."""
    groups: dict[object, list[Person]] = defaultdict(list)
    for person in found:
        groups[by(person)].append(person)
    return list(groups.values())


def excluded(data: ReferenceData, person: Person) -> str:
    """The employer whose centers the person must avoid."""
    return person.employer if any(c.employer == person.employer for c in data.centers) else ""


def cell_text(data: ReferenceData, person: Person) -> str:
    """The cell of the date draw."""
    return "/".join(
        (person.exam_point, person.specialty, person.subjects, person.needs,
         excluded(data, person), person.pinned_center, person.pinned_sitting)
    )  # fmt: skip


def deal(quotas: dict[str, int]) -> list[str]:
    """The sequence of section 6, step by step from 1."""
    total = sum(quotas.values())
    dealt = dict.fromkeys(quotas, 0)
    sequence: list[str] = []
    for step in range(1, total + 1):
        released = [
            (math.ceil((dealt[t] + 1) * total / quota), t)
            for t, quota in quotas.items()
            if dealt[t] < quota and math.floor(dealt[t] * total / quota) < step
        ]
        sequence.append(min(released)[1])
        dealt[sequence[-1]] += 1
    return sequence


def draw_dates(data: ReferenceData, everyone: list[Person]) -> None:
    """Who of a cell sits when."""
    for members in grouped(everyone, lambda p: cell_text(data, p)):
        text, total = cell_text(data, members[0]), len(members)
        sequence = deal(dict(Counter(p.sitting for p in members)))
        employers = sorted({p.employer for p in members})
        employers.sort(key=lambda e: keyed("date-employer")(f"{text}\x1f{e}"))
        by_id = keyed("date")
        members.sort(key=lambda p: (employers.index(p.employer), by_id(p.candidate_id)))
        limit = 2**64 // total * total
        draws = (
            int.from_bytes(key("date-rotation", f"{text}\x1f{i}")[:8], "big")
            for i in itertools.count()
        )
        rotation = next(d for d in draws if d < limit) % total
        for position, person in enumerate(members):
            person.sitting = sequence[(position + rotation) % total]


def draw_centers(placed: list[Person]) -> None:
    """Who of a kind goes to which center."""
    kinds = grouped(
        placed,
        lambda p: (p.exam_point, p.sitting, p.specialty, p.subjects, p.needs, p.employer, p.origin,
                   p.pinned_center, p.pinned_sitting),
    )  # fmt: skip
    for members in kinds:
        by_place = keyed("center-place")
        places = sorted(
            ((p.center_id, p.room_id, p.seat) for p in members),
            key=lambda place: by_place(f"{members[0].sitting}/{place[0]}"),
        )
        by_id = keyed("center")
        members.sort(key=lambda p: by_id(p.candidate_id))
        for person, (center_id, room_id, seat) in zip(members, places, strict=True):
            person.center_id, person.room_id, person.seat = center_id, room_id, seat


def draw_seats(data: ReferenceData, placed: list[Person]) -> dict[tuple[str, str], int]:
    """Who of a kind sits where; the deal of every (center, sitting)."""
    deals: dict[tuple[str, str], int] = {}
    for here in grouped(placed, lambda p: (p.center_id, p.sitting)):
        center_id, sitting_id = here[0].center_id, here[0].sitting
        best: tuple[int, int] | None = None
        for k in range(16):
            deal_seats(here, k)
            pairs = sum(
                len(employer_pairs(data, here, room)) for room in data.rooms
                if room.center_id == center_id
            )  # fmt: skip
            if best is None or pairs < best[0]:
                best = pairs, k
        assert best is not None
        deals[center_id, sitting_id] = best[1]
        deal_seats(here, best[1])
    return deals


def deal_seats(here: list[Person], k: int) -> None:
    """Deal k in one center and sitting."""
    place = f"{here[0].sitting}/{here[0].center_id}"
    for members in grouped(here, lambda p: (p.specialty, p.subjects, p.needs)):
        one, size = members[0], len(members)
        stream = place, f"{one.specialty}/{one.subjects}/{one.needs}"
        places = sorted(
            ((p.room_id, p.seat) for p in members),
            key=lambda at: (number(at[1], "seat-place", f"{place}/{at[0]}"), at),
        )
        ids = sorted(p.candidate_id for p in members)
        members.sort(key=lambda p: number(1 + ids.index(p.candidate_id), "seat", *stream))
        turn = number(size + k, "seat", *stream) % size if k else 0
        for i, person in enumerate(members):
            person.room_id, person.seat = places[(i + turn) % size]


def number(n: int, label: str, *texts: str) -> int:
    """The n-th number, from 1, of the stream that starts with the first eight bytes of the keys.

    Those of several texts are combined by exclusive or.
    """
    start = 0
    for text in texts:
        start ^= int.from_bytes(key(label, text)[:8], "big")
    state = (start + n * 0x9E3779B97F4A7C15) % 2**64
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    state = (state ^ state >> 27) * 0x94D049BB133111EB % 2**64
    return state ^ state >> 31


# ---------------------------------------------------------------- neighbours


def adjacent(room: Room) -> list[tuple[int, int]]:
    """Pairs of adjacent present seats."""
    at = {place: seat for seat, place in grid(room).items()}
    return [
        (seat, at[other])
        for (row, column), seat in at.items()
        for other in ((row + 1, column), (row, column + 1))
        if other in at
    ]


def in_room(here: Iterable[Person], room: Room) -> dict[int, list[Person]]:
    """People by seat."""
    seats: dict[int, list[Person]] = defaultdict(list)
    for person in here:
        if (person.center_id, person.room_id) == (room.center_id, room.room_id):
            seats[person.seat].append(person)
    return seats


def employer_pairs(data: ReferenceData, here: Iterable[Person], room: Room) -> set[object]:
    """(Edge, employer) with people of that employer on both seats in a common subject."""
    seats = in_room(here, room)
    return {
        (edge, p.employer)
        for edge in adjacent(room)
        for p, o in itertools.product(seats[edge[0]], seats[edge[1]])
        if p.employer and p.employer == o.employer and set(p.subjects) & set(o.subjects)
    }


def papers_of(data: ReferenceData, person: Person) -> dict[str, str]:
    """Question paper by subject that the person sits."""
    papers = data.specialty_by_code[person.specialty].papers
    return {s: papers[int(s) - 1] for s in person.subjects}


def paper_pairs(data: ReferenceData, here: Iterable[Person], room: Room) -> set[object]:
    """(Edge, paper) that both seats carry in a common session."""
    seats = in_room(here, room)
    return {
        (edge, paper)
        for edge in adjacent(room)
        for p, o in itertools.product(seats[edge[0]], seats[edge[1]])
        for paper in set(papers_of(data, p).items()) & set(papers_of(data, o).items())
    }


@cache
def least_pairs(room: Room, count: int) -> int:
    """Fewest adjacent pairs among ``count`` usable cells, by trying all."""
    cells = [seat for seat in grid(room) if seat not in spare(room)]
    edges = [e for e in adjacent(room) if set(e) <= set(cells)]
    return min(
        sum(1 for one, other in edges if one in chosen and other in chosen)
        for chosen in map(set, itertools.combinations(cells, count))
    )


def form(data: ReferenceData, person: Person) -> str:
    """The form of a person's seat."""
    forms = data.exam.sitting(person.sitting).forms
    row, column = grid(data.room_by_id[person.center_id, person.room_id])[person.seat]
    return "" if len(forms) == 1 else forms[(row + column) % len(forms)]


# ---------------------------------------------------------------- tables


def metres(data: ReferenceData, person: Person) -> int | None:
    """Whole metres from origin to center, None without an origin."""
    if not person.origin:
        return None
    host = data.center_by_id[person.center_id]
    cents = Decimal("0.01")
    a, b = (math.radians(Decimal(x).quantize(cents)) for x in ORIGINS[person.origin])
    c, d = (math.radians(x.quantize(cents)) for x in (host.latitude, host.longitude))
    chord = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return round(2 * 6_371_008.8 * math.asin(math.sqrt(chord)))


def check_digit(body: str) -> str:
    """ISO 7064 MOD 11,10."""
    product = 10
    for digit in body:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def tables(
    data: ReferenceData, everyone: list[Person], deals: dict[tuple[str, str], int]
) -> dict[str, list[tuple[object, ...]]]:
    """Rows of every table of the plan."""
    placed = [p for p in everyone if p.sitting]
    placed.sort(key=lambda p: (*p.place, p.subjects))
    serials: Counter[str] = Counter()
    seats: list[tuple[object, ...]] = []
    for p in placed:
        serials[p.exam_point] += 1
        body = f"2022{p.exam_point}{serials[p.exam_point]:06d}"
        seats.append(
            (p.candidate_id, p.specialty, p.subjects, p.exam_point, p.sitting, form(data, p),
             p.center_id, p.room_id, p.seat, body + check_digit(body))
        )  # fmt: skip
    unplaced = sorted(
        (p.candidate_id, p.specialty, p.subjects, p.exam_point, "CAPACITY", "S001")
        for p in everyone
        if not p.sitting
    )
    sat = [(p, s, paper) for p in placed for s, paper in papers_of(data, p).items()]
    papers = Counter(
        (p.center_id, p.room_id, p.sitting, int(s), paper, form(data, p)) for p, s, paper in sat
    )
    sittings = Counter((data.group_of[p.specialty], p.specialty, p.sitting) for p in placed)
    return {
        "seats.parquet": seats,
        "unplaced.parquet": list(unplaced),
        "unplaced.csv": list(unplaced),
        "sittings.csv": [(*k, n) for k, n in sorted(sittings.items())],
        "utilisation.csv": utilisation(data, placed),
        "papers.csv": [(*k, n) for k, n in sorted(papers.items())],
        "neighbours.csv": neighbours(data, placed, deals),
        "balance.csv": balance(data, placed),
    }


def open_seats(data: ReferenceData, room: Room, sitting_id: str, subject: str) -> int:
    """Usable seats of a room that no closure takes."""
    if room.use is Use.RESERVE:
        return 0
    probe = Person("", "", "", subject, sitting_id)
    return sum(
        1 for seat in grid(room) if seat not in spare(room) and not closed(data, probe, room, seat)
    )


def spare_text(room: Room) -> str:
    """Number list of the spare seats; at most two stand side by side here."""
    seats = spare(room)
    return f"{seats[0]}-{seats[-1]}" if len(seats) > 1 else "".join(map(str, seats))


def utilisation(data: ReferenceData, placed: list[Person]) -> list[tuple[object, ...]]:
    """Rows of ``utilisation.csv``."""
    rows: list[tuple[object, ...]] = []
    for room in data.rooms:
        for one in data.exam.sittings_of(room.mode):
            seats = in_room((p for p in placed if p.sitting == one.id), room)
            shared = sum(1 for people_there in seats.values() if len(people_there) > 1)
            for subject in "1234":
                occupied = sum(
                    1 for there in seats.values() if any(subject in p.subjects for p in there)
                )
                rows.append(
                    (room.center_id, room.room_id, one.id, int(subject),
                     open_seats(data, room, one.id, subject), spare_text(room), occupied, shared)
                )  # fmt: skip
    return rows


def neighbours(
    data: ReferenceData, placed: list[Person], deals: dict[tuple[str, str], int]
) -> list[tuple[object, ...]]:
    """Rows of ``neighbours.csv``."""
    rows: list[tuple[object, ...]] = []
    for room in data.rooms:
        for one in data.exam.sittings_of(room.mode):
            here = [p for p in placed if p.sitting == one.id]
            seats = in_room(here, room)
            if not seats:
                continue
            carrying = Counter(
                paper
                for there in seats.values()
                for paper in {paper for p in there for paper in papers_of(data, p).values()}
            )
            pairs = paper_pairs(data, here, room)
            forms = {seat: form(data, there[0]) for seat, there in seats.items()}
            same_form = [
                pair for pair in pairs
                if len({forms[seat] for seat in pair[0]}) == 1  # type: ignore[index]
            ]  # fmt: skip
            bound = sum(least_pairs(room, count) for count in carrying.values())
            rows.append(
                (room.center_id, room.room_id, one.id, len(pairs), bound, len(same_form),
                 len(employer_pairs(data, here, room)), deals[room.center_id, one.id])
            )  # fmt: skip
    return rows


def balance(data: ReferenceData, placed: list[Person]) -> list[tuple[object, ...]]:
    """Rows of ``balance.csv``."""
    rows: list[tuple[object, ...]] = []
    for here in grouped(placed, lambda p: (p.sitting, p.exam_point)):
        sitting_id, point = here[0].sitting, here[0].exam_point
        by_code = {
            code: [p for p in here if p.specialty == code] for code in {p.specialty for p in here}
        }
        other = [p for code in by_code if len(by_code[code]) < 5 for p in by_code[code]]
        rest = {code: found for code, found in by_code.items() if len(found) >= 5}
        while 0 < len(other) < 5 and rest:
            smallest = min(rest, key=lambda code: (len(rest[code]), code))
            other += rest.pop(smallest)
        home = hosts(data.point_by_id[point])[0]
        rooms = [
            r for r in data.rooms
            if data.center_by_id[r.center_id].exam_point == home
            and r.mode is data.exam.sitting(sitting_id).mode
        ]  # fmt: skip
        use = max(
            len({p.place for p in placed if p.sitting == sitting_id and subject in p.subjects
                 and data.center_by_id[p.center_id].exam_point == home})
            / sum(open_seats(data, room, sitting_id, subject) for room in rooms)
            for subject in "1234"
        )  # fmt: skip
        for code, found in [*rest.items(), *([("other", other)] if other else [])]:
            distances = [d for p in found if (d := metres(data, p)) is not None]
            mean = f"{sum(distances) / len(distances) / 1000:.3f}" if len(distances) >= 5 else ""
            rows.append((sitting_id, code, point, len(found), f"{use:.4f}", mean))
    return sorted(rows, key=lambda row: (row[0], row[1], row[2]))


def manifest(
    data: ReferenceData,
    everyone: list[Person],
    content: dict[str, list[tuple[object, ...]]],
    digest: str,
) -> Manifest:
    """What the plan says of itself."""
    placed = [p for p in everyone if p.sitting]
    used = {(data.group_of[p.specialty], p.sitting) for p in placed}
    papers = {
        (paper, p.sitting) for p in placed for paper in data.specialty_by_code[p.specialty].papers
    }
    point_of = {c.center_id: c.exam_point for c in data.centers}
    outside = [
        p for p in placed if point_of[p.center_id] != hosts(data.point_by_id[p.exam_point])[0]
    ]
    seats = Counter(
        (point_of[center_id], sitting_id[0], sitting_id)
        for center_id, sitting_id, _, _ in {p.place for p in placed}
    )
    peak: dict[tuple[str, str], int] = {}
    for (point, mode, _), count in seats.items():
        peak[point, mode] = max(peak.get((point, mode), 0), count)
    pairs, bound = (sum(int(str(r[i])) for r in content["neighbours.csv"]) for i in (3, 4))
    employers = sum(int(str(r[6])) for r in content["neighbours.csv"])
    unplaced = len(everyone) - len(placed)
    policy = Policy.model_validate(
        {
            "draw": Draw(seed=SEED),
            "dates": {
                "group": {
                    "101": {"fixed": ("C1",)},
                    "303": {"forbidden": ("C2",)},
                    "368": {"max_sittings": 2},
                }
            },
        }
    )
    return Manifest(
        exam_code="TEST-2022",
        plan_version=1,
        roster=RosterIdentity(digest=digest, rows=len(everyone)),
        seed=SEED,
        policy=policy,
        goals=(
            goal_result(1, "unplaced_candidates", unplaced, 2),
            goal_result(2, "candidates_outside", len(outside), 0),
            goal_result(3, "paper_group_sittings", len(used), len(used)),
            goal_result(3, "question_paper_sittings", len(papers), 0),
            goal_result(4, "seats", sum(peak.values()), 1),
            goal_result(5, "metres", sum(metres(data, p) or 0 for p in placed), 0),
            goal_result(5, "center_sittings", len({p.place[:2] for p in placed}), 1),
            goal_result(6, "same_paper_pairs", pairs, bound),
            goal_result(6, "same_employer_pairs", employers, 0),
        ),
        papers_in_use=PapersInUse(
            optimum=len(used), used=len(used), bound=len(used), extra_pairs_allowed=3
        ),
        totals=Totals(in_=len(everyone), placed=len(placed), unplaced=unplaced, set_aside=0),
        libraries=Libraries(paikao="0", ortools="0", pyarrow="0"),
        reproducible=True,
    )


SHORTAGE = Shortage(
    shortage_id="S001", exam_point="2302", mode="paper", sitting="*", need="",
    subjects=("12", "13", "23"), demand=4, seats=2, short=2, reason="CAPACITY",
)  # fmt: skip


# ---------------------------------------------------------------- files


def write_table(path: Path, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """One table of a plan, CSV or Parquet."""
    if path.suffix == ".csv":
        lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
        return
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [
        pa.array(values, pa.int32() if name == "seat" else pa.string())
        for name, values in zip(columns, cells, strict=True)
    ]
    pyarrow.parquet.write_table(
        pa.table(dict(zip(columns, arrays, strict=True))), path, compression="zstd"
    )


def write_sums(plan_dir: Path) -> None:
    """``SHA256SUMS`` over what is there."""
    found = sorted(
        path.relative_to(plan_dir).as_posix() for path in plan_dir.rglob("*") if path.is_file()
    )
    lines = [
        f"{hashlib.sha256((plan_dir / name).read_bytes()).hexdigest()}  {name}\n"
        for name in found
        if name not in ("SHA256SUMS", "run.json")
    ]
    (plan_dir / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="")


def roster_digest(everyone: Iterable[Person]) -> str:
    """SHA-256 of the canonical roster."""

    def rounded(cell: str) -> str:
        return (
            ""
            if not cell
            else f"{Decimal(cell).quantize(Decimal('0.01')):f}".replace("-0.00", "0.00")
        )

    lines = [
        ",".join(
            (p.candidate_id, p.specialty, p.exam_point, p.subjects, p.needs, p.employer,
             *map(rounded, ORIGINS[p.origin]), p.pinned_center, p.pinned_sitting)
        )
        for p in sorted(everyone, key=lambda p: p.candidate_id)
    ]  # fmt: skip
    return hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()


def roster_frame(everyone: Sequence[Person]) -> pd.DataFrame:
    """The roster as a planner would hold it: names, numbers, needs in any order."""
    return roster_rows(
        len(everyone),
        candidate_id=[p.candidate_id for p in everyone],
        specialty=[p.specialty for p in everyone],
        exam_point=[p.exam_point for p in everyone],
        subjects=[p.subjects for p in everyone],
        needs=[";".join(reversed(p.needs.split(";"))) for p in everyone],
        employer=[p.employer for p in everyone],
        latitude=[ORIGINS[p.origin][0] for p in everyone],
        longitude=[ORIGINS[p.origin][1] for p in everyone],
        pinned_center=[p.pinned_center for p in everyone],
        pinned_sitting=[p.pinned_sitting for p in everyone],
    )


def make_plan(folder: Path) -> tuple[Path, Path]:
    """Write a finished plan and its roster below ``folder``; returns both paths."""
    data, everyone = reference(), people()
    draw_dates(data, everyone)
    placed: list[Person] = []
    for person in sorted((p for p in everyone if p.sitting), key=lambda p: not p.needs):
        find_seat(data, person, placed)
        placed.append(person)
    draw_centers(placed)
    deals = draw_seats(data, placed)
    plan_dir, roster = folder / "plan", folder / "roster.csv"
    write_data_folder(plan_dir / "inputs", data, files={"policy.toml": POLICY})
    content = tables(data, everyone, deals)
    for name, rows in content.items():
        write_table(plan_dir / name, names(PLAN_TABLES[name]), rows)
    summary = manifest(data, everyone, content, roster_digest(everyone))
    dumped = summary.model_dump(mode="json", by_alias=True)
    (plan_dir / "manifest.json").write_text(json.dumps(dumped, indent=1), encoding="utf-8")
    shortages = [SHORTAGE.model_dump(mode="json")]
    (plan_dir / "shortages.json").write_text(json.dumps(shortages), encoding="utf-8")
    (plan_dir / "run.json").write_text("{}", encoding="utf-8")
    write_sums(plan_dir)
    write_roster(roster, roster_frame(everyone))
    return plan_dir, roster
