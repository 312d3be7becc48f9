"""Evidence: the three draws and the ticket numbers, computed again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.plan import Family
from scheduler.verify.check import check
from scheduler.verify.evidence import Evidence
from scheduler.verify.faults import Fault
from scheduler.verify.keys import SEPARATOR, dealt_sequence, drawn_order, stream_numbers
from scheduler.verify.layout import Ints
from scheduler.verify.measure import check_digits
from scheduler.verify.pairs import employer_pairs, employers
from scheduler.verify.roster import texts

DEALS = 16
CELL = (
    "exam_point", "specialty", "subjects", "needs", "excluded", "pinned_center", "pinned_sitting",
)  # fmt: skip
KIND = (
    "exam_point", "specialty", "subjects", "needs", "employer", "latitude", "longitude",
    "pinned_center", "pinned_sitting",
)  # fmt: skip


@check(Family.EVIDENCE)
def date_draw_recomputed(evidence: Evidence) -> Iterator[Fault]:
    """Given how many of a cell sit when, the seed decides who."""
    people = _people_with_outcome(evidence)
    if people.empty:
        return
    cell = _numbered(people, CELL)
    people = people.assign(cell=cell)
    outcomes = people.groupby("cell")["outcome"].agg(["min", "max"])
    split = outcomes.index[outcomes["min"] != outcomes["max"]]
    people = people[people["cell"].isin(split)].reset_index(drop=True)
    if people.empty:
        return
    dealt = _dealt_outcomes(evidence, people)
    ids = ["unplaced", *(s.id for s in evidence.layout.sittings)]
    wrong = np.flatnonzero(dealt != people["outcome"].to_numpy())
    for record in people.iloc[wrong].assign(due=dealt[wrong]).to_dict("records"):
        seat = record["seat_row"]
        where = evidence.seat_row(seat) if seat >= 0 else f"candidate {record['candidate_id']}"
        given, due = ids[record["outcome"]], ids[record["due"]]
        yield Fault(where, f"got {given}, the draw gives {due}")


def _people_with_outcome(evidence: Evidence) -> pd.DataFrame:
    """Planned people whom the plan mentions once.

    ``outcome`` is 0 for unplaced, else sitting + 1; ``seat_row`` is -1 for unplaced.
    """
    planned = evidence.planned
    outcome = np.full(len(planned) + 1, -1, np.int64)
    outcome[evidence.person[len(evidence.seats) :]] = 0
    outcome[-1] = -1
    placed = evidence.placed[evidence.sound]
    outcome[placed["person"]] = placed["sitting"] + 1
    seat_row = np.full(len(planned), -1, np.int64)
    seat_row[placed["person"]] = np.flatnonzero(evidence.sound)
    people = planned.assign(outcome=outcome[:-1], seat_row=seat_row)
    return people[(people["outcome"] >= 0) & (people["mentions"] == 1)].reset_index(drop=True)


def _numbered(frame: pd.DataFrame, columns: tuple[str, ...]) -> Ints:
    """Number of each row's combination of (categorical) columns, the same for equal ones."""
    number = np.zeros(len(frame), np.int64)
    for name in columns:
        codes = frame[name].cat.codes.to_numpy(np.int64)
        number = number * (int(codes.max(initial=0)) + 1) + codes
        number = np.unique(number, return_inverse=True)[1].astype(np.int64)
    return number


def _dealt_outcomes(evidence: Evidence, people: pd.DataFrame) -> Ints:
    """The outcome that the draw gives each person, row by row."""
    keys = evidence.keys
    cells = _joined(people, CELL)
    cell = np.unique(people["cell"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    employer = people["employer"].cat.codes.to_numpy(np.int64)
    blocks, first, block = np.unique(
        np.stack([cell, employer], axis=1), axis=0, return_index=True, return_inverse=True
    )
    own = texts(people["employer"])
    names = [f"{cells[i]}{SEPARATOR}{own[i]}" for i in first.tolist()]
    order = drawn_order(blocks[:, 0], keys.words("date-employer", names))
    rank = np.empty(len(blocks), np.int64)
    rank[order] = np.arange(len(blocks))
    in_order = drawn_order(
        rank[block.reshape(-1)], keys.words("date", texts(people["candidate_id"]))
    )
    dealt = np.full(len(people), -1, np.int64)
    outcome = people["outcome"].to_numpy()
    ends = np.cumsum(np.bincount(cell))
    for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
        members = in_order[start:end]
        ids, quotas = np.unique(outcome[members], return_counts=True)
        sequence = ids[dealt_sequence(tuple(quotas.tolist()))]
        shift = keys.rotation(cells[members[0]], end - start)
        dealt[members] = np.roll(sequence, -shift)
    return dealt


@check(Family.EVIDENCE)
def center_draw_recomputed(evidence: Evidence) -> Iterator[Fault]:
    """Given how many of a kind go to which center, the seed decides who."""
    rows = np.flatnonzero(evidence.sound & (evidence.placed["center"] >= 0).to_numpy())
    placed = evidence.placed.iloc[rows]
    people = evidence.planned.iloc[placed["person"]].reset_index(drop=True)
    kind = _numbered(people, KIND) * len(evidence.layout.sittings) + placed["sitting"].to_numpy()
    center = placed["center"].to_numpy()
    frame = pd.DataFrame({"kind": kind, "center": center})
    spread = frame.groupby("kind")["center"].agg(["min", "max"])
    split = np.isin(kind, spread.index[spread["min"] != spread["max"]])
    rows, kind, center = rows[split], kind[split], center[split]
    if not len(rows):
        return
    sittings, centers = evidence.layout.sittings, evidence.inputs.centers
    places = evidence.placed["sitting"].to_numpy()[rows] * len(centers) + center
    different, place = np.unique(places, return_inverse=True)
    names = [
        f"{sittings[p // len(centers)].id}/{centers[p % len(centers)].center_id}"
        for p in different.tolist()
    ]
    order = drawn_order(np.zeros(len(names), np.int64), evidence.keys.words("center-place", names))
    rank = np.empty(len(names), np.int64)
    rank[order] = np.arange(len(names))
    by_place = np.lexsort((rank[place], kind))
    ids = texts(people["candidate_id"][split])
    by_person = drawn_order(kind, evidence.keys.words("center", ids))
    due = np.empty(len(rows), np.int64)
    due[by_person] = center[by_place]
    for i in np.flatnonzero(due != center).tolist():
        message = f"the draw gives center {centers[due[i]].center_id}"
        yield Fault(evidence.seat_row(int(rows[i])), message)


@check(Family.EVIDENCE)
def seat_draw_recomputed(evidence: Evidence) -> Iterator[Fault]:
    """Given which seats a kind takes in a center and sitting, the seed decides who sits where.

    The deal is the one of sixteen with the fewest same-employer pairs, the first on a tie.
    """
    seating = _Seating(evidence)
    recorded, faults = seating.recorded_deals()
    yield from faults
    wrong = np.flatnonzero(seating.due_row(recorded) != np.arange(len(seating.rows)))
    for i in wrong.tolist():
        yield Fault(evidence.seat_row(int(seating.rows[i])), "the draw seats somebody else here")
    yield from seating.worse_deals(recorded)


class _Seating:
    """People and positions of the seat draw; one row holds a person and a position.

    Attributes:
        rows: positions in ``placed`` that the draw can speak about.
        place: number of the (center, sitting) of each row.
        kind: number of the kind in it.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        placed = evidence.placed
        self.rows = np.flatnonzero(evidence.sound).astype(np.int64)
        here = placed.iloc[self.rows]
        seats = evidence.seats.iloc[self.rows]
        self.place = (here["center"] * len(evidence.layout.sittings) + here["sitting"]).to_numpy()
        needs = evidence.planned["needs"].iloc[here["person"]]
        frame = pd.DataFrame(
            {
                "place": pd.Categorical(self.place),
                "specialty": seats["specialty"].to_numpy(),
                "subjects": seats["subjects"].to_numpy(),
                "needs": needs.to_numpy(),
                "room": seats["room_id"].to_numpy(),
            }
        ).astype("category")
        kind = ("place", "specialty", "subjects", "needs")
        self.kind = _numbered(frame, kind)
        self._size = np.bincount(self.kind)
        self._start = np.cumsum(self._size) - self._size
        _, first = np.unique(self.kind, return_index=True)
        one = seats.iloc[first].assign(needs=needs.iloc[first].to_numpy())
        by_place = evidence.keys.streams("seat", _joined(one, ("sitting", "center_id")))
        by_kind = evidence.keys.streams("seat", _joined(one, ("specialty", "subjects", "needs")))
        self._streams = by_place ^ by_kind
        # By kind and candidate_id, then by what was drawn for the place in that line.
        ids = seats["candidate_id"].to_numpy(dtype=object)
        by_id = np.lexsort((pd.factorize(ids, sort=True)[0], self.kind))
        nth = np.arange(1, len(ids) + 1) - self._start[self.kind[by_id]]
        drawn = stream_numbers(self._streams[self.kind[by_id]], nth)
        self._people = by_id[np.lexsort((drawn, self.kind[by_id]))]
        self._positions = self._drawn_positions(seats, _numbered(frame, ("place", "room")))

    def _drawn_positions(self, seats: pd.DataFrame, room: Ints) -> Ints:
        """Rows by kind and the number drawn for the seat, then by room and seat."""
        _, first = np.unique(room, return_index=True)
        names = _joined(seats.iloc[first], ("sitting", "center_id", "room_id"))
        number = seats["seat"].to_numpy(np.int64)
        drawn = stream_numbers(self.evidence.keys.streams("seat-place", names)[room], number)
        by_room = pd.factorize(seats["room_id"].to_numpy(dtype=object), sort=True)[0]
        return np.lexsort((number, by_room, drawn, self.kind)).astype(np.int64)

    def due_row(self, deal: Ints) -> Ints:
        """The row whose person the draw puts on the position of each row.

        Args:
            deal: of each row.
        """
        kind = self.kind[self._positions]
        size, start = self._size[kind], self._start[kind]
        deal = deal[self._positions]
        later = stream_numbers(self._streams[kind], size + deal) % size.astype(np.uint64)
        turn = np.where(deal > 0, later.astype(np.int64), 0)
        line = np.arange(len(kind)) - start
        due = np.empty(len(kind), np.int64)
        due[self._positions] = self._people[start + (line - turn) % size]
        return due

    def recorded_deals(self) -> tuple[Ints, list[Fault]]:
        """The deal of each row as ``neighbours.csv`` has it (0 where it has none)."""
        evidence = self.evidence
        table = evidence.plan.tables["neighbours.csv"]
        sitting = {s.id: i for i, s in enumerate(evidence.layout.sittings)}
        center = {c.center_id: i for i, c in enumerate(evidence.inputs.centers)}
        deals: dict[int, int] = {}
        faults: list[Fault] = []
        columns = (table["center_id"], table["sitting"], table["deal"])
        for row, (center_id, sitting_id, deal) in enumerate(zip(*columns, strict=True), start=2):
            where = f"neighbours.csv row {row}"
            if not 0 <= deal < DEALS:
                faults.append(Fault(where, f"deal {deal} is not one of 0 to {DEALS - 1}"))
            if center_id not in center or sitting_id not in sitting:
                continue
            place = center[center_id] * len(sitting) + sitting[sitting_id]
            if deals.setdefault(place, deal) != deal:
                faults.append(Fault(where, "another deal than in the center's rooms above"))
        different, inverse = np.unique(self.place, return_inverse=True)
        known = np.array([deals.get(p, 0) for p in different.tolist()], np.int64)
        return known[inverse], faults

    def worse_deals(self, recorded: Ints) -> Iterator[Fault]:
        """Centers and sittings in which another deal has fewer same-employer pairs."""
        evidence = self.evidence
        employer = np.full(len(evidence.placed), -1, np.int64)
        employer[evidence.occupancy.rows] = employers(evidence)
        employer = employer[self.rows]
        places, place = np.unique(self.place, return_inverse=True)
        kept = np.zeros(len(places), np.int64)
        kept[place] = recorded
        counts = np.stack(
            [
                self._pairs(employer[self.due_row(np.full(len(place), k))], place, len(places))
                for k in range(DEALS)
            ]
        )
        best = counts.argmin(axis=0)
        for i in np.flatnonzero(best != kept).tolist():
            number, sitting = divmod(int(places[i]), len(evidence.layout.sittings))
            center = evidence.inputs.centers[number].center_id
            where = f"{center}, {evidence.layout.sittings[sitting].id}"
            pairs_there = f"{counts[best[i], i]} same-employer pairs"
            yield Fault(where, f"deal {best[i]} gives {pairs_there}, deal {kept[i]} is recorded")

    def _pairs(self, employer: Ints, place: Ints, places: int) -> Ints:
        """Same-employer pairs of each (center, sitting) if these people sat there."""
        evidence = self.evidence
        taken = evidence.occupancy
        on_row = np.full(len(evidence.placed), -1, np.int64)
        on_row[self.rows] = employer
        of_row = np.full(len(evidence.placed), -1, np.int64)
        of_row[self.rows] = place
        at_slot = np.full(len(taken.cell), -1, np.int64)
        at_slot[taken.slot] = of_row[taken.rows]
        pairs = employer_pairs(evidence, on_row[taken.rows])
        edge_place = at_slot[taken.left]
        known = edge_place >= 0
        return np.bincount(edge_place[known], pairs[known], places).astype(np.int64)


def _joined(frame: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """The texts of each row, joined by ``/``."""
    return ["/".join(parts) for parts in zip(*(texts(frame[c]) for c in columns), strict=True)]


@check(Family.EVIDENCE)
def ticket_numbers_follow(evidence: Evidence) -> Iterator[Fault]:
    """Ticket numbers are prefix, serial in row order per exam point, and check digit.

    A later version keeps old numbers, also those of people who changed the exam point, so there
    they must be valid and different only.
    """
    seats, policy = evidence.seats, evidence.inputs.policy.ticket
    ticket = seats["ticket_number"]
    repeated = ticket.duplicated()
    for row in np.flatnonzero(repeated).tolist():
        yield Fault(evidence.seat_row(row), "has the ticket number of somebody above")
    points = seats["exam_point"]
    year = str(evidence.inputs.exam.year)
    known = {p.exam_point for p in evidence.inputs.exam_points} | set(points.cat.categories)
    prefix_of = {
        point: policy.prefix.replace("{year}", year).replace("{exam_point}", point)
        for point in known
    }
    if evidence.plan.manifest.plan_version == 1:
        prefixes = pd.Series([prefix_of[point] for point in points.cat.categories], dtype="str")
        prefix = prefixes.take(points.cat.codes.to_numpy()).reset_index(drop=True)
        serial = seats.groupby("exam_point", observed=True).cumcount() + 1
        body = prefix + serial.astype("str").str.zfill(policy.digits)
        wrong = ticket != (body + _check_texts(body) if policy.check_digit else body)
    else:
        body = ticket.str[:-1] if policy.check_digit else ticket
        wrong = ~body.str[: -policy.digits].isin(set(prefix_of.values()))
        wrong |= ~body.str[-policy.digits :].str.fullmatch(f"[0-9]{{{policy.digits}}}")
        if policy.check_digit:
            wrong |= ticket.str[-1:] != _check_texts(body)
    for row in np.flatnonzero(wrong & ~repeated).tolist():
        yield Fault(evidence.seat_row(row), "has a ticket number that does not follow")


def _check_texts(bodies: pd.Series[str]) -> pd.Series[str]:
    return pd.Series(check_digits(bodies), index=bodies.index, dtype="int64").astype("str")
